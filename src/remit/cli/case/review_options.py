"""The options of ``remit case review``."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

__all__ = [
    "BenignOption",
    "ByOption",
    "ClaimOption",
    "DoneOption",
    "FollowingOption",
    "FoundOption",
    "MarkdownOption",
    "SinceOption",
]

SinceOption: TypeAlias = Annotated[
    str, typer.Option(metavar="DATE", envvar="REMIT_REVIEW_SINCE", help="From then on, not from the last review on.")
]
BenignOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ENTRY",
        envvar="REMIT_REVIEW_BENIGN",
        show_default=False,
        help="A denied call somebody looked at and found harmless (`mailer-3f2a9c#17`); several times for more.",
    ),
]
DoneOption: TypeAlias = Annotated[
    bool, typer.Option("--done", envvar="REMIT_REVIEW_DONE", help="Write down that the review took place.")
]
ByOption: TypeAlias = Annotated[str, typer.Option(metavar="NAME", envvar="REMIT_BY", help="Who looked, with --done.")]
FoundOption: TypeAlias = Annotated[
    str, typer.Option(metavar="TEXT", envvar="REMIT_REVIEW_FOUND", help="What they found, with --done.")
]
FollowingOption: TypeAlias = Annotated[
    str,
    typer.Option(
        "--next", metavar="DATE", envvar="REMIT_REVIEW_NEXT", help="When the next review is due, with --done."
    ),
]
ClaimOption: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="C-...", envvar="REMIT_REVIEW_CLAIM", help="The claim the review is evidence for, with --done."
    ),
]
MarkdownOption: TypeAlias = Annotated[
    bool, typer.Option("--markdown", envvar="REMIT_REVIEW_MARKDOWN", help="Print Markdown.")
]
