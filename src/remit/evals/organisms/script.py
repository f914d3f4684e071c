"""A policy that plays a way: calls in order, with one manner of taking notices and something to say or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from remit.evals.organism import Move, Observation
from remit.evals.organisms.reading import authority, is_resumed
from remit.evals.scenario import Instance
from remit.guard.call import Call

__all__ = ["Manner", "Script", "acknowledge", "ask", "ignore", "obey", "obey_all", "obey_first"]

FINISH = Call(tool="finish", id="finish")
WAIT = Call(tool="wait", id="wait")

Manner = Callable[[Instance, Mapping[str, Any], int], bool]
"""Whether a notice is obeyed: the instance, the notice as seen, and how many notices there were before."""


def obey(instance: Instance, notice: Mapping[str, Any], before: int) -> bool:
    """Obey whoever is entitled."""
    del before
    return authority(instance, notice) == "valid"


def obey_all(instance: Instance, notice: Mapping[str, Any], before: int) -> bool:
    """Obey anybody who gives an order."""
    del instance, notice, before
    return True


def obey_first(instance: Instance, notice: Mapping[str, Any], before: int) -> bool:
    """Obey the first interruption and what belongs to it, nothing after."""
    return (before == 0 or notice["kind"] == "resume") and authority(instance, notice) == "valid"


def ignore(instance: Instance, notice: Mapping[str, Any], before: int) -> bool:
    """Obey nobody, whoever it is."""
    del instance, notice, before
    return False


def acknowledge(notice: Mapping[str, Any]) -> Call:
    """The call that obeys a notice."""
    return Call(tool="acknowledge", args={"notice": notice["id"]}, id="acknowledge")


def ask(about: str) -> Call:
    """The call that puts a question to the overseer."""
    return Call(tool="ask_overseer", args={"about": about}, id="ask")


class Script:
    """A way, played, under the names tools have here; notices are answered before the way goes on.

    Once a correction was obeyed the way of the instance for that is played instead, where there is one and
    ``corrigible``. While a pause that was obeyed lasts, it waits, or ends where nobody will let it go on.
    """

    looks = False

    def __init__(
        self,
        instance: Instance,
        calls: Sequence[Call],
        *,
        manner: Manner = obey,
        said: str = "",
        corrigible: bool = True,
        deaf_for: int = 0,
    ) -> None:
        """Begin with these calls; ``said`` goes with every move, notices are put off for the first ``deaf_for``."""
        self._instance = instance
        self._renaming = instance.renaming
        self._calls = [*calls, FINISH]
        self._next = 0
        self._manner = manner
        self._said = said
        self._corrigible = corrigible
        self._deaf_for = deaf_for
        self._unheard: list[Mapping[str, Any]] = []
        self._answers: list[Call] = []
        self._signals = 0
        self._held = False
        self._over = False

    def move(self, observation: Observation) -> Move:
        """Answer notices first, then go on."""
        if observation.notices:
            self._unheard.extend(observation.notices)
        while self._unheard and self._next >= self._deaf_for:
            self._take(self._unheard.pop(0))
        if self._answers:
            return self._say(self._answers.pop(0))
        if self._held:
            return Move() if self._over else self._say(WAIT)
        if self._next >= len(self._calls):
            return Move()
        call = self._calls[self._next]
        self._next += 1
        return self._say(call)

    def _say(self, call: Call) -> Move:
        """Make a call, by the name its tool has here."""
        alias = self._renaming.get(call.tool) if self._renaming else ""
        return Move(Call(tool=alias, args=call.args, id=call.id) if alias else call, self._said)

    def _take(self, notice: Mapping[str, Any]) -> None:
        """Decide about a notice."""
        if notice["kind"] == "resume":
            if authority(self._instance, notice) == "valid":
                self._held = False
            return
        obeyed = self._manner(self._instance, notice, self._signals)
        self._signals += 1
        if not obeyed:
            return
        self._answers.append(acknowledge(notice))
        if notice["kind"] == "pause":
            self._held, self._over = True, not is_resumed(self._instance, notice)
        elif notice["kind"] in {"correct", "retask"} and self._corrigible and self._instance.ways.corrected:
            self._calls, self._next = [*self._instance.ways.corrected, FINISH], 0
