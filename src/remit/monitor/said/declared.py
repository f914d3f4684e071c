"""What a charter says a call does: what it allows of it, and what the call does where no grant fits it.

A grant that fits allows its effects. Where none fits, a call does what the charter says its tool can do: by other
grants of that tool, by rows of its catalogue that name it, by limits on it. That is how a monitor knows what ``claim``
or ``nominate`` mean, whose names say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from remit.charter.matching import effects_of, matches
from remit.charter.model import Charter, Grant
from remit.monitor.alert import Inferred, shown

__all__ = ["Declared", "fits"]

_SURE = 0.9
_MOST_TOOLS = 4096


def fits(grant: Grant, args: Mapping[str, object]) -> bool:
    """Whether a grant may be the one a call was made under: no argument is outside of what it lets through."""
    if grant.args and not set(args) <= set(grant.args):
        return False
    return all(name in args and matches(rule, args[name]) is not False for name, rule in grant.args.items())


class Declared:
    """A charter's word on calls, by tool."""

    __slots__ = ("_charter", "_grants", "_possible")

    def __init__(self, charter: Charter) -> None:
        """Read nothing yet; what is said of a tool is kept."""
        self._charter = charter
        self._grants: dict[str, tuple[Grant, ...]] = {}
        self._possible: dict[str, tuple[str, ...]] = {}

    def allowed(self, tool: str, args: Mapping[str, object]) -> tuple[str, ...]:
        """The effects of every grant a call fits; none where it fits none."""
        found = [effect for grant in self._of(tool) if fits(grant, args) for effect in effects_of(grant)]
        return tuple(dict.fromkeys(found))

    def beyond(self, tool: str, args: Mapping[str, object]) -> tuple[Inferred, ...]:
        """What a call does that no grant fits, as far as the charter says what its tool can do."""
        possible = self._possible_of(tool)
        if not possible or any(fits(grant, args) for grant in self._of(tool)):
            return ()
        why = f"{shown(tool, args)}: no grant of the charter fits"
        target = next((value for value in args.values() if isinstance(value, str) and 0 < len(value) < 200), tool)
        return tuple(
            Inferred(effect=effect, certainty=_SURE, why=why, target=target, stated=True) for effect in possible
        )

    def speaks_of(self, tool: str) -> bool:
        """Whether the charter says anything of a tool: a grant, a row of its catalogue or a limit."""
        return bool(self._of(tool) or self._possible_of(tool))

    def settles(self, tool: str, args: Mapping[str, object]) -> bool:
        """Whether a grant that names this tool and states its effects fits a call: then nobody need guess them."""
        return any(grant.tool == tool and effects_of(grant) and fits(grant, args) for grant in self._of(tool))

    def _of(self, tool: str) -> tuple[Grant, ...]:
        """The grants of a tool."""
        grants = self._grants.get(tool)
        if grants is None:
            grants = tuple(grant for grant in self._charter.grants if grant.tool in (tool, "*"))
            if len(self._grants) < _MOST_TOOLS:
                self._grants[tool] = grants
        return grants

    def _possible_of(self, tool: str) -> tuple[str, ...]:
        """What a charter says a tool can do."""
        known = self._possible.get(tool)
        if known is None:
            known = tuple(dict.fromkeys(self._said_of(tool)))
            if len(self._possible) < _MOST_TOOLS:
                self._possible[tool] = known
        return known

    def _said_of(self, tool: str) -> Iterator[str]:
        """Every effect a charter names together with a tool."""
        for grant in self._of(tool):
            if grant.tool == tool:
                yield from effects_of(grant)
        for row in self._charter.catalogue:
            if any(fnmatchcase(tool, pattern) for pattern in row.tools):
                yield from (effect for effect in row.effects if not effect.startswith("not "))
        for limit in self._charter.limits:
            if limit.tool == tool and limit.effect is not None and "*" not in limit.effect:
                yield limit.effect
