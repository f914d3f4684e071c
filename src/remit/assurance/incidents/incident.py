"""An incident as a record says it: two accounts, facts with pointers, causes with weights. Nothing here is derived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from remit.assurance.resistance import Act, Known
from remit.finding import Where

__all__ = [
    "Act", "Awareness", "Cause", "Claimed", "Disagreement", "Incident", "Known", "Observed", "Pointed", "Source",
    "System", "Times",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where something was read; ``status`` is ``read`` or ``recalled``, ``retrieved`` a date or empty."""

    id: str
    title: str
    kind: str
    url: str = ""
    retrieved: str = ""
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Something records show, with the ids of its sources and the entries of the ledger that show it."""

    id: str
    text: str
    sources: tuple[str, ...] = ()
    entries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Something somebody says happened; ``grade`` (A to D) is how good it is as evidence."""

    id: str
    by: str
    text: str
    sources: tuple[str, ...] = ()
    grade: str = "D"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One explanation: its weight in [0, 1], what speaks for and against it, and the test that would settle it."""

    cause: str
    weight: float
    supporting: tuple[str, ...] = ()
    opposing: tuple[str, ...] = ()
    test: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointed:
    """A fact as the record states it: what is known, what shows it, why."""

    known: Known = Known.UNKNOWN
    shows: tuple[str, ...] = ()
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Awareness:
    """Whether the agent could tell what its act meant for its overseers: yes, plausible, no or unknown."""

    known: str = "unknown"
    shows: tuple[str, ...] = ()
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A point on which accounts differ; open until ``settled_by`` names the record that settled it."""

    about: str
    between: tuple[str, ...]
    text: str
    settled_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """What system it was; empty where nobody says."""

    name: str = ""
    version: str = ""
    model: str = ""
    developer: str = ""
    operator: str = ""
    purpose: str = ""
    place: str = ""
    sector: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """ISO dates or moments, as precisely as they are known; empty where nobody says."""

    occurred: str = ""
    aware: str = ""
    contained: str = ""
    submitted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An incident record.

    ``date`` is ISO text with ``precision`` day, month or year. ``facts`` maps the names of the six facts and of what
    qualifies them (all but the act) to what is stated; ``act`` is T3, ``control_object`` what it acted on. ``gained``
    and ``consequences`` map what may have been gained or caused to what is known of it. ``severity`` is what the
    record says, empty where it leaves it to be derived. ``undercuts`` are ids of claims of a case. ``places`` are where
    things stand in the file, by dotted path.
    """

    file: str
    id: str
    title: str
    date: str
    precision: str
    summary: str = ""
    system: System = field(default_factory=System)
    times: Times = field(default_factory=Times)
    sources: Mapping[str, Source] = field(default_factory=dict)
    observed: Mapping[str, Observed] = field(default_factory=dict)
    claimed: Mapping[str, Claimed] = field(default_factory=dict)
    primary: str
    secondary: tuple[str, ...] = ()
    outcome: str
    contained_by: str
    setting: str
    overreach: str
    deception: str
    severity: str = ""
    evidence_grade: str
    awareness: Awareness = field(default_factory=Awareness)
    gained: Mapping[str, Pointed] = field(default_factory=dict)
    consequences: Mapping[str, Known] = field(default_factory=dict)
    causes: tuple[Cause, ...] = ()
    act: Act = Act.UNKNOWN
    act_shows: tuple[str, ...] = ()
    act_because: str = ""
    control_object: str = ""
    facts: Mapping[str, Pointed] = field(default_factory=dict)
    remedies: tuple[str, ...] = ()
    undercuts: tuple[str, ...] = ()
    disagreement: tuple[Disagreement, ...] = ()
    places: Mapping[str, Where] = field(default_factory=dict)
