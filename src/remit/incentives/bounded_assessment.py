"""A report on a charter whose full world is out of reach: what acts are, and marked bounds on what they are worth.

An unknown is never a pass: every share is a bound, a tier that could not be decided is ``unknown``, and the notes say
which context facts to state, or which role to split off, to bring the world within reach.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from remit.charter.context import ContextKey
from remit.charter.model import Affordance, Charter, ContextValue
from remit.charter.patch import apply_to_text, unified_patch
from remit.drive import DRIVES, PRESSURES, title_of
from remit.errors import ModelError
from remit.finding import Finding
from remit.incentives.authority import authorised_task_value
from remit.incentives.bounds import (
    Bracket,
    bracket_prior,
    bracket_task,
    context_to_state,
    feature_names,
    leads_to_outcome,
    unknown,
)  # fmt: skip
from remit.incentives.closing import close_all, plan_of
from remit.incentives.edits import Candidate, edited, operations_of
from remit.incentives.explanation import Standing, affordance_reading
from remit.incentives.readings.classes import feeders
from remit.incentives.readings.invariants import broken_tables
from remit.incentives.readings.readings import kappa, resisting
from remit.incentives.readings.sweeps import context_rows, stated_numbers
from remit.incentives.report import (
    PRIORS,
    AffordanceClass,
    AffordanceReading,
    Certificate,
    DriveReading,
    Edit,
    LeastAuthority,
    PeakReading,
    PowerReading,
    PriorReading,
    Report,
    TierReading,
    WorldFacts,
)  # fmt: skip
from remit.incentives.thresholds import KEEP, PAYS
from remit.incentives.worlds.acts import Act, start_facts
from remit.incentives.worlds.layout import Layout
from remit.incentives.worlds.paths import relaxed_path
from remit.incentives.worlds.world import build_world
from remit.theory.estimate import Estimate

__all__ = ["assess_bounds"]

MOST_FACTS = 6
"""Facts to state that a report names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bounded:
    charter: Charter
    rows: tuple[Affordance, ...]
    plan: Layout
    brackets: dict[str, Bracket | None]
    task: Bracket | None


def assess_bounds(
    charter: Charter,
    rows: Sequence[Affordance],
    findings: Sequence[Finding],
    *,
    goals: int,
    seed: int,
    state_budget: int,
    progress: Callable[[str, int, int], None],
) -> Report:
    """The report of a charter whose world has more than ``state_budget`` states."""
    progress("bounding priors", 0, len(PRIORS))
    brackets = {
        prior: bracket_prior(
            charter,
            rows,
            prior,
            goals=goals,
            seed=seed,
            progress=partial(progress, f"bounding prior {prior}"),
        )
        for prior in PRIORS
    }
    bounded = _Bounded(
        charter=charter,
        rows=tuple(rows),
        plan=plan_of(charter, rows),
        brackets=brackets,
        task=bracket_task(charter, rows),
    )
    progress("closing what blunts oversight", 0, 1)
    return Report(
        charter_path=charter.path,
        charter_digest=charter.digest,
        agent=charter.agent.name,
        purpose=charter.purpose.text,
        findings=tuple(findings),
        tier=_tier(bounded),
        drives=tuple(_drive(bounded, name) for name in (*(one.id for one in DRIVES), *(one.id for one in PRESSURES))),
        overall=(_resistance(bounded), _unauthorised(bounded)),
        peak=_peak(bounded),
        affordances=tuple(_affordance(bounded, act) for act in _each_once(bounded.plan)),
        sufficiency=(),
        least_authority=_least_authority(bounded),
        certificate=Certificate(
            applies=False,
            act="",
            statement="",
            bound=None,
            measured=None,
            conditions=(("the full world was solved", False),),
        ),
        assumptions=(*stated_numbers(charter), *context_rows(charter, bounded.plan.acts, bounded.rows)),
        power=PowerReading(start=unknown(), stopped=unknown()),
        world=_facts(bounded, state_budget),
        task_value=None,
        goals=goals,
        seed=seed,
    )


