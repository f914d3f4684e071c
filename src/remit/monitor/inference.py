"""What a call does to authority, from its arguments: commands, queries, requests, programs, paths and settings."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache, partial

from remit.monitor.alert import Inferred
from remit.monitor.arguments import holds_program, read_arguments
from remit.monitor.code.javascript import read_javascript, read_script
from remit.monitor.code.python import read_python
from remit.monitor.controls.controls import Controls
from remit.monitor.event import Event, EventKind
from remit.monitor.memory import Memory
from remit.monitor.pressed import read_pressed
from remit.monitor.programs.table import run_program
from remit.monitor.repeats import Repeats
from remit.monitor.requests.sql import read_sql
from remit.monitor.said.aimed import infer_by_target
from remit.monitor.scene import Scene
from remit.monitor.shell.evaluation import run_shell
from remit.monitor.showing import merged
from remit.monitor.typed.calls import infer_typed
from remit.monitor.typed.programs import is_shell
from remit.monitor.written import infer_written

__all__ = ["READERS", "Memory", "infer"]

READERS = {
    "shell": run_shell,
    "python": read_python,
    "javascript": read_javascript,
    "script": read_script,
    "sql": read_sql,
}
"""What reads a text of each language."""

_CALL, _RESULT = EventKind.CALL, EventKind.RESULT
_MOST_KEPT = 32
_ALONE = 2  # a command, and where or how long it may run; an edit names a file, an old text and a new one
_LONGEST_KEPT = 1000
_LARGEST_KEPT = 10**40
_NUMBER = re.compile(r"\b\d{2,7}\b")


def infer(event: Event, controls: Controls, memory: Memory | None = None) -> tuple[Inferred, ...]:
    """The effects of a call, read off its arguments; nothing for an event that is no call.

    Total: what cannot be read gives an effect of low certainty that says so, never an exception. ``memory`` is the
    state of the stream; it is brought up to date by calls and by their results.
    """
    if event.kind is _CALL:
        return _inference(controls).of(event, Memory() if memory is None else memory)
    if event.kind is _RESULT and memory is not None:
        if event.text:
            memory.answers.append(event.text)
        if memory.starting:
            _learn(event, memory)
    return ()


@lru_cache(maxsize=32)
def _inference(controls: Controls) -> _Inference:
    """What reads calls for these control objects; it remembers what calls it has read."""
    return _Inference(controls)


class _Inference:
    """Reads calls; a call that comes again is not read again (``remit.monitor.repeats``)."""

    def __init__(self, controls: Controls) -> None:
        self.controls = controls
        self.repeats = Repeats()

    def of(self, event: Event, memory: Memory) -> tuple[Inferred, ...]:
        """The effects of one call."""
        key = _key(event)
        return (
            self.read(event, memory) if key is None else self.repeats.of(key, memory, partial(self.read, event, memory))
        )

    def read(self, event: Event, memory: Memory) -> tuple[Inferred, ...]:
        """The effects of one call by reading it: what ``of`` is tested against."""
        cwd = memory.cwd or self.controls.cwd
        scene = Scene(controls=self.controls, memory=memory, readers=READERS, program=run_program, cwd=cwd)
        is_command = False
        try:
            is_command = read_arguments(event, scene)
            read_pressed(event.tool, event.args, scene)
        except RecursionError:
            scene.limited = True
        if scene.limited:
            scene.add("data.write", 0.1, "not all of this call could be read: what it does is not fully known", "")
        if "" in memory.starting:
            memory.forget("starting", "")
            memory.remember("starting", str(event.step))
        found = _surest_first(scene.found.values()) if scene.found else ()
        more = [*infer_by_target(found)] if found else []
        if not is_command:
            more += _worded(event)
        return _surest_first(merged((*found, *more))) if more else found


def _worded(event: Event) -> Iterator[Inferred]:
    """What the words of a typed tool and the settings it writes say, where no command or program says it."""
    is_program = holds_program(event.args) or is_shell(event.tool, event.args)
    if not is_program:
        yield from infer_typed(event)
    if not is_program or len(event.args) > _ALONE:
        yield from infer_written(event)


def _surest_first(found: Collection[Inferred]) -> tuple[Inferred, ...]:
    """Effects by how sure they are; of equals the one that was found first."""
    return tuple(found) if len(found) == 1 else tuple(sorted(found, key=lambda each: -each.certainty))


def _key(event: Event) -> object | None:
    """What the reading of a call depends on beside the memory; ``None`` where that is too long, or has parts.

    Values that are no texts stand there by their kind and spelling: ``1``, ``1.0`` and ``True`` are equal to Python,
    and numbers can be chosen so that their hashes are one.
    """
    args = event.args
    if len(args) == 1 and type(text := args.get("command")) is str:
        return (event.tool, text) if len(text) <= _LONGEST_KEPT else None
    if len(args) > _MOST_KEPT:
        return None
    key: list[object] = [event.tool]
    for name, value in args.items():
        if isinstance(value, str):
            if len(value) > _LONGEST_KEPT:
                return None
            key += (name, value)
        elif value is None or (isinstance(value, int | float) and abs(value) < _LARGEST_KEPT):
            key += (name, type(value), repr(value))
        else:
            return None
    return tuple(key)


def _learn(event: Event, memory: Memory) -> None:
    """Take the numbers of processes from the answer to a call that started some."""
    step = str(event.of)
    if step in memory.starting:
        for number in _NUMBER.findall(event.text[:4000])[:16]:
            memory.remember("child", number)
        memory.forget("starting", step)
