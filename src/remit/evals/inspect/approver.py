"""Our guard as an Inspect approver: ``{name: remit/guard, tools: "*", charter: remit.yaml}`` in an approval policy.

Give it every tool (``"*"``): Inspect matches tools by the beginning of their names, a charter by the whole name. What
a charter asks an overseer about goes on to the next approver of the policy, and is rejected where there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from inspect_ai.approval import Approval, Approver, approver
from inspect_ai.model import ChatMessage
from inspect_ai.tool import ToolCall, ToolCallView

from remit.evals.inspect.guarding import Guards, Judged

__all__ = ["changed", "guard"]


@approver(name="guard")
def guard(charter: str, ledger: str = "") -> Approver:
    """Decide every call by a charter; raises what reading the charter raises."""
    guards = Guards(charter, ledger)

    async def approve(message: str, call: ToolCall, view: ToolCallView, history: list[ChatMessage]) -> Approval:
        """Approve, reject, or leave it to the next."""
        del message, view, history
        return _approval(await guards.judge(call), call)

    return approve


def _approval(judged: Judged, call: ToolCall) -> Approval:
    """A judgement in Inspect's words."""
    match judged.answer:
        case "allow":
            other = changed(judged.args, call)
            return Approval(
                decision="modify" if other else "approve", modified=other, explanation=judged.because or None
            )
        case "ask":
            return Approval(decision="escalate", explanation=judged.because)
        case "stop":
            return Approval(decision="terminate", explanation=judged.because)
        case _:
            return Approval(decision="reject", explanation=judged.told, metadata={"because": judged.because})


def changed(args: Mapping[str, object], call: ToolCall) -> ToolCall | None:
    """The call with the arguments that were decided on, ``None`` where they are its own."""
    return None if dict(args) == call.arguments else replace(call, arguments=dict(args))
