"""Taking a record into a case: under which name, in which file, for which claims, and the entry that says so."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from remit.assurance.case import Case
from remit.assurance.profiles import claims_for
from remit.assurance.record import Record
from remit.errors import CaseError

__all__ = ["Intake", "entry_of", "file_for", "intake_of"]

FOLDER = "evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Where a record goes: its entry's id, the claims it speaks for, its group, and whether an entry is replaced."""

    id: str
    supports: tuple[str, ...]
    group: str
    replaces: bool


def intake_of(
    case: Case, record: Record, *, name: str | None = None, supports: Sequence[str] = (), group: str | None = None
) -> Intake:
    """Where a record goes in a case.

    It takes the place of the entry of that name, else of the one entry of the same kind and group. Its claims are those
    given, else those of the entry it replaces, else those of the profiles that this kind of evidence speaks for. Raises
    ``CaseError`` for a claim there is none of, for a kind no claim of the case wants, and where it is not clear which
    of several entries is meant.
    """
    known = {item.id: item for item in case.evidence.values()}
    alike = [
        item.id for item in known.values() if item.kind == record.kind and item.independence_group == (group or "")
    ]
    if name is None and len(alike) > 1:
        raise _usage(f"the case has {len(alike)} entries of kind `{record.kind}`", f"say which: --id {alike[0]}")
    chosen = name or (alike[0] if alike else _free(_default(record.kind, group or ""), case))
    old = known.get(chosen)
    wanted = tuple(supports) or (
        old.supports if old else tuple(one for one in claims_for(record.kind) if one in case.claims)
    )
    strange = [claim for claim in wanted if claim not in case.claims]
    if strange:
        raise _usage(f"the case has no claim `{strange[0]}`", f"its claims are {', '.join(case.claims)}")
    if not wanted:
        raise _usage(
            f"no claim of the case is known to want evidence of kind `{record.kind}`", "name it: --supports C-..."
        )
    kept = old.independence_group if old is not None and group is None else group or ""
    return Intake(id=chosen, supports=wanted, group=kept, replaces=old is not None)


def entry_of(record: Record, intake: Intake, *, file: str, data: bytes) -> dict[str, object]:
    """The entry of a record: what a reader of the case should see of it in a diff."""
    producer = {"tool": record.tool, "version": record.version, "run": record.run}
    return {
        "kind": record.kind,
        "file": file,
        "sha256": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "subject": dict(record.subject),
        "produced_by": {key: value for key, value in producer.items() if value},
        "produced_at": record.produced_at.isoformat(),
        "result": record.result.value,
        "n": record.n,
        "k": record.k,
        "bound95": record.bound95,
        "setting": record.setting,
        "supports": list(intake.supports),
        "independence_group": intake.group,
    }


def file_for(case: Case, given: Path, intake: Intake, data: bytes) -> str:
    """The file of a record, relative to the case: where it lies when that is below the case, else one in ``evidence``.

    No file that holds something else is taken, but that of the entry which is replaced.
    """
    folder = Path(case.file).resolve().parent
    real = given.resolve()
    if real.is_relative_to(folder) and _holds(real, data):
        return real.relative_to(folder).as_posix()
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", given.stem).strip(".-")[:80] or intake.id
    suffix = given.suffix if re.fullmatch(r"\.[A-Za-z0-9]{1,8}", given.suffix) else ".json"
    old = case.evidence[intake.id].file if intake.replaces else ""
    names = (f"{FOLDER}/{stem}{suffix}", f"{FOLDER}/{intake.id}{suffix}")
    free = (name for name in names if name == old or not (folder / name).exists() or _holds(folder / name, data))
    return next(free, f"{FOLDER}/{intake.id}-{hashlib.sha256(data).hexdigest()[:12]}{suffix}")


def _holds(place: Path, data: bytes) -> bool:
    """Whether a file has exactly these bytes."""
    return place.is_file() and place.stat().st_size == len(data) and place.read_bytes() == data


def _default(kind: str, group: str) -> str:
    """The name of the entry of a kind and group."""
    words = re.findall(r"[A-Za-z0-9]+", f"{kind} {group}")
    return "E-" + "-".join(words)[:70]


def _free(name: str, case: Case) -> str:
    """A name nothing in the case has."""
    taken = {*case.claims, *case.arguments, *case.evidence, *case.defeaters, *case.hazards}
    return next(one for one in (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3))) if one not in taken)


def _usage(message: str, hint: str) -> CaseError:
    """A mistake in what was typed."""
    return CaseError(message, code="assurance.case.usage", hint=hint)
