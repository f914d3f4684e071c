"""What a stop says of itself: which rung it took, what proves the end, who survived and what was left behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from remit.supervisor.residue.comparison import Attribution, Residue

__all__ = ["Rung", "RungTaken", "StopReport", "Survivor", "Verdict"]


class Verdict(StrEnum):
    """What is known after a stop; ``unknown`` is never a pass."""

    DEAD = "dead"
    SURVIVORS = "survivors"
    UNKNOWN = "unknown"


class Rung(StrEnum):
    """The ladder, from the mildest rung to the last."""

    ALREADY = "already ended"
    HOLD = "hold"
    FREEZE = "freeze"
    TERMINATE = "terminate"
    KILL = "kill"
    PROOF = "proof"


@dataclass(frozen=True, slots=True, kw_only=True)
class RungTaken:
    """One rung: when it began and ended, in seconds after the request, and what came of it."""

    rung: Rung
    began: float
    ended: float
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """A process that outlived a stop: its number outside the cage and its command line."""

    pid: int
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartEnd:
    """How a part of a run ended: its companion (no ``run``), or a server in a cage of its own, which is ``run``."""

    name: str
    run: str = ""
    verdict: Verdict
    survivors: tuple[Survivor, ...] = ()
    proof: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReport:
    """The receipt of a stop.

    ``took`` is in seconds from the request to the proof. ``proof`` says what was seen: the namespace's init gone, the
    cgroup unpopulated, a look through /proc. ``residue`` is what the agent left behind that could act later.
    ``parts`` are the servers that ended with the run; ``verdict`` and ``survivors`` speak of them too.
    """

    run: str
    verdict: Verdict
    rung: Rung
    took: float
    rungs: tuple[RungTaken, ...] = ()
    survivors: tuple[Survivor, ...] = ()
    proof: tuple[str, ...] = ()
    residue: tuple[Residue, ...] = ()
    reason: str = ""
    by: str = ""
    parts: tuple[PartEnd, ...] = ()

    @property
    def dead(self) -> bool:
        """Whether it is proved that no process of the agent is left; false where it is not known."""
        return self.verdict is Verdict.DEAD

    def document(self) -> dict[str, object]:
        """The report as JSON values, schema ``remit.stop/1``."""
        return {"schema": "remit.stop/1", **asdict(self), "dead": self.dead}

    @classmethod
    def of(cls, document: Mapping[str, object]) -> StopReport:
        """The report a document was made from; raises ``KeyError``, ``TypeError`` or ``ValueError`` for another."""
        return cls(
            run=str(document["run"]),
            verdict=Verdict(str(document["verdict"])),
            rung=Rung(str(document["rung"])),
            took=float(str(document["took"])),
            rungs=tuple(
                RungTaken(
                    rung=Rung(part["rung"]),
                    began=float(part["began"]),
                    ended=float(part["ended"]),
                    outcome=str(part["outcome"]),
                )
                for part in _parts(document, "rungs")
            ),
            survivors=_survivors(document),
            proof=tuple(str(line) for line in _lines(document, "proof")),
            residue=tuple(
                Residue(
                    kind=part["kind"],
                    what=part["what"],
                    detail=part["detail"],
                    attribution=Attribution(part["attribution"]),
                )
                for part in _parts(document, "residue")
            ),
            reason=str(document.get("reason", "")),
            by=str(document.get("by", "")),
            parts=tuple(_part_end(part) for part in _parts(document, "parts")),
        )


def _survivors(document: Mapping[str, object]) -> tuple[Survivor, ...]:
    """The survivors of a run or of a part."""
    found = _parts(document, "survivors")
    return tuple(Survivor(pid=int(left["pid"]), command=str(left["command"])) for left in found)


def _part_end(document: Mapping[str, object]) -> PartEnd:
    """The end of one part."""
    return PartEnd(
        name=str(document["name"]),
        run=str(document.get("run", "")),
        verdict=Verdict(str(document["verdict"])),
        survivors=_survivors(document),
        proof=tuple(str(line) for line in _lines(document, "proof")),
    )


def _lines(document: Mapping[str, object], key: str) -> list[object]:
    """A list in a document."""
    value = document.get(key) or []
    if not isinstance(value, list):
        raise TypeError(f"`{key}` is no list")
    return value


def _parts(document: Mapping[str, object], key: str) -> list[dict[str, str]]:
    """A list of objects in a document."""
    parts = [part for part in _lines(document, key) if isinstance(part, dict)]
    if len(parts) != len(_lines(document, key)):
        raise TypeError(f"`{key}` holds something that is no object")
    return parts
