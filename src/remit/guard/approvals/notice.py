"""One line for a log or a terminal: which call waits, for whom, and the command that answers."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from remit.guard.approvals.identity import Overseers
from remit.guard.approvals.legible import escaped
from remit.guard.approvals.request import Request
from remit.ledger.places import state_folder

__all__ = ["Notice", "waiting_line"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Says of every question that it waits: an ``Overseer`` for a guard whose questions nobody else would mention.

    ``say`` takes the line. ``overseers`` are the keys, those below the state folder unless given.
    """

    say: Callable[[str], object]
    overseers: Overseers = field(default_factory=lambda: Overseers(state_folder(os.environ) / "overseers"))

    def asked(self, request: Request) -> None:
        """Say that a question waits."""
        self.say(waiting_line(request, self.overseers))


def waiting_line(request: Request, overseers: Overseers) -> str:
    """Which call waits, for whom, how long, and how it is answered; first of all a key for whoever has none."""
    names = " and ".join(f"`{escaped(name)}`" for name in request.overseers)
    life = _span((request.expires_at - request.asked_at).total_seconds())
    line = f"`{escaped(request.tool)}` waits {life} for {names}: remit approve {request.id}"
    keyless = [name for name in request.overseers if overseers.find(name) is None]
    enrol = "; ".join(f"remit approve --enrol {escaped(name)}" for name in keyless)
    return f"{line} (no key yet, so first: {enrol})" if keyless else line


def _span(seconds: float) -> str:
    """A time as somebody would say it."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
