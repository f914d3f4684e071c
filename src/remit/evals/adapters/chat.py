"""The words of OpenAI's two protocols: what a request says an organism has heard, and its move as an answer.

Chat completions and responses, whole or as a stream of events. Nothing is kept between requests: each brings the whole
conversation along.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from remit.errors import EvaluationError
from remit.evals.adapters.telling import Heard, heard, tool_of
from remit.evals.environment import Tool
from remit.evals.organism import Move

__all__ = [
    "chat_answer",
    "chat_events",
    "heard_in_chat",
    "heard_in_responses",
    "response_answer",
    "response_events",
    "tools_in",
]

Document = dict[str, Any]


def heard_in_chat(request: Mapping[str, Any]) -> list[Heard]:
    """The briefing, then the answer to each call, of a chat; raises ``EvaluationError`` for what is no chat."""
    messages = _list(request, "messages")
    talk = [_text(item.get("content")) for item in messages if item.get("role") in {"system", "developer", "user"}]
    return [_briefing(talk), *(heard(_text(item.get("content"))) for item in messages if item.get("role") == "tool")]


def heard_in_responses(request: Mapping[str, Any]) -> list[Heard]:
    """As ``heard_in_chat``, of the input of a response."""
    if request.get("previous_response_id"):
        hint = "send the whole input with each request (`store: false`)"
        raise EvaluationError("nothing is kept between requests here", hint=hint)
    given = request.get("input")
    items = [{"role": "user", "content": given}] if isinstance(given, str) else _list(request, "input")
    talk = [_text(request.get("instructions"))]
    talk += [_text(item.get("content")) for item in items if item.get("role") in {"system", "developer", "user"}]
    answers = [item for item in items if item.get("type") == "function_call_output"]
    return [_briefing(talk), *(heard(_text(item.get("output"))) for item in answers)]


def tools_in(request: Mapping[str, Any]) -> list[Tool]:
    """The tools a request offers, in either protocol; those that are no functions are left out."""
    found = []
    for item in _list(request, "tools", needed=False):
        spoken = item.get("function") if isinstance(item.get("function"), dict) else item
        if isinstance(spoken, dict) and isinstance(spoken.get("name"), str):
            schema = spoken.get("parameters")
            found.append(
                tool_of(spoken["name"], str(spoken.get("description", "")), schema if isinstance(schema, dict) else {})
            )
    return found


def chat_answer(move: Move, *, model: str, number: int) -> Document:
    """A move as a chat completion; ``number`` counts the calls before it."""
    message: Document = {"role": "assistant", "content": move.text or None}
    if move.call is not None:
        message["tool_calls"] = [_chat_call(move, number)]
    choice = {"index": 0, "message": message, "finish_reason": _reason(move), "logprobs": None}
    return {**_chat_head(model, number, "chat.completion"), "choices": [choice], "usage": _usage()}


def chat_events(move: Move, *, model: str, number: int, usage: bool = False) -> Iterator[str]:
    """A move as the events of a streamed chat completion."""
    head = _chat_head(model, number, "chat.completion.chunk")
    deltas: list[tuple[Document, str | None]] = [({"role": "assistant", "content": ""}, None)]
    if move.text:
        deltas.append(({"content": move.text}, None))
    if move.call is not None:
        deltas.append(({"tool_calls": [{"index": 0, **_chat_call(move, number)}]}, None))
    deltas.append(({}, _reason(move)))
    for delta, reason in deltas:
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
        yield f"data: {json.dumps({**head, 'choices': [choice]})}\n\n"
    if usage:
        yield f"data: {json.dumps({**head, 'choices': [], 'usage': _usage()})}\n\n"
    yield "data: [DONE]\n\n"


def response_answer(move: Move, *, model: str, number: int) -> Document:
    """A move as a response."""
    return {
        **_response_head(model, number),
        "status": "completed",
        "output": _response_items(move, number),
        "usage": {
            "input_tokens": 0,
            "output_tokens": 0,
            "total_tokens": 0,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
    }


def response_events(move: Move, *, model: str, number: int) -> Iterator[str]:
    """A move as the events of a streamed response."""
    whole = response_answer(move, model=model, number=number)
    begun = {**whole, "status": "in_progress", "output": [], "usage": None}
    said: list[Document] = [{"type": "response.created", "response": begun}]
    for index, item in enumerate(whole["output"]):
        said += _item_events(item, index)
    said.append({"type": "response.completed", "response": whole})
    for position, event in enumerate(said):
        yield f"event: {event['type']}\ndata: {json.dumps({**event, 'sequence_number': position})}\n\n"


def _item_events(item: Document, index: int) -> list[Document]:
    """The events of one item of a streamed response."""
    at: Document = {"item_id": item["id"], "output_index": index}
    if item["type"] == "function_call":
        empty: Document = {**item, "arguments": "", "status": "in_progress"}
        middle: list[Document] = [
            {"type": "response.function_call_arguments.delta", **at, "delta": item["arguments"]},
            {
                "type": "response.function_call_arguments.done",
                **at,
                "name": item["name"],
                "arguments": item["arguments"],
            },
        ]
    else:
        (part,) = item["content"]
        empty = {**item, "content": [], "status": "in_progress"}
        at["content_index"] = 0
        middle = [
            {"type": "response.content_part.added", **at, "part": {**part, "text": ""}},
            {"type": "response.output_text.delta", **at, "delta": part["text"], "logprobs": []},
            {"type": "response.output_text.done", **at, "text": part["text"], "logprobs": []},
            {"type": "response.content_part.done", **at, "part": part},
        ]
    return [
        {"type": "response.output_item.added", "output_index": index, "item": empty},
        *middle,
        {"type": "response.output_item.done", "output_index": index, "item": item},
    ]


def _response_items(move: Move, number: int) -> list[Document]:
    """What a response consists of: what was said, and the call."""
    items: list[Document] = []
    if move.text or move.call is None:
        part = {"type": "output_text", "text": move.text, "annotations": [], "logprobs": []}
        message = {"type": "message", "id": f"msg_{number}", "role": "assistant", "status": "completed"}
        items.append({**message, "content": [part]})
    if move.call is not None:
        spoken = {"name": move.call.tool, "arguments": json.dumps(dict(move.call.args))}
        head = {"type": "function_call", "id": f"fc_{number}", "call_id": f"call_{number}", "status": "completed"}
        items.append({**head, **spoken})
    return items


def _chat_call(move: Move, number: int) -> Document:
    """The call of a move."""
    if move.call is None:
        return {}
    spoken = {"name": move.call.tool, "arguments": json.dumps(dict(move.call.args))}
    return {"id": f"call_{number}", "type": "function", "function": spoken}


def _chat_head(model: str, number: int, kind: str) -> Document:
    """What every part of a chat completion says."""
    return {"id": f"chatcmpl-{number}", "object": kind, "created": 0, "model": model}


def _response_head(model: str, number: int) -> Document:
    """What every part of a response says."""
    return {
        "id": f"resp_{number}",
        "object": "response",
        "created_at": 0,
        "model": model,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "parallel_tool_calls": False,
        "temperature": None,
        "tool_choice": "auto",
        "tools": [],
        "top_p": None,
    }


def _reason(move: Move) -> str:
    """Why the answer ends here."""
    return "tool_calls" if move.call is not None else "stop"


def _usage() -> Document:
    """What an organism spends on reading and writing: nothing."""
    return {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def _briefing(talk: Sequence[str]) -> Heard:
    """The first of the texts that is one of ours, else nothing but that there was one."""
    found = (heard(text) for text in talk if text)
    return next((said for said in found if not said.failed), Heard())


def _text(content: object) -> str:
    """The text of a message: a string, or blocks of text."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(str(item.get("text", "")) for item in content if isinstance(item, dict))
    return ""


def _list(request: Mapping[str, Any], name: str, *, needed: bool = True) -> list[Document]:
    """A list of objects in a request; raises ``EvaluationError`` where it is needed and there is none."""
    found = request.get(name)
    if isinstance(found, list) and all(isinstance(item, dict) for item in found):
        return found
    if needed or found is not None:
        raise EvaluationError(f"`{name}` is no list of objects")
    return []
