"""The incident as Markdown for people; text from the record is text, whatever it looks like."""

from __future__ import annotations

from collections.abc import Iterable

from remit.assurance.incidents.deriving import Derivation
from remit.assurance.incidents.encoding import FACT_KEYS, act_word
from remit.assurance.incidents.exports import filling
from remit.assurance.incidents.incident import Incident, Pointed

__all__ = ["escaped", "incident_markdown"]

_MARKS = frozenset("\\`*_[]<>&|#~@!:$()^=\"'{}")
_LEADS = frozenset("-+.0123456789")


def escaped(text: str) -> str:
    """A text that stays text in Markdown and in the HTML made of it: on one line, every mark as a number of HTML.

    Also what is no mark but acts: ``www.`` and ``http:``, which some readers turn into links, and ``@name``.
    """
    line = " ".join(filling.said(text).split())
    spelled = "".join(f"&#{ord(sign)};" if sign in _MARKS else sign for sign in line)
    if spelled[:1] in _LEADS:
        spelled = f"&#{ord(spelled[0])};{spelled[1:]}"
    return spelled.replace("www.", "www&#46;").replace("WWW.", "WWW&#46;")


def incident_markdown(incident: Incident, derived: Derivation) -> str:
    """The whole record with what follows from it."""
    parts = (
        _head(incident, derived),
        _facts(incident, derived),
        _accounts(incident),
        _causes(incident),
        _rest(incident, derived),
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def _head(incident: Incident, derived: Derivation) -> Iterable[str]:
    """Title, what it comes to, and the coordinates."""
    yield f"# {escaped(incident.title)}"
    yield ""
    yield f"**{derived.found}**, instrumental: **{derived.instrumental}**, severity **{derived.severity}**"
    yield ""
    yield escaped(incident.summary or "no summary")
    yield ""
    yield "| | |"
    yield "|---|---|"
    date = f"{incident.date} (to the {incident.precision})"
    shown = ", ".join(f"{one} ({title})" for one, title in filling.behaviours(incident))
    rows = {
        "record": incident.id,
        "date": date,
        "system": filling.entities(incident),
        "behaviour": shown,
        "outcome": incident.outcome,
        "ended by": incident.contained_by,
        "setting": incident.setting,
        "overreach": incident.overreach,
        "deception": incident.deception,
        "evidence": f"grade {incident.evidence_grade}",
        "class": derived.because,
        "instrumental": derived.instrumental_because,
    }
    yield from (f"| {name} | {escaped(text)} |" for name, text in rows.items())
    yield ""


def _facts(incident: Incident, derived: Derivation) -> Iterable[str]:
    """The facts, and the records that would change the class."""
    yield "## Facts"
    yield ""
    yield "| fact | counts as | shown by | because |"
    yield "|---|---|---|---|"
    act = Pointed(shows=incident.act_shows, because=incident.act_because)
    touched = f" ({incident.control_object})" if incident.control_object else ""
    yield _row("T3_act", act_word(derived.act) + touched, act)
    for name, known in derived.facts.items():
        yield _row(FACT_KEYS.get(name, name), str(known), incident.facts[name])
    yield ""
    if derived.missing:
        yield "What would change this:"
        yield ""
        yield from (f"- {escaped(line)}" for line in derived.missing)
        yield ""


def _row(name: str, known: str, fact: Pointed) -> str:
    """A fact as a row."""
    because = escaped(fact.because) if fact.because else ""
    return f"| {escaped(name)} | {escaped(known)} | {escaped(', '.join(fact.shows) or 'nothing')} | {because} |"


def _accounts(incident: Incident) -> Iterable[str]:
    """What is observed and what is claimed."""
    yield "## Accounts"
    yield ""
    yield from (f"- {escaped(line)}" for line in filling.account(incident))
    yield ""


def _causes(incident: Incident) -> Iterable[str]:
    """The causes with what speaks for and against each."""
    yield "## Causes"
    yield ""
    for cause in incident.causes:
        yield f"- **{escaped(cause.cause)}**, weight {cause.weight:g}"
        yield from (f"  - for: {escaped(line)}" for line in cause.supporting)
        yield from (f"  - against: {escaped(line)}" for line in cause.opposing)
        if cause.test:
            yield f"  - settled by: {escaped(cause.test)}"
    yield ""


def _rest(incident: Incident, derived: Derivation) -> Iterable[str]:
    """Consequences, remedies, claims, disagreement and sources."""
    lists = {
        "Severity": [filling.severity(derived)],
        "Consequences": filling.consequences(incident),
        "Remedies": list(incident.remedies) or [filling.UNKNOWN],
        "Claims it undercuts": list(incident.undercuts) or ["none named"],
        "Where accounts differ": [f"{point.about}: {point.text}" for point in incident.disagreement] or ["nowhere"],
        "Sources": filling.sources(incident),
    }
    for title, lines in lists.items():
        yield f"## {title}"
        yield ""
        yield from (f"- {escaped(line)}" for line in lines)
        yield ""
