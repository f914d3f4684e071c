"""Messages of a chat turned into events, whichever provider, scaffold or harness wrote them down.

Read are the shapes of OpenAI (chat and responses), Anthropic, Google, LangChain, Inspect, OpenHands and SWE-agent;
blocks of others are turned into those (``foreign``). What a message does not say in one of these ways is prose of
whoever its role names; a role nobody knows is told.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping

from remit.monitor.adapters.foreign import plain_blocks
from remit.monitor.adapters.transcript import Writer
from remit.monitor.encoded.embedded import acts_in
from remit.monitor.event import Event

__all__ = [
    "AGENTS",
    "ANSWERS",
    "CALLS",
    "TOOLS",
    "arguments_of",
    "call_in",
    "given_in",
    "read_message",
    "role_of",
    "text_of",
]

AGENTS = frozenset(
    "assistant agent ai model gpt bot gemini aimessage aimessagechunk assistant_message function_call tool_call".split()
)
TOOLS = frozenset(
    {
        "tool",
        "function",
        "observation",
        "tool_result",
        "toolmessage",
        "tool_response",
        "ipython",
        "tool_output",
        "computer",
    }
)
_ARGUMENTS = (
    "args arguments input tool_input parameters params kwargs tool_args tool_kwargs function_args action_input".split()
)
"""Keys of a call's arguments, the likeliest first."""
_CONTENT = ("content", "value", "text", "parts", "items", "blocks", "output")
_LONGEST_WRITTEN = 100_000
_PROSE = frozenset({"text", "input_text", "output_text", "refusal", "summary_text"})
_THOUGHTS = frozenset({"thinking", "reasoning", "redacted_thinking", "reasoning_text", "thought"})
CALLS = frozenset(
    {"tool_use", "server_tool_use", "mcp_tool_use", "tool_call", "function_call", "custom_tool_call", "mcp_call"}
)
ANSWERS = frozenset(
    {
        "tool_result",
        "function_call_output",
        "custom_tool_call_output",
        "web_search_tool_result",
        "mcp_tool_result",
        "function_result",
    }
)
_SHELL_CALLS = frozenset({"local_shell_call", "shell_call", "computer_call"})


def read_message(writer: Writer, message: object) -> Iterator[Event]:
    """The events of one message, in the order in which they happened."""
    if not isinstance(message, Mapping):
        return
    inner = message.get("message")
    if isinstance(inner, Mapping) and ("role" in inner or "content" in inner):
        yield from read_message(writer, {"role": message.get("type"), **inner})
        return
    if "source" in message and ("action" in message or "observation" in message):
        yield from _step_of_openhands(writer, message)
        return
    if "action" in message and "observation" in message:
        yield from _step_of_swe_agent(writer, message)
        return
    kind = str(message.get("type") or "")
    if kind in CALLS | ANSWERS | _SHELL_CALLS | _THOUGHTS:
        for block in plain_blocks(message):
            yield from _block(writer, block, agent=True, acts=False)
        return
    yield from _by_role(writer, message, role_of(message))


def role_of(message: Mapping[str, object]) -> str:
    """The role a message names, lower case, empty where it names none."""
    for key in ("role", "from", "source", "sender", "author", "type"):
        value = message.get(key)
        if isinstance(value, Mapping):
            value = value.get("role")
        if isinstance(value, str) and value and value != "message":
            return value.lower().removesuffix("message").rstrip("_") or value.lower()
    return ""


def text_of(content: object) -> str:
    """The prose in a message's content, whether a text or blocks."""
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        found = (content.get(key) for key in ("text", "content", "output", "parts"))
        return text_of(next((one for one in found if one), ""))
    if isinstance(content, list):
        return "\n".join(text for text in map(text_of, content) if text)
    return "" if content is None else str(content)