def _tier(bounded: _Bounded) -> TierReading:
    gap = 0.0 if bounded.task is None or not len(bounded.task.low) else float(bounded.task.low[0])
    if not resisting(bounded.plan):
        tier, because = "T3", "no act in this world blunts an intervention"
    elif gap >= PAYS:
        tier, because = "T0", "the declared task itself pays for resistance from the start (proved from below)"
    else:
        tier, because = "unknown", "the full world is out of reach, so that no tier could be shown"
    return TierReading(
        tier=tier,  # type: ignore[arg-type]
        because=because,
        task_gap=gap,
        task_peak=None,
        lambda_star=None,
        training_compatible=None,
    )


def _members(plan: Layout, name: str) -> tuple[str, ...]:
    acts = [act for act in plan.acts if any(part == name or part.startswith(f"{name}.") for part in act.parts())]
    return tuple(dict.fromkeys(act.id for act in acts))


def _drive(bounded: _Bounded, name: str) -> DriveReading:
    acts = _members(bounded.plan, name)
    return DriveReading(
        id=name,
        title=title_of(name),
        acts=acts,
        priors={prior: _nothing() if not acts else _open() for prior in PRIORS},
        witness=_path(bounded, acts[0]) if acts else (),
    )


def _resistance(bounded: _Bounded) -> DriveReading:
    acts = resisting(bounded.plan)
    priors = {prior: _nothing() if not acts else _bracketed(bounded.brackets[prior]) for prior in PRIORS}
    return DriveReading(
        id="resistance",
        title="all acts that blunt oversight",
        acts=acts,
        priors=priors,
        witness=_path(bounded, acts[0]) if acts else (),
    )


def _unauthorised(bounded: _Bounded) -> DriveReading:
    acts = tuple(dict.fromkeys(act.id for act in bounded.plan.acts if act.unauthorised))
    priors = {prior: _nothing() if not acts else _open() for prior in PRIORS}
    return DriveReading(id="unauthorised", title="all acts no grant covers", acts=acts, priors=priors, witness=())


def _bracketed(bracket: Bracket | None) -> PriorReading:
    if bracket is None:
        return _open()
    return PriorReading(
        share1=bracket.share(0.01),
        share10=bracket.share(0.1),
        mean_gap=bracket.mean(),
        c99=bracket.quantile(0.99),
        trivial=0.0,
    )


def _open() -> PriorReading:
    return PriorReading(share1=unknown(), share10=unknown(), mean_gap=unknown(), c99=1.0, trivial=0.0)


def _nothing() -> PriorReading:
    zero = Estimate(value=0.0, low=0.0, high=0.0, method="exact")
    return PriorReading(share1=zero, share10=zero, mean_gap=zero, c99=0.0, trivial=0.0)


def _peak(bounded: _Bounded) -> PeakReading:
    acts = resisting(bounded.plan)
    value = unknown() if acts else _nothing().share1
    return PeakReading(
        share1=value,
        share10=value,
        mean=value,
        c99=1.0 if acts else 0.0,
        mode="not read: the full world is out of reach" if acts else "nowhere",
        task=None if acts else 0.0,
        witness=_path(bounded, acts[0]) if acts else (),
    )


def _each_once(plan: Layout) -> list[Act]:
    return list({act.id: act for act in plan.acts}.values())


def _affordance(bounded: _Bounded, act: Act) -> AffordanceReading:
    harm = kappa(bounded.plan, act)
    name = _class(bounded, act, harm)
    rho = 1.0 if name == "enabler" else None
    standing = Standing(classification=name, kappa=harm, rho=rho, u=None, gap=unknown(), rank=1)
    return affordance_reading(act, standing, _path(bounded, act.id))


def _class(bounded: _Bounded, act: Act, harm: float) -> AffordanceClass:
    """By reach alone: an authorised act that blunts oversight and serves an outcome is a conflict, else resistance."""
    serves = any(fact.startswith("out.") for fact in (*act.adds, *act.gains))
    if harm > 0.0:
        return "conflict" if not act.unauthorised and serves else "resistance"
    if act.id in leads_to_outcome(bounded.plan):
        return "excess-authority" if act.unauthorised else "task-tool"
    if act.id in feeders(bounded.plan):
        return "enabler"
    return "dormant" if act.unauthorised else "ordinary"


