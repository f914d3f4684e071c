"""What is risky in a charter that is well formed: some seventy rules, no solver, milliseconds.

Rules are grouped by theme, one file each; ``rules`` is the table. A rule never needs anything but the charter and,
where it is known, what the catalogue's authorised rows can bring about.
"""

from __future__ import annotations

from remit.charter.lint.rule import Rule
from remit.charter.lint.rules import RULES
from remit.charter.lint.subject import Subject
from remit.charter.model import Charter
from remit.finding import Finding

__all__ = ["RULES", "Rule", "lint"]


def lint(charter: Charter, produced: frozenset[str] | None = None) -> tuple[Finding, ...]:
    """Everything the rules have to say about a charter, in the order it is written.

    ``produced`` are the outcome facts the catalogue's authorised rows bring about; without them, a purpose is called
    out of reach only where every grant declares its effects.
    """
    subject = Subject.of(charter, produced)
    return tuple(sorted(finding for rule in RULES for finding in rule.findings(subject)))
