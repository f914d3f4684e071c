"""Plain JSON lines: ``{"id", "steps": [{"role", "content", "tool", "args", "result"}]}``, one transcript a line.

A step may have any of the five. With a ``tool`` it is a call by whoever it is told of, and with a ``result`` what came
of it; a step of the role ``tool`` without arguments is only the answer. Steps shaped like messages of a provider are
read as those. One JSON document, or an array of them, is read like lines.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from remit.monitor.adapters.envelopes import inside
from remit.monitor.adapters.exporters import is_run
from remit.monitor.adapters.foreign import Unwrapper, is_foreign
from remit.monitor.adapters.messages import (
    AGENTS,
    TOOLS,
    arguments_of,
    call_in,
    given_in,
    read_message,
    role_of,
    text_of,
)
from remit.monitor.adapters.records import NO_LIST, Record
from remit.monitor.adapters.transcript import Notes, Transcript, Writer
from remit.monitor.adapters.unread import names_a_call
from remit.monitor.event import Event

__all__ = ["LISTS", "NAMES", "read_records", "read_session", "read_steps", "speaks_within"]

_SHELL = re.compile(r"(?:bash|shell|terminal|sh|execute_bash|run_command)", re.IGNORECASE)
LISTS = (
    "target_messages",  # of an audit: what the auditor did is another list
    "steps",
    "messages",
    "conversation",
    "conversations",
    "traj",
    "trajectory",
    "transcript",
    "history",
    "input",
    "events",
    "turns",
    "simulations",
    "episodes",
    "runs",
    "results",
    "trajectories",
    "rollouts",
    "chat_messages",
    "chat_history",
    "contents",
    "transcripts",
    "agent_runs",
)
"""Keys of the list of steps, the likeliest first."""
_RUNS = ("messages", "chat_messages", "steps", "traj", "trajectory", "transcript", "transcripts", "events")
_NONE = object()
_PROMPTS = ("system", "system_prompt", "instructions", "systemInstruction", "system_instruction")
_CHOICES = ("choices", "candidates")
_ANSWERED = ("output", "response", "completion", *_CHOICES)
_DEEPEST = 3  # envelopes round a request or an answer
_CAME = ("result", "tool_result", "tool_output", "output", "observation")
_TOLD = frozenset({"tool", "error", "usage", "metadata", "meta", *_CAME})  # of a call's step: objects, no arguments
_RECENT = 4  # a harness that keeps the last answer twice keeps it as one of the last steps
NAMES = (
    "id",
    "transcript_id",
    "sample_id",
    "uuid",
    "instance_id",
    "task_id",
    "episode_id",
    "run_id",
    "session_id",
    "name",
)
"""Keys a transcript's name may have."""


def read_records(records: Iterable[Record]) -> Iterator[Transcript]:
    """A transcript for each record; a record with a fault is a transcript that is voided."""
    for record in records:
        items = iter(record.items)
        first = next(items, _NONE)
        record.items = items if first is _NONE else chain([first], items)
        if _steps_of(first):
            yield from _each(record)
        else:
            notes = Notes(id=_name(record), line=record.line)
            yield Transcript(events=_events(record, notes), notes=notes)


def _each(record: Record) -> Iterator[Transcript]:
    """The transcripts of a record whose items are whole runs."""
    for index, item in enumerate(record.items):
        key = _steps_of(item)
        if key and isinstance(item, Mapping):
            fields = {name: inner for name, inner in item.items() if name != key}
            inner = Record(line=record.line, fields={"id": f"run-{index}", **fields}, items=iter(item[key]))
            yield from read_records([inner])
        else:
            yield Transcript(events=iter(()), notes=Notes(id=f"run-{index}", line=record.line, voided=NO_LIST))
    if record.fault:
        yield Transcript(events=iter(()), notes=Notes(id=_name(record), line=record.line, voided=record.said()))


def _steps_of(item: object) -> str:
    """The key of an item's own steps where it is a whole run and no message, empty otherwise."""
    if not isinstance(item, Mapping) or any(key in item for key in ("role", "content", "tool", "type", "info")):
        return ""
    return next((key for key in _RUNS if isinstance(item.get(key), list)), "")


def _name(record: Record) -> str:
    """The name of a transcript, else the line it stands in."""
    given = next((record.fields[key] for key in NAMES if isinstance(record.fields.get(key), str | int)), None)
    return f"line-{record.line}" if given is None or given == "" else str(given)[:200]


