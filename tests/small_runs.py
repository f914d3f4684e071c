"""Runs that were never started: a receipt, a run and an answer, as the command line gets them from the supervisor."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from remit.confinement import Confinement, Degree, Enforced, Piece
from remit.supervisor import client, running
from remit.supervisor.registry import RunFolder
from remit.supervisor.report import Rung, StopReport, Survivor, Verdict
from remit.supervisor.residue.comparison import Attribution, Residue

CHARTER = """\
remit: 1
agent: {name: clerk}
purpose: {text: file the invoices of the day; done when none is left}
runtime: {filesystem: {write: [./work]}}
"""


def receipt(verdict: Verdict = Verdict.DEAD, **parts: Any) -> StopReport:
    """A receipt of the run `clerk-1`."""
    given: dict[str, Any] = {
        "run": "clerk-1",
        "verdict": verdict,
        "rung": Rung.KILL,
        "took": 0.0021,
        "proof": ("PID namespace 7: its init is gone",),
        "reason": "asked for by an overseer",
        "by": "owner",
        **parts,
    }
    return StopReport(**given)


SURVIVED = receipt(Verdict.SURVIVORS, survivors=(Survivor(pid=4711, command="python evil.py"),))
LEFT = (
    Residue(kind="cron", what="/etc/cron.d/again", detail="new, of agent", attribution=Attribution.SURE),
    Residue(kind="listening-socket", what="tcp 127.0.0.1:9", detail="", attribution=Attribution.APPEARED),
    Residue(kind="listening-socket", what="tcp 127.0.0.1:10", detail="", attribution=Attribution.APPEARED),
    Residue(kind="scheduled-call", what="calls", detail="nobody to ask", attribution=Attribution.UNKNOWN),
)


@dataclass(slots=True, kw_only=True)
class PlayedRun:
    """A run that waits for nothing: it ends with ``statuses`` in turn, an exception among them is raised."""

    run: str = "clerk-1"
    folder: RunFolder
    enforced: tuple[Enforced, ...]
    backend: str = "played"
    environ: dict[str, str] = field(default_factory=dict)
    statuses: list[int | BaseException | None] = field(default_factory=lambda: [0])
    ended: StopReport | None = None
    stops: list[float] = field(default_factory=list)

    def wait(self, timeout: float | None = None) -> int | None:
        """The next status."""
        del timeout
        status = self.statuses.pop(0)
        if isinstance(status, BaseException):
            raise status
        return status

    def stop(self, *, grace: float = 0.0, reason: str = "") -> StopReport:
        """Note the grace; an ``InterruptedError`` next among ``statuses`` is an interruption during it."""
        self.stops.append(grace)
        if grace and isinstance(self.statuses[0], InterruptedError):
            self.statuses.pop(0)
            raise KeyboardInterrupt
        self.ended = receipt(rung=Rung.TERMINATE, reason=reason)
        return self.ended

    def report(self) -> StopReport | None:
        """How it ended."""
        return self.ended


@dataclass(slots=True, kw_only=True)
class Stage:
    """What was asked of the supervisor, and the run it gives back."""

    run: PlayedRun
    asked: dict[str, Any] = field(default_factory=dict)


def all_of(confinement: Confinement, *less: Enforced) -> tuple[Enforced, ...]:
    """Everything asked for, in full, but what is given."""
    given = {one.piece for one in less}
    whole = (Enforced(piece=one, degree=Degree.FULL, by="play") for one in confinement.requested if one not in given)
    return (*whole, *less)


def play(monkeypatch: pytest.MonkeyPatch, folder: Path, *less: Enforced, **parts: Any) -> Stage:
    """Put a played run in the place of every run that is started."""
    stage = Stage(run=PlayedRun(folder=RunFolder(run="clerk-1", path=folder / "run"), enforced=(), **parts))

    def supervise(command: tuple[str, ...], *, confinement: Confinement, **options: Any) -> PlayedRun:
        stage.asked = {"command": command, "confinement": confinement, **options}
        stage.run.enforced = all_of(confinement, *less)
        return stage.run

    monkeypatch.setattr(running, "supervise", supervise)
    return stage


def answers(monkeypatch: pytest.MonkeyPatch, verb: str, answer: object) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Let the supervisor answer a request with a value or an error; gives the list of what was asked."""
    asked: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def ask(*arguments: Any, **options: Any) -> object:
        asked.append((arguments, options))
        if isinstance(answer, BaseException):
            raise answer
        return answer(*arguments, **options) if callable(answer) else answer

    monkeypatch.setattr(client, verb, ask)
    return asked


NO_HOLD = Enforced(piece=Piece.HOLD, degree=Degree.NONE, reason="no cgroup can be made here")
