"""Tools of remit's own for the agent: would this be allowed, may I follow this plan, what do my overseers say?

None of them allows anything by itself: asking decides nothing, a plan only narrows what may happen after it, and an
overseer's answer to a question is no approval. They are offered only where the proxy is told to, so that an agent need
not know that there is a proxy at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from remit.guard.call import Call
from remit.guard.decision import Allow, Ask, Decision, Deny
from remit.guard.preview import Preview
from remit.proxy.frames import Frame
from remit.proxy.refusals import plain_answer

__all__ = ["ASK", "CHECK", "NAMES", "PLAN", "WAITING", "AgentTools", "Planner"]

CHECK = "remit.check"
PLAN = "remit.plan"
ASK = "remit.ask"
NAMES = frozenset({CHECK, PLAN, ASK})
"""The names no server may take where the proxy offers these tools."""
WAITING = frozenset({PLAN, ASK})
"""Those that wait for people."""

_HARMLESS: Mapping[str, object] = {"readOnlyHint": True, "idempotentHint": True, "openWorldHint": False}
_DEFINITIONS: tuple[Mapping[str, object], ...] = (
    {
        "name": CHECK,
        "title": "Would this call be allowed?",
        "description": (
            "Ask whether a call of a tool would be allowed by the charter you work under, before you make it. Nothing "
            "is done and nothing is approved by asking. The answer says allow, ask (a person has to agree first, which "
            "can take a while) or deny, the rules that say so, and what would be allowed instead."
        ),
        "inputSchema": {
            "type": "object",
            "properties": {
                "tool": {"type": "string", "description": "the name of the tool"},
                "arguments": {"type": "object", "description": "the arguments you would call it with"},
            },
            "required": ["tool"],
            "additionalProperties": False,
        },
        "annotations": _HARMLESS,
    },
    {
        "name": PLAN,
        "title": "May I follow this plan?",
        "description": (
            "Hand in a plan: the calls you mean to make, in order. It is checked against your charter, and people "
            "agree to it as a whole where some step needs that. Once it is accepted you may make these calls, in this "
            "order, and no others without asking; a step that fails ends the plan."
        ),
        "inputSchema": {
            "type": "object",
            "properties": {
                "purpose": {"type": "string", "description": "what the plan is for, for people to read"},
                "steps": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "properties": {
                            "tool": {"type": "string"},
                            "args": {
                                "type": "object",
                                "description": "each argument as its value, or as a condition such as {max: 80}",
                            },
                            "times": {"type": "integer", "minimum": 1},
                            "why": {"type": "string"},
                        },
                        "required": ["tool"],
                        "additionalProperties": False,
                    },
                },
                "budget": {"type": "object", "description": "the most it may spend, such as {money: 80 EUR}"},
            },
            "required": ["purpose", "steps"],
            "additionalProperties": False,
        },
    },
    {
        "name": ASK,
        "title": "Ask your overseers",
        "description": (
            "Put a question to the people who oversee you, to be answered with yes or no. It can take a while. Their "
            "answer allows nothing by itself."
        ),
        "inputSchema": {
            "type": "object",
            "properties": {"question": {"type": "string"}},
            "required": ["question"],
            "additionalProperties": False,
        },
    },
)


class Planner(Protocol):
    """What these tools need of a guard: ``remit.guard.guard.Guard`` is one."""

    async def propose(self, call: Call) -> Decision:
        """Decide a call without doing it."""
        ...

    async def plan(self, document: Mapping[str, object]) -> Preview:
        """Check a plan, have it agreed to, and follow it; raises ``RefusedError``."""
        ...

    async def ask(self, question: str) -> bool:
        """Put a question to every overseer; raises ``RefusedError``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTools:
    """The tools the proxy offers beside those of the server ``server``; ``schema`` knows a listed tool's digest."""

    gate: Planner
    server: str
    schema: Callable[[str], str]
    names: frozenset[str] = field(default=NAMES)

    def definitions(self) -> list[dict[str, object]]:
        """What ``tools/list`` says of them."""
        return [dict(definition) for definition in _DEFINITIONS]

    async def answer(self, frame: Frame) -> Frame:
        """The answer to a call of one of them; raises ``RefusedError``."""
        told = frame.params.get("arguments")
        asked = told if isinstance(told, dict) else {}
        match frame.params.get("name"):
            case "remit.plan":
                seen = await self.gate.plan(asked)
                said = f"accepted: {len(seen.steps)} steps; make these calls, in this order"
                return plain_answer(frame, said, seen.document())
            case "remit.ask":
                return await self._ask(frame, asked)
            case _:
                return await self._check(frame, asked)

    async def _check(self, frame: Frame, asked: Mapping[str, object]) -> Frame:
        """What would be decided about a call."""
        tool, args = asked.get("tool"), asked.get("arguments", {})
        if not isinstance(tool, str) or not isinstance(args, dict) or set(asked) - {"tool", "arguments"}:
            fault = "`tool` must be the name of a tool, `arguments` an object, and there is nothing else to say"
            return plain_answer(frame, fault, {"fault": fault}, failed=True)
        call = Call(tool=tool, args=args, server=self.server, schema=self.schema(tool))
        values = document(await self.gate.propose(call))
        lines = [f"{values['decision']}: `{tool}`", *(f"because: {reason}" for reason in _list(values, "because"))]
        lines += [f"{name}: {values[name]}" for name in ("overseers", "allowed") if values.get(name)]
        return plain_answer(frame, "\n".join(lines), values)

    async def _ask(self, frame: Frame, asked: Mapping[str, object]) -> Frame:
        """What the overseers say to a question."""
        question = asked.get("question")
        if not isinstance(question, str) or set(asked) - {"question"}:
            fault = "`question` must be a text, and there is nothing else to say"
            return plain_answer(frame, fault, {"fault": fault}, failed=True)
        yes = await self.gate.ask(question)
        return plain_answer(frame, "yes" if yes else "no", {"answer": yes})


def document(decision: Decision) -> dict[str, object]:
    """A decision as JSON values."""
    values: dict[str, object] = {"because": [str(reason) for reason in decision.because]}
    match decision:
        case Allow():
            values["decision"] = "allow"
        case Ask():
            values |= {"decision": "ask", "overseers": list(decision.overseers)}
        case Deny():
            values |= {"decision": "deny", "code": decision.code, "allowed": decision.allowed}
    return values


def _list(values: Mapping[str, object], name: str) -> list[object]:
    """A list among JSON values."""
    value = values[name]
    return value if isinstance(value, list) else []
