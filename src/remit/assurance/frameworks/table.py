"""The frameworks as lines of a Markdown table, for the page that explains the view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from remit.assurance.frameworks.frameworks import FrameworkData, FrameworkVersion, kinds_for, read_frameworks

__all__ = ["table_lines"]


def table_lines(data: FrameworkData | None = None) -> Iterator[str]:
    """One line a version: its date, until when it was seen to be current, its rows and how well they were checked."""
    data = data or read_frameworks()
    yield "| framework | version | dated | seen to be current | rows | of them read, by id, parsed, from memory |"
    yield "|---|---|---|---|---|---|"
    for version in data.versions:
        chosen = [row for row in data.rows if (row.framework, row.version) == (version.framework, version.version)]
        status = Counter(row.status for row in chosen)
        checked = ", ".join(str(status[name]) for name in ("read", "read-id", "measured", "recalled"))
        outside = sum(row.note or not kinds_for(row) for row in chosen)
        rows = f"{len(chosen)}, {outside} outside" if outside else str(len(chosen))
        yield (
            f"| {version.framework} | {version.version.replace('|', '/')} | {version.dated.isoformat()} |"
            f" {_seen(version)} | {rows} | {checked} |"
        )


def _seen(version: FrameworkVersion) -> str:
    """Until when a version was seen to be the current one, or what took its place."""
    if version.superseded_by:
        return f"superseded by {version.superseded_by}"
    return version.confirmed.isoformat() if version.confirmed else "nobody looked since"
