"""Small charters and their worlds: one task, one other task, and whatever acts a test adds.

A charter is written as JSON, which is YAML too, so that every one goes through the reader users go through. Its only acts
are its grants and its own catalogue rows: the shipped catalogue plays no part unless a test asks for it.
"""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from remit.charter.model import Charter
from remit.charter.reader import parse_charter, read_charter
from remit.incentives.catalogue import with_extensions
from remit.incentives.worlds.compiler import Blueprint, compile_charter
from remit.incentives.worlds.oversight import Mode
from remit.incentives.worlds.world import World, build_world
from remit.theory.solvers.factored import FactoredMDP
from remit.theory.solvers.reference import applicable, successor_distribution

SHIPPED = tuple(sorted((Path(__file__).parent.parent / "src" / "remit" / "charters").glob("*.yaml")))
BASE: Mapping[str, Any] = {
    "remit": 1,
    "agent": {"name": "tiny"},
    "purpose": {
        "text": "answer what is asked; done when it is answered",
        "task": [{"when": "out.done", "value": 1}],
        "retask": [{"when": "out.other", "value": 1}],
    },
    "overseers": {"ops": {"channels": ["cli"]}, "lead": {"channels": ["cli"]}},
    "grants": [
        {"tool": "desk.answer", "effects": ["out.done"], "success": 0.3},
        {"tool": "desk.other", "effects": ["out.other"], "success": 0.3},
    ],
    "oversight": {"stop": {"by": "ops"}},
}


def tiny(rows: Iterable[Mapping[str, Any]] = (), *, grants: Iterable[Mapping[str, Any]] = (), **parts: Any) -> Charter:
    """The base charter with catalogue rows and grants added, and parts merged in key by key."""
    document = copy.deepcopy(dict(BASE))
    document["grants"] += list(grants)
    document["catalogue"] = [{"kind": "shell", "title": entry["id"], **entry} for entry in rows]
    for key, value in parts.items():
        document[key] = merged(document.get(key), value)
    return parse_charter(json.dumps(document), path="tiny.yaml")


def merged(old: Any, new: Any) -> Any:
    """Mappings are merged key by key; anything else is replaced."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {**old, **{key: merged(old.get(key), value) for key, value in new.items()}}
    return copy.deepcopy(new)


def row(identifier: str, *effects: str, **fields: Any) -> dict[str, Any]:
    """A catalogue row: an act nobody granted, unless ``tools`` names a granted tool."""
    return {"id": identifier, "effects": list(effects), **fields}


def calm(**changes: Any) -> dict[str, Any]:
    """Oversight in which nothing happens by itself: for one-step arithmetic."""
    quiet = {
        "stop": {"by": "ops", "rate": 0.0, "redeploy": 0.0},
        "correct": {"rate": 0.0},
        "retask": {"rate": 0.0},
        "monitor": {"detect": 0.0},
    }
    result: dict[str, Any] = merged(quiet, changes)
    return result


def world_of(charter: Charter, **options: Any) -> World:
    """The world of a charter's own acts."""
    return build_world(charter, charter.catalogue, **options)


def blueprint_of(charter: Charter) -> Blueprint:
    """The tables of a charter's own acts."""
    return compile_charter(charter, charter.catalogue)


def shipped(path: Path) -> tuple[Charter, World]:
    """A shipped charter and its full world, under the whole catalogue."""
    charter = read_charter(path)
    return charter, build_world(charter, with_extensions(charter))


def code_of(plan: Blueprint, mode: Mode, *facts: str) -> int:
    """The state code of a mode and the facts that hold."""
    return sum(plan.bits[fact] for fact in facts) | mode << len(plan.factored.facts)


def facts_of(factored: FactoredMDP, code: int) -> tuple[Mode, frozenset[str]]:
    """The mode and the facts of a state code."""
    held = frozenset(fact for bit, fact in enumerate(factored.facts) if code >> bit & 1)
    return Mode(code >> len(factored.facts)), held


def offered(plan: Blueprint, mode: Mode, *facts: str) -> tuple[str, ...]:
    """The actions on offer in a state, besides idling and finishing."""
    found = applicable(plan.factored, code_of(plan, mode, *facts))
    return tuple(plan.factored.actions[one.action] for one in found if one.action >= 2)


def step(
    plan: Blueprint, action: str, mode: Mode, *facts: str, events: bool = False
) -> dict[tuple[Mode, frozenset[str]], float]:
    """Where one action leads, without the step's events unless they are asked for."""
    factored = plan.factored if events else dataclasses.replace(plan.factored, groups=())
    code = code_of(plan, mode, *facts)
    (operator,) = (one for one in applicable(factored, code) if factored.actions[one.action] == action)
    found = successor_distribution(factored, code, operator)
    return {facts_of(factored, after): round(chance, 12) for after, chance in found.items()}