def _events(record: Record, notes: Notes) -> Iterator[Event]:
    """The events of a record, and afterwards what was wrong with it."""
    writer = Writer(notes)
    yield from _prompted(writer, record.fields)
    first = next(items := iter(record.items), _NONE)
    if first is not _NONE:
        yield from _before(writer, first, record.fields)
        recent: deque[object] = deque(maxlen=_RECENT)
        yield from read_steps(writer, _remembered(chain([first], items), recent))
    else:
        recent = deque()
    if record.fault == NO_LIST:
        yield from _wrapped(writer, record)
    answers = [one for one in _answered(record.fields) if one not in recent]
    yield from read_steps(writer, answers, first=writer.at + 1)
    writer.look(_beside(record.fields))
    writer.close()
    notes.id = _name(record)
    notes.cut += record.cut
    if record.cut:
        notes.void("a step is larger than is read")
    notes.void(record.said())


def _prompted(writer: Writer, fields: Mapping[str, object]) -> Iterator[Event]:
    """What the agent was told beside its messages, as far as it stands before them."""
    for key in _PROMPTS:
        value = fields.get(key)
        if isinstance(value, str | list | Mapping):
            yield from writer.told(text_of(value), "system")
    if isinstance(asked := fields.get("input"), str):
        yield from writer.told(asked, "user")


def _before(writer: Writer, first: object, fields: Mapping[str, object]) -> Iterator[Event]:
    """The prompts of SWE-agent, whose steps hold acts alone: they begin the history beside those."""
    history = fields.get("history")
    if not isinstance(history, list) or not isinstance(first, Mapping) or not {"action", "observation"} <= first.keys():
        return
    for message in history:
        if isinstance(message, Mapping) and not message.get("is_demo"):
            if role_of(message) in AGENTS:
                return
            yield from read_message(writer, message)


def _wrapped(writer: Writer, record: Record) -> Iterator[Event]:
    """A record without a list of its own: what it wraps, a request or a saved state, or an answer alone; no span."""
    if is_run(record.fields):
        return
    inner = _within(record.fields)
    if inner is not None:
        yield from _prompted(writer, inner)
        yield from read_steps(writer, next(_lists(inner)))
    if inner is not None or next(_answered(record.fields), None) is not None:
        record.fault = ""


def read_steps(writer: Writer, steps: Iterable[object], *, first: int = 0) -> Iterator[Event]:
    """The events of steps, numbered from ``first``; a step that is no object voids the transcript."""
    unwrapper = Unwrapper()
    for index, step in enumerate(steps, start=first):
        writer.at, before = index, len(writer.notes.origins)
        held = False
        for message in unwrapper.messages(step):
            held = True
            yield from _step(writer, message)
        if not held and isinstance(step, Mapping) and inside(step) == []:  # an envelope of somebody else's messages
            continue
        told = len(writer.notes.origins) > before or (isinstance(step, Mapping) and is_foreign(step))
        writer.look(step, told=told)


def _remembered(steps: Iterable[object], recent: deque[object]) -> Iterator[object]:
    """Steps, the last of which are kept in ``recent``."""
    for step in steps:
        recent.append(step)
        yield step


def _answered(fields: Mapping[str, object]) -> Iterator[object]:
    """What a model answered to the messages of its request, where a record keeps both side by side."""
    for key in _ANSWERED:
        value = fields.get(key)
        yield from _answers({key: value} if key in _CHOICES and isinstance(value, list) else value)


