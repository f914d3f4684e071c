"""The options of the verbs that watch for instrumental behaviour."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

__all__ = [
    "AtLeast",
    "CharterOrLedger",
    "FailOn",
    "Follow",
    "Ledger",
    "Replay",
    "Respond",
    "RespondAt",
    "Test",
    "TestLevel",
    "as_threshold",
]

CharterOrLedger: TypeAlias = Annotated[
    Path | None,
    typer.Argument(
        metavar="CHARTER",
        envvar="REMIT_CHARTER",
        help="The charter; without it the nearest remit.yaml, where there is one.",
        show_default=False,
    ),
]
Ledger: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="LEDGER",
        envvar="REMIT_LEDGER",
        help="A run, or as much of its name as only it starts with; an agent; a file; postgresql://HOST/DATABASE."
        " Without it the one run that lives.",
        show_default=False,
    ),
]
Follow: TypeAlias = Annotated[
    bool, typer.Option("--follow", "-f", envvar="REMIT_MONITOR_FOLLOW", help="Go on until the run ends.")
]
Replay: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--replay", envvar="REMIT_MONITOR_REPLAY", help="What is recorded so far, and no more: the usual form."
    ),
]
FailOn: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="STRENGTH",
        envvar="REMIT_MONITOR_FAIL_ON",
        help="The strength of an alert, from 0 to 1, that makes the exit code 1; `never`.",
    ),
]
AtLeast: TypeAlias = Annotated[
    float,
    typer.Option(
        metavar="STRENGTH",
        min=0.0,
        max=1.0,
        envvar="REMIT_MONITOR_AT_LEAST",
        help="Show alerts from this strength on.",
    ),
]
Respond: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--respond",
        envvar="REMIT_MONITOR_RESPOND",
        help="Hold or stop the run as the charter's oversight.monitor says; only with --follow.",
    ),
]
RespondAt: TypeAlias = Annotated[
    float,
    typer.Option(
        metavar="STRENGTH",
        min=0.0,
        max=1.0,
        envvar="REMIT_MONITOR_RESPOND_AT",
        help="The strength from which --respond does something.",
    ),
]
Test: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--test",
        envvar="REMIT_MONITOR_TEST",
        help="Also run the sequential test against the charter's world, which takes a moment to solve.",
    ),
]
TestLevel: TypeAlias = Annotated[
    float,
    typer.Option(
        "--alpha",
        metavar="ALPHA",
        min=1e-9,
        max=0.5,
        envvar="REMIT_MONITOR_ALPHA",
        help="The probability of a false alarm of --test over the whole life of a run.",
    ),
]


def as_threshold(value: str) -> float | None:
    """A strength from 0 to 1, or ``None`` for ``never``; raises ``typer.BadParameter``."""
    if value == "never":
        return None
    try:
        strength = float(value)
    except ValueError:
        strength = -1.0
    if not 0.0 <= strength <= 1.0:
        raise typer.BadParameter(f"`{value}` is no strength: write a number from 0 to 1, or `never`")
    return strength
