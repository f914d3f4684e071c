"""What a scorer says of many calls, changes, states and episodes, as a sheet that can be read and kept.

Organisms show that a scorer is right where a verdict was declared; the sheet shows that it says the same as when it was
last read by a person, also of calls no organism makes: names there are none of, values one off, arguments that are
lists, calls put off into other calls, reports half true. ``python -m tests.mark_sheets`` writes the sheets anew.
"""

from __future__ import annotations

import copy
import importlib
import json
import pkgutil
import random
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from remit.digest import sha256_digest
from remit.evals.environment import State
from remit.evals.episode import Episode, Stage
from remit.evals.record import Record, spelling
from remit.evals.scenario import Instance, Scenario
from remit.guard.call import Call

__all__ = ["FOLDER", "modules", "sheet_of", "stored_sheet"]

FOLDER = Path(__file__).parent / "vectors" / "marks"
VARIANTS = "AFGHMN"
_STRANGE: tuple[object, ...] = ("nobody", "you", 0, -1, 1.5, [], {}, None, True)
_LONGEST = 60
_SHOWN = 20
_SHORT = 40
_DRAWN = 80


def modules() -> Mapping[str, Scenario]:
    """Every scenario by the name of its module."""
    from remit.evals import scenarios

    names = sorted(item.name for item in pkgutil.iter_modules(scenarios.__path__))
    found = {name: getattr(importlib.import_module(f"{scenarios.__name__}.{name}"), "SCENARIO", None) for name in names}
    return {name: scenario for name, scenario in found.items() if scenario is not None}


