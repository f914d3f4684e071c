"""Tools of remit's own for the agent: may I make this call, and what would be allowed instead?

They decide nothing and do nothing: an answer here is no approval. They are offered only where the proxy is told to, so
that an agent need not know that there is a proxy at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from remit.guard.call import Call
from remit.guard.decision import Allow, Ask, Decision, Deny
from remit.proxy.frames import Frame
from remit.proxy.peers import Gate
from remit.proxy.refusals import plain_answer

__all__ = ["ASK", "AgentTools"]

ASK = "remit.ask"

_ASK: Mapping[str, object] = {
    "name": ASK,
    "title": "May I make this call?",
    "description": (
        "Ask whether a call of a tool would be allowed by the charter you work under, before you make it. Nothing is "
        "done and nothing is approved by asking. The answer says allow, ask (a person has to agree first, which can "
        "take a while) or deny, the rules that say so, and what would be allowed instead."
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
    "annotations": {"readOnlyHint": True, "idempotentHint": True, "openWorldHint": False},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTools:
    """The tools the proxy offers beside those of the server ``server``; ``schema`` knows a listed tool's digest."""

    gate: Gate
    server: str
    schema: Callable[[str], str]
    names: frozenset[str] = field(default=frozenset({ASK}))

    def definitions(self) -> list[dict[str, object]]:
        """What ``tools/list`` says of them."""
        return [dict(_ASK)]

    async def answer(self, frame: Frame) -> Frame | None:
        """The answer to a call of one of them, ``None`` for any other call."""
        if frame.params.get("name") != ASK:
            return None
        told = frame.params.get("arguments")
        asked = told if isinstance(told, dict) else {}
        tool, args = asked.get("tool"), asked.get("arguments", {})
        if not isinstance(tool, str) or not isinstance(args, dict) or set(asked) - {"tool", "arguments"}:
            fault = "`tool` must be the name of a tool, `arguments` an object, and there is nothing else to say"
            return plain_answer(frame, fault, {"fault": fault}, failed=True)
        call = Call(tool=tool, args=args, server=self.server, schema=self.schema(tool))
        values = document(await self.gate.propose(call))
        lines = [f"{values['decision']}: `{tool}`", *(f"because: {reason}" for reason in _list(values, "because"))]
        lines += [f"{name}: {values[name]}" for name in ("overseers", "allowed") if values.get(name)]
        return plain_answer(frame, "\n".join(lines), values)


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
