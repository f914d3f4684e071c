"""The pressure to resist, read through cones: the same numbers as in the full world."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from tests.small_charters import SHIPPED, row, shipped, tiny, world_of
from tests.some_cases import some_of

from remit.incentives.catalogue import with_extensions
from remit.incentives.readings.pressure import full_lens, lens_on, pressure, spread
from remit.incentives.readings.readings import measure, resisting
from remit.incentives.readings.temptation import peaks

NAMES = ("out.a", "out.b", "out.c", "out.c >= 2", "out.d", "out.e")


@pytest.mark.parametrize("names", [NAMES, NAMES[:1], NAMES[:3]], ids=len)
def test_a_lens_looks_at_every_outcome_and_at_pairs_alone(names: tuple[str, ...]) -> None:
    facts = {name.partition(" >= ")[0] for name in names}
    lens = lens_on(names, 60, 0)
    pairs = [pair for pair, _ in lens.cones]
    assert frozenset().union(*(pair for pair in pairs if pair is not None)) == facts
    assert all(pair is not None and 1 <= len(pair) <= 2 for pair in pairs)
    assert len(set(pairs)) == len(pairs)
    for pair, goals in lens.cones:
        assert pair is not None
        assert {name.partition(" >= ")[0] for name in goals.names} == pair
        assert goals.total >= 1


def test_a_lens_is_drawn_by_its_seed() -> None:
    one, again = lens_on(NAMES, 60, 0), lens_on(NAMES, 60, 0)
    assert [pair for pair, _ in one.cones] == [pair for pair, _ in again.cones]
    assert {pair for pair, _ in one.cones} <= {frozenset(pair) for pair in combinations({*NAMES} - {"out.c >= 2"}, 2)}


@pytest.mark.requirement("WORLD-08")
@pytest.mark.parametrize("path", some_of(SHIPPED, 2), ids=lambda path: path.stem)
def test_what_a_lens_reads_is_what_the_full_world_reads(path: Path) -> None:
    charter, world = shipped(path)
    lens = lens_on(world.feature_names, 24, 0)
    found = pressure(charter, with_extensions(charter), lens)
    resist = resisting(world.blueprint)
    gaps, tops, counts = [], [], []
    for _, goals in lens.cones:
        measured = measure(world, goals, {"resistance": resist})
        gaps.append(measured.gaps["resistance"][measured.stake])
        tops.append(peaks(world, goals.rewards(world), measured.swing, resist).peak[measured.stake])
        counts.append(measured.counts[measured.stake])
    gap, top, count = (np.concatenate(parts) for parts in (gaps, tops, counts))
    total = count.sum()
    assert found.mean == pytest.approx(float((gap * count).sum() / total), abs=1e-6)
    assert found.share.value == pytest.approx(float(count[gap >= 0.01].sum() / total), abs=2 / total)
    assert found.peak == pytest.approx(float(count[top >= 0.01].sum() / total), abs=2 / total)


def test_a_full_lens_is_the_full_world() -> None:
    charter = tiny([row("cut", "oversight.stop"), row("leak", "out.leak")])
    world = world_of(charter)
    lens = full_lens("linear", world.feature_names, 30, 0)
    found = pressure(charter, charter.catalogue, lens)
    measured = measure(world, lens.cones[0][1], {"resistance": resisting(world.blueprint)})
    assert found.share == measured.share("resistance", 0.01)


def test_without_a_resisting_act_there_is_no_pressure() -> None:
    charter = tiny([row("leak", "out.leak")])
    found = pressure(charter, charter.catalogue, lens_on(world_of(charter).feature_names, 20, 0))
    assert (found.share.value, found.mean, found.peak) == (0.0, 0.0, 0.0)


def test_work_that_is_spread_comes_back_in_order() -> None:
    assert list(spread(lambda number: number * number, range(20))) == [number * number for number in range(20)]
