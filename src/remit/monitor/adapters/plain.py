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

from remit.monitor.adapters.foreign import Unwrapper, is_foreign
from remit.monitor.adapters.messages import AGENTS, TOOLS, arguments_of, read_message, role_of, text_of
from remit.monitor.adapters.records import NO_LIST, Record
from remit.monitor.adapters.transcript import Notes, Transcript, Writer
from remit.monitor.adapters.unread import names_a_call
from remit.monitor.event import Event

__all__ = ["LISTS", "NAMES", "read_records", "read_steps"]

_SHELL = re.compile(r"(?:bash|shell|terminal|sh|execute_bash|run_command)", re.IGNORECASE)
_GIVEN = frozenset({"args", "arguments", "input", "tool_input", "parameters"})
LISTS = (
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
)
"""Keys of the list of steps, the likeliest first."""
_RUNS = ("messages", "chat_messages", "steps", "traj", "trajectory", "transcript", "events")
_NONE = object()
_ANSWERED = ("output", "response", "completion", "choices")
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
        yield Transcript(events=iter(()), notes=Notes(id=_name(record), line=record.line, voided=record.fault))


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
    system = record.fields.get("system") or record.fields.get("system_prompt")
    if isinstance(system, str | list):
        yield from writer.told(text_of(system), "system")
    recent: deque[object] = deque(maxlen=_RECENT)
    yield from read_steps(writer, _remembered(record.items, recent))
    inner = _nested(record.fields) if record.fault == NO_LIST else None
    if inner is not None:
        record.fault = ""
        yield from read_steps(writer, inner)
    yield from read_steps(writer, [one for one in _answered(record.fields) if one not in recent], first=writer.at + 1)
    writer.look(_beside(record.fields))
    writer.close()
    notes.id = _name(record)
    notes.cut += record.cut
    if record.cut:
        notes.void("a step is larger than is read")
    if record.fault:
        notes.void(record.fault)


def read_steps(writer: Writer, steps: Iterable[object], *, first: int = 0) -> Iterator[Event]:
    """The events of steps, numbered from ``first``; a step that is no object voids the transcript."""
    unwrapper = Unwrapper()
    for index, step in enumerate(steps, start=first):
        writer.at, before = index, len(writer.notes.origins)
        for message in unwrapper.messages(step):
            yield from _step(writer, message)
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
        if key == "choices" and isinstance(value, list):
            yield {"choices": value}
        elif isinstance(value, list):
            yield from (one for one in value if isinstance(one, Mapping))
        elif isinstance(value, str):
            yield {"role": "assistant", "content": value}
        elif isinstance(value, Mapping) and isinstance(inner := value.get("output"), list):
            yield from inner
        elif isinstance(value, Mapping):
            yield value if "choices" in value else {"role": "assistant", **value}


def _beside(fields: Mapping[str, object]) -> dict[str, object]:
    """What stands beside the steps and may hold calls as well: other lists of steps, and lists of calls."""
    named = {key: inner for key, inner in fields.items() if key not in _ANSWERED and isinstance(inner, list)}
    return {key: inner for key, inner in named.items() if key in LISTS or names_a_call(key)}


def _nested(fields: Mapping[str, object]) -> list[object] | None:
    """The list of steps that stands one level deeper, as in a saved state, ``None`` where there is none."""
    for inner in fields.values():
        if isinstance(inner, Mapping):
            found = next((inner[key] for key in LISTS if isinstance(inner.get(key), list)), None)
            if isinstance(found, list) and found:
                return found
    return None


def _step(writer: Writer, step: object) -> Iterator[Event]:
    """The events of one step."""
    if not isinstance(step, Mapping):
        writer.notes.void(f"step {writer.at} is not an object")
    elif step.get("tool") and "tool_calls" not in step:
        yield from _call(writer, step)
    else:
        yield from _spoken(writer, step)


def _call(writer: Writer, step: Mapping[str, object]) -> Iterator[Event]:
    """A step that names a tool."""
    role, tool = role_of(step), step["tool"]
    args, result = _args(step), step.get("result")
    content = text_of(step.get("content"))
    name = str(tool.get("name") or "") if isinstance(tool, Mapping) else str(tool)
    if role in TOOLS and not args:
        yield writer.result(text_of(result) or content, tool=name, failed=bool(step.get("error")))
        return
    if role in TOOLS:
        result = result if result is not None else content
    elif not args and result is None and content and _SHELL.fullmatch(name) and not _GIVEN & step.keys():
        args = {"command": content}  # the command stands where prose usually does
    else:
        yield from writer.said(content, acts=False)
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


def _args(step: Mapping[str, object]) -> Mapping[str, object]:
    """The arguments of a step's call: an object, JSON text, or one text."""
    given = next(
        (step[key] for key in ("args", "arguments", "input", "tool_input", "parameters") if step.get(key) is not None),
        None,
    )
    tool = step["tool"]
    if given is None and isinstance(tool, Mapping):
        given = tool.get("arguments") or tool.get("args")
    return arguments_of(given)


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

    Each message comes with its number and with what is wrong with it, empty where nothing is.
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
        for message in unwrapper.messages(record):
            yield from _step(writer, message)
        writer.look(record)
    writer.close()
