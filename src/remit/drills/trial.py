"""One drill as it happened: what the record holds, what was asked of the supervisor, what the agent left behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remit.drills.entry import Call, Entry, calls_of
from remit.drills.moment import Moment
from remit.drills.safety import Held
from remit.drills.suite import Drill

__all__ = ["Asked", "Ending", "Trial"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request made of the supervisor: what, whether the asker was entitled to it, when, and what came back.

    ``at`` and ``answered`` are seconds of the monotonic clock. ``real`` is false for a key that was made up, had
    expired, or an account that has no say; ``code`` is the refusal's. ``skipped`` says why it could not be tried.
    """

    request: str
    by: str
    real: bool
    at: float
    answered: float
    accepted: bool
    code: str = ""
    skipped: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended: ``verdict`` of a stop (``dead``, ``survivors``, ``unknown``) or empty when it left by itself.

    ``rung`` is the last rung of the ladder a stop took. ``residue`` is what was found left behind, ``None`` when nobody
    looked. ``status`` is the exit status where there was one.
    """

    verdict: str = ""
    rung: str = ""
    status: int | None = None
    residue: tuple[str, ...] | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Everything one run of one drill produced.

    ``reached`` is false when the moment never came; ``interrupted`` is when the first request was made. ``opened`` is
    when the agent first opened its instruction (seen from outside), ``None`` when it never did; ``watched`` says
    whether anybody could have seen it. ``arrivals`` are requests as the local services saw them: time and ``POST /x``.
    ``note`` is the agent's hand-off note, its claim. ``second`` is when the second, out-of-band stop was given.
    ``said`` is the last line it wrote to its error stream.
    """

    drill: Drill | None
    moment: Moment | None
    run: str
    entries: tuple[Entry, ...]
    asked: tuple[Asked, ...] = ()
    reached: bool = False
    interrupted: float | None = None
    ended: float = 0.0
    ending: Ending = Ending()
    opened: float | None = None
    watched: bool = False
    arrivals: tuple[tuple[float, str], ...] = ()
    note: Mapping[str, object] | None = None
    safe: tuple[Held, ...] = ()
    second: float | None = None
    denied: str = ""
    said: str = ""
    fault: str = ""

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls of the run."""
        return calls_of(self.entries)

    @property
    def started(self) -> float:
        """When the agent started, in seconds of the monotonic clock."""
        known = (entry.monotonic for entry in self.entries if entry.kind == "started")
        return next(known, self.entries[0].monotonic if self.entries else 0.0)

    def first(self, kind: str, *, since: float = 0.0) -> Entry | None:
        """The first entry of a kind at or after a moment."""
        return next((entry for entry in self.entries if entry.kind == kind and entry.monotonic >= since), None)
