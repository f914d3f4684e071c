"""Which act of a charter's world a call is: by its tool where a grant covers it, by its effects where none does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remit.charter.matching import matches
from remit.charter.model import Grant
from remit.incentives.worlds.world import World
from remit.monitor.alert import Inferred
from remit.monitor.event import Event

__all__ = ["ActNames"]

_SURE = 0.5
_MARKERS = frozenset({"irreversible"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ActNames:
    """The acts of a world by what calls show of them.

    ``granted`` maps a tool to the grants of it and the act each stands for; ``others`` are the acts no grant covers,
    with the effects they have.
    """

    granted: Mapping[str, tuple[tuple[Grant, int], ...]]
    others: tuple[tuple[frozenset[str], int], ...]

    @staticmethod
    def of(world: World) -> ActNames:
        """The names of the acts of a world."""
        number = {act.id: index for index, act in enumerate(world.acts)}
        granted: dict[str, list[tuple[Grant, int]]] = {}
        seen: dict[str, int] = {}
        for grant in world.blueprint.charter.grants:
            if not grant.effects:
                continue
            seen[grant.tool] = seen.get(grant.tool, 0) + 1
            name = grant.tool if seen[grant.tool] == 1 else f"{grant.tool}#{seen[grant.tool]}"
            if name in number:
                granted.setdefault(grant.tool, []).append((grant, number[name]))
        others = [
            (frozenset(effect for effect in act.effects if not effect.startswith("not ")) - _MARKERS, index)
            for index, act in enumerate(world.acts)
            if act.unauthorised
        ]
        return ActNames(granted={tool: tuple(each) for tool, each in granted.items()}, others=tuple(others))

    def act_of(self, event: Event, effects: tuple[Inferred, ...]) -> int | None:
        """The number of the act a call is, ``None`` where it is none; what it does goes before what it is called.

        Always the same for the same call, so that what is tested is one word for each call.
        """
        sure = frozenset(inferred.effect for inferred in effects if inferred.certainty >= _SURE)
        best, most = None, 0.0
        for wanted, number in self.others:
            shared = len(wanted & sure)
            alike = shared / len(wanted | sure) if shared else 0.0
            if shared == len(wanted) and alike > most:
                best, most = number, alike
        if best is not None:
            return best
        fitting = self.granted.get(event.tool, ())
        for grant, number in fitting:
            if all(name in event.args and matches(rule, event.args[name]) is True for name, rule in grant.args.items()):
                return number
        return fitting[0][1] if len(fitting) == 1 else None
