"""What lint says of a charter with the catalogue in mind: an outcome some authorised row brings about is in reach."""

from __future__ import annotations

from collections.abc import Sequence

from remit.charter.lint import lint
from remit.charter.model import Affordance, Charter
from remit.finding import Finding, Severity
from remit.incentives.catalogue import with_extensions
from remit.incentives.worlds.acts import acts_of

__all__ = ["lint_charter", "lint_errors"]


def lint_charter(charter: Charter, rows: Sequence[Affordance] | None = None) -> tuple[Finding, ...]:
    """Everything lint says; ``rows`` is the catalogue (the built-in one with the charter's rows when ``None``)."""
    catalogue = with_extensions(charter) if rows is None else rows
    acts = [act for act in acts_of(charter, catalogue) if not act.unauthorised]
    brought = {fact for act in acts for fact in (*act.adds, *act.gains) if fact.startswith("out.")}
    return lint(charter, produced=frozenset(brought))


def lint_errors(charter: Charter, rows: Sequence[Affordance]) -> int:
    """How many of them are errors."""
    return sum(finding.severity is Severity.ERROR for finding in lint_charter(charter, rows))
