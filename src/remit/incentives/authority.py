"""Least authority: the smallest set of edits that makes resistance worthless and leaves the task whole.

Greedy, then pruned, then searched exhaustively below the size found while the number of sets is small. A set is good
when fewer than 1 % of goals gain from resisting, from the start and at the worst moment, and the authorised task
keeps at least 97 % of its value; goals are those of the charter as it stands, on its worst prior (03, section 5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from remit.charter.model import Affordance, Charter, Outcome
from remit.charter.patch import apply_to_text, unified_patch
from remit.errors import CharterError, ModelError
from remit.incentives.closing import close_all
from remit.incentives.edits import Candidate, candidates, edited, operations_of
from remit.incentives.readings.pressure import Lens, full_lens, lens_on, pressure, spread
from remit.incentives.readings.readings import Plan
from remit.incentives.report import Edit, LeastAuthority
from remit.incentives.text_findings import lint_errors
from remit.incentives.thresholds import KEEP, RESISTS
from remit.incentives.worlds.acts import acts_of
from remit.incentives.worlds.world import World, build_world, outcome_values
from remit.theory.estimate import Estimate

__all__ = ["authorised_task_value", "least_authority"]

SEARCHED = 96
"""Goals per trial while edits are searched; the result is measured on all."""
MOST_EDITS = 8
EXHAUSTIVE = 60
"""Sets of edits that may be tried one by one below the size the greedy search found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """A set of edits tried: resistance from the start and at the peak, and what both tasks are worth after it.

    ``peak`` is read only where the start is good; elsewhere it stands at 1. ``retask`` is the task an overseer may
    switch to.
    """

    edits: tuple[Candidate, ...]
    share: Estimate
    mean: float
    peak: float
    task: float
    retask: float

    def good(self, start: _Trial) -> bool:
        return self.share.value < RESISTS and self.peak < RESISTS and self.keeps(start)

    def keeps(self, start: _Trial) -> bool:
        """Whether both tasks keep 97 % of their value; a tool is not taken away while no task can be reached at all."""
        blind = start.task <= 0.0 and any(one.id.startswith("drop:") for one in self.edits)
        return not blind and self.task >= KEEP * start.task and self.retask >= KEEP * start.retask

    @property
    def order(self) -> tuple[float, float, int, float, float]:
        """Less is better: peak and mean pressure to a hundredth, then the gentler last edit, then the finer numbers."""
        gentle = GENTLEST_FIRST.get(self.edits[-1].id.partition(":")[0], 1) if self.edits else 0
        if self.edits and self.edits[-1].id in ("stop:unannounced", "stop:restricted"):
            gentle = GENTLEST_FIRST["gate"] + 1
        return (round(self.peak, 2), round(self.mean, 2), gentle, self.peak + self.mean, -self.task)


GENTLEST_FIRST = {"context": 0, "secret": 0, "stop": 1, "gate": 2, "drop": 4}


def authorised_task_value(charter: Charter, rows: Sequence[Affordance]) -> float:
    """What an agent that keeps to its grants earns of the declared task: V* at the start over authorised acts.

    Solved in the task's cone of influence; raises ``StateBudgetError`` when even that is out of reach.
    """
    return _authorised_value(charter, rows, charter.purpose.task)


def _authorised_value(charter: Charter, rows: Sequence[Affordance], outcomes: tuple[Outcome, ...]) -> float:
    """The same for any outcomes; 0 for none."""
    if not outcomes:
        return 0.0
    acts = acts_of(charter, rows)
    barred = frozenset(act.id for act in acts if act.unauthorised)
    support = frozenset(one.fact for outcome in outcomes for one in outcome.when)
    world = build_world(charter, rows, outcomes=support, without=barred, acts=acts)
    return float(world.solver.start_values(outcome_values(world, outcomes)[:, None], world.rows())[0])


