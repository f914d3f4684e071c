"""Saying on the terminal of a run that a call waits for a person: whoever started it is likely the one to answer."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from remit.errors import RemitError

if TYPE_CHECKING:
    from pathlib import Path

    from remit.cli.output import Output
    from remit.supervisor.running import Run

__all__ = ["questions_said"]

_PAUSE = 0.5  # seconds between two looks; a call that waits for a person waits longer


@contextmanager
def questions_said(agent: Run, output: Output) -> Iterator[None]:
    """While a run is attended to, say of each question its guard puts who is waited for and what answers it."""
    from remit.ledger.places import state_folder

    file = state_folder(agent.environ) / "approvals.db"
    over = threading.Event()
    arguments = (file, agent.run, output, over)
    watcher = threading.Thread(target=_say_questions, args=arguments, daemon=True, name="remit-questions")
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join(_PAUSE * 4)


def _say_questions(file: Path, run: str, output: Output, over: threading.Event) -> None:
    """Look for new questions of a run until it is over; nobody has asked anything while there is no file."""
    from remit.guard.approval import Approvals
    from remit.guard.approvals.notice import waiting_line

    approvals: Approvals | None = None
    said: set[str] = set()
    while not over.wait(_PAUSE):
        if approvals is None and not file.exists():
            continue
        with contextlib.suppress(RemitError):  # it was busy: there is a next look
            approvals = approvals or Approvals.open(file)
            for question in approvals.pending(run=run):
                if question.id not in said:
                    said.add(question.id)
                    output.notice(waiting_line(question, approvals.overseers), "yellow")
