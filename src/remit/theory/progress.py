"""How far a long computation has come, told to whoever waits for it; nothing here changes what is computed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import TypeAlias, TypeVar

from remit.theory.solvers.engines import Engine, Threads

__all__ = ["Progress", "Telling", "unheard", "within"]

Progress: TypeAlias = Callable[[str, int, int], None]
"""Hears of a stage, of how many of its parts are done, and of how many there are (0: nobody knows)."""

_Shared = TypeVar("_Shared")
_Result = TypeVar("_Result")


def unheard(stage: str, done: int, total: int) -> None:
    """Tell nobody how far it is."""


def within(report: Progress, where: str) -> Progress:
    """Return what tells of the stages of one part of something larger, and of which part it is."""
    return lambda stage, done, total: report(f"{where}, {stage}", done, total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """An engine that works as another does and tells how many of ``total`` are done, as parts of a job end."""

    report: Progress
    stage: str
    total: int
    engine: Engine = field(default_factory=Threads)

    def map(self, work: Callable[[_Shared, int], _Result], shared: _Shared, parts: int) -> list[_Result]:
        """As ``Engine.map``, of an engine in this process."""
        ended = count(1)

        def told(given: _Shared, part: int) -> _Result:
            found = work(given, part)
            self.report(self.stage, self.total * next(ended) // parts, self.total)
            return found

        return self.engine.map(told, shared, parts)
