"""A safety case in the goal structuring notation, as YAML for ``gsn2x`` (GSN community standard, version 3).

Claims become goals, arguments strategies, evidence solutions, assumptions assumptions, doubts counter goals that
challenge what they are against. Several top claims hang below one goal, because the tool wants a single root. Every
text is a quoted string on one line: nothing a case says becomes YAML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from remit.assurance.case import DefeaterStatus
from remit.assurance.views.tree import Plan, lay_out
from remit.assurance.views.wording import essence
from remit.assurance.weighing.assessment import Assessment, Node, NodeKind
from remit.incentives.legible import visible

__all__ = ["goal_elements", "goal_yaml"]

_PREFIXES = {
    NodeKind.CLAIM: "G",
    NodeKind.ARGUMENT: "S",
    NodeKind.EVIDENCE: "Sn",
    NodeKind.DEFEATER: "CG",
    NodeKind.INCIDENT: "CG",
}
_CARRIED = {NodeKind.CLAIM, NodeKind.ARGUMENT, NodeKind.EVIDENCE}
_SAFE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def goal_yaml(assessment: Assessment) -> str:
    """The YAML document; the same assessment gives the same bytes."""
    lines = ["# A safety case in the goal structuring notation; draw it with gsn2x."]
    for name, element in goal_elements(assessment).items():
        lines.append(f"{_quoted(name)}:")
        lines += [f"  {key}: {_written(value)}" for key, value in element.items()]
    return "\n".join(lines) + "\n"


def goal_elements(assessment: Assessment) -> dict[str, dict[str, Any]]:
    """The elements by id, as the YAML holds them."""
    plan = lay_out(assessment)
    names = _names(assessment, plan)
    below: dict[str, list[str]] = {name: [] for name in plan.places}
    for link in plan.links:
        if not link.doubt:
            below[link.start].append(link.end)
    used = _used(assessment, below)
    elements = {"G-case": _top(assessment, names), "C-subject": {"text": _line(_subject(assessment))}}
    for identifier in plan.places:
        node = assessment.nodes[identifier]
        if identifier in used:
            elements[names[identifier]] = _element(assessment, node, below[identifier], names)
            elements |= _assumptions(assessment, node, names)
    for identifier in plan.places:
        node = assessment.nodes[identifier]
        if node.kind not in _CARRIED:
            targets = [name for name in _targets(assessment, node) if name in used]
            if targets:
                elements[names[identifier]] = {
                    "text": _line(essence(assessment, node)),
                    "undeveloped": True,
                    "challenges": [names[target] for target in targets],
                }
    return elements


def _names(assessment: Assessment, plan: Plan) -> dict[str, str]:
    """An id of the notation for each node: its prefix says what it is."""
    return {
        identifier: f"{_PREFIXES[assessment.nodes[identifier].kind]}-"
        + (identifier if _SAFE.fullmatch(identifier) else f"n~{number}")
        for number, identifier in enumerate(plan.places, start=1)
    }


def _used(assessment: Assessment, below: Mapping[str, Sequence[str]]) -> set[str]:
    """What can be reached from the top claims: the notation has no place for anything else."""
    waiting = [name for name in assessment.roots if name in below]
    used: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in used and assessment.nodes[name].kind in _CARRIED:
            used.add(name)
            waiting.extend(below[name])
    return used


def _top(assessment: Assessment, names: Mapping[str, str]) -> dict[str, Any]:
    """The single root."""
    case = assessment.case
    top: dict[str, Any] = {"text": _line(f"Safety case {case.id}, version {case.version}")}
    roots = [names[name] for name in assessment.roots if name in names]
    top |= {"supportedBy": list(dict.fromkeys(roots))} if roots else {"undeveloped": True}
    return top | {"inContextOf": ["C-subject"]}


def _subject(assessment: Assessment) -> str:
    """What the case is about."""
    return "; ".join(f"{name} {value}" for name, value in assessment.case.subject.items()) or "no subject is stated"


def _element(assessment: Assessment, node: Node, below: Sequence[str], names: Mapping[str, str]) -> dict[str, Any]:
    """One goal, strategy or solution with what it rests on."""
    element: dict[str, Any] = {"text": _line(f"{essence(assessment, node)} [{node.health}, {node.freshness}]")}
    if node.kind is not NodeKind.EVIDENCE:
        carried = [names[child] for child in dict.fromkeys(below) if assessment.nodes[child].kind in _CARRIED]
        element |= {"supportedBy": carried} if carried else {"undeveloped": True}
    if node.kind is NodeKind.ARGUMENT and node.id in assessment.case.arguments:
        count = len(assessment.case.arguments[node.id].assumptions)
        if count:
            element["inContextOf"] = [f"A-{names[node.id]}-{number}" for number in range(1, count + 1)]
    doubts = (assessment.case.defeaters[name] for name in node.doubts if name in assessment.case.defeaters)
    if any(doubt.status is DefeaterStatus.SUSTAINED for doubt in doubts):
        element["defeated"] = True
    return element | {"classes": [f"remit-{node.health}", f"remit-{node.freshness}"]}


def _assumptions(assessment: Assessment, node: Node, names: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The assumptions of an argument."""
    argument = assessment.case.arguments.get(node.id) if node.kind is NodeKind.ARGUMENT else None
    return {
        f"A-{names[node.id]}-{number}": {"text": _line(text)}
        for number, text in enumerate(argument.assumptions if argument else (), start=1)
    }


def _targets(assessment: Assessment, node: Node) -> Sequence[str]:
    """What a doubt is against."""
    case = assessment.case
    if node.kind is NodeKind.DEFEATER and node.id in case.defeaters:
        return [case.defeaters[node.id].against]
    return case.incidents[node.id].undercuts if node.id in case.incidents else ()


def _line(text: str) -> str:
    """Text on one line, never empty, without letters that cannot be printed."""
    line = " ".join(visible(text).split()) or "(nothing is said)"
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)


def _quoted(text: str) -> str:
    """A quoted string, the same in YAML as in JSON: what cannot be printed is gone by now."""
    return json.dumps(text, ensure_ascii=False)


def _written(value: object) -> str:
    """A value of an element."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"[{', '.join(map(_quoted, value))}]" if isinstance(value, list) else _quoted(str(value))
