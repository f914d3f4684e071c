"""Every code remit may print, from the tables that define them."""

from __future__ import annotations

from dataclasses import dataclass

from remit.finding import Severity
from remit.sarif import Rule as SarifRule

__all__ = ["RuleEntry", "every_rule", "sarif_rules"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEntry:
    """A code with its title, what it looks for and why it matters, and its usual severity.

    ``family`` is ``form`` (the charter cannot be read), ``lint`` (what its text says is risky), ``reading`` (what was
    computed is) or ``case`` (of a safety case). ``fires`` and ``silent`` are parts of a charter the rule speaks up
    about and has nothing to say about; empty where a rule reads more than text.
    """

    code: str
    title: str
    help: str
    severity: Severity
    family: str
    fires: str = ""
    silent: str = ""


def every_rule() -> tuple[RuleEntry, ...]:
    """All rules by code."""
    from remit.assurance.incidents.rules import INCIDENT_RULES
    from remit.assurance.rules import case_rules
    from remit.assurance.views.gate_log import GATE_RULES
    from remit.charter.faults import SCHEMA_RULES
    from remit.charter.lint import RULES
    from remit.charter.lint.illustration import illustrations
    from remit.incentives.reading_rules import READING_RULES

    shown = illustrations()
    entries = [
        RuleEntry(code=form.code, title=form.title, help=form.help, severity=Severity.ERROR, family="form")
        for form in SCHEMA_RULES.values()
    ]
    entries += [
        RuleEntry(
            code=rule.code,
            title=rule.title,
            help=rule.help,
            severity=rule.severity,
            family="lint",
            fires=shown[rule.code].fires,
            silent=shown[rule.code].silent,
        )
        for rule in RULES
    ]
    entries += [
        RuleEntry(
            code=rule.code,
            title=rule.title,
            help=f"{rule.help} Next: {rule.next_step}.",
            severity=rule.severity,
            family="reading",
        )
        for rule in READING_RULES
    ]
    entries += [
        RuleEntry(code=rule.code, title=rule.title, help=rule.help, severity=rule.severity, family="case")
        for rule in case_rules().values()
    ]
    entries += [
        RuleEntry(code=rule.code, title=rule.title, help=rule.help, severity=rule.severity, family="case")
        for rule in GATE_RULES
    ]
    entries += [
        RuleEntry(code=rule.code, title=rule.title, help=rule.help, severity=rule.severity, family="incident")
        for rule in INCIDENT_RULES.values()
    ]
    return tuple(sorted(entries, key=lambda entry: entry.code))


def sarif_rules() -> tuple[SarifRule, ...]:
    """All rules as SARIF describes them."""
    return tuple(
        SarifRule(code=entry.code, title=entry.title, help=entry.help, severity=entry.severity)
        for entry in every_rule()
    )
