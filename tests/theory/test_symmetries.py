"""Symmetries of whole models: found, checked exactly, and averaged over without bias."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import pytest

from remit.theory.answers import answer, request, with_settings
from remit.theory.exact.power import exact_power
from remit.theory.formats.foreign import from_map
from remit.theory.notebook import Row, graph
from remit.theory.orbits.automorphisms import permutation_faults
from remit.theory.orbits.symmetries import Symmetry, find_symmetry
from remit.theory.rational import RationalMDP, model_of
from remit.theory.rewards import rewards_of
from remit.theory.sampling.power import sampled_power

Edges: TypeAlias = dict[str, Sequence[str] | Mapping[str, str | Row]]
GRID = from_map("...\n...\n...")


def symmetry_of(mdp: RationalMDP, rewards: object = None) -> Symmetry:
    found = find_symmetry(mdp, rewards_of(mdp, rewards))
    assert found is not None
    return found


def turned(seed: int) -> tuple[RationalMDP, Fraction]:
    """A random model that looks the same after it is turned: two or three sectors around a hub, and a discount."""
    random = np.random.default_rng(seed)
    sectors = 2 + seed % 2
    names = ["hub", *(f"s{sector}" for sector in range(sectors))]
    weights = random.integers(0, 3, (int(random.integers(1, 3)), sectors + 1))
    weights[np.arange(len(weights)), random.integers(0, sectors + 1, len(weights))] += 1
    table = {"hub": {f"go{sector}": {f"s{sector}": Fraction(1)} for sector in range(sectors)}}
    for sector in range(sectors):
        rows = {}
        for action, line in enumerate(weights):
            total = int(line.sum())
            targets = [f"s{(sector + step) % sectors}" for step in range(sectors)] + ["hub"]
            rows[f"a{action}"] = {t: Fraction(int(w), total) for t, w in zip(targets, line, strict=True)}
        table[f"s{sector}"] = rows
    return model_of(names, table), Fraction(int(random.integers(0, 10)), 10)


def test_the_grid_has_three_kinds_of_cells_and_every_permutation_passes_the_checker() -> None:
    found = symmetry_of(GRID)
    assert found.orbits_count == 3
    assert all(permutation_faults(GRID, rewards_of(GRID), one) == [] for one in found.generators)
    corners = {int(found.orbits[GRID.number(cell)]) for cell in ("0,0", "0,2", "2,0", "2,2")}
    assert len(corners) == 1


def test_the_checker_refuses_what_is_no_symmetry() -> None:
    same = rewards_of(GRID)
    assert permutation_faults(GRID, same, [0] * 9) == ["not a permutation of the states"]
    swap = [1, 0, *range(2, 9)]
    assert "are not carried onto those of" in permutation_faults(GRID, same, swap)[0]
    turn = symmetry_of(GRID).generators[0]
    uneven = rewards_of(GRID, {GRID.states[next(s for s in range(9) if turn[s] != s)]: 1, "*": "uniform"})
    assert any("has other rewards than" in fault for fault in permutation_faults(GRID, uneven, turn))


def test_unequal_rewards_and_probabilities_break_a_symmetry() -> None:
    assert symmetry_of(GRID, {"0,0": "U[0,2]", "*": "uniform"}).orbits_count == 6  # one reflection is left
    star: Edges = {
        "hub": {"go": {"a": "1/2", "b": "1/2"}},
        "a": {"stay": "a"},
        "b": {"stay": "b"},
    }
    assert symmetry_of(graph(star)).orbits_count == 2
    uneven: Edges = {**star, "hub": {"go": {"a": "1/3", "b": "2/3"}}}
    assert find_symmetry(graph(uneven), rewards_of(graph(uneven))) is None


def test_alike_to_colours_is_not_enough() -> None:
    """Two triangles beside a hexagon: every state has the same colour, but no permutation carries one part over."""
    rings = [["t0", "t1", "t2"], ["u0", "u1", "u2"], [f"h{i}" for i in range(6)]]
    table = {}
    for ring in rings:
        for before, here in pairwise([ring[-1], *ring]):
            table[here] = [before, ring[(ring.index(here) + 1) % len(ring)]]
    found = symmetry_of(graph(table))
    assert found.orbits_count == 2
    labels = dict(zip(table, found.orbits.tolist(), strict=True))
    assert labels["t0"] == labels["u2"] != labels["h0"]
    assert find_symmetry(graph(table), rewards_of(graph(table)), most=10) is None


def test_a_model_without_symmetry_has_none() -> None:
    maze = from_map(".......\n.##.###\n....###\n.##....\n.##.##.\n.##....\n....##.")
    assert find_symmetry(maze, rewards_of(maze)) is None


def test_actions_that_are_carried_onto_each_other_are_told() -> None:
    found = symmetry_of(graph({"hub": ["a", "b", "c"], "a": ["a"], "b": ["b"], "c": ["c", "hub"]}))
    assert found.row_orbits[0] == found.row_orbits[1] != found.row_orbits[2]


def test_alike_states_get_the_same_answer_from_fewer_samples() -> None:
    rewards, found = rewards_of(GRID), symmetry_of(GRID)
    alone = sampled_power(GRID, range(9), 0.6, rewards, samples=2_000, seed=1)
    pooled = sampled_power(GRID, range(9), 0.6, rewards, samples=2_000, seed=1, symmetry=found)
    assert len({pooled[cell].value for cell in (0, 2, 6, 8)}) == 1
    assert pooled[0].value == pytest.approx(np.mean([alone[cell].value for cell in (0, 2, 6, 8)]), abs=1e-12)
    widths = [np.mean([(one.high - one.low) ** 2 for one in line]) for line in (alone, pooled)]
    assert widths[1] < 0.7 * widths[0]
    single = sampled_power(GRID, [6], 0.6, rewards, samples=2_000, seed=1, symmetry=found)
    assert single[0] == pooled[6]


def test_large_models_and_even_samples_are_averaged_over_orbits_too() -> None:
    room = from_map("\n".join(["." * 32] * 32))
    rewards, found = rewards_of(room, "U[-1,1]"), symmetry_of(room)
    at = [0, 31, 500]
    alone = sampled_power(room, at, 0.9, rewards, samples=1024, seed=1)
    pooled = sampled_power(room, at, 0.9, rewards, samples=1024, seed=1, symmetry=found)
    assert pooled[0] == pooled[1]
    assert all(abs(one.value - other.value) < 0.02 for one, other in zip(alone, pooled, strict=True))
    even = sampled_power(
        GRID, [0], 0.6, rewards_of(GRID), samples=4096, seed=1, scheme="latin", symmetry=symmetry_of(GRID)
    )
    assert even[0].value == pytest.approx(0.80519, abs=0.002)  # L01_grid3x3_g0.6


def test_the_command_averages_over_orbits_unless_told_not_to() -> None:
    wanted = request(GRID, discount=Fraction(3, 5))
    pooled, alone = (
        answer(
            GRID,
            with_settings(
                wanted, probability=False, average=False, exact=False, half_width=None, seed=1, samples=500,
                orbits=orbits,
            ),
        )
        for orbits in (None, False)
    )  # fmt: skip
    assert pooled.orbits == 3
    assert alone.orbits is None
    assert pooled.power["0,0"].estimate.value == pooled.power["2,2"].estimate.value
    assert alone.power["0,0"].estimate.value != alone.power["2,2"].estimate.value


def agreement(models: int, seeds: int) -> tuple[int, int]:
    """How often intervals held the exact value, of how many; states of every orbit are asked."""
    held = total = 0
    for number in range(models):
        mdp, discount = turned(number)
        rewards, found = rewards_of(mdp), symmetry_of(mdp)
        assert found.orbits_count == 2
        exact = [float(exact_power(mdp, state, discount, rewards)) for state in (0, 1)]
        for seed in range(seeds):
            at = [seed % 2]
            (one,) = sampled_power(
                mdp, at, float(discount), rewards, samples=400, seed=100 * number + seed, symmetry=found
            )
            assert abs(one.value - exact[at[0]]) <= 3.0 * (one.high - one.low) / 2.0 + 1e-9, (number, seed)
            held += one.low <= exact[at[0]] <= one.high
            total += 1
    return held, total


def test_averages_over_orbits_agree_with_exact_values() -> None:
    held, total = agreement(10, 1)
    assert held >= total - 2


@pytest.mark.slow
@pytest.mark.requirement("THEORY-02")
def test_averages_over_orbits_are_unbiased_and_cover_as_often_as_they_say_on_200_symmetric_models() -> None:
    held, total = agreement(200, 4)
    assert total == 800
    assert 0.93 <= held / total <= 0.97
