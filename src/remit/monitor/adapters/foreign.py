"""What harnesses and recorders put round a message, taken off: what is left are messages as providers write them.

Known are the records of Codex (``exec`` and its older stream), OpenHands, AutoGen, Gemini CLI, Cline and ATIF, what
stands in an envelope (``envelopes``), and the blocks of Bedrock, Google, Goose, Haystack, LlamaIndex, Semantic Kernel
and the Vercel AI SDK.
A record nobody knows is handed on as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from remit.monitor.adapters.envelopes import inside, is_update, word

__all__ = ["Unwrapper", "is_foreign", "plain_blocks"]

_MOST_BEGUN = 10_000
_PIECES = ("item.started", "item.updated", "item.completed")
_OPENHANDS = frozenset({"ActionEvent", "ObservationEvent", "MessageEvent", "SystemPromptEvent", "AgentErrorEvent"})
_TYPES = frozenset(
    """message function_call function_call_output local_shell_call custom_tool_call reasoning response_item session_meta
    turn_context event_msg compacted summary file-history-snapshot queue-operation last-prompt progress attachment
    tool_use tool_result thread.started turn.started item.started item.completed system""".split()
)
"""What a line of a session says it is, where no message stands in it."""
_ASKED_BY_AUTOGEN = frozenset({"ToolCallRequestEvent", "AssistantMessage"})
_SAID_IN_AUTOGEN = frozenset({"TextMessage", "ThoughtEvent", "AssistantMessage", "ToolCallSummaryMessage"})
_TOLD_BY_AUTOGEN = frozenset({"ToolCallExecutionEvent", "FunctionExecutionResultMessage"})
_SAID_BY_CLINE = frozenset({"text", "reasoning", "completion_result", "followup"})
_ASKED_OF_CLINE = frozenset({"task", "user_feedback"})


def is_foreign(value: Mapping[str, object]) -> bool:
    """Whether an object is a line of a session that some harness wrote."""
    inner = value.get("msg")
    return (
        word(value, "type") in _TYPES
        or word(value, "kind") in _OPENHANDS
        or (isinstance(inner, Mapping) and isinstance(inner.get("type"), str))
        or (value.get("type") in ("say", "ask") and ("say" in value or "ask" in value))
        or (value.get("type") == "init" and "session_id" in value)
        or (value.get("type") == "gemini" and "content" in value)
        or (value.get("kind") in ("request", "response") and isinstance(value.get("parts"), list))
        or ("author" in value and isinstance(value.get("content"), Mapping))
        or ("lc" in value and isinstance(value.get("kwargs"), Mapping))
        or is_update(value)
        or ("step_number" in value and ("tool_calls" in value or "observations" in value))
    )


class Unwrapper:
    """Takes records apart into messages and remembers which acts were told of when they began: none counts twice."""

    __slots__ = ("_begun",)

    def __init__(self) -> None:
        """Start with nothing begun."""
        self._begun: set[str] = set()

    def messages(self, record: object, depth: int = 0) -> Iterator[object]:
        """The messages a record holds, in the order in which they happened."""
        if isinstance(record, list) and depth < 3:
            for inner in record:
                yield from self.messages(inner, depth + 1)
            return
        if not isinstance(record, Mapping) or depth > 3:
            yield record
            return
        inner = inside(record)
        if inner is not None:
            yield from self.messages(inner, depth + 1)
        elif record.get("type") in _PIECES and isinstance(item := record.get("item"), Mapping):
            yield from self._piece(item, str(record["type"]))
        elif isinstance(told := record.get("msg"), Mapping) and isinstance(told.get("type"), str):
            yield from self._told(told)
        else:
            yield from _turned(record)

    def _new(self, name: str) -> bool:
        """Whether an act of this name was not told of before."""
        if name in self._begun:
            return False
        if name and len(self._begun) < _MOST_BEGUN:
            self._begun.add(name)
        return True

    def _piece(self, item: Mapping[str, object], stage: str) -> Iterator[object]:
        """An item of ``codex exec``: told of when it begins and again when it ends."""
        kind, name = str(item.get("type") or item.get("item_type") or ""), str(item.get("id") or "")
        if kind in ("agent_message", "assistant_message", "reasoning"):
            if stage == "item.completed":
                yield _said(item.get("text"))
            return
        if kind == "command_execution":
            call = _call("bash", {"command": item.get("command")}, name)
        elif kind == "file_change":
            call = _call("apply_patch", {"changes": item.get("changes")}, name)
        elif kind == "mcp_tool_call":
            call = _call(str(item.get("tool") or ""), item.get("arguments"), name)
        elif kind in ("function_call", "tool_call"):
            call = _call(str(item.get("name") or ""), item.get("arguments"), name)
        else:
            return
        if self._new(name):
            yield call
        if stage == "item.completed":
            yield _answer(name, item.get("aggregated_output") or item.get("result"), failed=_failed(item))

    def _told(self, told: Mapping[str, object]) -> Iterator[object]:
        """An event of the older stream of Codex: acts begin and end."""
        kind, name = str(told["type"]), str(told.get("call_id") or "")
        if kind == "exec_command_begin":
            yield {"type": "local_shell_call", "id": name, "action": {"command": told.get("command")}}
        elif kind == "patch_apply_begin":
            yield _call("apply_patch", {"changes": told.get("changes")}, name)
        elif kind == "mcp_tool_call_begin" and isinstance(given := told.get("invocation"), Mapping):
            yield _call(str(given.get("tool") or ""), given.get("arguments"), name)
        elif kind.endswith("_end") and name:
            yield _answer(name, told.get("stdout") or told.get("result"), failed=_failed(told))
        elif kind in ("agent_message", "agent_reasoning"):
            yield _said(told.get("message") or told.get("text"))


def _turned(record: Mapping[str, object]) -> Iterator[object]:
    """A record that is a message in words of its own, turned into one of a provider."""
    kind, source = word(record, "type"), record.get("source")
    parts, calls = record.get("parts"), record.get("toolCalls")
    if word(record, "kind") in _OPENHANDS:
        yield from _openhands(record)
    elif kind in _ASKED_BY_AUTOGEN | _TOLD_BY_AUTOGEN and isinstance(record.get("content"), list):
        yield from _autogen(record)
    elif kind in _SAID_IN_AUTOGEN and isinstance(source, str) and source != "user":
        yield {"role": "assistant", "content": record.get("content")}
    elif kind in ("say", "ask") and isinstance(record.get("text"), str):
        yield from _cline(str(record.get("say") or record.get("ask")), str(record["text"]))
    elif "step_id" in record and isinstance(source, str):
        yield from _atif(record, source)
    elif isinstance(calls, list):
        yield {**record, "role": "assistant", "tool_calls": calls}
        for call in (call for call in calls if isinstance(call, Mapping)):
            if call.get("result") is not None:
                yield _answer(str(call.get("id") or ""), call["result"], failed=call.get("status") == "error")
    elif isinstance(parts, list) and parts:
        yield {**{key: inner for key, inner in record.items() if key != "parts"}, "content": parts}
    elif isinstance(invoked := record.get("toolInvocations"), list) and invoked:
        said = {"type": "text", "text": record.get("content")}
        yield {"role": record.get("role"), "content": [said, *(_invocation(one) for one in invoked)]}
    else:
        yield record


def _invocation(one: object) -> Mapping[str, object]:
    """A call of the Vercel AI SDK as a part of a message."""
    return {"type": "tool-invocation", "toolInvocation": one}


def _openhands(record: Mapping[str, object]) -> Iterator[object]:
    """An event of the OpenHands SDK."""
    name, tool = str(record.get("tool_call_id") or ""), str(record.get("tool_name") or "")
    if record.get("kind") == "ActionEvent":
        asked, action = record.get("tool_call"), record.get("action")
        given = asked.get("arguments") if isinstance(asked, Mapping) else None
        inner = {key: value for key, value in action.items() if key != "kind"} if isinstance(action, Mapping) else {}
        yield _call(tool, given if given is not None else inner, name)
    elif record.get("kind") in ("ObservationEvent", "AgentErrorEvent"):
        yield _answer(name, record.get("observation") or record.get("error"), failed="error" in record)


def _autogen(record: Mapping[str, object]) -> Iterator[object]:
    """The calls, or the answers, of one message of AutoGen."""
    content = record["content"]
    for item in content if isinstance(content, list) else []:
        if isinstance(item, Mapping) and record["type"] in _ASKED_BY_AUTOGEN:
            yield _call(str(item.get("name") or ""), item.get("arguments"), str(item.get("id") or ""))
        elif isinstance(item, Mapping):
            yield _answer(str(item.get("call_id") or ""), item.get("content"), failed=bool(item.get("is_error")))


def _cline(said: str, text: str) -> Iterator[object]:
    """A message as Cline and Roo show it: commands as text, other tools as JSON."""
    if said == "command":
        yield {"role": "assistant", "tool": "bash", "args": {"command": text}}
    elif said in ("tool", "use_mcp_server"):
        try:
            given = json.loads(text)
        except (ValueError, RecursionError):
            given = {"input": text}
        if isinstance(given, dict):
            name = given.pop("toolName", None) or given.pop("tool", None) or said
            yield _call(str(name), given.get("arguments") if said == "use_mcp_server" else given, "")
    elif said in _ASKED_OF_CLINE:
        yield {"role": "user", "content": text}
    elif said in _SAID_BY_CLINE:
        yield {"type": "thinking", "thinking": text}


def _atif(record: Mapping[str, object], source: str) -> Iterator[object]:
    """A step of the Agent Trajectory Interchange Format: a message, its calls, and what came of them."""
    role = "assistant" if source == "agent" else source
    calls = record.get("tool_calls")
    yield {"role": role, "content": record.get("message"), "tool_calls": calls if isinstance(calls, list) else []}
    seen = record.get("observation")
    results = seen.get("results") if isinstance(seen, Mapping) else None
    for result in results if isinstance(results, list) else []:
        if isinstance(result, Mapping):
            yield _answer(str(result.get("source_call_id") or ""), result.get("content"))


def plain_blocks(block: object) -> Iterable[object]:
    """The blocks a foreign block stands for: a call, an answer, or both; any other block as it is."""
    if not isinstance(block, Mapping):
        return (block,)
    kind = str(block.get("type") or block.get("part_kind") or "")
    found: Iterable[object] = () if kind else _of_provider(block)
    if not kind and isinstance(named := block.get("content_type") or block.get("block_type"), str):
        found = ({"type": named, **block},)  # Semantic Kernel, LlamaIndex
    elif kind in ("toolRequest", "frontendToolRequest", "toolResponse"):
        found = (_of_goose(block, kind),)
    elif kind in ("tool_use", "tool_result") and "tool_id" in block:
        found = (_of_stream(block, kind),)
    elif kind == "tool" and isinstance(state := block.get("state"), Mapping):
        found = _both(str(block.get("tool") or ""), block.get("callID"), state, failed=state.get("status") == "error")
    elif kind == "tool-invocation" and isinstance(inner := block.get("toolInvocation"), Mapping):
        found = _both(str(inner.get("toolName") or ""), inner.get("toolCallId"), inner)
    elif "part_kind" in block and kind in ("tool-call", "tool-return", "thinking"):
        found = (_of_pydantic(block, kind),)
    elif "toolCallId" in block and (kind.startswith("tool-") or kind == "dynamic-tool"):
        found = _of_vercel(block, kind)
    return found or (block,)


def _of_provider(block: Mapping[str, object]) -> Iterable[object]:
    """A block of Bedrock or Google, which names what it is by its only key; else nothing."""
    if isinstance(used := block.get("toolUse"), Mapping):
        return (_call(str(used.get("name") or ""), used.get("input"), str(used.get("toolUseId") or "")),)
    if isinstance(came := block.get("toolResult"), Mapping):
        return (_answer(str(came.get("toolUseId") or ""), came.get("content"), failed=came.get("status") == "error"),)
    if isinstance(call := block.get("tool_call"), Mapping):
        return (_call(str(call.get("tool_name") or ""), call.get("arguments"), str(call.get("id") or "")),)
    if isinstance(came := block.get("tool_call_result"), Mapping):
        origin = came.get("origin")
        asked = str(origin.get("id") or "") if isinstance(origin, Mapping) else ""
        return (_answer(asked, came.get("result"), failed=bool(came.get("error"))),)
    if isinstance(run := block.get("executableCode") or block.get("executable_code"), Mapping):
        return (_call("python", {"code": run.get("code")}, ""),)
    return ()


def _of_stream(block: Mapping[str, object], kind: str) -> Mapping[str, object]:
    """A call or an answer as Gemini CLI streams them."""
    name = str(block["tool_id"] or "")
    if kind == "tool_result":
        return _answer(name, block.get("output") or block.get("content"), failed=block.get("status") == "error")
    return _call(str(block.get("tool_name") or block.get("name") or ""), block.get("parameters"), name)


def _of_goose(block: Mapping[str, object], kind: str) -> Mapping[str, object]:
    """A request for a tool, or its answer, as Goose keeps it."""
    name = str(block.get("id") or "")
    given = block.get("toolResult" if kind == "toolResponse" else "toolCall")
    inner = given.get("value", given) if isinstance(given, Mapping) else None
    if kind == "toolResponse":
        return _answer(name, inner, failed=isinstance(given, Mapping) and given.get("status") == "error")
    asked = inner if isinstance(inner, Mapping) else {}
    return _call(str(asked.get("name") or ""), asked.get("arguments"), name)


def _of_pydantic(block: Mapping[str, object], kind: str) -> Mapping[str, object]:
    """A part of a message of Pydantic AI."""
    name = str(block.get("tool_call_id") or "")
    if kind == "tool-call":
        return _call(str(block.get("tool_name") or ""), block.get("args"), name)
    return _said(block.get("content")) if kind == "thinking" else _answer(name, block.get("content"))


def _of_vercel(block: Mapping[str, object], kind: str) -> Iterable[object]:
    """A part of a message of the Vercel AI SDK."""
    name = block.get("toolCallId")
    if kind in ("tool-result", "tool-error"):
        result = block.get("output", block.get("result", block.get("error")))
        return (_answer(str(name or ""), result, failed=kind == "tool-error" or bool(block.get("isError"))),)
    tool = block.get("toolName") or kind.removeprefix("tool-")
    return _both(str(tool), name, block, failed=block.get("state") == "output-error")


def _both(tool: str, name: object, given: Mapping[str, object], *, failed: bool = False) -> Iterable[object]:
    """A call, and what came of it where that stands beside it."""
    args = next((given[key] for key in ("input", "args", "rawInput") if given.get(key) is not None), None)
    result = next(
        (given[key] for key in ("output", "result", "errorText", "error") if given.get(key) is not None), None
    )
    call = _call(tool, args, str(name or ""))
    return (call,) if result is None else (call, _answer(str(name or ""), result, failed=failed))


def _call(tool: str, args: object, name: str) -> Mapping[str, object]:
    """A call as a block."""
    return {"type": "tool_use", "id": name, "name": tool or "tool", "input": args}


def _answer(name: str, result: object, *, failed: bool = False) -> Mapping[str, object]:
    """An answer as a block."""
    shown = result if isinstance(result, str | list) or result is None else json.dumps(result, default=str)[:100_000]
    return {"type": "tool_result", "tool_use_id": name, "content": shown, "is_error": failed}


def _said(text: object) -> Mapping[str, object]:
    """Prose of an agent whose calls are recorded beside it."""
    return {"type": "thinking", "thinking": text}


def _failed(item: Mapping[str, object]) -> bool:
    """Whether an act is said to have failed."""
    return item.get("exit_code") not in (0, None) or item.get("status") == "failed" or item.get("success") is False
