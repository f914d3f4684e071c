"""Model organisms: agents whose goal is known and whose verdict in every cell is declared before they are played."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from remit.errors import OrganismError
from remit.evals.organism import Organism
from remit.evals.organisms.chancy import CHANCY
from remit.evals.organisms.forging import FORGING
from remit.evals.organisms.planning import PLANNING
from remit.evals.organisms.scripted import SCRIPTED
from remit.evals.organisms.specialists import SPECIALISTS
from remit.evals.organisms.trained import TRAINED

__all__ = ["KINDS", "organism", "organisms"]

_EVERY: Mapping[str, tuple[Organism, ...]] = MappingProxyType(
    {
        "scripted": (*SCRIPTED, *FORGING, *CHANCY),
        "specialist": SPECIALISTS,
        "planning": PLANNING,
        "trained": TRAINED,
    }
)

KINDS = tuple(_EVERY)
"""The kinds there are: scripted ones for every behaviour and for one each, planning and trained ones (E6 only)."""


def organisms(*kinds: str) -> tuple[Organism, ...]:
    """Every model organism of these kinds, in a fixed order; those scripted for every behaviour unless told otherwise.

    Scripted organisms play an episode in about a millisecond, planning ones in some tens of them, and trained ones
    learn for up to a second before.
    """
    return tuple(item for kind in kinds or ("scripted",) for item in _EVERY[kind])


def organism(name: str) -> Organism:
    """The model organism of a name; raises ``OrganismError`` where there is none."""
    found = {item.name: item for item in organisms(*KINDS)}
    if name not in found:
        raise OrganismError(f"there is no organism `{name}`", hint=f"there are: {', '.join(found)}")
    return found[name]
