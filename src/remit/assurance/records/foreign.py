"""What all foreign formats share: a verdict from what was counted, and the record it goes into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from remit.assurance.case import Result
from remit.assurance.record import Record
from remit.assurance.records.bounds import text_of
from remit.assurance.records.moments import UNDATED
from remit.errors import EvidenceError

__all__ = ["foreign_record", "refuse_verdict", "verdict"]

_MOST = 20
_LONGEST = 200


def verdict(bad: Sequence[str], unknown: Sequence[str], good: Sequence[str]) -> tuple[Result, tuple[str, ...]]:
    """The result and its reasons: anything bad fails, anything unknown keeps it open, and nothing at all is no pass."""
    if bad:
        return Result.FAIL, (*bad, *unknown)
    if unknown:
        return Result.INCONCLUSIVE, tuple(unknown)
    return (Result.PASS, tuple(good)) if good else (Result.INCONCLUSIVE, ("it says nothing that could pass",))


def refuse_verdict() -> NoReturn:
    """Refuse what our own gate wrote: a case whose verdict counted as evidence would hold itself up."""
    raise EvidenceError("it is the verdict of a safety case, which is no evidence", hint="take what that case rests on")


def foreign_record(
    *,
    form: str,
    kind: str,
    subject: Mapping[str, str],
    torn: Sequence[str] = (),
    tool: str,
    version: str = "",
    run: str = "",
    made: datetime | None,
    found: tuple[Result, tuple[str, ...]],
    n: int | None = None,
    k: int | None = None,
    details: Mapping[str, Any],
) -> Record:
    """The record of a foreign file of the format ``form``.

    ``made`` is when it was made; without it the record is dated 1970 and ``details`` say ``undated``. ``torn`` are the
    parts of the subject the file states in two ways: they are not taken, and are listed.
    """
    said: dict[str, Any] = {"format": form, **details}
    if made is None:
        said["undated"] = True
    if torn:
        said["subject_torn"] = list(torn)
    result, because = found
    return Record(
        kind=kind,
        subject=dict(subject),
        tool=text_of(tool) or form,
        version=text_of(version),
        run=text_of(run),
        produced_at=made or UNDATED,
        result=result,
        n=n,
        k=k,
        because=tuple(text_of(reason, _LONGEST) for reason in because[:_MOST]),
        details=said,
    )
