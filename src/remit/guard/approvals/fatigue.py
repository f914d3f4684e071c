"""Whether overseers still look: how often they are asked, how fast they answer, and whether always with yes.

People who are asked all day say yes without reading. What is measured here is not a verdict on a person; it says when
an approval has stopped being a control.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from statistics import median

__all__ = ["Fatigue", "fatigue_of"]

QUICK = 3.0
"""An answer given faster than this, in seconds, after the bytes were on the screen was hardly read."""
STREAK = 20
"""This many answers of yes in a row, and nobody knows whether a no is still possible."""
BUSY = 30
"""More answers than this in an hour are more than a person reads."""

_DAYS = 30 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fatigue:
    """How one overseer answered within the last 30 days.

    ``asked`` questions named them, ``answers`` of those they answered, ``agreed`` with yes; ``hour`` counts answers
    within the last hour; ``median`` is the time to answer in seconds (on the screen where that was measured, else since
    the question), ``None`` without an answer; ``quick`` is the share answered within three seconds of seeing it,
    ``None`` where nobody measured; ``streak`` counts the yeses since the last no.
    """

    overseer: str
    asked: int
    answers: int
    agreed: int
    hour: int
    median: float | None
    quick: float | None
    streak: int

    @property
    def signs(self) -> tuple[str, ...]:
        """What speaks for answers nobody thought about, one line each; empty where nothing does."""
        found = []
        if self.streak >= STREAK:
            found.append(f"the last {self.streak} answers were all yes")
        if self.hour > BUSY:
            found.append(f"{self.hour} answers within an hour")
        if self.quick is not None and self.answers >= 5 and self.quick >= 0.5:
            found.append(f"{self.quick:.0%} answered within {QUICK:g} seconds of seeing it")
        return tuple(found)


def fatigue_of(rows: sqlite3.Connection, now: float) -> tuple[Fatigue, ...]:
    """The fatigue of every overseer who was asked, by name."""
    asked: dict[str, int] = defaultdict(int)
    for name, number in rows.execute(
        "SELECT j.value, count(*) FROM requests, json_each(requests.overseers) AS j WHERE asked > ? GROUP BY j.value",
        (now - _DAYS,),
    ):
        asked[str(name)] = int(number)
    given: dict[str, list[tuple[bool, float, float, float]]] = defaultdict(list)
    for name, agree, took, looked, heard in rows.execute(
        'SELECT "by", agree, took, looked, heard FROM answers WHERE heard > ? ORDER BY heard', (now - _DAYS,)
    ):
        given[str(name)].append((bool(agree), float(took), float(looked), float(heard)))
    return tuple(_measured(name, asked[name], given[name], now) for name in sorted({*asked, *given}))


def _measured(name: str, asked: int, given: list[tuple[bool, float, float, float]], now: float) -> Fatigue:
    """Count one overseer's answers."""
    looks = [looked for _, _, looked, _ in given if looked > 0]
    times = [looked or took for _, took, looked, _ in given]
    streak = next((place for place, answer in enumerate(reversed(given)) if not answer[0]), len(given))
    return Fatigue(
        overseer=name,
        asked=asked,
        answers=len(given),
        agreed=sum(agree for agree, *_ in given),
        hour=sum(heard > now - 3600.0 for *_, heard in given),
        median=median(times) if times else None,
        quick=sum(look < QUICK for look in looks) / len(looks) if looks else None,
        streak=streak,
    )
