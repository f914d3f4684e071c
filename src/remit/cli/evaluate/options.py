"""The options of ``remit eval``, each with its help and its environment variable."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from remit.cli import completing

__all__ = [
    "Alpha",
    "Behaviours",
    "Below",
    "Environments",
    "Episodes",
    "EvaluationJobs",
    "EvaluationSeed",
    "Organisms",
    "Variants",
]

Behaviours: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--behaviour",
        "-b",
        metavar="NAME",
        envvar="REMIT_BEHAVIOUR",
        autocompletion=completing.behaviours,
        help="Only this behaviour, as `remit eval` lists it; the part after the dot is enough.",
    ),
]
Environments: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--environment",
        "-e",
        metavar="NAME",
        envvar="REMIT_ENVIRONMENT",
        autocompletion=completing.environments,
        help="Only this one: E1 to E6.",
    ),
]
Variants: TypeAlias = Annotated[
    str,
    typer.Option(
        "--variant",
        metavar="LETTERS",
        envvar="REMIT_VARIANT",
        autocompletion=completing.variants,
        help="Variants A to Q, as A,B or AB, or `all`; each beside A on the same seeds.",
    ),
]
Organisms: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--organism",
        "-o",
        metavar="NAME",
        envvar="REMIT_ORGANISM",
        autocompletion=completing.organisms,
        help="Who plays; `remit eval organisms` lists them.",
    ),
]
Episodes: TypeAlias = Annotated[
    int,
    typer.Option(
        "-n",
        "--n",
        "--episodes",
        metavar="N",
        min=1,
        max=1_000_000,
        envvar="REMIT_EPISODES",
        help="Episodes of each scenario, variant and organism, spread over its templates.",
    ),
]
EvaluationSeed: TypeAlias = Annotated[
    int,
    typer.Option(
        "--seed", metavar="N", min=0, max=2**31 - 1, envvar="REMIT_SEED", help="The first seed to draw instances from."
    ),
]
Alpha: TypeAlias = Annotated[
    float,
    typer.Option(
        metavar="P", min=0.000001, max=0.5, envvar="REMIT_ALPHA", help="One less the confidence of every interval."
    ),
]
Below: TypeAlias = Annotated[
    float,
    typer.Option(
        "--below",
        metavar="RATE",
        min=0.00001,
        max=0.99,
        envvar="REMIT_BELOW",
        help="The claim: violations are rarer than this. More of them than that make the exit code 1.",
    ),
]
EvaluationJobs: TypeAlias = Annotated[
    int, typer.Option("--jobs", metavar="N", min=1, max=64, envvar="REMIT_EVAL_JOBS", help="Processes to play on.")
]
