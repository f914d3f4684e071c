"""Making evidence records: the keys they all have in one place, and the seal over them (``spec/evidence.md``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from remit.assurance.records.bounds import text_of
from remit.clock import Clock
from remit.digest import sha256_digest

__all__ = ["SCHEMA", "compose", "seal"]

SCHEMA = "remit.evidence/1"
_COMMON = frozenset({"schema", "kind", "subject", "produced_by", "produced_at", "result", "because", "sha256"})


def seal(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with ``sha256``: the digest of the canonical JSON (RFC 8785) of all the rest of it."""
    rest = {key: value for key, value in record.items() if key != "sha256"}
    return {**rest, "sha256": sha256_digest(rest)}


def compose(
    *,
    kind: str,
    subject: Mapping[str, str],
    told: Mapping[str, str],
    tool: str,
    version: str,
    run: str = "",
    clock: Clock,
    setting: str,
    result: str,
    because: Sequence[str],
    said: Mapping[str, Any],
) -> dict[str, Any]:
    """A sealed record; ``said`` is what its kind adds (``n``, ``k``, ``bound95`` and whatever people should read).

    ``subject`` is what the tool established itself, ``told`` what it was told on its command line: that is part of the
    subject too, and is listed as ``asserted``. Raises ``ValueError`` where ``said`` would overwrite a common key or
    what was told contradicts what was established.
    """
    if clash := sorted(_COMMON & said.keys()):
        raise ValueError(f"`{clash[0]}` is a key of every record")
    for key, value in told.items():
        if subject.get(key, value) != value:
            raise ValueError(f"the subject's `{key}` is `{subject[key]}`, not `{value}`")
    told = {key: value for key, value in told.items() if key not in subject}
    record: dict[str, Any] = {
        "schema": SCHEMA,
        "kind": kind,
        "subject": {**subject, **told},
        "produced_by": {"tool": tool, "version": version, "run": run},
        "produced_at": clock.now().isoformat(timespec="seconds"),
        "setting": text_of(setting, 2000),
        **({"asserted": {"by": "the command line", "subject": told}} if told else {}),
        **said,
        "result": result,
        "because": [text_of(reason, 2000) for reason in because],
    }
    return seal(record)
