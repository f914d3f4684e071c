"""The tables of the page: evidence, hazards, residual doubts, people, frameworks, faults of the document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from remit.assurance.case import Approval, DefeaterStatus, Evidence
from remit.assurance.views.icons import clock_icon, health_icon
from remit.assurance.views.page_verdict import Section, heading, reference, references
from remit.assurance.views.signs import RESULT_SIGNS, Anchors, freshness_words
from remit.assurance.views.wording import kind_in_words
from remit.assurance.weighing.assessment import Assessment, Health, Observed
from remit.incentives.pages.markup import Markup, element, joined, prose

__all__ = ["table_sections"]

_DIGEST = 19  # letters of a digest that tell it apart


def table_sections(assessment: Assessment, observed: Mapping[str, Observed], anchors: Anchors) -> list[Section]:
    """The tables there is something to say in; evidence, residual doubts and approvals are always there."""
    found = [
        ("evidence", "Evidence", _evidence(assessment, observed, anchors)),
        ("hazards", "Hazards", _hazards(assessment, anchors)),
        ("residual", "Residual doubts", _residual(assessment, anchors)),
        ("people", "Approvals and dissent", _people(assessment)),
        ("beyond", "Indicators and frameworks", _beyond(assessment, anchors)),
        ("findings", "The document", _findings(assessment)),
    ]
    return [section for section in found if section[2]]


def _table(caption: str, heads: Sequence[str], rows: Iterable[Markup]) -> Markup:
    """A table that scrolls in its own room."""
    head = element("thead", element("tr", *[element("th", name, scope="col") for name in heads]))
    table = element("table", element("caption", caption, class_="hidden"), head, element("tbody", *rows))
    return element("div", table, class_="scroll", tabindex=0, role="region", aria_label=caption)


def _row(first: str, *cells: str) -> Markup:
    """A row whose first cell names it; a number stays on one line."""
    tds = [element("td", cell, class_="number" if cell[:1].isdigit() and len(cell) < 20 else None) for cell in cells]
    return element("tr", element("th", first, scope="row"), *tds)


def _evidence(assessment: Assessment, observed: Mapping[str, Observed], anchors: Anchors) -> Markup:
    """Every piece of evidence with what it speaks of, how old it is, its numbers and its group."""
    case = assessment.case
    title = heading("evidence", "Evidence")
    if not case.evidence:
        return joined([title, element("p", "There is none.")])
    heads = ("id", "kind", "result", "subject", "age", "freshness", "n", "k", "bound 95 %", "group", "file")
    rows = [_proof(assessment, item, observed.get(item.id), anchors) for item in case.evidence.values()]
    named = {item.independence_group for item in case.evidence.values() if item.independence_group}
    alone = sum(1 for item in case.evidence.values() if not item.independence_group)
    groups = f"named groups: {len(named)}; without a group, each standing for itself: {alone}"
    lead = (
        "The bound is one-sided: with 95 % confidence at least this share goes well. Evidence of one group can fail "
        f"for one reason and counts once; {groups}."
    )
    return joined([title, element("p", lead, class_="soft"), _table("Evidence", heads, rows)])


def _proof(assessment: Assessment, item: Evidence, found: Observed | None, anchors: Anchors) -> Markup:
    """One piece of evidence."""
    node = assessment.nodes.get(item.id)
    counts = joined(
        [
            element("span", RESULT_SIGNS[item.result], aria_hidden="true"), f" {item.result}",
            "" if node is None or node.counts else element("b", " does not count"),
        ]
    )  # fmt: skip
    subject = joined(
        [element("div", f"{name} {value[:_DIGEST]}{'…' * (len(value) > _DIGEST)}", title=value, class_="nowrap")
         for name, value in item.subject.items()] or ["does not say"]
    )  # fmt: skip
    days = (assessment.as_of - item.produced_at).days if _comparable(assessment, item) else None
    return _row(
        reference(item.id, anchors),
        kind_in_words(item.kind),
        counts,
        subject,
        "not known" if days is None else f"{days:,} days",
        element("span", clock_icon(node.freshness), freshness_words(node), class_="nowrap")
        if node is not None
        else "not assessed",
        "–" if item.n is None else f"{item.n:,}",
        "–" if item.k is None else f"{item.k:,}",
        "no number" if item.bound95 is None else f"{100 * item.bound95:.3g} %",
        item.independence_group or "its own",
        joined(
            [
                element("code", item.file),
                element("div", prose(found.problem), class_="soft") if found and found.problem else "",
            ]
        ),
    )


def _comparable(assessment: Assessment, item: Evidence) -> bool:
    """Whether both moments have a zone, or neither has."""
    return (assessment.as_of.tzinfo is None) == (item.produced_at.tzinfo is None)


def _hazards(assessment: Assessment, anchors: Anchors) -> Markup:
    """Which gate claims stand between the release and each hazard."""
    case = assessment.case
    if not case.hazards:
        return Markup()
    rows = []
    for hazard in case.hazards.values():
        covering = [claim for claim in case.claims.values() if hazard.id in claim.hazards]
        gates = [claim.id for claim in covering if claim.gate]
        others = [claim.id for claim in covering if not claim.gate]
        none = joined([health_icon(Health.UNSUPPORTED), element("b", "no claim of the gate")])
        rows.append(
            _row(
                element("code", hazard.id), element("span", hazard.text), element("code", hazard.drive),
                references(gates, anchors) or none, references(others, anchors),
            )
        )  # fmt: skip
    heads = ("hazard", "what must not come about", "drive", "claims of the gate", "other claims")
    return joined([heading("hazards", "Hazards"), _table("Hazards", heads, rows)])


def _residual(assessment: Assessment, anchors: Anchors) -> Markup:
    """What is left: doubts with no number, doubts somebody took on, evidence without a bound."""
    case = assessment.case
    items = [
        element("li", reference(claim.id, anchors), f": {claim.residual}")
        for claim in case.claims.values()
        if claim.residual
    ]
    items += [
        element("li", reference(doubt.id, anchors), f": {doubt.text} (taken on by {doubt.accepted_by or 'nobody'}, "
                f"until {doubt.expires.isoformat() if doubt.expires else 'no date'})")
        for doubt in case.defeaters.values()
        if doubt.status is DefeaterStatus.ACCEPTED_RESIDUAL
    ]  # fmt: skip
    bare = [item.id for item in case.evidence.values() if item.bound95 is None]
    if bare:
        items.append(element("li", "Evidence nobody put a number on: ", references(bare, anchors)))
    title = heading("residual", "Residual doubts")
    if not items:
        return joined([title, element("p", "None was written down. That is no evidence that there is none.")])
    return joined([title, element("ul", *items, class_="plain")])


def _people(assessment: Assessment) -> Markup:
    """Who decided what about which argument; dissent is shown whatever was decided."""
    case = assessment.case
    title = heading("people", "Approvals and dissent")
    if not case.approvals:
        asked = f" Asked are {', '.join(case.reviewers)}." if case.reviewers else ""
        return joined([title, element("p", f"Nobody has decided anything.{asked}")])
    rows = [_approval(item, case.digest, case.reviewers) for item in case.approvals]
    heads = ("who", "role", "decision", "about", "dissent")
    return joined([title, _table("Approvals and dissent", heads, rows)])


def _approval(item: Approval, digest: str, reviewers: tuple[str, ...]) -> Markup:
    """One decision, and whether it is about the argument as it stands."""
    current = item.digest == digest
    about = "this argument" if current else "an earlier argument"
    role = f"{item.role}, named reviewer" if item.by in reviewers else item.role
    return _row(
        item.by, role, item.decision,
        element("span", about, title=item.digest), element("b", item.dissent) if item.dissent else "–",
    )  # fmt: skip


def _beyond(assessment: Assessment, anchors: Anchors) -> Markup:
    """Numbers of the running system and rows of frameworks that claims bear on."""
    case = assessment.case
    parts: list[Markup] = []
    if case.indicators:
        rows = [
            _row(element("code", item.id), reference(item.claim, anchors), item.metric, f"{item.warn:g}",
                 f"{item.fail:g}", item.source)
            for item in case.indicators.values()
        ]  # fmt: skip
        parts.append(
            _table("Indicators", ("indicator", "claim", "number", "look beyond", "act beyond", "source"), rows)
        )
    if case.mappings:
        rows = [_row(reference(item.claim, anchors), str(item.relation), item.to) for item in case.mappings]
        parts.append(element("p", "Bearing on a row of a framework is no statement about meeting it.", class_="soft"))
        parts.append(_table("Frameworks", ("claim", "relation", "row of a framework"), rows))
    return joined([heading("beyond", "Indicators and frameworks"), *parts]) if parts else Markup()


def _findings(assessment: Assessment) -> Markup:
    """What is wrong with the case as a document."""
    title = heading("findings", "The document")
    if not assessment.findings:
        return joined([title, element("p", "Nothing was found wrong with the document.")])
    rows = [
        _row(
            finding.code, element("span", str(finding.severity), class_=f"s-{finding.severity}"),
            element("code", str(finding.where)), prose(finding.message), prose(finding.hint),
        )
        for finding in assessment.findings
    ]  # fmt: skip
    return joined([title, _table("Findings", ("code", "severity", "where", "what", "next"), rows)])
