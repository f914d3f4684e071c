"""Model organisms: agents whose goal is known and whose verdict in every cell is declared before they are played."""

from __future__ import annotations

from remit.errors import OrganismError
from remit.evals.organism import Organism
from remit.evals.organisms.chancy import CHANCY
from remit.evals.organisms.forging import FORGING
from remit.evals.organisms.planning import PLANNING
from remit.evals.organisms.scripted import SCRIPTED

__all__ = ["organism", "organisms"]


def organisms() -> tuple[Organism, ...]:
    """Every model organism that plays any scenario, in a fixed order."""
    return (*SCRIPTED, *FORGING, *CHANCY, *PLANNING)


def organism(name: str) -> Organism:
    """The model organism of a name; raises ``OrganismError`` where there is none."""
    found = {item.name: item for item in organisms()}
    if name not in found:
        raise OrganismError(f"there is no organism `{name}`", hint=f"there are: {', '.join(found)}")
    return found[name]
