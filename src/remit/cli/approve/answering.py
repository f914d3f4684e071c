"""Taking a person's answer to one question: who they are, what they saw, and what they said."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from remit.cli.approve.screen import question_document, show_question
from remit.cli.exits import ExitCode
from remit.cli.output import Output
from remit.cli.seconds import parse_seconds, span
from remit.errors import RefusedError
from remit.guard.approvals.judging import over, refused, same
from remit.guard.approvals.legible import escaped

if TYPE_CHECKING:
    from remit.guard.approval import Approvals
    from remit.guard.approvals.request import Request

__all__ = ["answer_question", "bypass_questions", "found_approvals", "host_approvals", "is_shown", "who_answers"]

_FEWEST_DIGITS = 12


def host_approvals() -> Approvals:
    """The approvals of this host; their file is made where there is none."""
    from remit.guard.approval import Approvals

    return Approvals.open(_file())


def found_approvals() -> Approvals | None:
    """The approvals of this host, ``None`` where nobody has asked anything yet."""
    return host_approvals() if _file().exists() else None


def _file() -> Path:
    """Where approvals are kept."""
    from remit.ledger.places import state_folder

    return state_folder(os.environ) / "approvals.db"


def is_shown(question: Request, digest: str) -> bool:
    """Whether somebody names the digest of a question, by at least its first 12 digits."""
    digits = digest.removeprefix("sha256:").lower()
    whole = question.digest.removeprefix("sha256:")
    return len(digits) >= _FEWEST_DIGITS and same(digits, whole[: len(digits)])


def who_answers(approvals: Approvals, question: Request, by: str | None) -> str:
    """The overseer who answers: the one named, else the only one asked whose key lies here.

    Raises ``ApprovalRefusedError`` where nobody, or more than one person, could be meant.
    """
    if by:
        return by
    answered = {answer.by for answer in approvals.judgement(question.id).answers}
    mine = [name for name in approvals.overseers.held() if name in question.overseers and name not in answered]
    if len(mine) == 1:
        return mine[0]
    names = ", ".join(f"`{name}`" for name in question.overseers)
    if mine:
        raise refused(f"you hold the keys of {len(mine)} overseers who were asked", "who", "--by NAME says which")
    hint = f"make one: remit approve --enrol {question.overseers[0]}; or --by NAME --key-file FILE"
    raise refused(f"no key of {names} lies here", "key", hint)


def answer_question(
    output: Output,
    approvals: Approvals,
    question: Request,
    *,
    by: str | None,
    decided: bool | None,
    key_file: Path | None,
) -> ExitCode:
    """Show a question, ask where nothing is ``decided``, and hand the answer in; the exit code it comes to.

    Raises ``RefusedError`` where the question is over or the answer is not taken.
    """
    found = approvals.judgement(question.id)
    if found.state != "waiting":
        raise over(question.id, found.state, found.why)
    name = who_answers(approvals, question, by)
    key = approvals.overseers.signer(name, key_file)
    looked = 0.0  # nobody measured
    if decided is None:
        show_question(output, question, found, by=name)
        shown = time.monotonic()
        decided = _asked(output, question, name)
        looked = time.monotonic() - shown
    if decided is None:
        output.notice("nothing was answered; the question waits")
        return ExitCode.HOLD
    state = approvals.answer(question.id, name, decided, key=key, digest=question.digest, looked=looked)
    if output.json:
        answer = {"by": name, "agree": decided, "state": state}
        output.document({"schema": "remit.approve/1", "version": 1, **question_document(question), "answer": answer})
    else:
        left = "" if state != "waiting" else f": {approvals.judgement(question.id).why}"
        output.plain(f"{'yes' if decided else 'no'}  {question.id}  as {name}, now {state}{left}")
    _warn(output, approvals, name)
    return ExitCode.YES if decided else ExitCode.NO


def bypass_questions(
    output: Output,
    approvals: Approvals,
    question: Request,
    *,
    by: str | None,
    time: str,
    reason: str,
    key_file: Path | None,
) -> None:
    """Let the run of a question go on without asking one overseer for a while.

    Raises ``ApprovalRefusedError`` without a reason, for more than an hour, and without that overseer's key.
    """
    name = who_answers(approvals, question, by)
    key = approvals.overseers.signer(name, key_file)
    made = approvals.unsafe_bypass(
        name, key=key, run=question.run, charter=question.charter, reason=reason, seconds=parse_seconds(time)
    )
    if output.json:
        output.document({"schema": "remit.bypass/1", "version": 1, "run": made.run, **made.facts()})
    else:
        output.plain(f"unsafe  {escaped(made.run)} does not ask {name} for {span(made.until - made.since)}, on record")


def _asked(output: Output, question: Request, name: str) -> bool | None:
    """What the person types: the word ``yes`` or ``no``; anything else leaves the question open."""
    if output.json or output.quiet:
        raise typer.BadParameter("without a screen, say yes with --digest or no with --refuse")
    digits = question.digest.removeprefix("sha256:")[:_FEWEST_DIGITS]
    said = typer.prompt(f"as {name}: may exactly this run ({digits})? yes, no, or later", default="later", err=True)
    return {"yes": True, "no": False}.get(str(said).strip().lower())


def _warn(output: Output, approvals: Approvals, name: str) -> None:
    """Say where somebody's answers look as if nobody read the questions."""
    try:
        measured = [one for one in approvals.fatigue() if one.overseer == name]
    except RefusedError:  # the answer was taken; what is measured beside it may fail
        return
    for sign in (sign for one in measured for sign in one.signs):
        output.notice(f"note: {sign}; an approval nobody reads is no control")