def _answers(value: object, depth: int = 0) -> Iterator[object]:
    """The messages of an answer, out of the envelopes round it."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, Mapping))
    elif isinstance(value, str):
        yield {"role": "assistant", "content": value}
    elif isinstance(value, Mapping):
        inner = value.get("body") or value.get("response")
        if isinstance(value.get("output"), list):
            yield from value["output"]
        elif isinstance(inner, Mapping) and depth < _DEEPEST:
            yield from _answers(inner, depth + 1)
        else:
            yield value if any(key in value for key in _CHOICES) else {"role": "assistant", **value}


def _beside(fields: Mapping[str, object]) -> dict[str, object]:
    """What stands beside the steps and may hold calls as well: other lists of steps, and lists of calls."""
    named: dict[str, object] = {}
    for key, inner in fields.items():
        if isinstance(inner, Mapping):
            named[key] = list(_lists(inner))
        elif isinstance(inner, list) and key not in _ANSWERED and (key in LISTS or names_a_call(key)):
            named[key] = inner
    return named


def _lists(fields: Mapping[str, object]) -> Iterator[list[object]]:
    """The lists of steps an object holds, the likeliest first."""
    for key in LISTS:
        inner = fields.get(key)
        if isinstance(inner, list) and inner and isinstance(inner[0], Mapping):
            yield inner


def _within(fields: Mapping[str, object]) -> Mapping[str, object] | None:
    """The object inside this one that has a list of steps, as a logged request has, ``None`` where none has."""
    level = [fields]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in outer.values() if isinstance(inner, Mapping)]
        for inner in level:
            if next(_lists(inner), None) is not None:
                return inner
    return None


def speaks_within(fields: Mapping[str, object]) -> bool:
    """Whether an object without a list of steps wraps one, or is the answer of a model."""
    level = [fields]
    for _ in range(_DEEPEST):
        if any(isinstance(one.get(key), list) for one in level for key in _CHOICES):
            return True
        if any(one.get("object") == "response" and isinstance(one.get("output"), list) for one in level):
            return True
        level = [inner for outer in level for inner in outer.values() if isinstance(inner, Mapping)]
    return _within(fields) is not None


def _step(writer: Writer, step: object) -> Iterator[Event]:
    """The events of one step."""
    if not isinstance(step, Mapping):
        writer.notes.void(f"step {writer.at} is not an object")
    elif step.get("tool") and "tool_calls" not in step:
        yield from _call(writer, step)
    elif named := _itself(step):
        yield from _call(writer, {**step, "tool": named})
    else:
        yield from _spoken(writer, step)


def _itself(step: Mapping[str, object]) -> str:
    """The tool of a step that is itself a call though no key of it is ``tool``, empty where it is none."""
    if "type" in step or role_of(step) not in AGENTS | {""} or given_in(step) is None:
        return ""
    found = call_in(step)
    return found[0] if found else ""


def _call(writer: Writer, step: Mapping[str, object]) -> Iterator[Event]:
    """A step that names a tool."""
    role = role_of(step)
    result = next((step[key] for key in _CAME if step.get(key) is not None), None)
    name, args = _named(step)
    content = text_of(step.get("content"))
    if role in TOOLS and not args:
        yield writer.result(text_of(result) or content, tool=name, failed=bool(step.get("error")))
        return
    if role in TOOLS:
        result = result if result is not None else content
    elif not args and result is None and content and _SHELL.fullmatch(name) and given_in(step) is None:
        args = {"command": content}  # the command stands where prose usually does
    else:
        yield from writer.said(content, acts=False)
    if not args and given_in(step) is None:
        writer.bare(any(inner and isinstance(inner, Mapping) for key, inner in step.items() if key not in _TOLD))
    call = writer.call(name, args, principal="" if role in AGENTS | TOOLS else role)
    yield call
    if result is not None and result != "":
        yield writer.result(_shown(result), tool=name, of=call.step, failed=bool(step.get("error")))


def _spoken(writer: Writer, step: Mapping[str, object]) -> Iterator[Event]:
    """A step without a tool: a message, and what came back where it says so."""
    role, result = role_of(step), step.get("result")
    before = len(writer.notes.origins)
    yield from read_message(writer, step)
    if result not in (None, "") and role not in TOOLS:
        yield writer.result(
            _shown(result), of=len(writer.notes.origins) - 1 if len(writer.notes.origins) > before else None
        )


def _named(step: Mapping[str, object]) -> tuple[str, Mapping[str, object]]:
    """The tool of a step and its arguments: an object, JSON text, or one text; the tool may itself be the call."""
    tool, given = step["tool"], given_in(step)
    if not isinstance(tool, Mapping):
        return str(tool), arguments_of(given)
    found = call_in(tool)
    name, args = (found[0], found[1]) if found else ("", {})
    return name, arguments_of(given) if given is not None else args


def _shown(result: object) -> str:
    """A result as text."""
    return (
        result
        if isinstance(result, str)
        else text_of(result)
        if isinstance(result, list)
        else json.dumps(result)[:100_000]
    )


def read_session(messages: Iterable[tuple[int, object, str]], name: str) -> Iterator[Transcript]:
    """The one transcript of a file that holds a message a line, or a list of messages.

    Each message comes with its number from 0 and with what is wrong with it, empty where nothing is.
    """
    notes = Notes(id=name)
    yield Transcript(events=_session(messages, notes), notes=notes)


def _session(messages: Iterable[tuple[int, object, str]], notes: Notes) -> Iterator[Event]:
    """The events of a session."""
    writer, unwrapper = Writer(notes), Unwrapper()
    for number, record, fault in messages:
        if fault:
            notes.void(fault)
            continue
        writer.at = number
        before = len(notes.origins)
        for message in unwrapper.messages(record):
            yield from _step(writer, message)
        if len(notes.origins) > before or not isinstance(record, Mapping) or is_foreign(record):
            writer.look(record)
        elif next(_lists(record), None) is not None:
            notes.void(f"message {number + 1}: it is no message, as the others are")
        else:
            writer.look(record, told=False)
    writer.close()
