"""Python functions as guarded tools: ``@guard.tool(effects=...)``, for sync and async functions.

Arguments are bound to names by the function's own signature, so that a charter sees a positional argument as it sees a
named one. The bare function is on no attribute of what comes back (no ``__wrapped__``). That keeps honest code honest
and no more: a function in the agent's own process can be found by an agent that looks for it in memory, so the guard
reports such a tool as *advisory*. ``remit.guard.executor`` keeps the function in a process of its own.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from remit.errors import CharterConflictError, DeniedError, RemitError, _interrupted
from remit.guard.binding import Binding
from remit.guard.call import Call
from remit.guard.calls.clearing import Clearing
from remit.guard.decision import Because
from remit.guard.receipt import Receipt
from remit.guard.rules.signature import Signature
from remit.guard.session import Session

__all__ = ["Decorator", "Guarding", "guarded"]

F = TypeVar("F", bound=Callable[..., Any])
_COPIED = ("__name__", "__qualname__", "__module__", "__doc__", "__annotations__")


class Guarding(Protocol):
    """What a tool needs of its guard: see ``remit.guard.guard.Guard``."""

    @property
    def binding(self) -> Binding:
        """What decides about its calls."""

    @property
    def clearing(self) -> Clearing:
        """What its calls have to pass."""

    @property
    def session(self) -> Session:
        """How the run stands."""

    def know(self, tool: str, signature: Signature) -> None:
        """Take in what arguments a tool takes."""

    async def perform(self, call: Call, do: Callable[[dict[str, object]], Any]) -> Receipt[Any]:
        """Make a call."""

    def perform_here(self, call: Call, do: Callable[[dict[str, object]], Any]) -> Receipt[Any]:
        """Make a call in this thread."""


class Decorator(Protocol):
    """Gives back a function of the same form, guarded."""

    def __call__(self, function: F, /) -> F:
        """The guarded function."""


def guarded(guard: Guarding, function: F, *, name: str, effects: Sequence[str]) -> F:
    """A function of the same form that asks the guard first.

    ``name`` is the tool's name in the charter. ``effects`` is what the function does to the world, by the author's
    word: a grant that says less about it would be decided on less. Raises ``CharterConflictError`` where one does, and
    ``RemitError`` for a function whose calls cannot be guarded: one that takes ``*args``, and a generator, whose work
    is done after its call came back.
    """
    _check(function, name)
    _compare(guard, name, effects)
    signature = Signature.of_function(function)
    guard.know(name, signature)
    run = _runner(function)

    def call_of(positional: Sequence[object], named: Mapping[str, object]) -> Call:
        try:
            return Call(tool=name, args=signature.bind(positional, named))
        except TypeError as error:
            raise _unbound(guard, name, error) from None

    async def later(*positional: Any, **named: Any) -> Any:
        call = call_of(positional, named)
        try:
            return (await guard.perform(call, run)).value
        except DeniedError as error:
            _let_a_stop_pass(guard, error)
            raise

    def now(*positional: Any, **named: Any) -> Any:
        call = call_of(positional, named)
        try:
            return guard.perform_here(call, run).value
        except DeniedError as error:
            _let_a_stop_pass(guard, error)
            raise

    tool: Callable[..., Any] = later if inspect.iscoroutinefunction(function) else now
    return _dressed(tool, function)  # type: ignore[return-value]


def _runner(function: Callable[..., Any]) -> Callable[[dict[str, object]], Any]:
    """The function, taking its arguments as one mapping."""
    parameters = inspect.signature(function).parameters.values()
    leading = [part.name for part in parameters if part.kind is inspect.Parameter.POSITIONAL_ONLY]

    def run(args: dict[str, object]) -> Any:
        positional = [args.pop(name) for name in leading if name in args]
        return function(*positional, **args)

    async def run_async(args: dict[str, object]) -> Any:
        positional = [args.pop(name) for name in leading if name in args]
        return await function(*positional, **args)

    return run_async if inspect.iscoroutinefunction(function) else run


def _dressed(tool: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """Give the tool the name, the text and the signature of its function, and nothing that leads to it."""
    for attribute in _COPIED:
        if hasattr(function, attribute):
            setattr(tool, attribute, getattr(function, attribute))
    tool.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return tool


def _check(function: Callable[..., Any], name: str) -> None:
    """Refuse a function whose calls cannot be decided before they happen."""
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise RemitError(
            f"`{name}` is a generator: its work would be done after its call came back",
            code="remit.error.tool",
            hint="return a list, or guard the calls the generator makes",
        )
    if any(part.kind is inspect.Parameter.VAR_POSITIONAL for part in inspect.signature(function).parameters.values()):
        raise RemitError(
            f"`{name}` takes `*args`, which have no names a charter could speak of",
            code="remit.error.tool",
            hint="give each argument a name",
        )


def _compare(guard: Guarding, name: str, effects: Sequence[str]) -> None:
    """Refuse a tool that does more than a grant of it says."""
    for permit in guard.binding.book.page(name).permits:
        more = [effect for effect in effects if effect not in permit.effects]
        if more:
            raise CharterConflictError(
                f"`{name}` does `{more[0]}`, and this grant of it does not say so",
                code="charter.conflict.effects",
                hint=f"write `effects: [{', '.join(effects)}]` there: limits and approvals go by effects",
                where=permit.grant.where,
            )


def _unbound(guard: Guarding, name: str, error: TypeError) -> DeniedError:
    """A call whose arguments have no names is denied, and is on record as that."""
    reason = str(error)
    refused = DeniedError(f"`{name}` is denied: {reason}", code="guard.denied.arguments", hint="name its arguments")
    refused.because = (Because(step=0, what=reason),)
    guard.clearing.denied(Call(tool=name), refused)
    return refused


def _let_a_stop_pass(guard: Guarding, error: DeniedError) -> None:
    """After a stop, code that goes on calling is interrupted: ``except Exception`` does not catch it."""
    if guard.session.phase == "stopped":
        why = f" ({guard.session.reason})" if guard.session.reason else ""
        raise _interrupted(f"the run was stopped{why}: this call did not run") from error
