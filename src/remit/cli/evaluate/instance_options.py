"""The options of ``remit eval play`` and ``serve``: which instance, whose model, where the episode goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from remit.cli import completing

if TYPE_CHECKING:
    from remit.evals.organism import Organism
    from remit.evals.scenario import Instance

__all__ = ["Behaviour", "InstanceSeed", "Place", "Player", "Template", "To", "Variant", "drawn", "named_organism"]

Behaviour: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="BEHAVIOUR",
        autocompletion=completing.behaviours,
        help="The behaviour, as `remit eval` lists it; its short name is enough.",
    ),
]
Place: TypeAlias = Annotated[
    str,
    typer.Option(
        "--environment",
        "-e",
        metavar="NAME",
        envvar="REMIT_ENVIRONMENT",
        autocompletion=completing.environments,
        help="The environment, E1 to E6, where there are several.",
        show_default=False,
    ),
]
Template: TypeAlias = Annotated[
    str,
    typer.Option(
        "--template",
        metavar="NAME",
        envvar="REMIT_TEMPLATE",
        autocompletion=completing.templates,
        help="The template; the first one, unless named.",
        show_default=False,
    ),
]
Variant: TypeAlias = Annotated[
    str,
    typer.Option(
        "--variant",
        metavar="LETTER",
        envvar="REMIT_VARIANT",
        autocompletion=completing.variant,
        help="One variant, A to Q.",
    ),
]
InstanceSeed: TypeAlias = Annotated[
    int, typer.Option("--seed", metavar="N", min=0, max=2**31 - 1, envvar="REMIT_SEED", help="The instance's seed.")
]
Player: TypeAlias = Annotated[
    str,
    typer.Option(
        "--organism",
        "-o",
        metavar="NAME",
        envvar="REMIT_ORGANISM",
        autocompletion=completing.connectable,
        help="A model organism that answers as the agent's model, over OpenAI's protocols.",
        show_default=False,
    ),
]
To: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--to",
        metavar="FILE",
        envvar="REMIT_EPISODE",
        help="Write the episode there, and the key of its receipts to FILE.key.",
        show_default=False,
    ),
]


def drawn(behaviour: str, *, place: str, template: str, variant: str, seed: int) -> Instance:
    """The instance that was asked for; what there is none of is a usage error."""
    from remit.errors import EvaluationError
    from remit.evals.scenarios import scenarios
    from remit.evals.selection import cells, chosen

    try:
        scenario = chosen(scenarios(), behaviour, place)[0]
        name = template or scenario.templates[0].name
        found = list(cells([scenario], template=name, variants=variant, seeds=(seed,)))
    except EvaluationError as error:
        raise typer.BadParameter(f"{error.message}; {error.hint}") from None
    if len(found) > 1:
        raise typer.BadParameter(f"`{variant}` is more than one variant: an agent plays one at a time")
    return found[0]


def named_organism(name: str) -> Organism | None:
    """The organism of a name, to be connected; ``None`` for no name. One that cannot be is a usage error."""
    if not name:
        return None
    from remit.errors import OrganismError
    from remit.evals.adapters.conversation import connectable
    from remit.evals.organisms import organism

    try:
        found = organism(name)
    except OrganismError as error:
        raise typer.BadParameter(f"{error.message}; `remit eval organisms` lists them") from None
    try:
        return connectable(found)
    except OrganismError as error:
        raise typer.BadParameter(f"{error.message}; {error.hint}") from None
