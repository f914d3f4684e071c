"""The table of every lint rule, in the order of their codes."""

from __future__ import annotations

from remit.charter.lint import (
    approvals,
    authority,
    budgets,
    credentials,
    facts,
    limits,
    oversight,
    persistence,
    purpose,
    reach,
    surroundings,
)
from remit.charter.lint.rule import Rule

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *purpose.RULES,
            *authority.RULES,
            *reach.RULES,
            *surroundings.RULES,
            *credentials.RULES,
            *oversight.RULES,
            *approvals.RULES,
            *persistence.RULES,
            *limits.RULES,
            *budgets.RULES,
            *facts.RULES,
        ),
        key=lambda rule: rule.code,
    )
)
