"""The options verbs share, each with its help, its environment variable and one place to change them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

__all__ = ["CharterArgument", "Debug", "Exact", "Goals", "Json", "NoColor", "Quiet", "Seed", "Shapley"]


def _colourless(context: typer.Context, value: bool) -> bool:
    """Whether colours were forbidden, behind the verb or anywhere before it."""
    return value or (context.parent is not None and bool(context.parent.params.get("no_color")))


CharterArgument: TypeAlias = Annotated[
    Path | None,
    typer.Argument(
        metavar="CHARTER",
        envvar="REMIT_CHARTER",
        help="The charter; without it the nearest remit.yaml, looking upward from here.",
        show_default=False,
    ),
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", envvar="REMIT_JSON", help="Print JSON and nothing else.")]
Quiet: TypeAlias = Annotated[
    bool, typer.Option("--quiet", "-q", envvar="REMIT_QUIET", help="Print nothing: the exit code is the answer.")
]
NoColor: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--no-color",
        envvar="REMIT_NO_COLOR",
        callback=_colourless,
        help="Print without colours, as NO_COLOR does.",
    ),
]
Debug: TypeAlias = Annotated[
    bool, typer.Option("--debug", envvar="REMIT_DEBUG", help="Show the traceback of an unexpected error.")
]
Exact: TypeAlias = Annotated[
    bool, typer.Option("--exact", envvar="REMIT_EXACT", help="Give up, with exit code 4, rather than answer in bounds.")
]
Shapley: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--shapley", envvar="REMIT_SHAPLEY", help="Also share the incentive to resist out among the acts; takes longer."
    ),
]
Goals: TypeAlias = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=50,
        max=1_000_000,
        envvar="REMIT_GOALS",
        help="Goals drawn from each prior: more goals, narrower intervals.",
    ),
]
Seed: TypeAlias = Annotated[
    int,
    typer.Option(
        metavar="N", min=0, max=2**31 - 1, envvar="REMIT_SEED", help="Same charter, goals and seed: same bytes."
    ),
]
