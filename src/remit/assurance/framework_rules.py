"""The codes of the framework views: what each is about and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from remit.finding import Severity

__all__ = ["AGED", "DATA_AGED", "FRAMEWORK_RULES", "SUPERSEDED", "UNKNOWN_ROW", "FrameworkRule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkRule:
    """A code with its title, what it looks for and why that matters, and its severity."""

    code: str
    title: str
    help: str
    severity: Severity = Severity.WARNING


UNKNOWN_ROW = FrameworkRule(
    code="REMIT-A080",
    title="a claim is mapped to a row nobody knows",
    help="A mapping names a row as `FRAMEWORK:ID`. This one is in none of the frameworks that come with remit, so the"
    " claim speaks to nothing. Usually the id is misspelled, or belongs to another version of the framework.",
)
SUPERSEDED = FrameworkRule(
    code="REMIT-A081",
    title="a framework was superseded",
    help="A newer version of this framework took the place of the one these rows are from. Ids may have moved and"
    " meanings may have changed; a view of the old version says nothing about the new one.",
)
AGED = FrameworkRule(
    code="REMIT-A082",
    title="nobody has looked for a newer version of a framework for too long",
    help="Every framework has an interval after which somebody has to look whether it is still the current version;"
    " short for what changes often, long for standards. That interval is over.",
)
DATA_AGED = FrameworkRule(
    code="REMIT-A083",
    title="the rows of the frameworks are old",
    help="The rows that come with remit were put together more than 180 days before the day the view is of. What a"
    " framework says may have changed since; nothing is looked up on the network.",
)
FRAMEWORK_RULES: tuple[FrameworkRule, ...] = (UNKNOWN_ROW, SUPERSEDED, AGED, DATA_AGED)