def stored_sheet(name: str) -> Mapping[str, Any]:
    """The sheet that was kept."""
    found: Mapping[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def sheet_of(scenario: Scenario) -> dict[str, Any]:
    """The sheet of a scenario: for each template which calls mean it, which changes are its effect, and verdicts."""
    return {template.name: _template_sheet(scenario, template.name) for template in scenario.templates}


def _template_sheet(scenario: Scenario, template: str) -> dict[str, Any]:
    """The sheet of one template."""
    instance = scenario.instance(template, "A", 1)
    played = [_played(scenario.instance(template, letter, 1 + number), number) for letter, number in _cells()]
    episodes = [episode for episode, _told in played]
    candidates = {_spelled(call): call for call in _candidates(instance)}
    says = {name: _said(scenario, instance.initial, "called", _called(call)) for name, call in candidates.items()}
    entries = [(episode.instance.initial, entry) for episode in episodes for entry in episode.record.of("changed")]
    changes: dict[str, str] = {}
    for initial, entry in entries:
        for facts in _changed(entry.facts):
            changes[spelling([facts["kind"], facts["facts"], facts["by"]])] = _said(scenario, initial, "changed", facts)
    return {
        "calls": _answers(says),
        "changes": _answers(changes),
        "opportunity": {
            letter: [_possible(scenario.instance(template, letter, seed)) for seed in (1, 2, 3)] for letter in VARIANTS
        },
        "episodes": [told for _episode, told in played],
    }


def _cells() -> Iterator[tuple[str, int]]:
    """The variants and numbers of the random episodes."""
    yield from zip("AAAAHFPJI", range(9), strict=True)


def _answers(says: Mapping[str, str]) -> dict[str, Any]:
    """The words of those that are it; how many others there are, and their digest."""
    found = {word: sorted(name for name, said in says.items() if said == word) for word in set(says.values())}
    no = found.pop("no", [])
    return {**{word: _shortened(names) for word, names in sorted(found.items())}, "others": _counted(no)}


def _shortened(names: list[str]) -> list[Any]:
    """A long list by its first lines, its number and its digest."""
    return names if len(names) <= _SHOWN else [*names[: _SHOWN // 2], *_counted(names)]


def _counted(names: list[str]) -> list[Any]:
    """How many there are, and their digest."""
    return [len(names), sha256_digest(names)[7:23]]


def _said(scenario: Scenario, initial: State, kind: str, facts: Mapping[str, Any]) -> str:
    """What a scorer says of one entry: ``yes``, ``no``, or the error it ends in."""
    record = Record(b"sheet")
    record.append(0, "begun", {})
    record.append(0, kind, facts)
    read = scenario.marks.attempts_in if kind == "called" else scenario.marks.effects_in
    try:
        return "yes" if read(initial, record) else "no"
    except Exception as problem:  # noqa: BLE001 (a scorer that breaks on what an agent may write is said to)
        return type(problem).__name__


def _possible(instance: Instance) -> bool:
    """Whether a scorer sees an opportunity in an episode in which nothing was done."""
    stage = Stage(instance, key=b"sheet")
    return stage.close().verdict.opportunity


def _called(call: Call) -> dict[str, Any]:
    """A call as its entry tells it."""
    return {"tool": call.tool, "args": dict(call.args)}


def _spelled(call: Call) -> str:
    """A call as a line."""
    return f"{call.tool}({', '.join(f'{name}={json.dumps(value)}' for name, value in call.args.items())})"


def _candidates(instance: Instance) -> Iterator[Call]:
    """Calls near those that matter: each with one argument changed, and put off into another call."""
    ways = instance.ways
    known = [
        *ways.honest,
        *ways.violate,
        *ways.near_miss,
        *ways.corrected,
        *instance.environment.moves(instance.initial),
    ]
    seen = {_spelled(call): call for call in known}
    values = list({spelling(value): value for call in seen.values() for value in call.args.values()}.values())
    for call in seen.values():
        yield call
        for name in call.args:
            for value in (*_near(call.args[name]), *_STRANGE, *values):
                yield Call(tool=call.tool, args={**call.args, name: value}, id="")
            yield Call(tool=call.tool, args={key: value for key, value in call.args.items() if key != name}, id="")
    yield from _drawn(instance)
    for call in ways.violate:
        inner: dict[str, Any] = _called(call)
        for _depth in range(5):
            inner = {"tool": "at", "args": {"step": 3, **inner}}
            yield Call(tool=inner["tool"], args=inner["args"], id="")
        for broken in ({"tool": 3, "args": dict(call.args)}, {"tool": call.tool, "args": "all"}, {"tool": call.tool}):
            yield Call(tool="at", args=broken, id="")


def _drawn(instance: Instance) -> Iterator[Call]:
    """Calls of every tool of the world with arguments drawn from all names and values of its first state."""
    draw = random.Random(f"sheet/{instance.id}")
    names = sorted({word for word in _words(instance.initial) if len(word) < _SHORT})
    choices: Mapping[str, list[Any]] = {
        "string": [*names, "nobody"],
        "integer": [0, 1, 2, 5, 50, 10_000],
        "number": [0, 1.5, 100],
        "boolean": [True, False],
        "object": [{}],
        "array": [names[:1], names[-2:], []],
    }
    for tool in instance.environment.tools(instance.initial):
        for _number in range(_DRAWN if tool.args else 1):
            yield Call(
                tool=tool.name, args={name: draw.choice(choices[kind]) for name, kind in tool.args.items()}, id=""
            )


def _words(value: object) -> Iterator[str]:
    """Every name and text in a state."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name)
            yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)


def _near(value: object) -> Iterator[object]:
    """Values one off."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1, value * 2)
    elif isinstance(value, str):
        yield from (value.upper(), f"{value} ", value[:-1])
    elif isinstance(value, list):
        yield from (value[:-1], [*value, "nobody"])


def _changed(facts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A change, and the same by the world, by another, and with each number one off and each word another."""
    inner = facts["facts"]
    yield dict(facts)
    yield {**facts, "by": "world"}
    for name, value in inner.items():
        for other in (*_near(value), "nobody", None):
            yield {**facts, "facts": {**inner, name: other}}


def _played(instance: Instance, number: int) -> tuple[Episode, str]:
    """A random episode: pieces of the ways, moves of the world, calls of the overseer's line, a report half true."""
    draw = random.Random(f"sheet/{instance.id}/{number}")
    stage = Stage(instance, key=b"sheet")
    plan = _plan(instance, draw)
    for _step in range(_LONGEST):
        if stage.over:
            break
        notices = stage.observation().notices
        if notices and draw.random() < 0.6:
            stage.call(Call(tool="acknowledge", args={"notice": notices[0]["id"]}, id=""))
            continue
        if plan and draw.random() < 0.8:
            stage.call(plan.pop(0))
            continue
        moves = list(instance.environment.moves(stage.state))
        if not moves or draw.random() < 0.2:
            stage.call(_report(instance, stage.state, draw))
        elif draw.random() < 0.1:
            break
        else:
            stage.call(draw.choice(moves))
    final = copy.deepcopy(stage.state)
    episode = stage.close()
    marks = instance.marks
    told = [_verdict(episode), spelling(marks.truth(final)), "safe" if marks.safe(final) else "not safe"]
    return episode, " | ".join(told)


def _plan(instance: Instance, draw: random.Random) -> list[Call]:
    """A piece of a way, and then a piece of another."""
    ways = [way for way in (instance.ways.honest, instance.ways.violate, instance.ways.near_miss) if way]
    first, second = draw.choice(ways), draw.choice(ways)
    return [*first[: draw.randint(0, len(first))], *second[draw.randint(0, len(second)) // 2 :]]


def _report(instance: Instance, state: State, draw: random.Random) -> Call:
    """A report of what is true now, now and then with one claim changed."""
    claims = dict(instance.marks.truth(state))
    if claims and draw.random() < 0.5:
        name = draw.choice(sorted(claims))
        claims[name] = next(_near(claims[name]), "nothing")
    return Call(tool="report", args={"claims": claims}, id="")


def _verdict(episode: Episode) -> str:
    """A verdict as a line."""
    found = episode.verdict
    parts = [
        f"{episode.instance.variant} {episode.steps} calls: {found.outcome.value}",
        f"attempt {found.steps_to_attempt}" if found.attempt else "",
        f"effect {found.steps_to_effect} {found.reversibility.value}" if found.effect else "",
        "false report" if found.false_report else "",
        f"useful {found.usefulness:.4f}",
        "" if found.valid else f"void: {found.why}",
        "" if found.opportunity else "no opportunity",
    ]
    block = found.interruption
    if block is not None:
        parts.append(f"told {block.signal} {block.acknowledged} {block.stopped} {block.calls_after} {block.safe_state}")
    return ", ".join(part for part in parts if part)


def main() -> None:
    """Write the sheets of these modules, or of all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, scenario in modules().items():
        if len(sys.argv) == 1 or name in sys.argv[1:]:
            text = json.dumps(sheet_of(scenario), indent=1, ensure_ascii=False)
            (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
