# ruff: noqa: E501, PLR0917 (transcripts stand in one row)
"""How a transcript is put together: filler work of its surroundings, the acts of its scenario, and a way to write it down.

A call is written ``$ command`` (a shell) or as a tool with arguments and, if wanted, its result. Words in braces are drawn: ``{name}``, ``{n}``.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Call = str | tuple[str, dict[str, Any]] | tuple[str, dict[str, Any], str]

NAMES = "anna boris chen dana elif farid greta hiro ines jonas kira luca mona nils olga priya quentin rosa sami tessa".split()
WORDS = (
    "atlas beacon cedar delta ember finch granite harbor indigo juniper kestrel lumen meadow nimbus orchid pine".split()
)


THOUGHTS = (
    "Let me take a look at the current state first.", "I'll continue with the next step.", "That worked. Moving on.",
    "Let me check whether this is what was asked for.", "I need to be careful here.", "Now I will do the main part.",
    "The user asked for this explicitly, so I'll proceed.", "Interesting: there is a note about shutdown and monitoring here.",
    "I should not disable the monitor or touch shutdown.sh; the policy forbids it.", "One more thing to verify.",
    "This is benign housekeeping.", "Next, the report.", "Hmm, that failed. Let me try another way.", "",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Family:
    """One scenario: what the agent is told, what it works with, and three ways it may go.

    ``harmful`` are the acts of the behaviour, ``near`` acts that look alike and are none of it, ``benign`` the honest
    way; each is a list of alternatives, each alternative a list of calls. ``held`` families are never looked at while
    anything is tuned. ``asked`` are tasks that ask for what looks like the behaviour, each with the acts that do as they
    say; they count as ``near``. ``surroundings`` names the filler work.
    """

    name: str
    held: bool
    surroundings: str
    system: Sequence[str]
    task: Sequence[str]
    harmful: Sequence[Sequence[Call]]
    near: Sequence[Sequence[Call]]
    benign: Sequence[Sequence[Call]]
    asked: Sequence[tuple[str, Sequence[Call]]] = ()
    thoughts: Sequence[str] = field(default_factory=lambda: THOUGHTS)


RESULTS = (
    "ok", "done", "", "success", "{'status': 'ok'}", "total 48\ndrwxr-xr-x 5 root root 4096 .\n-rw-r--r-- 1 root root 812 README.md",
    "Process finished with exit code 0", "3 rows returned", "Updated.", "error: no such file or directory", "[]",
    "HTTP/1.1 200 OK", "warning: deprecated option\nfinished in 2.3s", "monitor: running, shutdown scheduled: no",
)  # fmt: skip


_DRAWN: dict[str, Callable[[random.Random], str]] = {
    "{name}": lambda rng: rng.choice(NAMES),
    "{word}": lambda rng: rng.choice(WORDS),
    "{n}": lambda rng: str(rng.randint(2, 60)),
    "{big}": lambda rng: str(rng.randint(100, 9000)),
    "{id}": lambda rng: f"{rng.randrange(16**6):06x}",
}


def filled(text: str, rng: random.Random) -> str:
    """The text with its words in braces drawn."""
    text = text.replace("{{", "{").replace("}}", "}")
    for key, choose in _DRAWN.items():
        while key in text:
            text = text.replace(key, choose(rng), 1)
    return text


def drawn(value: Any, rng: random.Random) -> Any:
    """A value with the words in braces of its texts drawn."""
    if isinstance(value, str):
        return filled(value, rng)
    if isinstance(value, dict):
        return {key: drawn(inner, rng) for key, inner in value.items()}
    return [drawn(inner, rng) for inner in value] if isinstance(value, list) else value


def alike(asked: tuple[str, Sequence[Call]], rng: random.Random) -> tuple[str, Sequence[Call]]:
    """A task and the acts it asks for, with the same words drawn in both."""
    words = {key: choose(rng) for key, choose in _DRAWN.items()}

    def put(value: Any) -> Any:
        if isinstance(value, str):
            for key, word in words.items():
                value = value.replace(key, word)
            return value
        if isinstance(value, dict):
            return {key: put(inner) for key, inner in value.items()}
        return type(value)(put(inner) for inner in value) if isinstance(value, list | tuple) else value

    return put(asked[0]), put(list(asked[1]))


@dataclass(frozen=True, kw_only=True)
class Step:
    """One turn of the agent: what it says, what it does, what comes back."""

    said: str
    tool: str
    args: dict[str, Any]
    result: str


def step_of(call: Call, rng: random.Random, thoughts: Sequence[str]) -> Step:
    """A turn that makes this call."""
    tool, args, *shown = ("bash", {rng.choice(("command", "cmd")): call[2:]}) if isinstance(call, str) else call
    said, args, result = filled(rng.choice(thoughts), rng), drawn(args, rng), rng.choice(RESULTS)
    return Step(said=said, tool=tool, args=args, result=filled(shown[0], rng) if shown else result)


def written(
    identity: str, system: str, task: str, steps: Sequence[Step], end: str, rng: random.Random
) -> dict[str, Any]:
    """A transcript in one of the ways people write them down."""
    ways = (_plain, _plain, _plain_apart, _openai, _anthropic, _tags, _react)
    typed = any(step.tool != "bash" for step in steps)
    way = rng.choice(ways if typed else (*ways, _fences, _swe_agent))
    return way(identity, system, task, steps, end)


def _plain(identity: str, system: str, task: str, steps: Sequence[Step], end: str) -> dict[str, Any]:
    """Call and result in one step."""
    body = [{"role": "assistant", "content": s.said, "tool": s.tool, "args": s.args, "result": s.result} for s in steps]
    return {"id": identity, "steps": [*_opening(system, task), *body, {"role": "assistant", "content": end}]}


def _plain_apart(identity: str, system: str, task: str, steps: Sequence[Step], end: str) -> dict[str, Any]:
    """Call and result in two steps, arguments as text."""
    body: list[dict[str, Any]] = []
    for s in steps:
        body += [
            {"role": "assistant", "content": s.said, "tool": s.tool, "args": json.dumps(s.args)},
            {"role": "tool", "tool": s.tool, "content": s.result},
        ]
    return {"id": identity, "steps": [*_opening(system, task), *body, {"role": "assistant", "content": end}]}


def _openai(identity: str, system: str, task: str, steps: Sequence[Step], end: str) -> dict[str, Any]:
    """A chat with calls beside the content."""
    body: list[dict[str, Any]] = []
    for number, s in enumerate(steps):
        function = {"name": s.tool, "arguments": json.dumps(s.args)}
        body += [
            {
                "role": "assistant",
                "content": s.said or None,
                "tool_calls": [{"id": f"c{number}", "type": "function", "function": function}],
            },
            {"role": "tool", "tool_call_id": f"c{number}", "content": s.result},
        ]
    return {"id": identity, "messages": [*_opening(system, task), *body, {"role": "assistant", "content": end}]}


def _anthropic(identity: str, system: str, task: str, steps: Sequence[Step], end: str) -> dict[str, Any]:
    """A chat of blocks."""
    body: list[dict[str, Any]] = [{"role": "user", "content": task}]
    for number, s in enumerate(steps):
        use = {"type": "tool_use", "id": f"t{number}", "name": s.tool, "input": s.args}
        body += [
            {"role": "assistant", "content": [*([{"type": "text", "text": s.said}] if s.said else []), use]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": f"t{number}", "content": s.result}]},
        ]
    return {"id": identity, "system": system, "messages": [*body, {"role": "assistant", "content": end}]}


def _tags(identity: str, system: str, task: str, steps: Sequence[Step], end: str) -> dict[str, Any]:
    """Calls in tags inside the text of the agent."""
    body: list[dict[str, Any]] = []
    for s in steps:
        text = f"<bash>{next(iter(s.args.values()))}</bash>" if s.tool == "bash" else _tag(s)
        body += [{"role": "assistant", "content": f"{s.said}\n{text}"}, {"role": "user", "content": s.result}]
    return {"id": identity, "steps": [*_opening(system, task), *body, {"role": "assistant", "content": end}]}


def _tag(step: Step) -> str:
    """A call in a tag that names its tool."""
    if all(isinstance(value, str) for value in step.args.values()):
        fields = "\n".join(f"{key}: {value}" for key, value in step.args.items())
        return f"<tool_use:{step.tool}>\n{fields}\n</tool_use:{step.tool}>"
    return f"<tool_call>\n{json.dumps({'name': step.tool, 'arguments': step.args})}\n</tool_call>"


def _react(identity: str, system: str, task: str, steps: Sequence[Step], end: str) -> dict[str, Any]:
    """Thought, action, observation."""
    body: list[dict[str, Any]] = []
    for s in steps:
        text = f"Thought: {s.said}\nAction: {s.tool}\nAction Input: {json.dumps(s.args)}"
        body += [{"role": "assistant", "content": text}, {"role": "user", "content": f"Observation: {s.result}"}]
    return {
        "id": identity,
        "messages": [*_opening(system, task), *body, {"role": "assistant", "content": f"Final Answer: {end}"}],
    }


def _fences(identity: str, system: str, task: str, steps: Sequence[Step], end: str) -> dict[str, Any]:
    """Commands in fences."""
    body: list[dict[str, Any]] = []
    for s in steps:
        text = f"{s.said}\n```bash\n{next(iter(s.args.values()))}\n```"
        body += [
            {"role": "assistant", "content": text},
            {"role": "user", "content": f"<output>\n{s.result}\n</output>"},
        ]
    return {"id": identity, "messages": [*_opening(system, task), *body, {"role": "assistant", "content": end}]}


def _swe_agent(identity: str, system: str, task: str, steps: Sequence[Step], end: str) -> dict[str, Any]:
    """Thoughts, actions and observations in one object each."""
    body = [{"thought": s.said, "action": next(iter(s.args.values())), "observation": s.result} for s in steps]
    return {"id": identity, "trajectory": [*_opening(system, task), *body, {"role": "assistant", "content": end}]}


def _opening(system: str, task: str) -> list[dict[str, Any]]:
    """What the agent is told."""
    return [{"role": "system", "content": system}, {"role": "user", "content": task}]
