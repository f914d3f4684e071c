"""`assess`: from a charter to a report, in stages that each say how far they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from remit.charter.model import Affordance, Charter
from remit.drive import title_of
from remit.errors import InvalidMDPError, ModelError, StateBudgetError
from remit.finding import Finding
from remit.incentives.authority import authorised_task_value, least_authority
from remit.incentives.bounded_assessment import assess_bounds
from remit.incentives.catalogue import with_extensions
from remit.incentives.explanation import affordance_reading, dormant, rank_of, standing_of
from remit.incentives.readings.attribution import shapley_of_resistance
from remit.incentives.readings.certificate import certify
from remit.incentives.readings.classes import Classed, class_acts
from remit.incentives.readings.invariants import Invariant, check_world
from remit.incentives.readings.pressure import lens_on
from remit.incentives.readings.readings import NOTICEABLE, Measured, drive_groups, measure, prior_reading, resisting
from remit.incentives.readings.sweeps import assumption_sheet, oversight_grid
from remit.incentives.readings.temptation import peaks
from remit.incentives.readings.tiers import read_tier
from remit.incentives.report import (
    PRIORS,
    AffordanceReading,
    DriveReading,
    LeastAuthority,
    PeakReading,
    PowerReading,
    PriorReading,
    Report,
    WorldFacts,
)
from remit.incentives.text_findings import lint_charter
from remit.incentives.worlds.goals import Goals, draw_goals, task_goal, task_in_words
from remit.incentives.worlds.oversight import Mode
from remit.incentives.worlds.paths import Paths, mode_in_words
from remit.incentives.worlds.world import STATE_BUDGET, World, build_world, without_interventions
from remit.theory.estimate import Estimate, mean_interval, wilson
from remit.theory.measures import power

__all__ = ["Progress", "assess"]

Progress = Callable[[str, int, int], None]

NARROW = 300
"""Goals for the readings that need values in every state, or many worlds."""
SEARCHED = 100
"""Goals per trial while the least set of edits is searched; the result is measured on all."""
FEW_PAIRS = 4
"""Pairs of outcomes through which the settings of oversight and the assumptions are swept."""
SUMS = {"resistance": "all acts that blunt oversight", "unauthorised": "all acts no grant covers"}


def assess(
    charter: Charter,
    *,
    goals: int = 2000,
    seed: int = 0,
    progress: Progress | None = None,
    catalogue: Sequence[Affordance] | None = None,
    state_budget: int = STATE_BUDGET,
    exact: bool = False,
    shapley: bool = False,
) -> Report:
    """What a charter's permissions make worth doing, for almost any goal (03, section 5).

    ``goals`` are drawn per prior; ``shapley`` also shares the incentive to resist out among the acts. A world of more
    than ``state_budget`` states is not solved whole: the report then holds marked bounds. Raises ``ModelError`` when
    no tool is granted or an invariant of the world fails: then no reading is given.
    """
    if not charter.grants:
        raise ModelError(
            "the charter grants no tool, so there is no act to read an incentive from",
            code="model.no-grants",
            hint="add `grants`, or use --lint-only; `remit run` needs no grant",
        )
    rows = tuple(with_extensions(charter) if catalogue is None else catalogue)
    tell = progress or (lambda _stage, _done, _total: None)
    tell("compiling the world", 0, 1)
    findings = lint_charter(charter, rows)
    try:
        world = build_world(charter, rows, state_budget=state_budget)
    except (StateBudgetError, InvalidMDPError):
        if exact:
            raise
        return assess_bounds(charter, rows, findings, goals=goals, seed=seed, state_budget=state_budget, progress=tell)
    invariants = check_world(world, rows, seed=seed)
    _refuse_broken(invariants)
    return _Assessment(
        charter=charter, rows=rows, world=world, count=goals, seed=seed, tell=tell, shapley=shapley
    ).report(findings, invariants)


def _refuse_broken(invariants: tuple[Invariant, ...]) -> None:
    failed = [one.statement for one in invariants if not one.held]
    if failed:
        message = f"the compiled world breaks an invariant: {failed[0]}"
        raise ModelError(message, hint="no reading is printed; please report this charter")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assessment:
    """One run over a world that could be solved whole."""

    charter: Charter
    rows: tuple[Affordance, ...]
    world: World
    count: int
    seed: int
    tell: Progress
    shapley: bool

    def report(self, findings: Sequence[Finding], invariants: tuple[Invariant, ...]) -> Report:
        """Every stage in turn."""
        world, groups = self.world, drive_groups(self.world)
        by_prior = self._measure_priors(groups)
        paths = Paths(world)
        narrow = draw_goals("sparse2", world.feature_names, min(NARROW, self.count), self.seed)
        measured = measure(world, narrow, groups)
        self.tell("classing affordances", 0, 1)
        classed = self._classes(narrow, measured)
        self.tell("peak temptation and tier", 0, 1)
        peak = self._peak(narrow, measured, paths)
        tier = read_tier(world, narrow, measured)
        lens = lens_on(world.feature_names, SEARCHED, self.seed, pairs=FEW_PAIRS)
        grid = oversight_grid(
            self.charter,
            self.rows,
            lens,
            progress=lambda done, total: self.tell("how much oversight suffices", done, total),
        )
        least = self._least_authority(by_prior)
        self.tell("what the assumptions carry", 0, 1)
        authorised = authorised_task_value(self.charter, self.rows)
        sheet = assumption_sheet(self.charter, self.rows, lens, world.acts)
        return Report(
            charter_path=self.charter.path,
            charter_digest=self.charter.digest,
            agent=self.charter.agent.name,
            purpose=self.charter.purpose.text,
            findings=tuple(findings),
            tier=tier,
            drives=tuple(self._drive(name, groups, by_prior, paths) for name in groups if name not in SUMS),
            overall=tuple(self._drive(name, groups, by_prior, paths) for name in SUMS),
            peak=peak,
            affordances=self._affordances(classed, measured, paths),
            sufficiency=grid,
            least_authority=least,
            certificate=certify(world, goals=self.count, seed=self.seed),
            assumptions=sheet,
            power=self._power(),
            world=self._facts(invariants),
            task_value=self._share_of_task(authorised),
            task=task_in_words(self.charter),
            authorised_value=authorised,
            goals=self.count,
            seed=self.seed,
            shapley=self._shapley(narrow, measured) if self.shapley else (),
        )

    def _shapley(self, goals: Goals, measured: Measured) -> tuple[tuple[str, Estimate], ...]:
        self.tell("sharing the incentive out", 0, 1)
        found = shapley_of_resistance(self.world, goals.rewards(self.world), measured, seed=self.seed)
        return tuple(sorted(found.items(), key=lambda item: (-item[1].value, item[0])))

    def _measure_priors(self, groups: dict[str, tuple[str, ...]]) -> dict[str, Measured]:
        measured = {}
        for index, prior in enumerate(PRIORS):
            self.tell(f"solving goals, prior {prior}", index, len(PRIORS))
            measured[prior] = measure(
                self.world, draw_goals(prior, self.world.feature_names, self.count, self.seed), groups
            )
        return measured

    def _drive(
        self, name: str, groups: dict[str, tuple[str, ...]], by_prior: dict[str, Measured], paths: Paths
    ) -> DriveReading:
        priors: dict[str, PriorReading] = {prior: prior_reading(found, name) for prior, found in by_prior.items()}
        return DriveReading(
            id=name,
            title=SUMS.get(name) or title_of(name),
            acts=groups[name],
            priors=priors,
            witness=paths.to_any(groups[name]),
        )

    def _classes(self, goals: Goals, measured: Measured) -> tuple[Classed, ...]:
        calm = build_world(without_interventions(self.charter), self.rows)
        return class_acts(self.world, calm, goals, measured)

    def _peak(self, goals: Goals, measured: Measured, paths: Paths) -> PeakReading:
        world, resist = self.world, resisting(self.world.blueprint)
        found = peaks(world, goals.rewards(world), measured.swing, resist)
        own = task_goal(world)
        swing = world.solver.start_values(own, world.rows()) + world.solver.start_values(-own, world.rows())
        counts = measured.counts * measured.stake
        total = int(counts.sum())
        return PeakReading(
            share1=wilson(int(counts[found.peak >= 0.01].sum()), total),
            share10=wilson(int(counts[found.peak >= 0.1].sum()), total),
            mean=mean_interval(found.peak[measured.stake])
            if total
            else Estimate(value=0.0, low=0.0, high=1.0, method="interval"),
            c99=float(np.quantile(found.peak[measured.stake], 0.99)) if total else 0.0,
            mode=mode_in_words(found.usual_mode()),
            task=float(peaks(world, own, swing, resist).peak[0]),
            witness=paths.to_any(resist),
        )

    def _affordances(
        self, classed: tuple[Classed, ...], measured: Measured, paths: Paths
    ) -> tuple[AffordanceReading, ...]:
        stake = measured.stake
        means = {one.act.id: mean_interval(one.worth.gap[stake]) if stake.any() else _nothing() for one in classed}
        readings = [
            affordance_reading(
                one.act,
                standing_of(one, means[one.act.id], rank_of(means, one.act.id)),
                paths.to_act(one.act.id),
            )
            for one in classed
        ]
        asleep = [affordance_reading(act, dormant(len(means) + 1), ()) for act in self.world.blueprint.dormant]
        return (*readings, *asleep)

    def _least_authority(self, by_prior: dict[str, Measured]) -> LeastAuthority:
        shares = {prior: found.share("resistance", 0.01) for prior, found in by_prior.items()}
        worst = max(shares, key=lambda prior: shares[prior].value)
        return least_authority(
            self.world,
            self.rows,
            before=(worst, shares[worst]),
            verify=self._verify,
            seed=self.seed,
            progress=lambda done: self.tell("searching the least authority", done, 0),
        )

    def _verify(self, charter: Charter) -> tuple[str, Estimate]:
        world = build_world(charter, self.rows)
        resist = resisting(world.blueprint)
        shares = {
            prior: measure(
                world, draw_goals(prior, self.world.feature_names, self.count, self.seed), {"resistance": resist}
            ).share("resistance", 0.01)
            for prior in PRIORS
        }
        worst = max(shares, key=lambda prior: shares[prior].value)
        return worst, shares[worst]

    def _power(self) -> PowerReading:
        world = self.world
        modes = world.exploration.modes
        stopped = np.flatnonzero(modes == Mode.STOPPED)
        at = np.array([world.exploration.mdp.start, stopped[0]], np.int64)
        start, still = power(world.solver, at, samples=min(1000, self.count), seed=self.seed, rows=world.rows())
        return PowerReading(start=start, stopped=still)

    def _share_of_task(self, authorised: float) -> float:
        own = task_goal(self.world)
        best = float(self.world.solver.start_values(own, self.world.rows())[0])
        return authorised / best if best > NOTICEABLE else 0.0

    def _facts(self, invariants: tuple[Invariant, ...]) -> WorldFacts:
        world = self.world
        return WorldFacts(
            states=world.exploration.mdp.states_count,
            facts=len(world.blueprint.bits),
            acts=len({act.id for act in world.acts}),
            outcomes=world.feature_names,
            outcome_classes=len(world.features),
            method="exact",
            notes=(),
            invariants=tuple((one.statement, one.held) for one in invariants),
        )


def _nothing() -> Estimate:
    return Estimate(value=0.0, low=0.0, high=0.0, method="exact")