def _by_role(writer: Writer, message: Mapping[str, object], role: str) -> Iterator[Event]:
    """A message whose meaning depends on who speaks."""
    content = next((message[key] for key in _CONTENT if key in message), "")
    if isinstance(content, list):
        content = [plain for block in content for plain in plain_blocks(block)]
    if role in TOOLS:
        name = str(message.get("tool_call_id") or message.get("call_id") or "")
        tool = str(message.get("function") or message.get("name") or message.get("tool") or "")
        if any(_kind(block) in ANSWERS for block in _blocks(content)):
            yield from _blocked(writer, content, agent=False, acts=False)
        else:
            failed = bool(message.get("error"))
            yield writer.result(text_of(content) or text_of(message.get("result")), name=name, tool=tool, failed=failed)
        return
    calls = tuple(_calls(message))
    if role in AGENTS or calls:
        native = bool(calls) or any(_kind(block) in CALLS for block in _blocks(content))
        yield from _blocked(writer, content, agent=True, acts=not native)
        for tool, args, name in calls:
            yield writer.call(tool, args, name=name)
        return
    yield from _blocked(writer, content, agent=False, acts=False, principal=role)


def _blocked(writer: Writer, content: object, *, agent: bool, acts: bool, principal: str = "") -> Iterator[Event]:
    """The blocks of a message's content."""
    if isinstance(content, list):
        for block in content:
            yield from _block(writer, block, agent=agent, acts=acts, principal=principal)
    elif agent and isinstance(content, Mapping) and acts and (found := acts_in(json.dumps(content, default=str))):
        yield from (writer.call(tool, args) for tool, args in found)
    elif agent:
        yield from writer.said(text_of(content), acts=acts)
    else:
        yield from writer.told(text_of(content), principal)


def _block(writer: Writer, block: object, *, agent: bool, acts: bool, principal: str = "") -> Iterator[Event]:
    """One block: prose, a thought, a call or an answer."""
    kind = _kind(block)
    if isinstance(block, Mapping):
        name = str(block.get("id") or block.get("call_id") or "")
        if kind in CALLS:
            found = call_in(block)
            if found is not None:
                yield writer.call(found[0], found[1], name=str(block.get("call_id") or name))
            return
        if kind in ANSWERS:
            name = str(block.get("tool_use_id") or block.get("call_id") or "")
            text = text_of(block.get("content") or block.get("output") or block.get("result"))
            yield writer.result(text, name=name, failed=bool(block.get("is_error")))
            return
        if kind in _SHELL_CALLS:
            yield writer.call("bash", _action(block.get("action")), name=name)
            return
        if isinstance(given := block.get("functionCall") or block.get("function_call"), Mapping):
            yield writer.call(str(given.get("name") or ""), arguments_of(given.get("args")))
            return
        if isinstance(given := block.get("functionResponse") or block.get("function_response"), Mapping):
            yield writer.result(text_of(given.get("response")), tool=str(given.get("name") or ""))
            return
        if kind in _THOUGHTS:
            thought = block.get("thinking") or block.get("reasoning") or block.get("text")
            yield from writer.said(text_of(thought), acts=False)
            return
    if kind in _PROSE or not kind:
        yield from writer.said(text_of(block), acts=acts) if agent else writer.told(text_of(block), principal)


def _blocks(content: object) -> list[object]:
    """The blocks of a content, none where it is a text."""
    return content if isinstance(content, list) else []


def _kind(block: object) -> str:
    """What a block says it is."""
    return str(block.get("type") or "") if isinstance(block, Mapping) else ""


def _calls(message: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object], str]]:
    """The calls a message carries beside its content: tool, arguments, and the name its result refers to."""
    beside = message.get("additional_kwargs")  # where LangChain and LlamaIndex keep what a provider gave
    given = message.get("tool_calls") or (beside.get("tool_calls") if isinstance(beside, Mapping) else None)
    items = list(given) if isinstance(given, list) else [given] if isinstance(given, Mapping) else []
    if isinstance(message.get("function_call"), Mapping):
        items.append(message["function_call"])
    for item in items:
        found = call_in(item)
        if found is not None:
            yield found


def call_in(item: object) -> tuple[str, Mapping[str, object], str] | None:
    """A call in any of the shapes providers give it, ``None`` where it names no tool."""
    if not isinstance(item, Mapping):
        return None
    inner = item.get("function")
    source = inner if isinstance(inner, Mapping) else item
    name = (
        source.get("name")
        or (inner if isinstance(inner, str) else None)
        or source.get("tool")
        or source.get("tool_name")
        or source.get("function_name")
    )
    if not isinstance(name, str) or not name:
        return None
    named = str(item.get("id") or item.get("call_id") or item.get("tool_call_id") or "")
    return name, arguments_of(given_in(source)), named


