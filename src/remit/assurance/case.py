"""A safety case as a document says it: hazards, claims, arguments, evidence and what speaks against them.

Only what was written down; nothing here is judged. Every item carries its place in the file, so that whatever is
wrong with it is found with file and line. References between items are ids and may dangle: ``checking`` finds that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from remit.finding import Where

__all__ = [
    "Approval", "Argument", "Case", "Claim", "ClaimKind", "Defeater", "DefeaterStatus", "DefeaterType", "Evidence",
    "Hazard", "IncidentLink", "Indicator", "Mapped", "Relation", "Result",
]  # fmt: skip


class ClaimKind(StrEnum):
    """What makes a claim true (Clymer et al. 2024, "Safety Cases", section 5): the last is about people."""

    INABILITY = "inability"
    CONTROL = "control"
    TRUSTWORTHINESS = "trustworthiness"
    DEFERENCE = "deference"
    PROCESS = "process"


class Result(StrEnum):
    """What a piece of evidence says of what it was asked."""

    PASS = "pass"  # noqa: S105 - a result, no password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class DefeaterType(StrEnum):
    """Rebutting: the claim is false. Undercutting: the inference does not hold. Undermining: the evidence is bad."""

    REBUTTING = "rebutting"
    UNDERCUTTING = "undercutting"
    UNDERMINING = "undermining"


class DefeaterStatus(StrEnum):
    """Where a doubt stands: nobody answered it, it was answered, it was right, or somebody took the rest on."""

    OPEN = "open"
    REBUTTED = "rebutted"
    SUSTAINED = "sustained"
    ACCEPTED_RESIDUAL = "accepted_residual"


class Relation(StrEnum):
    """How a claim bears on a row of a framework; none of them says that it complies."""

    SUPPORTS = "supports"
    PARTIALLY_SUPPORTS = "partially-supports"
    INFORMS = "informs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """Something that must not come about; ``drive`` is an id of ``remit.drive``."""

    id: str
    drive: str
    text: str
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One sentence that is to be true.

    ``support`` are claims it rests on, all of them. ``gate``: the release waits for it. ``ttl`` bounds the age of its
    evidence below what the kind of evidence allows. ``min_independence`` is how many independence groups have to
    speak for it. ``residual`` is the doubt nobody put a number on.
    """

    id: str
    text: str
    kind: ClaimKind
    gate: bool = False
    hazards: tuple[str, ...] = ()
    support: tuple[str, ...] = ()
    ttl: timedelta | None = None
    min_independence: int = 1
    residual: str = ""
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """Why ``sources`` (claims or evidence) make ``target`` (a claim) true, and on what assumptions."""

    id: str
    sources: tuple[str, ...]
    target: str
    scheme: str
    warrant: str
    assumptions: tuple[str, ...] = ()
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A record and what it is said to be evidence of.

    ``file`` is relative to the case; ``sha256`` is over its bytes (``sha256:`` and 64 digits). The other fields repeat
    what the record says, so that a reader sees it in a diff; a record that says otherwise is found. ``subject`` says
    of which build it speaks. ``k`` of ``n`` trials went well, ``bound95`` is the one-sided 95 % lower bound of that
    share. Evidence of one ``independence_group`` can fail for one reason; without a group it stands for itself.
    """

    id: str
    kind: str
    file: str
    sha256: str
    subject: Mapping[str, str]
    tool: str
    version: str
    run: str = ""
    produced_at: datetime
    result: Result
    n: int | None = None
    k: int | None = None
    bound95: float | None = None
    setting: str = ""
    supports: tuple[str, ...] = ()
    independence_group: str = ""
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Defeater:
    """A doubt about a claim, an argument or a piece of evidence.

    ``answer`` is the evidence that rebuts it. An accepted residual names who took it on (``accepted_by``) and until
    when (``expires``). ``owner`` is who has to answer it.
    """

    id: str
    against: str
    type: DefeaterType
    status: DefeaterStatus
    text: str
    raised_by: str
    owner: str = ""
    answer: str = ""
    accepted_by: str = ""
    expires: date | None = None
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """A number of the running system that speaks of a claim; beyond ``warn`` look, beyond ``fail`` act."""

    id: str
    claim: str
    metric: str
    warn: float
    fail: float
    source: str
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentLink:
    """An incident record and the claims it undercuts; with ``reopens`` they wait for an answer."""

    id: str
    record: str
    undercuts: tuple[str, ...]
    reopens: bool = True
    closed_by: str = ""
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A claim that bears on a row of a framework (``NIST AI RMF:MANAGE 2.4``)."""

    claim: str
    to: str
    relation: Relation
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What a person decided about the argument with this digest; ``dissent`` is kept whatever the decision."""

    by: str
    role: str
    digest: str
    decision: str
    dissent: str = ""
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A safety case.

    ``file`` is the path it was read from; other paths in it are relative to its folder. ``charter`` is the path of the
    charter; ``subject`` says what is to be released: digests of ``charter``, ``image``, ``prompt``, ``tools``,
    ``envelope``, names with versions of ``model``, whatever of them there is. ``digest`` is over the argument: all of
    the document but evidence and approvals.
    """

    file: str
    id: str
    version: int
    charter: str
    subject: Mapping[str, str]
    envelope: str = ""
    profile: str = ""
    owner: str = ""
    reviewers: tuple[str, ...] = ()
    review_by: date | None = None
    hazards: Mapping[str, Hazard] = field(default_factory=dict)
    claims: Mapping[str, Claim] = field(default_factory=dict)
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    defeaters: Mapping[str, Defeater] = field(default_factory=dict)
    indicators: Mapping[str, Indicator] = field(default_factory=dict)
    incidents: Mapping[str, IncidentLink] = field(default_factory=dict)
    mappings: tuple[Mapped, ...] = ()
    approvals: tuple[Approval, ...] = ()
    digest: str = ""
    where: Where
