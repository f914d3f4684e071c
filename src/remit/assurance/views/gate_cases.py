"""The gate as JUnit XML: each claim of the gate is a test case, and so is the verdict.

A claim that is refuted failed; one that is not known to hold is an error, never skipped: many pipelines show a skipped
test as green. The verdict is a case of its own, so that no file is green unless the release is promoted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from remit.assurance.case import Claim
from remit.assurance.release.verdict import Release, Verdict
from remit.assurance.views.signs import VERDICT_WORDS, freshness_words
from remit.assurance.views.wording import flip_words, objections_to
from remit.assurance.weighing.assessment import Assessment, Freshness, Health, Node
from remit.incentives.legible import visible

__all__ = ["gate_junit"]

_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CLASS = "remit.gate"


def gate_junit(assessment: Assessment, release: Release) -> str:
    """The document; the same arguments give the same bytes."""
    case = assessment.case
    cases = [_claim(assessment, claim, release) for claim in case.claims.values() if claim.gate]
    cases.append(_verdict(release))
    kinds = [kind for kind, _text in cases]
    counts = f'tests="{len(cases)}" failures="{kinds.count("failure")}" errors="{kinds.count("error")}" skipped="0"'
    suite = f'name={_attribute(f"remit gate {case.id}")} {counts} timestamp="{assessment.as_of:%Y-%m-%dT%H:%M:%S}"'
    body = "\n".join(text for _kind, text in cases)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<testsuites {counts}>\n  <testsuite {suite}>\n{body}\n  </testsuite>\n</testsuites>\n"
    )


def _claim(assessment: Assessment, claim: Claim, release: Release) -> tuple[str, str]:
    """One claim of the gate: passed only where it is supported, fresh, and no reason names it."""
    node = assessment.nodes.get(claim.id)
    why = objections_to(release, claim.id)
    kind = _kind(node, why)
    standing = f"{node.health}, {freshness_words(node)}" if node is not None else "not assessed"
    return kind, _case(f"{claim.id}: {claim.text}", kind, standing, [*why, *(node.because if node else ())])


def _kind(node: Node | None, why: Sequence[str]) -> str:
    """``failure`` for a refuted claim, ``error`` for one that is not known to hold, nothing for one that holds."""
    if node is not None and node.health is Health.REFUTED:
        return "failure"
    holds = node is not None and node.health is Health.SUPPORTED and node.freshness is Freshness.FRESH
    return "" if holds and not why else "error"


def _verdict(release: Release) -> tuple[str, str]:
    """The verdict as a case."""
    kind = {Verdict.PROMOTE: "", Verdict.HOLD: "error", Verdict.BLOCK: "failure"}[release.verdict]
    lines = [f"{reason.claim}: {reason.why}" for reason in release.reasons]
    lines += [f"would change it: {flip.item}: {flip_words(flip)}" for flip in release.flip]
    return kind, _case("verdict", kind, f"{release.verdict}: {VERDICT_WORDS[release.verdict]}", lines)


def _case(name: str, kind: str, message: str, lines: Sequence[str]) -> str:
    """One test case."""
    head = f'    <testcase classname={_attribute(_CLASS)} name={_attribute(name)} time="0"'
    if not kind:
        return f"{head}/>"
    text = escape(_legal("\n".join(lines)))
    return f'{head}><{kind} type="{kind}" message={_attribute(message)}>{text}</{kind}></testcase>'


def _attribute(text: str) -> str:
    """A quoted attribute on one line."""
    return quoteattr(" ".join(_legal(text).split()))


def _legal(text: str) -> str:
    """Text XML has room for."""
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", visible(text))
