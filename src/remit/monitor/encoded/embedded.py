"""Calls an agent wrote into its message: where a scaffold reads them out of the text, they are acts, not prose.

Known forms: ``<tool_use:NAME>``, ``<tool_use>`` with the name in a child, tags of tools (``<execute_command>``),
``<invoke name="NAME">``, ``<tool_call>{...}</tool_call>``, tags of shells (``<bash>``), fenced blocks, ``Action:`` with
``Action Input:``, ``$ command`` at the end of a message, and a message that is one JSON object naming a tool. Only an
agent's text is ever given to this module; what users, systems and tools say is not, whatever it looks like.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from remit.monitor.encoded.filters import from_base64

__all__ = ["Act", "acts_in", "fields_in", "loose_arguments", "named_in", "spelled_calls"]

Act = tuple[str, Mapping[str, object]]

_MOST = 64  # calls of one message
_LONGEST = 64_000
_CALLABLE = re.compile(r"[A-Za-z_][\w.:/-]{1,119}")
_PACKED = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_SHELLS = frozenset(
    "bash sh shell console terminal zsh execute_bash command cmd execute mswea_bash_command powershell".split()
)
_PYTHONS = frozenset({"python", "py", "python3", "ipython", "execute_ipython", "tool_code", "code", "execute_python"})
_OPENER = re.compile(
    r"<tool_use:(?P<used>[\w.-]{1,80})>"
    r"|<(?:\w{1,8}:)?invoke\s+name=[\"'](?P<invoked>[^\"'<>]{1,120})[\"']\s*>"
    r"|<(?P<called>tool_call|function_call)>"
    r"|<function=(?P<function>[\w.-]{1,80})>"
    r"|<(?P<held>tool_use|use_tool|tool|action)>(?=\s*<)"
    r"|<(?P<tag>bash|sh|shell|terminal|execute_bash|execute_ipython|execute_python|execute|command|python|ipython|cmd)>"
    r"|<(?P<named>execute_command|write_to_file|replace_in_file|apply_diff|insert_content|search_and_replace|read_file"
    r"|list_files|search_files|use_mcp_tool|access_mcp_resource|browser_action|new_task|switch_mode|new_rule)>(?=\s*<)"
    r"|^[ \t]*```[ \t]*(?P<fence>[\w+-]{0,20})[^\n`]{0,80}\n"
    r"|^[ \t]*(?:\*\*)?Action(?:\*\*)?:(?:\*\*)?[ \t]*(?P<action>[^\n]{1,400})\n?",
    re.MULTILINE,
)
_CLOSER = re.compile(r"</(?:\w{1,8}:)?parameter>")
_PARAMETER = re.compile(r"<(?:\w{1,8}:)?parameter(?:\s+name=[\"']|=)([^\"'<>]{1,80})[\"']?(?:\s[^<>]{0,80})?>")
_FIELD = re.compile(r"^[ \t]*[-*]?[ \t]*([A-Za-z][\w -]{0,30}):[ \t]?(.*)$")
_CHILD = re.compile(r"<([A-Za-z][\w-]{0,40})>")
_INPUT = re.compile(r"^[ \t]*(?:\*\*)?Action[ _]Input(?:\*\*)?:(?:\*\*)?[ \t]*", re.MULTILINE)
_AFTER_INPUT = re.compile(r"^[ \t]*(?:\*\*)?(?:Observation|Thought|Action|Final Answer)(?:\*\*)?:", re.MULTILINE)
_TYPED = re.compile(r"([A-Za-z_][\w.]{0,80})\s*[\[(](.*)[\])]\s*$", re.DOTALL)
_PROMPT = re.compile(r"^[ \t]{0,8}(?:\([\w.-]+\) ?)?(?:[\w.-]+@[\w.-]+:?[^\s$#]{0,80})?[$] (.+)$")
_JSON_LINE = re.compile(r"^[ \t]*(\{\"[^\n]*\})[ \t]*$", re.MULTILINE)
_NAMES = ("tool", "tool_name", "name", "function", "action", "recipient_name")
_COMMANDS = ("command", "keystrokes", "cmd", "bash")
_ARGUMENTS = ("args", "arguments", "parameters", "tool_args", "tool_input", "action_input", "input", "params", "kwargs")


def acts_in(text: str, *, fences: bool = True) -> tuple[Act, ...]:
    """The calls in an agent's message in the order they stand there, each a tool and its arguments.

    ``fences`` says whether fenced blocks and prompts count: they do for scaffolds that read them. Takes time linear in
    the length of the text.
    """
    whole = _json_act(text)
    if whole:
        return whole
    found: list[Act] = []
    position = 0
    while len(found) < _MOST:
        opener = _OPENER.search(text, position)
        if opener is None:
            break
        acts, position = _act_at(text, opener, fences=fences)
        found.extend(acts)
    if not found:
        found.extend(act for line in _JSON_LINE.findall(text) for act in _json_act(line))
    if not found and fences:
        found.extend(_prompted(text))
    return tuple(found[:_MOST])


def _act_at(text: str, opener: re.Match[str], *, fences: bool) -> tuple[tuple[Act, ...], int]:
    """The calls of one block and where the text goes on behind it."""
    kind = opener.lastgroup or ""
    given = opener.group(kind)
    start = opener.end()
    if kind == "action":
        return _reacted(text, given, start)
    closer, read = _FORMS[kind](given)
    end = text.find(closer, start)
    body = text[start : end if end >= 0 else len(text)]
    after = end + len(closer) if end >= 0 else len(text)
    if kind == "fence" and not fences:
        return (), after
    return read(body), after


def _tagged(tool: str) -> tuple[str, Callable[[str], tuple[Act, ...]]]:
    """A tag that names its tool: fields, child tags or JSON stand inside."""
    return f"</tool_use:{tool}>", lambda body: ((tool, fields_in(body)),)


def _named(tool: str) -> tuple[str, Callable[[str], tuple[Act, ...]]]:
    """A tag of one of the tools of Cline and Roo, with its parameters in child tags."""
    return f"</{tool}>", lambda body: ((tool, fields_in(body)),)


def _held(tag: str) -> tuple[str, Callable[[str], tuple[Act, ...]]]:
    """A tag that holds any tool: which one stands in a child tag beside the arguments."""
    return f"</{tag}>", lambda body: found if (found := named_in(fields_in(body))) else acts_in(body, fences=False)


def named_in(given: Mapping[str, object]) -> tuple[Act, ...]:
    """The call of fields of which one names the tool, empty where none does or nothing stands beside it."""
    key = next((key for key in ("name", "type", *_NAMES, "command") if isinstance(given.get(key), str)), "")
    if not key or len(given) < 2:
        return ()
    beside = {name: value for name, value in given.items() if name != key}
    only = next(iter(beside.values()))
    under = len(beside) == 1 and next(iter(beside)) in _ARGUMENTS
    return ((str(given[key])[:120], _mapping(only) if under else beside),)


def _invoked(tool: str) -> tuple[str, Callable[[str], tuple[Act, ...]]]:
    """``<invoke name="...">`` with its parameters."""
    return "invoke>", lambda body: ((tool, _parameters(body)),)


def _functioned(tool: str) -> tuple[str, Callable[[str], tuple[Act, ...]]]:
    """``<function=NAME>`` with ``<parameter=NAME>`` inside."""
    return "</function>", lambda body: ((tool, _parameters(body)),)


def _called(tag: str) -> tuple[str, Callable[[str], tuple[Act, ...]]]:
    """``<tool_call>`` with a JSON object, or with blocks of the other forms inside."""
    return f"</{tag}>", lambda body: _json_act(body) or acts_in(body, fences=False)


def _shelled(tag: str) -> tuple[str, Callable[[str], tuple[Act, ...]]]:
    """A tag of a shell or an interpreter."""
    return f"</{tag}>", lambda body: _code(tag, body)


def _fenced(language: str) -> tuple[str, Callable[[str], tuple[Act, ...]]]:
    """A fenced block: a command, a program, or JSON that names a tool."""
    name = language.lower()
    if name in _SHELLS or name in _PYTHONS:
        return "```", lambda body: _code(name, body)
    return "```", _json_act


_FORMS: Mapping[str, Callable[[str], tuple[str, Callable[[str], tuple[Act, ...]]]]] = {
    "used": _tagged,
    "named": _named,
    "held": _held,
    "invoked": _invoked,
    "called": _called,
    "function": _functioned,
    "tag": _shelled,
    "fence": _fenced,
}


def _code(language: str, body: str) -> tuple[Act, ...]:
    """A program handed to an interpreter; of a console session only what follows a prompt."""
    text = body.strip("\n")
    if language in ("console", "terminal"):
        lines = [line for line in map(_PROMPT.match, text.splitlines()) if line]
        text = "\n".join(line.group(1) for line in lines) if lines else text
    if not text.strip():
        return ()
    if language in _PYTHONS:
        return (("python", {"code": text}),)
    return (("bash", {"command": text}),)


def _reacted(text: str, action: str, start: int) -> tuple[tuple[Act, ...], int]:
    """``Action: NAME`` with its input, or ``Action: NAME[input]``."""
    given = _INPUT.match(text, start)
    name = action.strip().strip("`*\"' ")
    if given is None:
        typed = _TYPED.fullmatch(name)
        if typed is None:
            return (), start
        return ((typed.group(1), loose_arguments(typed.group(2))),), start
    stop = _AFTER_INPUT.search(text, given.end())
    end = stop.start() if stop else len(text)
    return ((name[:120], loose_arguments(text[given.end() : end])),), end


def _prompted(text: str) -> tuple[Act, ...]:
    """``$ command`` lines at the very end of a message."""
    commands: list[str] = []
    for line in reversed(text.rstrip().splitlines()[-20:]):
        found = _PROMPT.match(line)
        if found is None:
            break
        commands.insert(0, found.group(1))
    return (("bash", {"command": "\n".join(commands)}),) if commands else ()


def _json_act(text: str) -> tuple[Act, ...]:
    """The calls of a text that is one JSON value, empty where it is none."""
    body = text.strip()
    if not body.startswith(("{", "[")) or not body.endswith(("}", "]")):
        return ()
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    items = value if isinstance(value, list) else [value]
    found = [act for item in items[:_MOST] if isinstance(item, Mapping) for act in _object_act(item)]
    return tuple(found)


def spelled_calls(value: object, depth: int = 0) -> tuple[Act, ...]:
    """The calls a value spells: an object with a name and arguments, a list of such, or a text that holds either.

    Arguments may be a text of JSON, as it is or in base64.
    """
    if isinstance(value, str) and len(value) <= _LONGEST and depth < 4:
        return spelled_calls(_value_in(value), depth + 1)
    if isinstance(value, list | tuple) and depth < 4:
        return tuple(act for item in value[:_MOST] for act in spelled_calls(item, depth + 1))[:_MOST]
    if not isinstance(value, Mapping):
        return ()
    named = next(
        (key for key in _NAMES if isinstance(value.get(key), str) and _CALLABLE.fullmatch(str(value[key]))), ""
    )
    given = next((_opened(value[key]) for key in _ARGUMENTS if key in value), None)
    if named and isinstance(given, Mapping):
        return ((str(value[named]), {str(key): inner for key, inner in given.items()}),)
    return _object_act(value) if isinstance(value.get("function") or value.get("tool_calls"), Mapping | list) else ()


def _opened(value: object) -> object:
    """Arguments as they are, or those a text holds."""
    return _value_in(value) if isinstance(value, str) and len(value) <= _LONGEST else value


def _value_in(text: str) -> object:
    """The value of a text of JSON, as it is or in base64; nothing where it is none."""
    body = text.strip()
    if body[:1] not in ("{", "[") and len(body) > 7 and _PACKED.fullmatch(body):
        body = (from_base64(body) or "").strip()
    if body[:1] not in ("{", "["):
        return None
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value


def _object_act(item: Mapping[str, object]) -> tuple[Act, ...]:
    """The call a JSON object spells: a name and arguments, flat or under one key."""
    for key in ("command", "function", "tool_call", "action"):
        inner = item.get(key)
        if isinstance(inner, Mapping) and (found := _object_act(inner)):
            return found
    if isinstance(calls := item.get("tool_calls"), list):
        return tuple(act for call in calls[:_MOST] if isinstance(call, Mapping) for act in _object_act(call))
    name = next((item[key] for key in _NAMES if isinstance(item.get(key), str)), None)
    given = next((item[key] for key in _ARGUMENTS if key in item), None)
    if given is None:
        return _commands(item)
    if not isinstance(name, str) or not name or len(name) > 120:
        return ()
    return ((name, _mapping(given)),)


def _commands(item: Mapping[str, object]) -> tuple[Act, ...]:
    """The commands of an object that names no tool (``{"command": ...}``, ``{"commands": [{"keystrokes": ...}]}``)."""
    listed = item.get("commands")
    steps = listed[:_MOST] if isinstance(listed, list) else [item]
    texts = (
        step if isinstance(step, str) else next((step[key] for key in _COMMANDS if key in step), "")
        for step in steps
        if isinstance(step, str | Mapping)
    )
    return tuple(("bash", {"command": text}) for text in texts if isinstance(text, str) and text.strip())


def _mapping(value: object) -> Mapping[str, object]:
    """Arguments as a mapping, whether given as one, as JSON text or as a plain text."""
    if isinstance(value, Mapping):
        return value
    return loose_arguments(value) if isinstance(value, str) else {"input": value}


def loose_arguments(text: str) -> Mapping[str, object]:
    """Arguments written as JSON, in a fence or not; anything else is one input."""
    body = text.strip()
    if body.startswith("```"):
        body = body.partition("\n")[2].rpartition("```")[0].strip()
    if body.startswith("{"):
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            return {"input": body}
        if isinstance(value, dict):
            return value
    return {"input": body.strip("\"'") if len(body) < 1000 else body}


def _parameters(body: str) -> Mapping[str, object]:
    """``<parameter name="...">value</parameter>``, as often as it stands there."""
    found: dict[str, object] = {}
    position = 0
    while (opener := _PARAMETER.search(body, position)) is not None and len(found) < _MOST:
        closer = _CLOSER.search(body, opener.end())
        value = body[opener.end() : closer.start() if closer else len(body)].strip("\n")
        found[opener.group(1)] = _scalar(value)
        position = closer.end() if closer else len(body)
    return found or fields_in(body)


def _scalar(text: str) -> object:
    """A parameter's value: JSON where it is an object, a list, a number or a truth value, else the text itself."""
    body = text.strip()
    if body.startswith(("{", "[")) or body in ("true", "false", "null") or body.replace(".", "", 1).isdigit():
        try:
            value: object = json.loads(body)
        except (ValueError, RecursionError):
            return text
        return value
    return text


def fields_in(body: str) -> Mapping[str, object]:
    """What stands inside a tag: JSON, child tags, or ``name: value`` lines of which the last may go on."""
    text = body.strip()
    if text.startswith("{"):
        return loose_arguments(text)
    children = _children(text)
    if children:
        return children
    found: dict[str, object] = {}
    last = ""
    for line in text.splitlines():
        field = _FIELD.match(line) if last not in ("body", "message", "content", "code", "command") else None
        if field is not None and len(found) < _MOST:
            last = field.group(1).strip().lower().replace(" ", "_")
            found[last] = field.group(2).strip()
        elif last:
            found[last] = f"{found[last]}\n{line}"
    return found or {"input": text}


def _children(text: str) -> dict[str, object]:
    """Values in child tags (``<to>...</to>``), empty where the text holds none."""
    found: dict[str, object] = {}
    position = 0
    while len(found) < _MOST:
        opener = _CHILD.search(text, position)
        if opener is None:
            break
        closer = f"</{opener.group(1)}>"
        end = text.find(closer, opener.end())
        if end < 0:
            break
        found[opener.group(1)] = text[opener.end() : end].strip()
        position = end + len(closer)
    return found
