"""What can be wrong with a safety case: one rule for each fault, with a stable code (``REMIT-A...``).

Errors are faults of the document: with any of them a release waits. Warnings are about how the case stands; what they
mean for the release is worked out claim by claim, so they hold up nothing by themselves.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from remit.errors import CaseError
from remit.finding import Finding, Severity, Where

__all__ = ["CHANGED", "CaseRule", "case_error", "case_fault", "case_rules"]

CHANGED = frozenset({"REMIT-A052", "REMIT-A054", "REMIT-A061"})
"""What was changed after the fact: it blocks a release instead of holding it."""
LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRule:
    """A way in which a safety case is wrong.

    ``code`` is what reports and SARIF show; ``name`` is what the code is called inside. ``help`` says what to do.
    """

    code: str
    name: str
    title: str
    help: str
    severity: Severity


@cache
def case_rules() -> Mapping[str, CaseRule]:
    """The rules by name, in the order of their codes; read from ``rules.toml`` beside this module."""
    text = resources.files("remit.assurance").joinpath("rules.toml").read_text(encoding="utf-8")
    return {
        name: CaseRule(
            code=row["code"],
            name=name,
            title=row["title"],
            help=row["help"],
            severity=Severity(row.get("severity", "error")),
        )
        for name, row in tomllib.loads(text).items()
    }


def case_fault(name: str, where: Where, message: str, hint: str = "") -> Finding:
    """A finding of the rule called ``name``; the rule's help is the hint when there is no better one."""
    rule = case_rules()[name]
    advice = hint or rule.help[:1].lower() + rule.help[1:].removesuffix(".")
    line = " ".join(message.split())
    line = line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + "…"
    return Finding(code=rule.code, severity=rule.severity, where=where, message=line, hint=advice)


def case_error(findings: Iterable[Finding]) -> CaseError:
    """The exception for faults found: it speaks of the first and carries all of them in ``findings``."""
    ordered = tuple(sorted(findings, key=lambda finding: (*finding.key, finding.message)))
    first = ordered[0]
    more = f" (and {len(ordered) - 1} more)" if len(ordered) > 1 else ""
    error = CaseError(first.message + more, hint=first.hint, where=first.where)
    error.findings = ordered
    return error
