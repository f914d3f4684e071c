"""How a request at a policy point is answered: compared with the pins, decided by the guard, and only then sent on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from remit.errors import BudgetExhaustedError, DeniedError, FrameError, RefusedError, RemitError
from remit.guard.call import Call
from remit.guard.decision import Deny
from remit.proxy.agent_tools import WAITING
from remit.proxy.continuing import Continuations
from remit.proxy.frames import Frame, Identifier, Kind
from remit.proxy.peers import Gate, Line, OwnTools
from remit.proxy.points import Side, Treatment, treatment_of, wants_input
from remit.proxy.questions import call_for, decided, labelled
from remit.proxy.refusals import refused_call, refused_question
from remit.proxy.telling import told_meanwhile
from remit.proxy.tools import ToolBook
from remit.recorder import Recorder

__all__ = ["Judge"]


_SPENT = BudgetExhaustedError.code


class _AnsweredError(Exception):
    """The other side answered with a JSON-RPC error: the call has failed, and this is what whoever asked is told."""

    def __init__(self, frame: Frame) -> None:
        super().__init__("whoever was asked answered with an error")
        self.frame = frame


@dataclass(slots=True, kw_only=True)
class Judge:
    """Answers requests at policy points, for one principal at one server; in ``shadow`` nothing is refused.

    ``awaits`` says of a call, by its id, whether it waits for people.
    """

    gate: Gate
    tools: ToolBook
    record: Recorder
    server: str
    principal: str = ""
    own: OwnTools | None = None
    shadow: bool = False
    awaits: Callable[[str], bool] = lambda _call: False
    continuations: Continuations = field(default_factory=Continuations)
    _asked: int = 0

    async def answer(self, side: Side, frame: Frame, line: Line) -> Frame:
        """The answer to a request, according to its policy point; ``line`` leads to the other side.

        Raises ``RefusedError`` where it may not happen, and ``RemitError`` where nobody can decide or record it.
        """
        match treatment_of(side, frame):
            case Treatment.LISTING:
                return self._listed(frame, await line.ask(frame))
            case Treatment.CALL:
                return await self._call(frame, line)
            case Treatment.TASK if self.continuations.knows_task(frame.params.get("taskId")):
                return await self._checked(frame, await line.ask(frame))
            case _:
                return await self._question(frame, line)

    async def passed_on(self, frame: Frame) -> Frame | None:
        """An answer or a notification that asks something of the client, as it may go on; ``None``: not at all."""
        values = frame.result if frame.answers else frame.params
        try:
            asked = await self._questions(values)
        except RemitError as error:
            reason = f"remit refused what the server asks for: {error.message}"
            return Frame.error(frame.id, -1, reason) if frame.answers else None
        return frame.with_result(inputRequests=asked) if frame.answers else frame.with_params(inputRequests=asked)

    async def _call(self, frame: Frame, line: Line) -> Frame:
        """A call of a tool: is it the tool that was pinned, may it happen, and then do it."""
        name, args = str(frame.params["name"]), _arguments(frame)
        if self.own is not None and name in self.own.names:
            await self.tools.ready(lambda cursor: self._page(cursor, frame, line))
            own = partial(self.own.answer, frame)
            return await told_meanwhile(frame, line, own, waits=lambda: name in WAITING, what=f"`{name}`")
        call = Call(tool=name, args=args, principal=self.principal, server=self.server)
        try:
            schema = await self.tools.schema(name, lambda cursor: self._page(cursor, frame, line))
        except DeniedError as error:
            self.record.record("denied", {**_facts(call), "code": error.code, "because": [error.message]})
            raise
        call = Call(tool=name, args=args, principal=self.principal, server=self.server, schema=schema, id=call.id)
        begun = self.continuations.take(frame)
        answer = await (self._go_on(call, begun, frame, line) if begun else self._perform(call, frame, line))
        checked = await self._checked(frame, answer)
        self.continuations.keep(frame, checked, begun or call.id)
        return checked

    async def _perform(self, call: Call, frame: Frame, line: Line) -> Frame:
        """Have a call decided and recorded, and then send it, with its arguments as they were decided."""

        async def do(used: Mapping[str, object]) -> Frame:
            same = dict(used) == dict(call.args)
            return await _succeeded(line, frame if same else frame.with_params(arguments=dict(used)))

        gated, waits = partial(self._gated, call, do), partial(self.awaits, call.id)
        return await told_meanwhile(frame, line, gated, waits=waits, what=f"`{call.tool}`")

    async def _go_on(self, call: Call, begun: str, frame: Frame, line: Line) -> Frame:
        """Let a call go on that was allowed before, unless it would be denied by now."""
        decision = await self.gate.propose(call)
        spent = isinstance(decision, Deny) and decision.code.startswith(_SPENT)  # by its own beginning
        if isinstance(decision, Deny) and not spent and not self.shadow:
            reasons = "; ".join(reason.what for reason in decision.because)
            raise DeniedError(f"the call may not go on: {reasons}", code=decision.code)
        self.record.record("message", {**_facts(call), "continues": begun})
        return await line.ask(frame)

    async def _question(self, frame: Frame, line: Line) -> Frame:
        """A request that is decided as a call named like its method, and worded for whoever reads it."""
        method, params = str(frame.method), frame.params
        call = call_for(method, params, server=self.server, principal=self.principal)
        worded = labelled(method, params, server=self.server)
        sent = frame if worded is params else Frame(kind=frame.kind, message={**frame.message, "params": worded})

        async def do(_used: Mapping[str, object]) -> Frame:
            return await _succeeded(line, sent)

        gated, waits = partial(self._gated, call, do), partial(self.awaits, call.id)
        answer = await told_meanwhile(frame, line, gated, waits=waits, what=f"`{method}`")
        return await self._checked(frame, answer)

    async def _gated(self, call: Call, do: Callable[[Mapping[str, object]], Awaitable[Frame]]) -> Frame:
        """What came of a call the guard let happen: its answer, or the error the other side gave."""
        try:
            return (await self.gate.perform(call, do)).value
        except _AnsweredError as error:
            return error.frame

    async def _page(self, cursor: str | None, frame: Frame, line: Line) -> Mapping[str, object]:
        """Ask the server for its tools on the proxy's own account, in the era of the call that needs to know."""
        self._asked += 1
        params: dict[str, object] = {} if cursor is None else {"cursor": cursor}
        meta = frame.params.get("_meta")
        if isinstance(meta, Mapping):
            params["_meta"] = {key: value for key, value in meta.items() if key != "progressToken"}
        answer = await line.aside(Frame.request(f"remit:{frame.id}:{self._asked}", "tools/list", params))
        return answer.result

    def _listed(self, frame: Frame, answer: Frame) -> Frame:
        """A list of tools as the client may see it, with the proxy's own at its end."""
        if answer.kind is not Kind.RESPONSE:
            return answer
        result = self.tools.look(answer.result)
        tools = result.get("tools")
        if self.own is not None and isinstance(tools, list) and not result.get("nextCursor"):
            result = {**result, "tools": [*tools, *self.own.definitions()]}
        return answer if result is answer.result else Frame.response(_identifier(frame), result)

    async def _checked(self, frame: Frame, answer: Frame) -> Frame:
        """An answer that asks the client for something, once every part of that is decided; any other as it is."""
        self.continuations.note_task(answer)
        if not wants_input(answer.result):
            return answer
        try:
            return answer.with_result(inputRequests=await self._questions(answer.result))
        except RefusedError as error:
            return refused_call(frame, error) if frame.method == "tools/call" else refused_question(frame, error)

    async def _questions(self, values: Mapping[str, object]) -> dict[str, object]:
        """The questions in an ``InputRequiredResult``, decided one by one and worded."""
        asked = values.get("inputRequests")
        if not isinstance(asked, dict):
            raise FrameError("`inputRequests` must be an object", code="proxy.frame.shape")
        return {str(name): await self._asked_within(question) for name, question in asked.items()}

    async def _asked_within(self, question: object) -> dict[str, object]:
        """One question that travels inside of an answer."""
        method = question.get("method") if isinstance(question, dict) else None
        if not isinstance(question, dict) or not isinstance(method, str):
            raise FrameError("a part of `inputRequests` is no request", code="proxy.frame.shape")
        if not decided(method):
            return question
        told = question.get("params")
        params = told if isinstance(told, dict) else {}
        call = call_for(method, params, server=self.server, principal=self.principal)

        async def do(_used: Mapping[str, object]) -> Frame:
            return Frame.notification(method)  # nothing is sent by itself: it goes on inside of the answer

        await self.gate.perform(call, do)
        return {**question, "params": labelled(method, params, server=self.server)}


async def _succeeded(line: Line, frame: Frame) -> Frame:
    """Ask, and raise where the answer is an error, of the protocol or the tool: a call that failed is so recorded."""
    answer = await line.ask(frame)
    if answer.kind is Kind.ERROR or answer.result.get("isError") is True:
        raise _AnsweredError(answer)
    return answer


def _arguments(frame: Frame) -> Mapping[str, object]:
    """The arguments of a call, which may be left out."""
    value = frame.params.get("arguments")
    return value if isinstance(value, dict) else {}


def _facts(call: Call) -> dict[str, object]:
    """Which call an entry speaks of, without its arguments."""
    named = {"id": call.id, "tool": call.tool, "principal": call.principal, "server": call.server}
    return {"call": named}


def _identifier(frame: Frame) -> Identifier:
    """The id of a request, which every request has."""
    return "" if frame.id is None else frame.id
