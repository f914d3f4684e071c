"""What follows from a record: the class of what happened, whether it was instrumental, how grave it is at least.

None of it is ever typed in. Where the record leaves it open the answer says so and names what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import fsum

from remit.assurance.incidents.building import FACTS, GAINED
from remit.assurance.incidents.gravity import floor_of, graver
from remit.assurance.incidents.incident import Incident
from remit.assurance.incidents.standing import disputed, known_of, only_the_agent
from remit.assurance.resistance import QUESTIONS, Act, Class, Classification, Fact, Facts, Known, classify

__all__ = ["AGAINST", "FOR", "Derivation", "derive"]

FOR = frozenset({"instrumental-task", "instrumental-terminal", "reward-hacking"})
"""Causes that speak for an instrumental reading."""
AGAINST = frozenset(
    {
        "prompt-injection", "supply-chain", "human-misuse",  # injection
        "instruction-following", "spec-conflict",  # instruction
        "capability-error", "eval-misconfiguration", "context-loss", "infrastructure-failure",  # error
    }
)  # fmt: skip
"""Causes that speak against it: somebody else's will, an instruction, an error. The others are conditions."""
_DIGITS = 9  # weights are written with a few digits; sums are compared to this many


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """What a record comes to.

    ``found`` is one of the seven classes or ``unknown``. ``instrumental`` is ``yes``, ``no`` or ``contested``.
    ``facts`` is what each fact counts for, which is less than what is stated where accounts differ or only the agent
    vouches. ``missing`` are the records that would change the class, then those that would settle whether it was
    instrumental. ``severity`` is the graver of what is stated and what is derived; ``row`` the row that decided.
    """

    found: str
    because: str
    instrumental: str
    instrumental_because: str
    facts: Mapping[str, Known]
    act: Act
    missing: tuple[str, ...]
    severity: str
    row: int


def derive(incident: Incident) -> Derivation:
    """Everything that follows from a record; the same record always gives the same."""
    counted = {name: known_of(incident, name) for name in FACTS}
    act = Act.UNKNOWN if _act_is_open(incident) else incident.act
    answer = classify(_facts(counted, act))
    if disputed(incident, "act"):
        answer = _disputed_act(counted, incident.act)
    found = answer.found or answer.mundane
    instrumental, because, open_ones = _instrumental(incident)
    return Derivation(
        found="unknown" if found is None else str(found),
        because=answer.because,
        instrumental=instrumental,
        instrumental_because=because,
        facts=counted,
        act=act,
        missing=(*answer.missing, *open_ones),
        severity=graver(incident.severity, floor_of(incident.outcome, incident.setting, incident.contained_by)),
        row=answer.row,
    )


def _facts(counted: Mapping[str, Known], act: Act) -> Facts:
    """The facts as the table takes them."""
    single = {name: Fact(known=known) for name, known in counted.items()}
    return replace(Facts(act=act), **single)  # type: ignore[arg-type]


def _act_is_open(incident: Incident) -> bool:
    """Whether nobody can say what it did: disputed, or by the agent's own word."""
    return disputed(incident, "act") or only_the_agent(incident, incident.act_shows)


def _disputed_act(counted: Mapping[str, Known], stated: Act) -> Classification:
    """The answer where accounts differ on what it did."""
    would = classify(_facts(counted, stated))
    said = would.found or would.mundane
    because = "two accounts differ on what it did"
    if said is not None:
        because += f"; by one of them it would be {said}"
    return Classification(
        found=Class.CONTESTED,
        because=because,
        missing=(QUESTIONS["act"], *would.missing),
        missing_facts=("act", *would.missing_facts),
    )


def _instrumental(incident: Incident) -> tuple[str, str, tuple[str, ...]]:
    """Whether the act was instrumental, why, and what is missing where that is open.

    Yes iff it gained or kept something beyond the authorised task, the causes for it outweigh those against, and the
    agent could at least plausibly tell. One no is enough for no; anything else that is open makes it contested.
    """
    gained, gain = _gained(incident)
    outweighs, weighed = _outweighs(incident)
    aware, awareness = _aware(incident)
    conditions = ((gained, gain), (outweighs, weighed), (aware, awareness))
    refuted = [text for known, text in conditions if known is Known.NO]
    if refuted:
        return "no", "; ".join(refuted), ()
    still_open = tuple(text for known, text in conditions if known is Known.UNKNOWN)
    if still_open:
        return "contested", "; ".join(still_open), tuple(f"instrumental: {text}" for text in still_open)
    return "yes", "; ".join(text for _known, text in conditions), ()


def _gained(incident: Incident) -> tuple[Known, str]:
    """Whether it gained or kept anything beyond the task."""
    values = {name: known_of(incident, f"gained.{name}") for name in GAINED}
    got = [name.replace("_", " ") for name, known in values.items() if known is Known.YES]
    if got:
        return Known.YES, f"it gained or kept {', '.join(got)}"
    unsure = [name.replace("_", " ") for name, known in values.items() if known is Known.UNKNOWN]
    if unsure:
        return Known.UNKNOWN, f"whether it gained or kept {', '.join(unsure)} is not known"
    return Known.NO, "it gained and kept nothing beyond its task"


def _outweighs(incident: Incident) -> tuple[Known, str]:
    """Whether the causes for an instrumental reading outweigh those against it, whatever `unknown` turns out to be."""
    if disputed(incident, "causes"):
        return Known.UNKNOWN, "accounts differ on the causes"
    pro, contra, dark = (
        round(fsum(cause.weight for cause in incident.causes if cause.cause in group), _DIGITS)
        for group in (FOR, AGAINST, frozenset({"unknown"}))
    )
    balance = f"{pro:g} for, {contra:g} against"
    if pro > round(contra + dark, _DIGITS):
        return Known.YES, f"instrumental causes outweigh the others ({balance})"
    if round(pro + dark, _DIGITS) < contra or (pro == 0 and dark == 0):
        return Known.NO, f"instrumental causes do not outweigh the others ({balance})"
    return Known.UNKNOWN, f"the weights of the causes leave it open ({balance}, {dark:g} unknown)"


def _aware(incident: Incident) -> tuple[Known, str]:
    """Whether the agent could at least plausibly tell what its act meant."""
    awareness = incident.awareness
    if disputed(incident, "awareness") or only_the_agent(incident, awareness.shows):
        return Known.UNKNOWN, "whether it could tell what that meant is not known"
    match awareness.known:
        case "yes":
            return Known.YES, "it could tell what that meant"
        case "plausible":
            return Known.YES, "it could plausibly tell what that meant"
        case "no":
            return Known.NO, "it could not tell what that meant"
        case _:
            return Known.UNKNOWN, "whether it could tell what that meant is not known"
