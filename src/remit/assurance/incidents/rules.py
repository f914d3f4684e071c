"""What can be wrong with an incident record: one rule for each fault, with a stable code (``REMIT-I...``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from remit.errors import IncidentError
from remit.finding import Finding, Severity, Where

__all__ = ["INCIDENT_RULES", "IncidentRule", "incident_error", "incident_fault"]

LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRule:
    """A way in which an incident record is wrong: code, name, title, what to do about it, severity."""

    code: str
    name: str
    title: str
    help: str
    severity: Severity = Severity.ERROR


def _rules(*rows: tuple[str, str, str] | tuple[str, str, str, Severity]) -> Mapping[str, IncidentRule]:
    """Rules by name, numbered in order."""
    return {
        row[0]: IncidentRule(
            code=f"REMIT-I{number:03}",
            name=row[0],
            title=row[1],
            help=row[2],
            severity=row[3] if len(row) == 4 else Severity.ERROR,
        )
        for number, row in enumerate(rows, start=1)
    }


INCIDENT_RULES: Mapping[str, IncidentRule] = _rules(
    ("unreadable", "The record cannot be opened", "Check the path and the permissions of the file."),
    ("too-large", "The record is larger than 1 MiB", "A record is a page or two; point at logs, do not paste them."),
    ("not-yaml", "The record is not YAML of plain values",
     "Indent with spaces, put a space after each colon and quote texts that hold a special character."),
    ("derived", "The record states what is derived",
     "Delete the key: it follows from the facts, the causes and what was gained; `remit incident classify` shows it."),
    ("unknown-key", "A key is not part of the form of a record", "Unknown keys are refused; spec/incident.md has all."),
    ("missing-key", "A required key is missing", "Add the key."),
    ("bad-value", "A value is not what can stand there", "Write one of the allowed values."),
    ("version", "The record's form is missing or unknown", "Write `schema: remit.incident/1` as the first line."),
    ("dangling", "A pointer names nothing in the record",
     "Name a source, an observation or a claim of this record, or an entry of the ledger as `entry:12`."),
    ("agents-word", "The agent's own account is graded better than D",
     "What an agent says about why it acted was made up after the fact by what is being judged. Grade it D."),
    ("too-good", "The grade of the evidence is better than what the record rests on",
     "A needs a record nobody can have changed, B something observed, C an account beside the agent's own."),
    ("weights", "The weights of the causes do not fit", "Give each a weight from 0 to 1; together 1 or less."),
    ("one-cause", "One cause alone",
     "Nothing has one cause. Name the next best explanation with its weight, or `unknown`."),
    ("ranking", "The causes do not stand heaviest first, or one stands twice", "Order them by weight, each once."),
    ("too-mild", "The severity is lower than what outcome, setting and containment amount to",
     "Leave `severity` out to have it derived, or state at least what is derived."),
    ("date", "A date does not exist or is not as precise as it says", "Write it as precisely as it is known, no more."),
    ("object", "An act on a control object without the object, or an object without such an act",
     "Name the `object` of a `control-object` act, and only of it."),
    ("only-the-agent", "A fact rests on the agent's own word and counts as unknown",
     "Point at something somebody else recorded, or leave the fact unknown.", Severity.WARNING),
    ("no-pointer", "A fact is stated and nothing shows it",
     "Point at what shows it with `shows`, or say `because`; a fact nobody can look up convinces nobody.",
     Severity.WARNING),
    ("mundane", "The record names a drive where its own causes name something plainer",
     "Without a signal, or for a score, what looks like avoiding a shutdown is plainly `limit-evasion`.",
     Severity.WARNING),
    ("no-test", "A heavy cause without the test that would settle it",
     "Say which replay or which record would tell this cause from the next one.", Severity.NOTE),
    ("one-account", "The record holds no account, or only the agent's",
     "Write under `observed` what records show and under `claimed` who says what.", Severity.WARNING),
    ("disputed", "A fact is stated although the accounts of it differ",
     "It counts as unknown until `settled_by` names the record that settled it.", Severity.NOTE),
)  # fmt: skip
"""All rules by name."""


def incident_fault(name: str, where: Where, message: str, hint: str = "") -> Finding:
    """A finding of the rule called ``name``; the rule's help is the hint when there is no better one."""
    rule = INCIDENT_RULES[name]
    advice = hint or rule.help[:1].lower() + rule.help[1:].removesuffix(".")
    line = " ".join(message.split())
    line = line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + "…"
    return Finding(code=rule.code, severity=rule.severity, where=where, message=line, hint=advice)


def incident_error(findings: Iterable[Finding]) -> IncidentError:
    """The exception for faults found: it speaks of the first and carries all of them in ``findings``."""
    ordered = tuple(sorted(findings, key=lambda finding: (*finding.key, finding.message)))
    first = max(ordered, key=lambda finding: finding.severity.rank)
    more = f" (and {len(ordered) - 1} more)" if len(ordered) > 1 else ""
    error = IncidentError(first.message + more, hint=first.hint, where=first.where)
    error.findings = ordered
    return error
