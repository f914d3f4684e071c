"""``remit approve --watch``: staying, and showing each question as it comes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from remit.cli.approve.answering import answer_question
from remit.cli.approve.screen import question_document, show_question
from remit.cli.output import Output
from remit.cli.seconds import parse_seconds
from remit.errors import ApprovalRefusedError, RefusedError

if TYPE_CHECKING:
    from remit.guard.approval import Approvals
    from remit.guard.approvals.request import Request

__all__ = ["watch_questions"]

_PAUSE = 0.25


def watch_questions(
    output: Output,
    approvals: Approvals,
    *,
    by: str | None,
    key_file: Path | None,
    within: str | None,
    door: int | None = None,
) -> None:
    """Show each question once as it comes, and ask where somebody is there to be asked, until interrupted.

    With ``--json`` each question is one line. Leaves after ``within``. ``door`` is a port of this machine at which
    signed answers are taken meanwhile, 0 a free one. Raises ``ApprovalRefusedError`` where the port is taken.
    """
    with nullcontext() if door is None else _opened(output, approvals, door):
        _watch(output, approvals, by=by, key_file=key_file, within=within)


@contextmanager
def _opened(output: Output, approvals: Approvals, port: int) -> Iterator[None]:
    """Take answers at a port, and say where."""
    from remit.guard.approvals.door import Door

    try:
        door = Door(approvals.accept, port=port)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ApprovalRefusedError(
            f"no answers can be taken at port {port}: {reason}",
            code="guard.approval-refused.door",
            hint="name another port, or 0 for a free one",
        ) from None
    with door:
        output.notice(f"signed answers are taken at {door.url}")
        yield


def _watch(output: Output, approvals: Approvals, *, by: str | None, key_file: Path | None, within: str | None) -> None:
    """Look for questions until interrupted, or the time is over."""
    end = None if within is None else time.monotonic() + parse_seconds(within)
    asks = sys.stdin.isatty() and not output.json and not output.quiet
    output.notice("waiting for questions; ctrl-c leaves")
    shown: set[str] = set()
    while True:  # however late it is, there is one look
        waiting = approvals.pending()
        for question in waiting:
            if question.id not in shown:
                shown.add(question.id)
                _show(output, approvals, question, by=by, key_file=key_file, asks=asks)
        shown &= {question.id for question in waiting}
        left = _PAUSE if end is None else end - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(_PAUSE, left))


def _show(
    output: Output, approvals: Approvals, question: Request, *, by: str | None, key_file: Path | None, asks: bool
) -> None:
    """Show one question, and take the answer of whoever is there; one that cannot be answered is said and left."""
    if output.json:
        import json

        output.data(json.dumps(dict(question_document(question)), ensure_ascii=True) + "\n")
        return
    try:
        if asks:
            answer_question(output, approvals, question, by=by, decided=None, key_file=key_file)
        else:
            show_question(output, question, approvals.judgement(question.id))
    except RefusedError as error:
        output.refused(error)