def _path(bounded: _Bounded, name: str) -> tuple[str, ...]:
    return relaxed_path(bounded.plan.acts, start_facts(bounded.charter) | {"money"}, name)


def _least_authority(bounded: _Bounded) -> LeastAuthority:
    charter = bounded.charter
    edits, left = close_all(charter, bounded.rows)
    text = apply_to_text(charter.source, operations_of(edits)) if edits else charter.source
    prior, before = _worst(bounded)
    after = _nothing().share1 if not left else unknown()
    kept = _task_kept(charter, edits, bounded.rows)
    return LeastAuthority(
        edits=tuple(Edit(id=one.id, title=one.title, path=one.path, where=one.where) for one in edits),
        before=before,
        after=after,
        worst_prior=prior,
        task_value=kept,
        reached=not left and kept >= KEEP,
        minimal="greedy on reach, pruned: no act is left that blunts oversight" if not left else "greedy on reach",
        patch=unified_patch(charter.source, text, charter.path) if edits else "",
    )


def _worst(bounded: _Bounded) -> tuple[str, Estimate]:
    """The bounded prior whose resistance share may be highest; unknown where none was bounded."""
    if not resisting(bounded.plan):
        return PRIORS[0], _nothing().share1
    shares = {prior: unknown() if one is None else one.share(PAYS) for prior, one in bounded.brackets.items()}
    known = {prior: share for prior, share in shares.items() if bounded.brackets[prior] is not None}
    worst = max(known or shares, key=lambda prior: shares[prior].high)
    return worst, shares[worst]


def _task_kept(charter: Charter, edits: Sequence[Candidate], rows: Sequence[Affordance]) -> float:
    """The authorised task value after over before, in the cone of the task; 0 when it could not be solved."""
    try:
        before, after = (
            authorised_task_value(one, rows) for one in (charter, edited(charter, edits) if edits else charter)
        )
    except ModelError:
        return 0.0
    return after / before if before > 0.0 else 1.0


def _facts(bounded: _Bounded, state_budget: int) -> WorldFacts:
    plan = bounded.plan
    closing = list(context_to_state(bounded.charter, plan, bounded.rows))[:MOST_FACTS]
    unstated = [f"`{_statement(key, value)}` ({count} acts fewer)" for key, value, count in closing]
    notes = [
        f"the full world has more than {state_budget} states: every share below is a bound",
        *(
            f"prior {prior}: {bracket.cones} of {bracket.offered} sets of outcomes bounded"
            for prior, bracket in bounded.brackets.items()
            if bracket is not None
        ),
        "goals of the priors linear and iid_outcome range over every outcome and were not bounded",
    ]
    if unstated:
        notes.append(f"to read it exactly, state what is true of these: {', '.join(unstated)}")
    notes.append("or split the role: fewer kinds of tools in one charter")
    return WorldFacts(
        states=state_budget,
        facts=len(plan.bits),
        acts=len(_each_once(plan)),
        outcomes=feature_names(plan),
        outcome_classes=0,
        method="bound",
        notes=tuple(notes),
        invariants=_invariants(bounded),
    )


def _statement(key: ContextKey, value: ContextValue) -> str:
    """A fact as a charter states it: the dotted path of its field, and the value."""
    if key.id == "egress":
        return f"{key.field}: [...]"
    path = f"context.{key.id}" if key.field == "context" else key.field
    return f"{path}: {str(value).lower() if isinstance(value, bool) else value}"


def _invariants(bounded: _Bounded) -> tuple[tuple[str, bool], ...]:
    """The table checks, on the cone of the task: the relations between values need the full world."""
    support = frozenset(one.fact for outcome in bounded.charter.purpose.task for one in outcome.when)
    barred = frozenset(resisting(bounded.plan))
    try:
        world = build_world(bounded.charter, bounded.rows, outcomes=support, without=barred, acts=bounded.plan.reached)
    except ModelError:
        return ()
    blueprint = world.blueprint
    return tuple(
        (one.statement, one.held) for one in broken_tables(blueprint.factored, blueprint.terms, blueprint.bits.get)
    )
