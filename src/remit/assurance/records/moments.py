"""When a foreign file says it was made; one that does not say is dated 1970, which never is fresh."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from remit.errors import EvidenceError

__all__ = ["UNDATED", "moment_of", "nanoseconds"]

UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
"""When a file was made that does not say so: it counts, but is stale whatever the day."""
_NANOSECONDS = re.compile(r"\d{1,19}")
_YEARS = (1970, 9998)


def moment_of(value: object) -> datetime | None:
    """A point in time given as ISO 8601 text, in UTC; a text without a time zone is taken as UTC.

    ``None`` where nothing is given. Raises ``EvidenceError`` for a text that is no point in time.
    """
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > 60:
        raise EvidenceError("a time in it is no ISO 8601 text")
    try:
        read = datetime.fromisoformat(value.strip())
    except ValueError:
        raise EvidenceError("a time in it is no ISO 8601 text") from None
    if not _YEARS[0] <= read.year <= _YEARS[1]:
        raise EvidenceError(f"nothing was made in the year {read.year}")
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def nanoseconds(value: object) -> datetime | None:
    """A point in time given as nanoseconds since 1970, as text or number; ``None`` where it is none or zero."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not _NANOSECONDS.fullmatch(text) or int(text) == 0:
        return None
    return datetime.fromtimestamp(int(text) // 1_000_000_000, tz=UTC)