def given_in(source: Mapping[str, object]) -> object:
    """What stands where the arguments of a call do, ``None`` where nothing does."""
    return next((source[key] for key in _ARGUMENTS if source.get(key) is not None), None)


def arguments_of(given: object) -> Mapping[str, object]:
    """A call's arguments, whether an object or JSON text; a text that is no object is one input."""
    if isinstance(given, Mapping):
        return given
    if isinstance(given, str):
        try:
            value = json.loads(given)
        except (ValueError, RecursionError):
            value = _written(given)
        if isinstance(value, str) and value != given:  # encoded twice
            return arguments_of(value)
        return value if isinstance(value, dict) else {"input": value} if given else {}
    return {} if given is None else {"input": given}


def _written(given: str) -> object:
    """Arguments as Python writes an object (LangChain's tracers do), else as they are once they are mended."""
    if given.lstrip()[:1] == "{" and len(given) <= _LONGEST_WRITTEN:
        try:
            value: object = ast.literal_eval(given.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            return _mended(given)
        if isinstance(value, dict):
            return {str(key): inner for key, inner in value.items()}
    return _mended(given)


def _mended(given: str) -> object:
    """Arguments that break off, as streams and models leave them, with what closes them; else the text as it is."""
    for ending in ("}", '"}', "]}", '"]}') if given.lstrip()[:1] == "{" else ():
        try:
            value: object = json.loads(given + ending)
        except (ValueError, RecursionError):
            continue
        return value
    return given


def _action(action: object) -> Mapping[str, object]:
    """The command of a shell call, given as words or as lines."""
    if not isinstance(action, Mapping):
        return {"command": text_of(action)}
    command = action.get("command") or action.get("commands")
    if isinstance(command, list):
        words = [str(word) for word in command]
        shell = len(words) > 2 and words[0].rpartition("/")[2] in ("bash", "sh", "zsh") and words[1].startswith("-")
        return {"command": words[2] if shell else " ".join(words)}
    return {"command": str(command)} if command else dict(action)


def _step_of_swe_agent(writer: Writer, step: Mapping[str, object]) -> Iterator[Event]:
    """A step of SWE-agent: a thought, the command that was run, what it printed."""
    yield from writer.said(text_of(step.get("thought") or step.get("response")), acts=False)
    action = step.get("action")
    beside = next((step[key] for key in ("action_input", "tool_input") if step.get(key) is not None), None)
    if isinstance(action, str) and beside is not None:  # here the action is only the name of the tool
        call = writer.call(action, arguments_of(beside))
        yield call
        yield writer.result(text_of(step.get("observation")), of=call.step)
    elif action:
        named = acts_in(json.dumps(action, default=str)) if isinstance(action, Mapping) else ()
        tool, args = (
            named[0] if named else ("bash", {"command": action}) if isinstance(action, str) else ("act", action)
        )
        call = writer.call(tool, args)
        yield call
        yield writer.result(text_of(step.get("observation")), of=call.step)


def _step_of_openhands(writer: Writer, step: Mapping[str, object]) -> Iterator[Event]:
    """An event of OpenHands: an act with its arguments, or what came of one."""
    if "observation" in step:
        cause = step.get("cause")
        yield writer.result(text_of(step.get("content")), name=f"event-{cause}" if cause is not None else "")
        return
    action, given = str(step.get("action") or ""), step.get("args")
    args = given if isinstance(given, Mapping) else {}
    if action in ("message", "system", "recall", "think", "finish"):
        text = text_of(args.get("content") or args.get("thought") or step.get("message"))
        if action == "system":  # its own prompt is written down as an act of it
            yield from writer.told(text, "system")
        else:
            yield from writer.said(text, acts=False) if step["source"] == "agent" else writer.told(text)
        return
    tool = {"run": "bash", "run_ipython": "python"}.get(action, action)
    yield writer.call(tool, args, name=f"event-{step.get('id')}")
