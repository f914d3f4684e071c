"""Decide about a call, and only then do it: the guard around whatever an agent may use.

    async with Guard(charter, ledger=ledger) as guard:
        receipt = await guard.perform(Call(tool="refunds.issue", args={"amount": 80}), issue_refund)

A guarded call is proposed, decided, agreed to by whoever has to be asked, reserved in every budget it touches, and
durable as an intent in the ledger; then, and only then, its callable runs, with the arguments that were decided and no
others; then its outcome is written down. Whatever fails on the way, nothing runs that was not recorded.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar, overload

import anyio
from anyio import CapacityLimiter

from remit.charter.model import Charter
from remit.clock import Clock, SystemClock
from remit.guard.approval import Approvals
from remit.guard.approvals.webhook import Webhooks
from remit.guard.binding import Binding
from remit.guard.budgets.budget import Budgets
from remit.guard.call import Call
from remit.guard.calls.awaiting import Awaiting, Overseer
from remit.guard.calls.clearing import Cleared, Clearing, Counting
from remit.guard.calls.doing import Start
from remit.guard.calls.making import Actual, Making
from remit.guard.calls.opening import reconcile
from remit.guard.calls.passing import Passing
from remit.guard.calls.settling import Settling
from remit.guard.decision import Decision
from remit.guard.delegation import registered
from remit.guard.hand import Hand, unanswered
from remit.guard.holder import Holder
from remit.guard.planning import Planning
from remit.guard.preview import Preview
from remit.guard.python import Decorator, guarded
from remit.guard.receipt import Receipt
from remit.guard.reporting import ADVISORY, APART, GuardReport
from remit.guard.rules.looking import Resolver, real_path
from remit.guard.rules.rulebook import Rulebook
from remit.guard.rules.signature import Signature
from remit.guard.session import Label, Session
from remit.guard.standing import Standing
from remit.ledger.places import state_folder
from remit.recorder import Recorder

__all__ = ["Guard"]

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
G = TypeVar("G", bound=Callable[..., Any])
_THREADS = 64
_LANDING = 5.0  # seconds calls under way get to end when the guard is closed
Do = Callable[[dict[str, object]], Any]


class Guard:
    """One agent under one charter.

    ``ledger`` keeps the record: what cannot be recorded is not done. ``overseers`` are told of every question; their
    answers come through ``approvals``. ``budgets`` and ``approvals`` lie below the state folder unless given.
    ``shadow`` decides and records without enforcing. ``run`` names the run (a new name unless given), ``cwd`` is where
    relative paths start (this process's folder unless given) and ``resolver`` says where paths lead. ``known`` are the
    people already dealt with. ``deadline`` is the longest a call may take, ``patience`` the longest the ledger and the
    budgets may take to answer and ``life`` the longest a question waits, in seconds.

    Use it as a context manager, ``async with`` or ``with``. Safe to use from many tasks and threads at once.
    """

    def __init__(
        self,
        charter: Charter,
        *,
        ledger: Recorder,
        overseers: Sequence[Overseer] = (),
        budgets: Counting | None = None,
        approvals: Approvals | None = None,
        shadow: bool = False,
        clock: Clock | None = None,
        run: str = "",
        cwd: str = "",
        known: frozenset[str] | None = None,
        resolver: Resolver | None = real_path,
        deadline: float = 300.0,
        patience: float = 30.0,
        life: float = 3600.0,
    ) -> None:
        """Take the parts; nothing is opened before the guard is entered."""
        self.clock = clock or SystemClock()
        self.run = run or f"{charter.agent.name}-{secrets.token_hex(3)}"
        self.id = secrets.token_hex(6)
        self.session = Session(clock=self.clock, cwd=cwd or str(Path.cwd()), known=known)
        self.binding = Binding(book=Rulebook.of(charter), resolver=resolver)
        self.entered = False
        self.advisory: set[str] = set()
        self.apart: set[str] = set()
        self._doers = CapacityLimiter(_THREADS)
        self.clearing = self._clears(charter, ledger, budgets, shadow=shadow)
        self.making = Making(session=self.session, settling=Settling(clearing=self.clearing), deadline=deadline)
        self.awaiting = self._awaits(charter, approvals, overseers, life)
        self.hand = Hand(
            session=self.session,
            binding=self.binding,
            clearing=self.clearing,
            making=self.making,
            awaiting=self.awaiting,
        )
        self.passing = Passing(
            session=self.session,
            clearing=self.clearing,
            awaiting=self.awaiting,
            making=self.making,
            agent=charter.agent.name,
            patience=patience,
        )
        self.planning = Planning(binding=self.binding, passing=self.passing)

    def _clears(self, charter: Charter, ledger: Recorder, budgets: Counting | None, *, shadow: bool) -> Clearing:
        """What every call has to pass."""
        return Clearing(
            decide=self.binding.decide,
            standing=self.session.standing,
            ledger=ledger,
            charter=charter.digest,
            guard=self.id,
            holder=str(Holder.here()),
            typed=self.binding.signatures.__contains__,
            overseers=tuple(charter.overseers),
            budgets=budgets,
            shadow=shadow,
        )

    def _awaits(
        self, charter: Charter, approvals: Approvals | None, overseers: Sequence[Overseer], life: float
    ) -> Awaiting:
        """What puts questions; the charter's own webhooks are told of them as well."""
        return Awaiting(
            approvals=approvals,
            open=self._approvals,
            session=self.session,
            clearing=self.clearing,
            told=(*overseers, Webhooks.of(charter, state_folder(os.environ) / "overseers", clock=self.clock)),
            run=self.run,
            agent=charter.agent.name,
            clock=self.clock,
            life=timedelta(seconds=life),
        )

    @property
    def charter(self) -> Charter:
        """The charter that is in force."""
        return self.binding.charter

    # --- a call ------------------------------------------------------------------------------------------------------

    async def perform(self, call: Call, do: Do, *, actual: Actual | None = None) -> Receipt[Any]:
        """Make a call, if it may be made, and return its receipt.

        ``do`` takes the normalised arguments as one mapping; a plain one runs in a thread. ``actual`` tells from its
        value what the call spent, by budget; without it what was reserved counts. Raises the ``RefusedError`` that says
        why it may not be made (``because``, ``allowed``), whatever ``do`` raises, and ``Interrupted`` where a stop came
        first or meanwhile.
        """
        cleared = await self.passing.cleared(call)
        return await self.making.make(cleared, self.making.doing(cleared, do, self._doers), actual)

    async def perform_by(
        self, call: Call, execute: Callable[[Cleared], Awaitable[T]], *, actual: Actual | None = None
    ) -> Receipt[T]:
        """As ``perform``, by something that checks the decision itself: an executor in a process of its own."""
        cleared = await self.passing.cleared(call)

        async def by(start: Start) -> T:
            start()
            return await execute(cleared)

        return await self.making.make(cleared, by, actual)

    def perform_here(
        self, call: Call, do: Callable[[dict[str, object]], T], *, actual: Actual | None = None
    ) -> Receipt[T]:
        """As ``perform``, for plain code without an event loop: everything happens in the caller's thread."""
        return self.making.make_here(self.passing.cleared_here(call), do, actual)

    async def propose(self, call: Call) -> Decision:
        """Decide about a call as things stand, without recording, reserving or doing anything."""
        return await self.passing.hop(partial(self.clearing.judge, replace(call, principal=self.passing.principal)))

    async def plan(self, document: Mapping[str, object]) -> Preview:
        """Check an agent's plan, have it agreed to where somebody has to, and follow it from now on.

        Then nothing outside of it happens without asking. Returns what its overseers saw. Raises ``DeniedError`` for
        what is no plan or does what the charter does not allow, ``ApprovalRefusedError`` and ``ApprovalExpiredError``.
        """
        return await self.planning.plan(document)

    def plan_here(self, document: Mapping[str, object]) -> Preview:
        """As ``plan``, for plain code."""
        return self.planning.plan_here(document)

    async def ask(self, question: str) -> bool:
        """Put a question of the agent's to every overseer: true where all said yes, false where one said no.

        The answer allows nothing. Raises ``ApprovalExpiredError`` where nobody answered and ``DeniedError`` where
        nobody can be asked.
        """
        return await self.planning.ask(question)

    # --- the overseers' hand -----------------------------------------------------------------------------------------

    async def hold(self, reason: str = "", *, by: str = "") -> None:
        """Start nothing new until ``resume``; what is under way goes on.

        The hold stands even where it cannot be recorded.
        """
        self.hand.hold()
        with contextlib.suppress(TimeoutError):
            await self.passing.hop(partial(self.hand.held, reason, by))

    async def resume(self, *, charter: Charter | None = None, by: str = "") -> None:
        """Let calls begin again, under the same charter or one that is shown to be no wider.

        Raises ``DeniedError`` where ``charter`` widens anything, ``RefusedError`` where the run is over, and
        ``LedgerUnavailableError`` where going on cannot be recorded: the guard then stays on hold.
        """
        try:
            await self.passing.hop(partial(self.hand.ready, charter, by))
        except TimeoutError:
            raise unanswered("the run stays on hold") from None
        self.hand.go_on(charter)

    async def stop(self, reason: str, *, by: str = "", within: float = 5.0) -> Mapping[str, Label]:
        """End the run: nothing begins any more, and what is under way is cancelled.

        Returns what may truthfully be said of each call that was open (``not run``, ``ran``, ``unknown``) after at most
        ``within`` seconds; approvals asked for before are void. The caller of an open call gets ``Interrupted``.
        """
        self.hand.halt(reason)
        with anyio.CancelScope(shield=True):
            await self.hand.landed(within)
            with contextlib.suppress(TimeoutError):  # a ledger that hangs holds no stop up
                return await self.passing.hop(partial(self.hand.stopped, reason, by, within))
        return self.session.labels()

    def stop_here(self, reason: str, *, by: str = "", within: float = 5.0) -> Mapping[str, Label]:
        """As ``stop``, from plain code or from another thread than the calls'."""
        self.hand.halt(reason)
        self.hand.landed_here(within)
        return self.hand.stopped(reason, by, within)

    def standing(self) -> Standing:
        """How the run stands: its phase, and what its budgets have left."""
        budgets = self.clearing.budgets
        return self.session.standing({} if budgets is None else budgets.remaining())

    @overload
    def tool(self, function: F, /) -> F:  # noqa: D418 - here every form of it says what it is
        """Guard a function under its own name."""

    @overload
    def tool(  # noqa: D418 - as above
        self, function: None = None, /, *, name: str = "", effects: Sequence[str] = ()
    ) -> Decorator:
        """Guard a function under this name."""

    def tool(self, function: F | None = None, /, *, name: str = "", effects: Sequence[str] = ()) -> F | Decorator:
        """Guard a Python function: ``@guard.tool(effects=["out.refund"])``; see ``remit.guard.python``."""

        def decorate(bare: G, /) -> G:
            called_as = name or bare.__name__
            tool = guarded(self, bare, name=called_as, effects=effects)
            self.advisory.add(called_as)
            return tool

        return decorate if function is None else decorate(function)

    def report(self) -> GuardReport:
        """What this guard can promise, and what rests on the agent's good will."""
        following = self.clearing.following
        return GuardReport(
            agent=self.charter.agent.name,
            run=self.run,
            charter=self.clearing.charter,
            phase=self.session.phase,
            shadow=self.clearing.shadow,
            recorder=type(self.clearing.ledger).__name__,
            unrecorded=self.clearing.unrecorded,
            tools={**dict.fromkeys(self.advisory, ADVISORY), **dict.fromkeys(self.apart, APART)},
            plan="" if following is None else following.said,
        )

    def know(self, tool: str, signature: Signature, *, server: str = "", schema: str = "") -> None:
        """Say what arguments a tool takes (others are then denied), and the ``server`` and ``schema`` of its calls."""
        self.binding.signatures[tool] = signature
        if server or schema:
            self.binding.homes[tool] = (server, schema)

    async def delegate(self, document: Mapping[str, object]) -> Guard:
        """The guard of a sub-agent, under a charter that can only be narrower; see ``remit.guard.delegation``.

        It counts in this agent's budgets, is asked about by the same people, and is held, resumed and stopped with it.
        Enter it as any guard. Raises ``DeniedError`` for what widens anything and for what cannot be recorded.
        """
        return await self.passing.hop(partial(self.delegate_here, document))

    def delegate_here(self, document: Mapping[str, object]) -> Guard:
        """As ``delegate``, for plain code."""
        charter = registered(self.clearing, self.session, self.charter, document)
        budgets: Counting | None = None
        if isinstance(self.clearing.budgets, Budgets):
            under = [self.charter, *(origin.charter for origin in self.binding.origins)]
            path = self.clearing.budgets.path
            budgets = Budgets.open(path, charter, run=self.run, clock=self.clock, under=under)
        child = Guard(
            charter,
            ledger=self.clearing.ledger,
            budgets=budgets,
            approvals=self.awaiting.approvals,
            shadow=self.clearing.shadow,
            clock=self.clock,
            run=self.run,
            cwd=self.session.cwd,
            known=self.session.known,
            resolver=self.binding.resolver,
            deadline=self.making.deadline,
            patience=self.passing.patience,
            life=self.awaiting.life.total_seconds(),
        )
        child.binding.origins = (self.binding, *self.binding.origins)
        child.binding.signatures.update(self.binding.signatures)
        child.binding.homes = self.binding.homes
        child.binding.homes.update(self.binding.homes)
        child.awaiting.told = self.awaiting.told
        child.passing.principal = charter.agent.name
        self.hand.below.append(child.hand)
        return child

    # --- opening and closing -----------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Open what was not given, settle what dead processes left in doubt, and say so in the ledger."""
        await self.passing.hop(self._open)
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        """Settle what is left and say that the session is over."""
        try:
            await self.passing.hop(self._close)
        except TimeoutError:
            if kind is None:  # an exception of the body says more than this one would
                raise unanswered("the end of the session is not on record") from None

    def __enter__(self) -> Self:
        """As ``async with``, for plain code."""
        self._open()
        return self

    def __exit__(self, *_: object) -> None:
        """As ``async with``, for plain code."""
        self._close()

    async def settled(self) -> None:
        """Wait until the outcome of every call that ended is in the ledger."""
        await self.passing.hop(self.making.settling.drain)

    def _open(self) -> None:
        """Open, in one thread."""
        if self.clearing.budgets is None and any(item.quantity is not None for item in self.charter.budgets.values()):
            path = state_folder(os.environ) / "budgets.db"
            self.clearing.budgets = Budgets.open(path, self.charter, run=self.run, clock=self.clock)
        reconcile(self.clearing.ledger, self.clearing.budgets)
        facts = {"charter": self.clearing.charter, "guard": self.id, "run": self.run, "agent": self.charter.agent.name}
        more = {"cwd": self.session.cwd, "holder": self.clearing.holder, "shadow": self.clearing.shadow}
        self.clearing.ledger.record("opened", {**facts, **more})
        self.entered = True

    def _close(self) -> None:
        """Close, in one thread: a session that is over makes no call any more, and neither does a sub-agent of it."""
        self.hand.halt("the session is over")
        self.hand.landed_here(_LANDING)
        self.making.settling.close()
        if self.entered:
            self.clearing.note("closed", {"charter": self.clearing.charter, "unrecorded": self.clearing.unrecorded})
            self.entered = False

    def _approvals(self) -> Approvals:
        """The approvals of this host, opened when somebody has to be asked for the first time."""
        return Approvals.open(state_folder(os.environ) / "approvals.db", clock=self.clock)
