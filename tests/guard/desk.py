"""A small desk the guard tests work at: a charter, a ledger in memory, real budgets and approvals, and its overseers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio

from remit.charter.model import Charter
from remit.charter.reader import parse_charter
from remit.guard.approval import Approvals
from remit.guard.budgets.budget import Budgets
from remit.guard.call import Call
from remit.guard.guard import Guard
from remit.guard.testing import AnsweringOverseer, MemoryRecorder
from remit.ledger.signing import SigningKey

DOCUMENT: Mapping[str, Any] = {
    "remit": 1,
    "agent": {"name": "clerk"},
    "purpose": {"text": "answer what is asked; done when it is answered"},
    "overseers": {"ops": {"channels": ["cli"]}, "lead": {"channels": ["cli"]}},
    "budget": {"money": "100 EUR/run", "calls": "50/run"},
    "grants": [
        {"tool": "note.add", "args": {"text": {"length": 100}}},
        {"tool": "refunds.issue", "args": {"amount": {"max": "80 EUR"}, "order": {"length": 20}}, "budget": "money"},
        {"tool": "mail.send", "args": {"to": {"domain": "example.org"}, "text": {"length": 500}}, "ask": "ops"},
        {"tool": "files.remove", "args": {"name": {"length": 50}}, "ask": ["ops", "lead"], "effects": ["data.destroy"]},
    ],
    "limits": [{"effect": "oversight.*", "why": "never touch the controls"}],
    "oversight": {"stop": {"by": "ops"}},
}


def charter_of(**changes: Any) -> Charter:
    """The desk's charter, with some of its parts replaced."""
    return parse_charter(json.dumps({**DOCUMENT, **changes}), path="desk.yaml")


@dataclass(slots=True, kw_only=True)
class Desk:
    """Everything a guard stands on; ``ran`` collects the arguments callables were given."""

    folder: Path
    charter: Charter = field(default_factory=charter_of)
    ledger: MemoryRecorder = field(default_factory=MemoryRecorder)
    ran: list[Mapping[str, object]] = field(default_factory=list)
    keys: dict[str, SigningKey] = field(default_factory=dict)

    def approvals(self, *names: str) -> Approvals:
        """The approvals of this desk, with keys for these overseers."""
        approvals = Approvals.open(self.folder / "approvals.db")
        for name in names:
            if name not in self.keys:
                approvals.overseers.enrol(name)
                self.keys[name] = approvals.overseers.signer(name)
        return approvals

    def overseer(self, *names: str, **options: Any) -> AnsweringOverseer:
        """Overseers who answer at once."""
        approvals = self.approvals(*names)
        return AnsweringOverseer(approvals=approvals, keys={name: self.keys[name] for name in names}, **options)

    def guard(self, **options: Any) -> Guard:
        """A guard at this desk, not entered yet."""
        charter = options.pop("charter", self.charter)
        budgets = options.pop("budgets", None) or Budgets.open(self.folder / "budgets.db", charter, run="desk")
        return Guard(charter, ledger=options.pop("ledger", self.ledger), budgets=budgets, run="desk", **options)

    def do(self, args: Mapping[str, object]) -> str:
        """A callable that only remembers that it ran."""
        self.ran.append(args)
        return "done"


MAIL = {"to": "ada@example.org", "text": "hello"}


def mail(**more: object) -> Call:
    """A call somebody has to agree to."""
    return Call(tool="mail.send", args={**MAIL, **more})


async def until(condition: Callable[[], object]) -> None:
    """Wait until something holds, for a minute at most."""
    with anyio.fail_after(60):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in threads, too
            await anyio.sleep(0.01)


def refund(amount: float = 20, order: str = "A-1", **more: Any) -> Call:
    """A call that is allowed."""
    return Call(tool="refunds.issue", args={"amount": amount, "order": order}, **more)
