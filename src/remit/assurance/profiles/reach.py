"""Which hazards the tools of a charter bring into reach, by which acts; and why the others are out of reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remit.charter.context import context_of
from remit.charter.effects import parts_of
from remit.charter.model import Affordance, Charter
from remit.incentives.catalogue import with_extensions
from remit.incentives.worlds.acts import Act, acts_of

__all__ = ["Reach", "reach_of"]

_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What serves one part of a drive: the acts in reach, granted or not, or why there is none."""

    acts: tuple[str, ...]
    why_not: str = ""

    def told(self) -> str:
        """The first acts, and how many more there are."""
        more = len(self.acts) - _SHOWN
        shown = ", ".join(self.acts[:_SHOWN])
        return f"{shown} and {more} more" if more > 0 else shown


def reach_of(charter: Charter) -> Mapping[str, Reach]:
    """For each part and pressure that some effect serves, the acts of this charter that do.

    Acts come from its grants and from what holding their tools makes possible; what the charter does not say of its
    surroundings is taken as unsafe, and what an act takes away is ignored, so that nothing possible is missed.
    """
    rows = with_extensions(charter)
    acts = acts_of(charter, rows)
    served: dict[str, list[Act]] = {}
    for act in acts:
        for part in act.parts():
            served.setdefault(part, []).append(act)
    return _Found(charter, rows, {part: tuple(act.id for act in found) for part, found in served.items()})


class _Found(dict[str, Reach]):
    """The reach of every part: those nothing serves get their reason when they are asked for."""

    def __init__(self, charter: Charter, rows: tuple[Affordance, ...], served: Mapping[str, tuple[str, ...]]) -> None:
        """Keep what a reason is worked out from."""
        super().__init__({part: Reach(acts=acts) for part, acts in served.items()})
        self._charter = charter
        self._rows = rows

    def __missing__(self, part: str) -> Reach:
        """The reach of a part nothing serves."""
        return Reach(acts=(), why_not=_why_not(part, self._charter, self._rows))


def _why_not(part: str, charter: Charter, rows: tuple[Affordance, ...]) -> str:
    """Why nothing in reach serves a part."""
    serving = [row for row in rows if any(part in parts_of(effect) for effect in row.effects)]
    held = {grant.kind for grant in charter.grants if grant.kind is not None}
    own = [row for row in serving if row.kind in held]
    if not own:
        return "no tool of a kind that makes it possible is granted"
    facts = context_of(charter)
    closed = {
        f"{key} is {_shown(facts[key].value)}"
        for row in own
        for key, value in row.when.items()
        if facts[key].value != value
    }
    if closed:
        return f"closed by what the charter says: {', '.join(sorted(closed)[:_SHOWN])}"
    return "what it would need first is out of reach"


def _shown(value: object) -> str:
    """A value as a charter writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
