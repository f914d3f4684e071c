"""``remit approve``: what waits for a person, the exact bytes that would run, and the person's answer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.guard.approval import Approvals
    from remit.guard.approvals.request import Request

__all__ = ["approve", "waiting_ids"]


def waiting_ids(incomplete: str) -> list[str]:
    """The ids of questions that wait and start as typed."""
    approvals = _open()
    return [] if approvals is None else [one.id for one in approvals.pending() if one.id.startswith(incomplete)]


def approve(
    *,
    question: Annotated[
        str | None,
        typer.Argument(
            metavar="ID",
            autocompletion=waiting_ids,
            help="The question, or as much of its id as only it starts with; without it, what waits.",
            show_default=False,
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", envvar="REMIT_BY", help="The overseer you answer as; needs that key.", show_default=False
        ),
    ] = None,
    refuse: Annotated[bool, typer.Option("--refuse", help="Say no, without being asked again.")] = False,
    digest: Annotated[
        str | None,
        typer.Option(
            metavar="DIGEST",
            help="Say yes to these bytes without being asked: at least 12 digits of the digest you were shown.",
            show_default=False,
        ),
    ] = None,
    unsafe_bypass: Annotated[
        str | None,
        typer.Option(
            "--unsafe-bypass",
            metavar="TIME",
            help="Do not be asked by this run for a while, an hour at most; needs --reason, and goes on record.",
            show_default=False,
        ),
    ] = None,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", envvar="REMIT_REASON", help="Why, for the record.", show_default=False)
    ] = "",
    key_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            envvar="REMIT_KEY_FILE",
            help="Your key, where it does not lie in the state folder.",
            show_default=False,
        ),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and show each question as it comes.")] = False,
    within: Annotated[
        str | None, typer.Option(metavar="TIME", help="With --watch: leave after this time.", show_default=False)
    ] = None,
    enrol: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Make a key for an overseer of your charter.", show_default=False),
    ] = None,
    public_key: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="With --enrol: the public half of a key made elsewhere.", show_default=False),
    ] = None,
    webhook: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="With --enrol: where this overseer hears of questions, signed with a secret that is printed once.",
            show_default=False,
        ),
    ] = None,
    fatigue: Annotated[
        bool, typer.Option("--fatigue", help="How often and how fast each overseer answers, and whether always yes.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Answer for a call that waits for a person: see exactly what would run, then say yes or no.

    A yes is good for one call with exactly these bytes, until it expires. It takes the key of the overseer who was
    asked; every overseer a grant names must agree. What the agent says is shown as text that proves nothing.

    \b
    Examples:
      remit approve                      what waits
      remit approve 9b40                 show it and ask
      remit approve 9b40 --refuse        say no
      remit approve --watch              stay, and be asked as questions come
      remit approve --enrol buyer        make the key of an overseer

    \b
    Exit code: 0 yes, or nothing waits; 1 no; 10 unanswered; 4 the answer was not taken; 2 usage.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    if enrol:
        from remit.cli.enrolling import enrol_overseer

        enrol_overseer(output, enrol, public_key=public_key, webhook=webhook)
        return
    approvals = _open()
    if fatigue:
        from remit.cli.approve_screen import show_fatigue

        show_fatigue(output, () if approvals is None else approvals.fatigue())
        return
    if watch:
        from remit.cli.approve_watching import watch_questions

        watch_questions(output, approvals or _made(), by=by, key_file=key_file, within=within)
        return
    if question is None:
        _list(output, approvals)
        return
    found = (approvals or _made()).find(question)
    if unsafe_bypass is not None:
        from remit.cli.answering import bypass_questions

        bypass_questions(
            output, approvals or _made(), found, by=by, time=unsafe_bypass, reason=reason, key_file=key_file
        )
        return
    _answer(output, approvals or _made(), found, by=by, refuse=refuse, digest=digest, key_file=key_file)


def _list(output: Output, approvals: Approvals | None) -> None:
    """Print what waits; the exit code says whether anything does."""
    from remit.cli.approve_screen import list_document, show_list

    waiting = () if approvals is None else approvals.pending()
    if output.json:
        output.document(list_document(waiting))
    else:
        show_list(output, waiting, approvals)
    raise typer.Exit(ExitCode.HOLD if waiting else ExitCode.YES)


def _answer(
    output: Output,
    approvals: Approvals,
    found: Request,
    *,
    by: str | None,
    refuse: bool,
    digest: str | None,
    key_file: Path | None,
) -> None:
    """Show one question, take the answer, and leave with it."""
    from remit.cli.answering import answer_question, is_shown

    if refuse and digest:
        raise typer.BadParameter("say yes with --digest or no with --refuse, not both")
    if digest is not None and not is_shown(found, digest):
        output.error(
            "these are not the bytes you were shown, so nothing was answered", f"look again: remit approve {found.id}"
        )
        raise typer.Exit(ExitCode.COULD_NOT)
    decided = False if refuse else True if digest else None
    if decided is None and not output.json and not sys.stdin.isatty():
        from remit.cli.approve_screen import show_question

        show_question(output, found, approvals.judgement(found.id))
        output.error("nobody is here to be asked, so nothing was answered", "--digest DIGEST says yes, --refuse no")
        raise typer.Exit(ExitCode.HOLD)
    raise typer.Exit(answer_question(output, approvals, found, by=by, decided=decided, key_file=key_file))


def _open() -> Approvals | None:
    """The approvals of this host, ``None`` where nobody has asked anything yet."""
    return _made() if _file().exists() else None


def _made() -> Approvals:
    """The approvals of this host."""
    from remit.guard.approval import Approvals

    return Approvals.open(_file())


def _file() -> Path:
    """Where they are kept."""
    import os

    from remit.ledger.places import state_folder

    return state_folder(os.environ) / "approvals.db"
