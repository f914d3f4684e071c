"""Envelopes: records that say nothing of their own and hold messages, taken off one at a time.

Known are those of Claude Code (progress of sub-agents), Codex, LangChain and LangGraph, OpenHands, opencode, Pydantic
AI, the Agent Development Kit, smolagents, Petri (what its target saw), and a model's answer among its choices.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["inside", "is_update", "word"]

_CONSTRUCTED = {"HumanMessage": "human", "AIMessage": "ai", "AIMessageChunk": "ai", "ToolMessage": "tool"}
_TASKS = {"system_prompt": "system", "task": "user"}
"""What a step of smolagents that is only a prompt has, and who speaks."""


def inside(record: Mapping[str, object]) -> object:
    """What an envelope holds, ``None`` where a record is none."""
    found = _by_kind(record)
    if found is None:
        found = _by_keys(record)
    return _respelled(record) if found is None else found


def word(record: Mapping[str, object], key: str) -> str:
    """What stands under a key where that is a text, as the kind of a record has to be; else nothing."""
    found = record.get(key)
    return found if isinstance(found, str) else ""


def is_update(record: Mapping[str, object]) -> bool:
    """Whether a record is what one node of a graph added to its state, as LangGraph streams it."""
    if len(record) != 1:
        return False
    ((node, inner),) = record.items()
    return node not in ("values", "state") and isinstance(inner, Mapping) and isinstance(inner.get("messages"), list)


def _by_kind(record: Mapping[str, object]) -> object:
    """What a record holds that says which envelope it is."""
    kind, data = word(record, "type"), record.get("data")
    if kind == "response_item":
        return record.get("payload")
    if kind == "session_meta" and isinstance(meta := record.get("payload"), Mapping):
        base = meta.get("base_instructions")
        texts = (base.get("text") if isinstance(base, Mapping) else None, meta.get("instructions"))
        return [{"role": "system", "content": text} for text in texts if text]
    if kind == "transcript_event" and isinstance(edit := record.get("edit"), Mapping):
        views = record.get("view")
        return edit.get("message") if "target" in (views if isinstance(views, list) else [views]) else []
    if kind == "progress" and isinstance(data, Mapping):
        return data.get("message")
    if isinstance(data, Mapping) and kind and ("content" in data or "tool_calls" in data):
        return {**data, "type": kind}
    return record.get("llm_message") if record.get("kind") == "MessageEvent" else None


def _by_keys(record: Mapping[str, object]) -> object:
    """What a record holds whose keys say which envelope it is."""
    if "lc" in record and isinstance(given := record.get("kwargs"), Mapping):
        path = record.get("id")
        last = str(path[-1]) if isinstance(path, list) and path else ""
        return {"type": _CONSTRUCTED.get(last, last.removesuffix("Message").lower()), **given}
    if is_update(record):
        return next(inner["messages"] for inner in record.values() if isinstance(inner, Mapping))
    if ("task" in record or "system_prompt" in record) and record.keys() <= {*_TASKS, "task_images"}:
        return [{"role": role, "content": record[key]} for key, role in _TASKS.items() if key in record]
    if "step_number" in record and ("tool_calls" in record or "observations" in record):
        came = record.get("observations") or record.get("action_output")
        answer = {"type": "tool_result", "content": came, "is_error": bool(record.get("error"))}
        return [{"role": "assistant", "tool_calls": record.get("tool_calls")}, *([answer] if came else [])]
    for key, within in (("choices", "message"), ("candidates", "content")):
        if isinstance(listed := record.get(key), list):
            return [one.get(within) for one in listed if isinstance(one, Mapping)]
    return None


def _respelled(record: Mapping[str, object]) -> Mapping[str, object] | None:
    """One message in other words: opencode, Pydantic AI, the Agent Development Kit, OpenHands without sources."""
    parts, info, content = record.get("parts"), record.get("info"), record.get("content")
    if isinstance(parts, list) and isinstance(info, Mapping):
        return {"role": info.get("role"), "content": parts}
    if isinstance(parts, list) and record.get("kind") in ("request", "response"):
        return {"role": "assistant" if record["kind"] == "response" else "user", "content": parts}
    if "author" in record and isinstance(content, Mapping):
        return {"role": content.get("role") or record["author"], "content": content.get("parts")}
    if "source" not in record and isinstance(record.get("action"), str) and isinstance(record.get("args"), Mapping):
        return {**record, "source": "user" if record["action"] == "message" else "agent"}
    return None
