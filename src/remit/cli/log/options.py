"""The options of the verbs that read a ledger."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

__all__ = [
    "USUAL",
    "AllOption",
    "AnchorOption",
    "AnchoredOption",
    "ArgumentsOption",
    "AsOption",
    "CallOption",
    "FollowOption",
    "Form",
    "FormatOption",
    "FullOption",
    "JsonLines",
    "KindOption",
    "LastOption",
    "OtlpOption",
    "OutputOption",
    "ProofOption",
    "SinceOption",
    "ThoroughOption",
    "ToolOption",
]

USUAL = 200
"""Entries a terminal gets unless more are asked for."""


class Form(StrEnum):
    """How a ledger is written down."""

    JSONL = "jsonl"
    CSV = "csv"


def _kinds(incomplete: str) -> list[str]:
    """The kinds of entries that start as typed."""
    from remit.ledger.entry import KINDS

    return [kind for kind in KINDS if kind.startswith(incomplete)]


KindOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KIND",
        envvar="REMIT_LOG_KIND",
        autocompletion=_kinds,
        help="Only entries of this kind (intent, outcome, denied, asked, held, ...); several times for several.",
        show_default=False,
    ),
]
ToolOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TOOL",
        envvar="REMIT_LOG_TOOL",
        help="Only calls of this tool, and what came of them; `mail.*` for all that start so.",
        show_default=False,
    ),
]
SinceOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        envvar="REMIT_LOG_SINCE",
        help="Only from then on: `10m`, `2h`, `3d` ago, or a time such as 2026-11-20T09:30.",
        show_default=False,
    ),
]
CallOption: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="CALL",
        envvar="REMIT_LOG_CALL",
        help="Only one call: its id, or the number of any of its entries.",
        show_default=False,
    ),
]
LastOption: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--last",
        "-n",
        metavar="N",
        min=1,
        envvar="REMIT_LOG_LAST",
        help=f"Only the last N; on a terminal {USUAL} unless said otherwise.",
        show_default=False,
    ),
]
AllOption: TypeAlias = Annotated[bool, typer.Option("--all", "-a", envvar="REMIT_LOG_ALL", help="All of them.")]
FullOption: TypeAlias = Annotated[
    bool, typer.Option("--full", envvar="REMIT_LOG_FULL", help="With every fact and the digest.")
]
FollowOption: TypeAlias = Annotated[
    bool,
    typer.Option("--follow", "-f", envvar="REMIT_LOG_FOLLOW", help="Go on with what is appended, until Ctrl-C."),
]
JsonLines: TypeAlias = Annotated[
    bool, typer.Option("--json", envvar="REMIT_JSON", help="Print JSON: one entry on each line.")
]
AnchorOption: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE",
        envvar="REMIT_LOG_ANCHOR",
        help="Checkpoints kept in a second place by `remit log anchor`; several times for several.",
        show_default=False,
    ),
]
AsOption: TypeAlias = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="NAME",
        envvar="REMIT_LOG_AS",
        help="The name it was anchored under, where that is not its own.",
        show_default=False,
    ),
]
ProofOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        envvar="REMIT_LOG_PROOF",
        help="Verify a proof of `remit log prove` instead; it needs no ledger.",
        show_default=False,
    ),
]
ThoroughOption: TypeAlias = Annotated[
    bool, typer.Option("--thorough", envvar="REMIT_LOG_THOROUGH", help="Also read every entry and spell it again.")
]
AnchoredOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--anchored",
        envvar="REMIT_LOG_ANCHORED",
        help="Judge what the anchors cover; entries that are newer are not held against the answer.",
    ),
]
FormatOption: TypeAlias = Annotated[
    Form, typer.Option("--format", envvar="REMIT_LOG_FORMAT", help="How it is written down.")
]
OutputOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        envvar="REMIT_OUTPUT",
        help="Where it goes; without it to standard output.",
        show_default=False,
    ),
]
OtlpOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar="REMIT_OTLP",
        help="Send calls as spans to this OpenTelemetry collector instead (OTLP over HTTP).",
        show_default=False,
    ),
]
ArgumentsOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--arguments",
        envvar="REMIT_OTLP_ARGUMENTS",
        help="Spans also carry the arguments of calls, as the ledger has them.",
    ),
]
