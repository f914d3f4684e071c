"""Our own records (``remit.evidence/1``): the seal is checked before anything they say is believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from remit.assurance.record import Record
from remit.assurance.records.schema import record_from
from remit.assurance.records.sealing import seal
from remit.errors import EvidenceError

__all__ = ["read_own"]

_DEEPEST = 40
_MOST = 200_000


def read_own(document: Mapping[str, Any]) -> Record:
    """The record a document holds.

    Steps 4 to 7 of ``spec/evidence.md``. Raises ``EvidenceError`` for a record without a seal, with a seal of other
    content, or that is not in the accepted form.
    """
    _demand_small(document)
    if "sha256" not in document:
        raise EvidenceError("the record has no seal", hint="run the tool again; a record is not written by hand")
    try:
        sealed = seal(document)
    except (ValueError, TypeError, RecursionError):
        raise EvidenceError("the record holds numbers or text that no digest can be taken over") from None
    if sealed["sha256"] != document["sha256"]:
        raise EvidenceError(
            "the record was changed after it was sealed",
            hint="take the file the tool wrote, or run it again",
        )
    return record_from(dict(document))


def _demand_small(document: object) -> None:
    """Refuse what is nested too deeply or holds too many values; step 4."""
    waiting: list[tuple[object, int]] = [(document, 0)]
    seen = 0
    while waiting:
        value, depth = waiting.pop()
        seen += 1
        if depth > _DEEPEST or seen > _MOST:
            raise EvidenceError("the record is nested too deeply or holds too many values")
        if isinstance(value, Mapping):
            waiting += [(inner, depth + 1) for inner in value.values()]
        elif isinstance(value, list):
            waiting += [(inner, depth + 1) for inner in value]
