"""``remit approve``: what waits for a person, the exact bytes that would run, and the person's answer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from remit.cli.approve import options as given
from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.guard.approval import Approvals
    from remit.guard.approvals.request import Request

__all__ = ["approve"]


def approve(
    *,
    question: given.Question = None,
    by: given.AnswerAs = None,
    refuse: given.Refuse = False,
    digest: given.Digest = None,
    unsafe_bypass: given.Bypass = None,
    reason: given.Why = "",
    key_file: given.AnswerKey = None,
    watch: given.Watch = False,
    within: given.WatchFor = None,
    door: given.DoorPort = None,
    enrol: given.Enrol = None,
    public_key: given.PublicKey = None,
    webhook: given.Hook = None,
    fatigue: given.HowTired = False,
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
      remit approve --watch --door 8443  and take answers that were signed elsewhere
      remit approve --enrol buyer        make the key of an overseer

    \b
    Exit code: 0 yes, or nothing waits; 1 no; 10 unanswered; 4 the answer was not taken; 2 usage.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, json=json, colour=not no_color)
    if door is not None and not watch:
        raise typer.BadParameter("`--door` is open for as long as `--watch` watches: add it")
    if enrol:
        from remit.cli.approve.enrolling import enrol_overseer

        enrol_overseer(output, enrol, public_key=public_key, webhook=webhook)
        return
    from remit.cli.approve.answering import bypass_questions, found_approvals, host_approvals

    if fatigue:
        _show_fatigue(output, found_approvals())
    elif watch:
        from remit.cli.approve.watching import watch_questions

        watch_questions(output, host_approvals(), by=by, key_file=key_file, within=within, door=door)
    elif question is None:
        _list(output, found_approvals())
    else:
        approvals = host_approvals()
        found = approvals.find(question)
        if unsafe_bypass is None:
            _answer(output, approvals, found, by=by, refuse=refuse, digest=digest, key_file=key_file)
        bypass_questions(output, approvals, found, by=by, time=unsafe_bypass, reason=reason, key_file=key_file)


def _show_fatigue(output: Output, approvals: Approvals | None) -> None:
    """Print how overseers have been answering."""
    from remit.cli.approve.screen import show_fatigue

    show_fatigue(output, () if approvals is None else approvals.fatigue())


def _list(output: Output, approvals: Approvals | None) -> None:
    """Print what waits; the exit code says whether anything does."""
    from remit.cli.approve.screen import list_document, show_list

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
) -> NoReturn:
    """Show one question, take the answer, and leave with it."""
    from remit.cli.approve.answering import answer_question, is_shown

    if refuse and digest:
        raise typer.BadParameter("say yes with --digest or no with --refuse, not both")
    if digest is not None and not is_shown(found, digest):
        output.error(
            "these are not the bytes you were shown, so nothing was answered", f"look again: remit approve {found.id}"
        )
        raise typer.Exit(ExitCode.COULD_NOT)
    decided = False if refuse else True if digest else None
    if decided is None and not output.json and not sys.stdin.isatty():
        from remit.cli.approve.screen import show_question

        show_question(output, found, approvals.judgement(found.id))
        output.error("nobody is here to be asked, so nothing was answered", "--digest DIGEST says yes, --refuse no")
        raise typer.Exit(ExitCode.HOLD)
    raise typer.Exit(answer_question(output, approvals, found, by=by, decided=decided, key_file=key_file))
