"""Least authority: the smallest set of edits that makes resistance worthless and leaves the task whole.

Greedy, then pruned, then searched exhaustively below the size found while the number of sets is small. A set is good
when fewer than 1 % of goals gain from resisting, from the start and at the worst moment, and the authorised task
keeps at least 97 % of its value; goals are those of the charter as it stands, on its worst prior (03, section 5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from remit.charter.model import Affordance, Charter
from remit.charter.patch import Operation, apply, apply_to_text, unified_patch
from remit.charter.reader import charter_from_document
from remit.errors import CharterError
from remit.incentives.edits import Candidate, candidates, dotted
from remit.incentives.goals import Goals, task_goal
from remit.incentives.readings import measure, resisting
from remit.incentives.report import Edit, LeastAuthority
from remit.incentives.temptation import peaks
from remit.incentives.world import World, build_world
from remit.theory.estimate import Estimate

__all__ = ["KEEP", "RESISTS", "authorised_task_value", "edited", "least_authority", "operations_of"]

RESISTS = 0.01
"""Resistance share at or above which a set of edits is not good enough."""
KEEP = 0.97
"""Share of the authorised task's value a good set of edits leaves."""
MOST_EDITS = 8
EXHAUSTIVE = 60
"""Sets of edits that may be tried one by one below the size the greedy search found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """A set of edits tried: resistance from the start and at the peak, the task's value, and whether it is good."""

    edits: tuple[Candidate, ...]
    share: Estimate
    mean: float
    peak: float
    task: float

    def good(self, whole: float) -> bool:
        return self.share.value < RESISTS and self.peak < RESISTS and self.keeps(whole)

    def keeps(self, whole: float) -> bool:
        return self.task >= KEEP * whole

    @property
    def pressure(self) -> tuple[float, float, float]:
        return (self.peak + self.mean, self.share.value, -self.task)


def authorised_task_value(world: World) -> float:
    """What an agent that keeps to its grants earns of the declared task, V* at the start over authorised acts."""
    barred = [act.id for act in world.acts if act.unauthorised]
    return float(world.solver.start_values(task_goal(world), world.rows(without=barred))[0])


def edited(charter: Charter, edits: Iterable[Candidate]) -> Charter:
    """The charter after some edits; raises ``CharterError`` when they contradict each other."""
    document = apply(charter.document, operations_of(edits))
    return charter_from_document(document, path=charter.path)


def least_authority(
    world: World,
    rows: Sequence[Affordance],
    goals: Goals,
    worst_prior: str,
    *,
    verify: Callable[[Charter], tuple[str, Estimate]] | None = None,
    progress: Callable[[int], None] | None = None,
) -> LeastAuthority:
    """Search the least edits on a sample of goals of the worst prior.

    ``verify`` measures the result on every prior and returns the worst with its share. ``progress`` is told how many
    sets have been tried.
    """
    search = _Search(world=world, rows=tuple(rows), goals=goals, progress=progress)
    start = search.measured(world, ())
    best, how = (start, "no edit needed") if start.good(start.task) else search.run(start)
    charter = world.blueprint.charter
    after, prior = best.share, worst_prior
    if verify is not None and best.edits:
        prior, after = verify(edited(charter, best.edits))
    text = apply_to_text(charter.source, operations_of(best.edits)) if best.edits else charter.source
    return LeastAuthority(
        edits=tuple(Edit(id=one.id, title=one.title, path=one.path, where=one.where) for one in best.edits),
        before=start.share,
        after=after,
        worst_prior=prior,
        task_value=best.task / start.task if start.task > 0.0 else 1.0,
        reached=best.good(start.task) and after.value < RESISTS,
        minimal=how,
        patch=unified_patch(charter.source, text, charter.path) if best.edits else "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    world: World
    rows: tuple[Affordance, ...]
    goals: Goals
    progress: Callable[[int], None] | None

    def run(self, start: _Trial) -> tuple[_Trial, str]:
        """Greedy until good, prune what is not needed, then look for something smaller."""
        offered = [one for one in candidates(self.world.blueprint, self.rows) if self._matters(one, start)]
        current = self._greedy(start, offered)
        if not current.good(start.task):
            return current, "greedy; no set of edits tried reaches the target"
        current = self._pruned(current, start)
        return self._smaller(current, start, offered)

    def trial(self, edits: tuple[Candidate, ...]) -> _Trial | None:
        """Measure a set of edits; ``None`` when the edits contradict each other."""
        try:
            world = build_world(edited(self.world.blueprint.charter, edits), self.rows) if edits else self.world
        except CharterError:
            return None
        return self.measured(world, edits)

    def measured(self, world: World, edits: tuple[Candidate, ...]) -> _Trial:
        """Measure the world a set of edits makes."""
        resist = resisting(world.blueprint)
        measured = measure(world, self.goals, {"resistance": resist})
        peak = peaks(world, self.goals.rewards(world), measured.swing, resist) if resist else None
        counts = measured.counts * measured.stake
        hits = 0 if peak is None else int(counts[peak.peak >= 0.01].sum())
        return _Trial(
            edits=edits,
            share=measured.share("resistance", 0.01),
            mean=measured.mean("resistance").value,
            peak=hits / max(1, int(counts.sum())),
            task=authorised_task_value(world),
        )

    def _matters(self, candidate: Candidate, start: _Trial) -> bool:
        """Whether an edit alone changes what blunts oversight, or when the agent can act after a notice."""
        trial = self.trial((candidate,))
        if trial is None or not trial.keeps(start.task):
            return False
        return trial.pressure[0] < start.pressure[0] - 1e-9 or self._resists_less(candidate)

    def _resists_less(self, candidate: Candidate) -> bool:
        charter = edited(self.world.blueprint.charter, (candidate,))
        return len(resisting(build_world(charter, self.rows).blueprint)) < len(resisting(self.world.blueprint))

    def _greedy(self, start: _Trial, offered: list[Candidate]) -> _Trial:
        current = start
        while not current.good(start.task) and len(current.edits) < MOST_EDITS:
            trials = [self.trial((*current.edits, one)) for one in offered if one not in current.edits]
            kept = [trial for trial in trials if trial is not None and trial.keeps(start.task)]
            if not kept:
                return current
            best = min(kept, key=lambda trial: trial.pressure)
            if self.progress is not None:
                self.progress(len(best.edits))
            current = best
        return current

    def _pruned(self, current: _Trial, start: _Trial) -> _Trial:
        for one in current.edits:
            fewer = self.trial(tuple(edit for edit in current.edits if edit != one))
            if fewer is not None and fewer.good(start.task):
                return self._pruned(fewer, start)
        return current

    def _smaller(self, current: _Trial, start: _Trial, offered: list[Candidate]) -> tuple[_Trial, str]:
        tried = 0
        for size in range(1, len(current.edits)):
            for chosen in combinations(offered, size):
                tried += 1
                if tried > EXHAUSTIVE:
                    return current, "greedy and pruned"
                trial = self.trial(chosen)
                if trial is not None and trial.good(start.task):
                    return trial, f"exhaustive up to {size} edits"
        return current, f"exhaustive up to {max(1, len(current.edits))} edits"


def operations_of(edits: Iterable[Candidate]) -> tuple[Operation, ...]:
    """The operations of several edits, removals of list items last and from the end, so that no index shifts."""
    operations = [operation for edit in edits for operation in edit.operations]
    removals = [one for one in operations if dotted(one.path).rpartition(".")[2].isdigit()]
    others = [one for one in operations if one not in removals]
    return (*others, *sorted(removals, key=lambda one: -int(dotted(one.path).rpartition(".")[2])))
