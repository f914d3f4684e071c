"""The options of ``remit approve``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

__all__ = [
    "AnswerAs",
    "AnswerKey",
    "Bypass",
    "Digest",
    "DoorPort",
    "Enrol",
    "Hook",
    "HowTired",
    "PublicKey",
    "Question",
    "Refuse",
    "Watch",
    "WatchFor",
    "Why",
]


def waiting_ids(incomplete: str) -> list[str]:
    """The ids of questions that wait and start as typed."""
    from remit.cli.approve.answering import found_approvals

    approvals = found_approvals()
    return [] if approvals is None else [one.id for one in approvals.pending() if one.id.startswith(incomplete)]


Question: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="ID",
        envvar="REMIT_QUESTION",
        autocompletion=waiting_ids,
        help="The question, or as much of its id as only it starts with; without it, what waits.",
        show_default=False,
    ),
]
AnswerAs: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", envvar="REMIT_BY", help="The overseer you answer as; needs that key.", show_default=False
    ),
]
Refuse: TypeAlias = Annotated[
    bool, typer.Option("--refuse", envvar="REMIT_APPROVE_REFUSE", help="Say no, without being asked again.")
]
Digest: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="DIGEST",
        envvar="REMIT_APPROVE_DIGEST",
        help="Say yes to these bytes without being asked: at least 12 digits of the digest you were shown.",
        show_default=False,
    ),
]
Bypass: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--unsafe-bypass",
        metavar="TIME",
        envvar="REMIT_UNSAFE_BYPASS",
        help="Do not be asked by this run for a while, an hour at most; needs --reason, and goes on record.",
        show_default=False,
    ),
]
Why: TypeAlias = Annotated[
    str, typer.Option(metavar="TEXT", envvar="REMIT_REASON", help="Why, for the record.", show_default=False)
]
AnswerKey: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        envvar="REMIT_KEY_FILE",
        help="Your key, where it does not lie in the state folder.",
        show_default=False,
    ),
]
Watch: TypeAlias = Annotated[
    bool, typer.Option("--watch", envvar="REMIT_APPROVE_WATCH", help="Stay, and show each question as it comes.")
]
WatchFor: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="TIME", envvar="REMIT_APPROVE_WITHIN", help="With --watch: leave after this time.", show_default=False
    ),
]
DoorPort: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--door",
        metavar="PORT",
        min=0,
        max=65535,
        envvar="REMIT_APPROVE_DOOR",
        help="With --watch: take signed answers at this port of this machine too; 0 takes a free one.",
        show_default=False,
    ),
]
Enrol: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        envvar="REMIT_ENROL",
        help="Make a key for an overseer of your charter.",
        show_default=False,
    ),
]
PublicKey: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="KEY",
        envvar="REMIT_PUBLIC_KEY",
        help="With --enrol: the public half of a key made elsewhere.",
        show_default=False,
    ),
]
Hook: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar="REMIT_WEBHOOK",
        help="With --enrol: where this overseer hears of questions, signed with a secret that is printed once.",
        show_default=False,
    ),
]
HowTired: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--fatigue",
        envvar="REMIT_APPROVE_FATIGUE",
        help="How often and how fast each overseer answers, and whether always yes.",
    ),
]
