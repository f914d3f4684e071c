"""A foreign file made a record of ours, where a named person says what it speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from remit.assurance.record import Record
from remit.assurance.records.sealing import SCHEMA, seal
from remit.assurance.records.subjects import SUBJECT_KEYS
from remit.errors import EvidenceError

__all__ = ["wrap"]


def wrap(
    record: Record, subject: Mapping[str, str], asserted_by: str, *, produced_at: datetime | None = None
) -> dict[str, Any]:
    """A sealed ``remit.evidence/1`` document that says what ``record`` says, of the subject ``asserted_by`` names.

    What was asserted and by whom stands in it. ``produced_at`` is for a record that does not say when it was made (its
    ``details`` then have ``undated``). Raises ``EvidenceError`` where nobody is named, a part of the subject does not
    exist, or the record itself says otherwise: an assertion fills a gap, it does not overrule.
    """
    if not asserted_by.strip():
        raise EvidenceError("nobody is named who says what the record speaks of", hint="name a person with --by NAME")
    for key, value in subject.items():
        if key not in SUBJECT_KEYS:
            raise EvidenceError(f"a subject has no part `{key[:60]}`", hint=f"the parts are: {', '.join(SUBJECT_KEYS)}")
        if record.subject.get(key, value) != value:
            raise EvidenceError(f"the record says its {key} is `{record.subject[key][:80]}`, not `{value[:80]}`")
    if produced_at is not None and not record.details.get("undated"):
        raise EvidenceError("the record says itself when it was made")
    if produced_at is not None and produced_at.tzinfo is None:
        raise EvidenceError("the time asserted has no time zone", hint="write it as 2026-11-20T09:00:00Z")
    added = {key: value for key, value in subject.items() if key not in record.subject}
    counted = {"n": record.n, "k": record.k, "bound95": record.bound95}
    asserted = {"by": asserted_by.strip(), "subject": added, "produced_at": produced_at is not None}
    return seal({
        "schema": SCHEMA,
        "kind": record.kind,
        "subject": {**record.subject, **added},
        "produced_by": {"tool": record.tool, "version": record.version, "run": record.run},
        "produced_at": (produced_at or record.produced_at).isoformat(),
        "setting": record.setting,
        **{key: value for key, value in counted.items() if value is not None},
        "asserted": asserted,
        "wrapped": {key: value for key, value in record.details.items() if key != "undated" or produced_at is None},
        "result": record.result.value,
        "because": list(record.because),
    })  # fmt: skip
