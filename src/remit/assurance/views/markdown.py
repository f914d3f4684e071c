"""A safety case as Markdown for a pull request: verdict, what would change it, doubts, the tree, evidence.

Words of the case are escaped so that they stay words: no markup, no address that becomes a link, nobody who is called
by ``@``, no number that becomes a reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from remit.assurance.case import DefeaterStatus
from remit.assurance.release.verdict import Release
from remit.assurance.views.mermaid import mermaid_text
from remit.assurance.views.signs import (
    CLOCKS,
    RESULT_SIGNS,
    SHAPES,
    VERDICT_SIGNS,
    VERDICT_WORDS,
    freshness_words,
    moment,
)
from remit.assurance.views.wording import (
    counted,
    flip_lead,
    flip_words,
    kind_in_words,
    standing_words,
    state_of,
    state_words,
)
from remit.assurance.weighing.assessment import Assessment, NodeKind
from remit.incentives.legible import visible

__all__ = ["markdown_text", "plain_words"]

_MOST_ROWS = 200  # a comment on a code host has room for 65,536 letters
_LONGEST = 400  # letters of one text of the case
_PUNCTUATION = re.compile(r"([!-&(-+./:<-@\[-`{-~]|(?<!\w)-|-(?!\w))")  # no comma, no hyphen in a word
_CALLS = re.compile(r"(\\[@#])")
_JOINER = "\u2060"


def plain_words(text: str) -> str:
    """Text of a case as Markdown that shows exactly it: one line, signs that mean something escaped, nobody called."""
    line = " ".join(visible(text).split())
    line = line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
    return _CALLS.sub(lambda found: f"{found[1]}{_JOINER}", _PUNCTUATION.sub(r"\\\1", line))


def markdown_text(assessment: Assessment, release: Release) -> str:
    """The whole text; the same arguments give the same bytes."""
    parts = [
        *_verdict(assessment, release),
        *_doubts(assessment),
        "### Tree",
        f"```mermaid\n{mermaid_text(assessment)}```",
        *_claims(assessment),
        *_evidence(assessment),
        *_people(assessment),
        *_findings(assessment),
        f"Assessed as of {moment(assessment.as_of)}. Health and freshness are two axes; there is no score.",
    ]
    return "\n\n".join(parts) + "\n"


def _verdict(assessment: Assessment, release: Release) -> Iterator[str]:
    """The answer, the reasons, and what would change it."""
    case = assessment.case
    yield f"## {VERDICT_SIGNS[release.verdict]} {release.verdict}: {plain_words(case.id)}, version {case.version}"
    yield f"{VERDICT_WORDS[release.verdict].capitalize()}."
    yield from _list(f"**{plain_words(reason.claim)}**: {plain_words(reason.why)}" for reason in release.reasons)
    if release.flip:
        yield "### What would change this verdict"
        yield flip_lead(release)
        yield from _list(f"**{plain_words(flip.item)}**: {plain_words(flip_words(flip))}" for flip in release.flip)


def _doubts(assessment: Assessment) -> Iterator[str]:
    """Incidents, doubts nobody has answered, those that were right, and those somebody took on."""
    case = assessment.case
    listed = [item for item in case.defeaters.values() if state_of(assessment, item) is not DefeaterStatus.REBUTTED]
    lines = [
        f"**incident** {plain_words(link.id)} against {plain_words(', '.join(link.undercuts))}"
        + (f": {standing_words(assessment, assessment.nodes[link.id])}" if link.id in assessment.nodes else "")
        for link in case.incidents.values()
    ]
    lines += [
        f"**{state_words(assessment, item)}** {plain_words(item.id)} against "
        f"{plain_words(item.against)}: {plain_words(item.text)}"
        + (f" (taken on by {plain_words(item.accepted_by)})" if item.accepted_by else "")
        for item in listed
    ]
    if lines:
        yield "### What speaks against it"
        yield from _list(lines)


def _claims(assessment: Assessment) -> Iterator[str]:
    """The claims as a table."""
    case = assessment.case
    rows = [
        (
            plain_words(node.id), "gate" if case.claims[node.id].gate else "",
            f"{SHAPES[node.health]} {node.health}", f"{CLOCKS[node.freshness]} {freshness_words(node)}",
            plain_words(case.claims[node.id].text), plain_words("; ".join(node.because)),
        )
        for node in assessment.nodes.values()
        if node.kind is NodeKind.CLAIM and node.id in case.claims
    ]  # fmt: skip
    if rows:
        yield "### Claims"
        yield from _table(("claim", "gate", "health", "freshness", "what it says", "because"), rows)


def _evidence(assessment: Assessment) -> Iterator[str]:
    """The evidence as a table."""
    rows = []
    for item in assessment.case.evidence.values():
        node = assessment.nodes.get(item.id)
        standing = "not assessed" if node is None else f"{CLOCKS[node.freshness]} {freshness_words(node)}"
        result = f"{RESULT_SIGNS[item.result]} {item.result}" + (
            "" if node is None or node.counts else ", does not count"
        )
        rows.append(
            (plain_words(item.id), plain_words(kind_in_words(item.kind)), result, counted(item), standing,
             plain_words(item.independence_group), plain_words(item.file))
        )  # fmt: skip
    if rows:
        yield "### Evidence"
        yield from _table(("evidence", "kind", "result", "shown", "freshness", "group", "file"), rows)


def _people(assessment: Assessment) -> Iterator[str]:
    """Decisions, with dissent whatever was decided."""
    lines = [
        f"{plain_words(item.by)} ({plain_words(item.role)}): {plain_words(item.decision)}"
        + (f". Dissent: {plain_words(item.dissent)}" if item.dissent else "")
        + ("" if item.digest == assessment.case.digest else " (about an earlier argument)")
        for item in assessment.case.approvals
    ]
    if lines:
        yield "### Approvals and dissent"
        yield from _list(lines)


def _findings(assessment: Assessment) -> Iterator[str]:
    """What is wrong with the document."""
    lines = [
        f"{finding.severity} {plain_words(f'{finding.code} at {finding.where}')}: {plain_words(finding.message)}"
        for finding in assessment.findings
    ]
    if lines:
        yield "### The document"
        yield from _list(lines)


def _list(lines: Iterable[str]) -> Iterator[str]:
    """A list, cut where nobody would read on."""
    every = list(lines)
    shown = [f"- {line}" for line in every[:_MOST_ROWS]]
    if len(every) > _MOST_ROWS:
        shown.append(f"- and {len(every) - _MOST_ROWS} more")
    if shown:
        yield "\n".join(shown)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table, cut where nobody would read on."""
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [f"| {' | '.join(cell or ' ' for cell in row)} |" for row in rows[:_MOST_ROWS]]
    yield "\n".join(lines)
    if len(rows) > _MOST_ROWS:
        yield f"and {len(rows) - _MOST_ROWS} more"
