"""Every node of a case in words: what it says, how it stands and why, what it rests on, and its raw record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from remit.assurance.case import Claim, Evidence
from remit.assurance.record import Record
from remit.assurance.views.icons import clock_icon, health_icon
from remit.assurance.views.page_verdict import Section, heading, references
from remit.assurance.views.signs import Anchors, moment
from remit.assurance.views.wording import (
    counted,
    has_clock,
    incident_in_words,
    kind_in_words,
    sign_of,
    standing_words,
    state_words,
)
from remit.assurance.weighing.assessment import Assessment, Node, NodeKind, Observed
from remit.incentives.pages.markup import Markup, element, joined, prose

__all__ = ["node_sections", "raw_record"]

_LONGEST_RECORD = 100_000  # letters of one record on the page
_LONGEST_RECORDS = 8_000_000  # of all of them: a browser has to open the page

_TITLES = {
    NodeKind.CLAIM: ("claims", "Claims"),
    NodeKind.ARGUMENT: ("arguments", "Arguments"),
    NodeKind.EVIDENCE: ("records", "Records"),
    NodeKind.DEFEATER: ("details-of-doubts", "Doubts, one by one"),
    NodeKind.INCIDENT: ("incidents", "Incidents"),
}


def node_sections(assessment: Assessment, observed: Mapping[str, Observed], anchors: Anchors) -> list[Section]:
    """One section for each kind of node there is."""
    above = _above(assessment)
    room = _LONGEST_RECORDS
    found: list[Section] = []
    for kind, (identifier, title) in _TITLES.items():
        cards: list[Markup] = []
        for node in assessment.nodes.values():
            if node.kind is not kind:
                continue
            raw = Markup()
            if kind is NodeKind.EVIDENCE:
                raw = _raw(observed.get(node.id), room)
                room -= len(raw)
            cards.append(_node(assessment, node, above.get(node.id, ()), raw, anchors))
        if cards:
            found.append((identifier, title, joined([heading(identifier, title), *cards])))
    return found


def _above(assessment: Assessment) -> dict[str, list[str]]:
    """What rests on each node."""
    above: dict[str, list[str]] = {}
    for node in assessment.nodes.values():
        for child in dict.fromkeys(node.below):
            above.setdefault(child, []).append(node.id)
    return above


def _node(assessment: Assessment, node: Node, above: list[str] | tuple[()], raw: Markup, anchors: Anchors) -> Markup:
    """One node; the place that a box of the drawing leads to."""
    facts = [
        element("div", element("dt", name), element("dd", value))
        for name, value in _facts(assessment, node, above, anchors)
        if value
    ]
    because = [element("li", prose(why)) for why in node.because]
    target = anchors.of(node.id)
    return element(
        "article",
        element("h3", element("code", node.id), id=f"{target}-title"),
        _standing(assessment, node),
        element("p", _said(assessment, node), class_="said"),
        element("ul", *because, class_="plain") if because else "",
        element("dl", *facts),
        raw,
        id=target,
        class_=f"card b-{sign_of(assessment, node)}",
        aria_labelledby=f"{target}-title",
        tabindex=-1,
    )  # fmt: skip


def _standing(assessment: Assessment, node: Node) -> Markup:
    """How a node stands: shape and word, clock and word, and whether it counts."""
    health, _comma, aged = standing_words(assessment, node).partition(", ")
    parts = [health_icon(sign_of(assessment, node)), element("b", health)]
    if has_clock(node):
        parts += [clock_icon(node.freshness), element("span", aged)]
    if not node.counts:
        parts.append(element("b", "does not count"))
    return element("p", joined(parts, " "), class_="standing")


def _said(assessment: Assessment, node: Node) -> str:
    """The sentence of a node."""
    case = assessment.case
    match node.kind:
        case NodeKind.CLAIM:
            return case.claims[node.id].text if node.id in case.claims else ""
        case NodeKind.ARGUMENT:
            return case.arguments[node.id].warrant if node.id in case.arguments else ""
        case NodeKind.EVIDENCE:
            found = case.evidence.get(node.id)
            return f"{kind_in_words(found.kind)}: {found.result}" if found else ""
        case NodeKind.DEFEATER:
            return case.defeaters[node.id].text if node.id in case.defeaters else ""
        case NodeKind.INCIDENT:
            return incident_in_words(case.incidents[node.id]) if node.id in case.incidents else ""


def _facts(
    assessment: Assessment, node: Node, above: list[str] | tuple[()], anchors: Anchors
) -> Iterator[tuple[str, str]]:
    """Name and value of everything else the case says about a node."""
    case = assessment.case
    if (claim := case.claims.get(node.id)) and node.kind is NodeKind.CLAIM:
        yield from _claim(claim)
    if (argument := case.arguments.get(node.id)) and node.kind is NodeKind.ARGUMENT:
        yield "scheme", argument.scheme
        yield "assumes", "; ".join(argument.assumptions)
        yield "for", references([argument.target], anchors)
    if (evidence := case.evidence.get(node.id)) and node.kind is NodeKind.EVIDENCE:
        yield from _evidence(evidence)
    if (doubt := case.defeaters.get(node.id)) and node.kind is NodeKind.DEFEATER:
        yield "state", state_words(assessment, doubt)
        yield "against", references([doubt.against], anchors)
    yield "rests on", references(node.below, anchors)
    yield "carries", references(above, anchors)
    yield "doubts", references(node.doubts, anchors)


def _claim(claim: Claim) -> Iterator[tuple[str, str]]:
    """What the case says about a claim."""
    yield "kind", str(claim.kind)
    yield "gate", "the release waits for it" if claim.gate else "no"
    yield "hazards", ", ".join(claim.hazards)
    yield "evidence may be", f"{claim.ttl.days} days old" if claim.ttl is not None else ""
    yield "needs", f"{claim.min_independence} independent groups" if claim.min_independence > 1 else ""
    yield "residual doubt", claim.residual
    yield "where", str(claim.where)


def _evidence(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """What the case says about a piece of evidence."""
    yield "shown", counted(evidence)
    yield "produced", f"{moment(evidence.produced_at)} by {evidence.tool} {evidence.version}"
    yield "run", evidence.run
    yield "setting", evidence.setting
    yield "subject", "; ".join(f"{name} {value}" for name, value in evidence.subject.items())
    yield "file", evidence.file
    yield "digest", evidence.sha256
    yield "where", str(evidence.where)


def _raw(found: Observed | None, room: int) -> Markup:
    """The record as it was read, to be opened; or why there is none."""
    if found is None:
        return Markup()
    if found.record is None:
        return element("p", f"No record: {found.problem or 'it was not looked at'}.", class_="soft")
    written = raw_record(found.record)
    cut = len(written) > _LONGEST_RECORD or len(written) > room
    shown = written[: max(0, min(_LONGEST_RECORD, room))]
    note = element("p", f"Cut after {len(shown):,} of {len(written):,} letters; the file has the rest.") if cut else ""
    problem = element("p", found.problem, class_="soft") if found.problem else ""
    return element("details", element("summary", "The record"), problem, element("pre", shown, class_="raw"), note)


def raw_record(record: Record) -> str:
    """A record as JSON, with every field of it."""
    return json.dumps(
        {item.name: _plain(getattr(record, item.name)) for item in fields(record)}, indent=2, ensure_ascii=False
    )


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)