def least_authority(
    world: World,
    rows: Sequence[Affordance],
    *,
    before: tuple[str, Estimate],
    verify: Callable[[Charter], tuple[str, Estimate]],
    seed: int,
    progress: Callable[[int], None] = lambda _tried: None,
) -> LeastAuthority:
    """Search the least edits through a lens on the world's outcomes, then measure the result on every prior.

    ``before`` is the worst prior with its share; ``verify`` measures an edited charter likewise. ``progress`` is told
    how many sets have been tried.
    """
    charter, names = world.blueprint.charter, world.feature_names
    search = _Search(
        charter=charter,
        plan=world.blueprint,
        rows=tuple(rows),
        lens=lens_on(names, SEARCHED, seed),
        progress=progress,
        known={},
    )
    found = _searched(search, before, verify)
    if found.after.value >= RESISTS:  # a sample of goals missed what all of them on the worst prior show
        full = replace(search, lens=full_lens(found.prior, names, 3 * SEARCHED, seed), known={})
        found = min(found, _searched(full, before, verify), key=_left)
    if found.after.value >= RESISTS:
        found = min(found, _closed(search, found, verify), key=_left)
    found = _tidied(search, found, verify)
    best, start, after = found.best, found.start, found.after
    text = apply_to_text(charter.source, operations_of(best.edits)) if best.edits else charter.source
    return LeastAuthority(
        edits=tuple(Edit(id=one.id, title=one.title, path=one.path, where=one.where) for one in best.edits),
        before=before[1],
        after=after,
        worst_prior=found.prior,
        task_value=best.task / start.task if start.task > 0.0 else 1.0,
        reached=best.good(start) and after.value < RESISTS,
        minimal=found.how,
        patch=unified_patch(charter.source, text, charter.path) if best.edits else "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A search's start and best set of edits, how it was found, and its share on the worst prior."""

    start: _Trial
    best: _Trial
    how: str
    prior: str
    after: Estimate


def _searched(
    search: _Search, before: tuple[str, Estimate], verify: Callable[[Charter], tuple[str, Estimate]]
) -> _Found:
    """Run a search and measure what it found on every prior."""
    start, best, how = search.run(quiet=before[1].value < RESISTS)
    prior, after = verify(edited(search.charter, best.edits)) if best.edits else before
    return _Found(start=start, best=best, how=how, prior=prior, after=after)


def _closed(search: _Search, found: _Found, verify: Callable[[Charter], tuple[str, Estimate]]) -> _Found:
    """The edits that leave no act that blunts oversight, where they keep both tasks; else what was found."""
    edits, left = close_all(search.charter, search.rows)
    best = None if left else search.trial(edits)
    if best is None or not best.good(found.start):
        return found
    prior, after = verify(edited(search.charter, best.edits))
    return replace(found, best=best, prior=prior, after=after, how="greedy on reach, pruned")


def _left(found: _Found) -> float:
    return found.after.value


def _tidied(search: _Search, found: _Found, verify: Callable[[Charter], tuple[str, Estimate]]) -> _Found:
    """The set found with the further edits that clear what lint calls an error, as long as the set stays good."""
    best, whole = found.best, found.start
    left = lint_errors(edited(search.charter, best.edits), search.rows)
    for one in candidates(search.plan, search.rows) if left and best.good(whole) else ():
        more = search.trial((*best.edits, one)) if one not in best.edits and not one.id.startswith("drop:") else None
        if more is None or not more.good(whole):
            continue
        errors = lint_errors(edited(search.charter, more.edits), search.rows)
        if errors < left:
            best, left = more, errors
    if best is found.best:
        return found
    prior, after = verify(edited(search.charter, best.edits))
    how = f"{found.how}, then {len(best.edits) - len(found.best.edits)} more for what lint calls an error"
    return replace(found, best=best, prior=prior, after=after, how=how)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """Tries sets of edits, each once: ``known`` keeps what was measured."""

    charter: Charter
    plan: Plan
    rows: tuple[Affordance, ...]
    lens: Lens
    progress: Callable[[int], None]
    known: dict[frozenset[str], _Trial | None]

    def run(self, *, quiet: bool) -> tuple[_Trial, _Trial, str]:
        """The charter as it stands, the best set found, and how: greedy until good, pruned, then searched for smaller.

        ``quiet``: resistance is already worthless from the start; then no edit is needed when the peak is low too.
        """
        start = self.trial(())
        if start is None:
            message = "not even a cone of the world could be solved"
            raise ModelError(message, hint="split the role: fewer kinds of tools in one charter")
        if quiet and start.good(start):
            return start, start, "no edit needed"
        offered = list(candidates(self.plan, self.rows))
        current = self._greedy(start, offered)
        if not current.good(start):
            return start, current, "greedy; no set of edits tried reaches the target"
        return start, *self._smaller(self._pruned(current, start), start, offered)

    def trial(self, edits: tuple[Candidate, ...]) -> _Trial | None:
        """Measure a set of edits; ``None`` when they contradict each other or leave a cone out of reach."""
        key = frozenset(one.id for one in edits)
        if key not in self.known:
            self.known[key] = self._measured(edits)
            self.progress(len(self.known))
        return self.known[key]

    def _measured(self, edits: tuple[Candidate, ...]) -> _Trial | None:
        try:
            charter = edited(self.charter, edits) if edits else self.charter
            task = authorised_task_value(charter, self.rows)
            retask = _authorised_value(charter, self.rows, charter.purpose.retask)
            found, peak = pressure(charter, self.rows, self.lens, at_peak=False), 1.0
            if found.share.value < RESISTS:
                found = pressure(charter, self.rows, self.lens)
                peak = found.peak
        except (CharterError, ModelError):
            return None
        return _Trial(edits=edits, share=found.share, mean=found.mean, peak=peak, task=task, retask=retask)

    def _greedy(self, start: _Trial, offered: list[Candidate]) -> _Trial:
        current, left = start, offered
        while not current.good(start) and len(current.edits) < MOST_EDITS:
            untried = [(*current.edits, one) for one in left if one not in current.edits]
            trials = list(spread(self.trial, untried))
            kept = [trial for trial in trials if trial is not None and trial.keeps(start)]
            better = [trial for trial in kept if trial.peak + trial.mean < current.peak + current.mean - 1e-9]
            if not better:
                return current
            left = [trial.edits[-1] for trial in kept]
            current = min(better, key=_order)
        return current

    def _pruned(self, current: _Trial, start: _Trial) -> _Trial:
        for one in current.edits:
            fewer = self.trial(tuple(edit for edit in current.edits if edit != one))
            if fewer is not None and fewer.good(start):
                return self._pruned(fewer, start)
        return current

    def _smaller(self, current: _Trial, start: _Trial, offered: list[Candidate]) -> tuple[_Trial, str]:
        useful = [one for one in offered if self._helps(one, start)]
        tried = 0
        for size in range(1, len(current.edits)):
            for chosen in combinations(useful, size):
                tried += 1
                if tried > EXHAUSTIVE:
                    return current, "greedy and pruned"
                trial = self.trial(chosen)
                if trial is not None and trial.good(start):
                    return trial, f"exhaustive up to {size} edits"
        return current, f"exhaustive up to {max(1, len(current.edits))} edits"

    def _helps(self, one: Candidate, start: _Trial) -> bool:
        """Whether an edit by itself lowers the pressure and keeps the task: only such edits are combined."""
        alone = self.trial((one,))
        return alone is not None and alone.keeps(start) and alone.mean < start.mean - 1e-9


def _order(trial: _Trial) -> tuple[float, float, int, float, float]:
    return trial.order
