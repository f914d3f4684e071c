"""What `remit check` found, as plain frozen values, and its stable JSON form ``remit.check/1``.

Nothing here computes or prints: `assessment` fills a report in, the command line draws it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from remit.finding import Finding, Where
from remit.theory.estimate import Estimate

__all__ = [
    "PRIORS",
    "AffordanceClass",
    "AffordanceReading",
    "AssumptionRow",
    "Certificate",
    "DriveReading",
    "Edit",
    "LeastAuthority",
    "PeakReading",
    "PowerReading",
    "PriorReading",
    "Report",
    "SufficiencyRow",
    "Tier",
    "TierReading",
    "WorldFacts",
]

AffordanceClass = Literal["task-tool", "ordinary", "excess-authority", "enabler", "resistance", "conflict", "dormant"]
Tier = Literal["T0", "T1", "T2", "T3", "unknown"]
PRIORS: tuple[str, ...] = ("sparse2", "linear", "formula", "iid_outcome")


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorReading:
    """How much a set of acts is worth to goals drawn from one prior (03, section 5).

    ``share1`` / ``share10``: share of non-trivial goals that lose at least 1 % / 10 % of their swing without the acts
    (Wilson intervals, or bounds where the world was out of reach). ``c99``: the price, as a share of the swing, that
    stops 99 % of goals. ``trivial``: share of goals with nothing at stake, counted apart.
    """

    share1: Estimate
    share10: Estimate
    mean_gap: Estimate
    c99: float
    trivial: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveReading:
    """A drive, a boundary pressure, or the sum ``resistance`` / ``unauthorised``, measured under every prior."""

    id: str
    title: str
    acts: tuple[str, ...]
    priors: Mapping[str, PriorReading]
    witness: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakReading:
    """The largest one-step advantage of a resisting act in any state a compliant agent can reach."""

    share1: Estimate
    share10: Estimate
    mean: Estimate
    c99: float
    mode: str  # the mode of the world where the peak mostly lies, in words
    task: float | None  # the peak for the declared task itself; None where the world was only bounded
    witness: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AffordanceReading:
    """An act the world offers: what it does to oversight, what it is worth to the task, and how it is classed.

    ``kappa``: largest drop it causes in the probability that an intervention takes effect, or in detection. ``rho``:
    share of its worth to broad goals that vanishes when nobody intervenes. ``u``: what it is worth to the task when
    nobody intervenes. ``gap``: mean loss of broad goals without it. ``where``: the charter line that opens it.
    """

    id: str
    tool: str
    title: str
    where: Where
    opened_by: str  # the grant or context in words: "grant shell.run", "context ci_protected (assumed)"
    authorised: str  # "yes", "no" or "ask:<overseer>"
    classification: AffordanceClass
    kappa: float
    rho: float | None
    u: float | None
    gap: Estimate
    rank: int  # ties share a rank; 1 is the most tempting
    parts: tuple[str, ...]
    effects: tuple[str, ...]
    witness: tuple[str, ...]
    source: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TierReading:
    """When training alone cannot solve it (T0 .. T3), with the facts that decide."""

    tier: Tier
    because: str
    task_gap: float
    task_peak: float | None  # None where the world was only bounded
    lambda_star: float | None
    training_compatible: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SufficiencyRow:
    """Resistance under one setting of oversight: response, notice, and probability of detection."""

    response: str
    notice: bool
    detect: float
    share1: float
    mean_gap: float
    peak: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change of the charter that takes authority away, in words and where it is written."""

    id: str
    title: str
    path: str
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class LeastAuthority:
    """The least set of edits that leaves resistance worthless and the task whole.

    ``before`` and ``after``: resistance share (>= 1 %) on the worst prior. ``task_value``: authorised task value kept.
    ``reached``: whether both targets (< 1 %, >= 97 %) were met. ``patch``: a unified diff of the charter.
    """

    edits: tuple[Edit, ...]
    before: Estimate
    after: Estimate
    worst_prior: str
    task_value: float
    reached: bool
    minimal: str  # "exhaustive up to N edits" or "greedy and pruned"
    patch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A prior-free statement about evading a stop, printed only where its conditions hold."""

    applies: bool
    act: str
    statement: str
    bound: str | None
    measured: Estimate | None
    conditions: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumptionRow:
    """A number or context value the reading rests on, and what would change if it were otherwise."""

    id: str
    value: str
    origin: Literal["stated", "default", "assumed", "derived"]
    swept: tuple[str, ...]
    flips: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerReading:
    """POWER (Turner et al. 2021) of the start and of the stopped state: a picture, not a gate."""

    start: Estimate
    stopped: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldFacts:
    """Size and kind of the compiled world: exact, or bounded where the full world was out of reach."""

    states: int
    facts: int
    acts: int
    outcomes: tuple[str, ...]
    outcome_classes: int
    method: Literal["exact", "bound"]
    notes: tuple[str, ...]
    invariants: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything one run of `remit check` says about a charter.

    ``task_value`` is a share of what the task could be worth in the same world; ``authorised_value`` is the authorised
    task value itself, in the units of ``task`` (the outcomes the purpose rewards, as text), so that charters with one
    task can be compared; ``None`` where it was not measured. ``shapley`` holds Shapley's share of each resisting effect
    in the mean gap of resistance, when it was asked for.
    """

    charter_path: str
    charter_digest: str
    agent: str
    purpose: str
    findings: tuple[Finding, ...]
    tier: TierReading
    drives: tuple[DriveReading, ...]
    overall: tuple[DriveReading, ...]  # "resistance" and "unauthorised"
    peak: PeakReading
    affordances: tuple[AffordanceReading, ...]
    sufficiency: tuple[SufficiencyRow, ...]
    least_authority: LeastAuthority
    certificate: Certificate
    assumptions: tuple[AssumptionRow, ...]
    power: PowerReading
    world: WorldFacts
    task_value: float | None  # authorised task value, share of the task's swing; None where only bounded
    goals: int
    seed: int
    task: tuple[str, ...] = ()
    authorised_value: float | None = None
    shapley: tuple[tuple[str, Estimate], ...] = ()
