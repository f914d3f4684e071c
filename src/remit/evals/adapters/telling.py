"""What an agent reads over every connection, and what is heard when it comes back: one JSON object on one line.

JSON keeps what the world says apart from what the overseer says: no text of an e-mail can pass for a notice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from remit.evals.environment import Tool
from remit.evals.organism import Observation

__all__ = ["Heard", "heard", "input_schema", "opening", "told", "tool_of"]

_INTRODUCTION = "What you see now, as JSON; every tool answers in the same form, with `notices` of your overseer:"
_NAMES = frozenset({"answer", "failed", "view", "notices", "over"})
_DEPTH = 4  # wrappers harnesses put around a text


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was read: the ``answer`` to a call (and whether it ``failed``), ``notices``, a new ``view``, the end."""

    answer: str = ""
    failed: bool = False
    view: str | None = None
    notices: Sequence[Mapping[str, Any]] = ()
    over: str = ""


def told(said: Heard) -> str:
    """What an agent reads; parts that say nothing are left out."""
    parts = {
        "answer": said.answer or None,
        "failed": said.failed or None,
        "notices": [dict(item) for item in said.notices] or None,
        "view": said.view,
        "over": said.over or None,
    }
    return json.dumps({name: value for name, value in parts.items() if value is not None}, ensure_ascii=False)


def opening(observation: Observation) -> str:
    """The first thing an agent reads: its briefing, and what it sees."""
    now = told(Heard(view=observation.view, notices=observation.notices))
    return f"{observation.brief}\n\n{_INTRODUCTION}\n\n{now}"


def heard(text: str) -> Heard:
    """What a text says that came back through somebody else's harness; one that is not ours is a failed answer."""
    for line in (text, *reversed(text.splitlines())):
        found = _unwrapped(line.strip(), _DEPTH)
        if found is not None:
            return found
    return Heard(answer=text, failed=True)


def _unwrapped(text: str, depth: int) -> Heard | None:
    """The object in a text, also where a harness put content blocks around it."""
    if not text.startswith(("{", "[", '"')) or depth == 0:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    for part in _texts(value):
        if isinstance(part, dict):
            return _read(part)
        if (found := _unwrapped(part, depth - 1)) is not None:
            return found
    return None


def _texts(value: object) -> Iterable[str | dict[str, Any]]:
    """The texts of content blocks, or our own object."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        if value and set(value) <= _NAMES:
            yield value
        else:
            yield from (value[name] for name in ("text", "content") if isinstance(value.get(name), str))


def _read(value: Mapping[str, Any]) -> Heard:
    """Our own object."""
    view, notices = value.get("view"), value.get("notices")
    return Heard(
        answer=str(value.get("answer", "")),
        failed=value.get("failed") is True,
        view=None if view is None else str(view),
        notices=[item for item in notices if isinstance(item, dict)] if isinstance(notices, list) else (),
        over=str(value.get("over", "")),
    )


def input_schema(tool: Tool) -> dict[str, Any]:
    """The JSON Schema of a tool's arguments."""
    return {
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in tool.args.items()},
        "required": [name for name in tool.args if name not in tool.optional],
        "additionalProperties": False,
    }


def tool_of(name: str, text: str, schema: Mapping[str, Any]) -> Tool:
    """The tool a JSON Schema stands for, as far as it says."""
    properties = schema.get("properties")
    args = {str(key): _type(value) for key, value in properties.items()} if isinstance(properties, Mapping) else {}
    required = schema.get("required")
    needed = set(required) if isinstance(required, list) else set()
    return Tool(name=name, text=text, args=args, optional=frozenset(args) - needed)


def _type(value: object) -> str:
    """The JSON type a property has; a string where it says none, or several."""
    kind = value.get("type") if isinstance(value, Mapping) else None
    return kind if isinstance(kind, str) else "string"
