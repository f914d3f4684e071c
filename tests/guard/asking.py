"""A state folder with two overseers, and questions about one call, for tests about approvals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tests.guard.money import Told

from remit.guard.approval import Approvals, Request, State, bind
from remit.guard.call import Call

CHARTER = "sha256:" + "c4" * 32
ORDER: Mapping[str, object] = {"amount": 80, "payee": "Papier GmbH"}


@dataclass(slots=True, kw_only=True)
class Desk:
    """Who asks and who answers; time is told."""

    folder: Path
    clock: Told = field(default_factory=Told)
    approvals: Approvals = field(init=False)

    def __post_init__(self) -> None:
        """Enrol two people."""
        self.approvals = self.opened()
        for name in ("buyer", "lead"):
            self.approvals.overseers.enrol(name)

    def opened(self) -> Approvals:
        """The approvals again, as another process opens them."""
        return Approvals.open(self.folder / "approvals.db", clock=self.clock, monotonic=self.clock.ticks)

    def ask(self, call: Call | None = None, *, overseers: tuple[str, ...] = ("buyer",), **more: str) -> Request:
        """Ask about a call, for five minutes."""
        facts = {"charter": CHARTER, "run": "run", "agent": "bot", **more}
        return self.approvals.ask(
            Request.of(call or order(), overseers=overseers, now=self.clock.now(), life=timedelta(minutes=5), **facts)
        )

    def say(self, request: Request, by: str = "buyer", *, agree: bool = True) -> State:
        """Answer as a person who holds their own key."""
        key = self.approvals.overseers.signer(by)
        return self.approvals.answer(request.id, by, agree, key=key, digest=request.digest, looked=8.0)


def order(**args: object) -> Call:
    """A call to pay for an order."""
    return Call(tool="pay.order", args={**ORDER, **args}, server="shop", schema="sha256:" + "5c" * 32)


def bound(call: Call, *, overseers: tuple[str, ...] = ("buyer",), charter: str = CHARTER, run: str = "run") -> str:
    """The digest of a call that is about to run."""
    return bind(call, charter=charter, run=run, overseers=overseers)
