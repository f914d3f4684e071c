"""The pressure to resist in a world, read through a few cones: fast enough to ask of a hundred variants of a charter.

A *lens* is a sample of pairs of outcomes that together cover all of them, with two-feature goals on each pair. Such a
goal depends on nothing outside its cone of influence, so that a small world answers for the full one exactly; which
acts blunt oversight is read off the full charter's tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from remit.charter.model import Affordance, Charter
from remit.incentives.readings.readings import measure, resisting
from remit.incentives.readings.temptation import peaks
from remit.incentives.thresholds import PAYS
from remit.incentives.worlds.acts import acts_of
from remit.incentives.worlds.goals import Goals, draw_goals
from remit.incentives.worlds.layout import lay_out
from remit.incentives.worlds.world import Values, World, build_world
from remit.theory.estimate import Estimate, wilson

__all__ = ["Lens", "Pressure", "full_lens", "lens_on", "pressure", "spread"]

MOST_PAIRS = 10
THREADS = 2
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """Goals by the outcomes they range over (``None``: all of them, the full world)."""

    cones: tuple[tuple[frozenset[str] | None, Goals], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """Resistance through a lens: share of goals it pays 1 %, mean gap, and share with a peak of at least 1 %."""

    share: Estimate
    mean: float
    peak: float


def lens_on(names: tuple[str, ...], count: int, seed: int, *, pairs: int = MOST_PAIRS) -> Lens:
    """``count`` two-feature goals over some pairs of outcomes: disjoint ones that cover all first, then others."""
    facts = list(dict.fromkeys(name.partition(" >= ")[0] for name in names))
    generator = np.random.Generator(np.random.Philox(seed))
    shuffled = [facts[index] for index in generator.permutation(len(facts))]
    ring = [frozenset({fact, shuffled[index - 1]}) for index, fact in enumerate(shuffled)]
    others = [frozenset(pair) for pair in combinations(facts, 2)]
    others = [others[index] for index in generator.permutation(len(others))]
    disjoint = ring[1::2] + (ring[:1] if len(ring) % 2 else [])
    chosen = list(dict.fromkeys([*disjoint, *ring, *others]))[: max(pairs, len(disjoint))]
    each = max(1, count // max(1, len(chosen)))
    return Lens(cones=tuple(_goals_on(pair, names, each, seed) for pair in chosen))


def full_lens(prior: str, names: tuple[str, ...], count: int, seed: int) -> Lens:
    """Goals of any prior, read in the full world."""
    return Lens(cones=((None, draw_goals(prior, names, count, seed)),))


def _goals_on(pair: frozenset[str], names: tuple[str, ...], count: int, seed: int) -> tuple[frozenset[str], Goals]:
    features = tuple(name for name in names if name.partition(" >= ")[0] in pair)
    return pair, draw_goals("sparse2", features, count, seed)


def pressure(charter: Charter, rows: Iterable[Affordance], lens: Lens, *, at_peak: bool = True) -> Pressure:
    """The pressure to resist in a charter's world, through a lens; ``at_peak`` also reads the worst moment.

    Raises ``StateBudgetError`` when even a cone is out of reach.
    """
    rows = tuple(rows)
    acts = acts_of(charter, rows)
    resist = resisting(lay_out(charter, acts, None))
    parts = [
        _read(build_world(charter, rows, outcomes=outcomes, acts=acts), resist, goals, at_peak)
        for outcomes, goals in lens.cones
    ]
    return _pooled([np.concatenate(columns) for columns in zip(*parts, strict=True)])


def spread(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Results of independent readings in order, by two threads: the kernels run outside the interpreter lock."""
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        yield from pool.map(work, items)


def _read(
    world: World,
    resist: tuple[str, ...],
    goals: Goals,
    at_peak: bool,  # noqa: FBT001 - passed on
) -> tuple[Values, Values, npt.NDArray[np.int64]]:
    measured = measure(world, goals, {"resistance": resist})
    kept = measured.stake
    peak = np.zeros_like(measured.swing)
    if at_peak and resist:
        peak = peaks(world, goals.rewards(world), measured.swing, resist).peak
    return measured.gaps["resistance"][kept], peak[kept], measured.counts[kept]


def _pooled(columns: list[np.ndarray]) -> Pressure:
    gaps, peak, counts = columns
    total = int(counts.sum())
    return Pressure(
        share=wilson(int(counts[gaps >= PAYS].sum()), total),
        mean=float((gaps * counts).sum() / max(1, total)),
        peak=float(counts[peak >= PAYS].sum() / max(1, total)),
    )
