"""Best average rewards of stochastic models: proved errors that hold, components, and what happens where none is proved."""

from __future__ import annotations

from fractions import Fraction
from itertools import chain, combinations

import numpy as np
import pytest
from scipy.optimize import linprog
from tests.some_cases import some_of

from remit.errors import NotConvergedError, StateBudgetError
from remit.theory.answers import answer, request
from remit.theory.averages import gains, passages
from remit.theory.averages.averages import LongRunAverages, idle_everywhere
from remit.theory.averages.end_components import end_components
from remit.theory.exact.power import recurrent_distributions
from remit.theory.mdp import MDP, successors_of
from remit.theory.rational import Choice, RationalMDP, model_of
from remit.theory.rewards import rewards_of
from remit.theory.sampling import power as sampling
from remit.theory.sampling.power import sampled_power


def generated(seed: int, most: int = 6) -> RationalMDP:
    """A model of some states: anything may lead anywhere, or (three in ten) only to itself and the next."""
    random = np.random.default_rng(seed)
    count = int(random.integers(2, most + 1))
    choices = []
    for state in range(count):
        offered: dict[tuple[tuple[int, Fraction], ...], list[str]] = {}
        for action in range(int(random.integers(1, 4))):
            width = int(random.integers(1, 4))
            far = random.integers(0, count, width)
            near = np.clip(state + random.integers(0, 2, width), 0, count - 1)
            ends = sorted(set((far if random.random() < 0.7 else near).tolist()))
            weights = random.integers(1, 6, len(ends)).tolist()
            row = tuple((end, Fraction(weight, sum(weights))) for end, weight in zip(ends, weights, strict=True))
            offered.setdefault(row, []).append(f"a{action}")
        choices.append(tuple(Choice(actions=tuple(names), lottery=row) for row, names in offered.items()))
    return RationalMDP(states=tuple(f"s{number}" for number in range(count)), choices=tuple(choices))


def followed(mdp: RationalMDP, state: int, rewards: np.ndarray) -> np.ndarray | None:
    """The best average rewards by following every policy in fractions; None where there are too many."""
    try:
        lines = recurrent_distributions(mdp, state, policies=40)
    except StateBudgetError:
        return None
    table = np.zeros((len(lines), len(mdp.states)))
    for number, line in enumerate(lines):
        table[number, list(line)] = [float(share) for share in line.values()]
    best: np.ndarray = (table @ rewards).max(axis=0)
    return best


def check(seeds: range, tolerance: float) -> int:
    """Compare best averages with those of every policy; return how many states were compared."""
    compared = 0
    for seed in seeds:
        mdp = generated(seed)
        rewards = np.random.default_rng(seed).random((len(mdp.states), 12))
        found, error = LongRunAverages(mdp.as_arrays()).best(rewards, 1e-9)
        assert error.max() <= tolerance
        for state in range(len(mdp.states)):
            truth = followed(mdp, state, rewards)
            if truth is not None:
                assert (np.abs(found[state] - truth) <= error + 1e-14).all(), (seed, state)
                compared += 1
    return compared


@pytest.mark.parametrize(("models", "states"), some_of([(range(60), 120), (range(60, 320), 500)], 1))
def test_the_best_averages_of_320_models_are_those_of_the_best_policies(models: range, states: int) -> None:
    assert check(models, 1e-9) > states


def test_policies_alone_give_the_same_where_sweeps_are_too_few(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (gains, passages):
        monkeypatch.setattr(module, "SWEEPS", 2)
    monkeypatch.setattr(gains, "ROUND", 2)
    assert check(range(400, 450), 1e-8) > 100


def by_linear_program(mdp: MDP, rewards: np.ndarray) -> np.ndarray:
    """The best averages of one reward (Puterman 1994, section 9.3): least g with g >= P g and g + h >= r + P h."""
    states, rows = mdp.states_count, mdp.rows_count
    moves = np.zeros((rows, states))
    for row in range(rows):
        for successor, chance in successors_of(mdp, row):
            moves[row, successor] += chance
    stays = np.eye(states)[mdp.row_states]
    bounds = np.block([[moves - stays, np.zeros((rows, states))], [-stays, moves - stays]])
    limits = np.concatenate([np.zeros(rows), -rewards[mdp.row_states]])
    done = linprog(np.r_[np.ones(states), np.zeros(states)], bounds, limits, bounds=(None, None))
    assert done.success
    return np.asarray(done.x, np.float64)[:states]


def test_larger_models_agree_with_a_linear_program() -> None:
    for seed in range(25):
        mdp = generated(1_000 + seed, most=40).as_arrays()
        rewards = np.random.default_rng(seed).random((mdp.states_count, 2))
        found, error = LongRunAverages(mdp).best(rewards, 1e-9)
        for lane in range(2):
            assert np.abs(found[:, lane] - by_linear_program(mdp, rewards[:, lane])).max() <= error[lane] + 1e-6


def components_plainly(mdp: MDP) -> set[frozenset[int]]:
    """Maximal end components by definition: sets of states that can be kept and moved about in, and in no larger one."""

    def kept(states: frozenset[int]) -> bool:
        inner = {
            state: [
                {end for end, chance in successors_of(mdp, row) if chance}
                for row in range(mdp.row_ptr[state], mdp.row_ptr[state + 1])
            ]
            for state in states
        }
        ways = {state: [ends for ends in rows if ends <= states] for state, rows in inner.items()}
        if not all(ways.values()):
            return False
        for start in states:
            seen = {start}
            while True:
                more = seen | set(chain.from_iterable(ends for state in seen for ends in ways[state]))
                if more == seen:
                    break
                seen = more
            if seen != states:
                return False
        return True

    everything = range(mdp.states_count)
    sets = [frozenset(some) for size in range(1, mdp.states_count + 1) for some in combinations(everything, size)]
    found = [states for states in sets if kept(states)]
    return {states for states in found if not any(states < other for other in found)}


def test_end_components_are_those_of_the_definition() -> None:
    for seed in range(150):
        mdp = generated(seed).as_arrays()
        found = end_components(mdp)
        parts = {frozenset(np.flatnonzero(found.part == number).tolist()) for number in range(found.count)}
        assert parts == components_plainly(mdp), seed
        for row in range(mdp.rows_count):
            part = found.part[mdp.row_states[row]]
            leads = {int(found.part[end]) for end, chance in successors_of(mdp, row) if chance}
            assert bool(found.inside[row]) == (part >= 0 and leads == {int(part)})


def halls(count: int, back: float) -> MDP:
    """Two rooms of a good and a bad state each; from one to the other one gets with the chance ``back``."""
    edges = []
    for state in range(count):
        edges.append((state, 0, [((state + 1) % count, back), (state, 1.0 - back)]))
        edges.append((state, 1, [(state, 0.5), ((state - 1) % count, 0.5)]))
    return MDP.from_edges(edges, states_count=count)


def test_a_gap_that_is_left_is_part_of_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gains, "FOLLOWED", 0)  # sweeps only
    monkeypatch.setattr(gains, "SWEEPS", 30)
    mdp, random = halls(12, 1e-4), np.random.default_rng(0)
    rewards = random.random((12, 6))
    found, error = LongRunAverages(mdp).best(rewards, 1e-9)
    assert error.min() > 1e-4
    monkeypatch.undo()
    truth, small = LongRunAverages(mdp).best(rewards, 1e-9)
    assert small.max() < 1e-8
    assert (np.abs(found - truth) <= error + small).all()


@pytest.fixture
def lake() -> RationalMDP:
    """A slippery walk of 25 places, which holes at both ends cannot be left."""
    third = Fraction(1, 3)
    lines: list[tuple[Choice, ...]] = []
    for place in range(25):
        if place in (0, 24):
            lines.append((Choice(actions=("stay",), lottery=((place, Fraction(1)),)),))
            continue
        ends = tuple((end, third) for end in (place - 1, place, place + 1))
        left = ((place - 1, 2 * third), (place + 1, third))
        right = ((place - 1, third), (place + 1, 2 * third))
        names = (("left", left), ("right", right), ("wait", ends))
        lines.append(tuple(Choice(actions=(name,), lottery=row) for name, row in names))
    return RationalMDP(states=tuple(f"p{place}" for place in range(25)), choices=tuple(lines))


@pytest.mark.slow
def test_power_at_discount_one_of_a_larger_stochastic_model_is_sampled_and_proved(lake: RationalMDP) -> None:
    heard: list[str] = []
    found = answer(lake, request(lake, states=["p0", "p1", "p12"], discount=Fraction(1)), heard.append)
    assert (found.method, found.samples) == ("interval", 10_000)
    assert not any("proved" in line for line in heard)
    hole, edge, middle = (found.power[name].estimate for name in ("p0", "p1", "p12"))
    assert hole.low <= 0.5 <= hole.high
    assert edge.low > 0.5
    # from the middle one chooses the better hole almost surely: gambler's ruin with odds 2, 12 steps away
    assert middle.low <= 2 / 3 <= middle.high
    # at the edge: the near hole is good in half of all goals; else the far one is reached with chance 1/2 (ruin, odds 2)
    assert edge.low <= 0.5 * 2 / 3 + 0.5 * 0.5 <= edge.high


def test_averages_that_cannot_be_proved_are_no_estimates(lake: RationalMDP, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(self: LongRunAverages, rewards: np.ndarray, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
        del tolerance
        self.widest = 0.2
        return rewards, np.full(rewards.shape[1], 0.2)

    monkeypatch.setattr(LongRunAverages, "best", never)
    heard: list[str] = []
    uniform = rewards_of(lake)
    (found,) = sampled_power(lake, [12], 1.0, uniform, samples=20, seed=0, told=heard.append)
    assert (found.method, found.low, found.high) == ("bound", 0.5, 25 / 26)
    assert "not certified" in heard[0]
    with pytest.raises(NotConvergedError, match="not certified"):
        sampled_power(lake, [12], 1.0, rewards_of(lake, "Bernoulli(1/2)"), samples=20, seed=0)
    monkeypatch.setattr(sampling, "LOOSE", 1.0)
    (wide,) = sampled_power(lake, [12], 1.0, uniform, samples=20, seed=0, told=heard.append)
    assert wide.high - wide.low > 0.4
    assert "contain" in heard[1]


def test_choices_until_one_stops_are_counted_and_their_number_is_proved(lake: RationalMDP) -> None:
    between = passages.Passages(lake.as_arrays(), end_components(lake.as_arrays()))
    assert between.parts == 2
    assert np.isfinite(between.choices).all()
    # one who turns back to the middle wanders 2 ** 12 times as long and more, and will still stop
    assert between.choices.max() > 2**12


def test_where_one_component_is_left_and_idle_power_is_exact_though_moves_slip() -> None:
    names = [str(place) for place in range(70)]
    lines = {
        name: {"stay": {name: Fraction(1)}, "on": {names[(i + 1) % 70]: Fraction(2, 3), names[i - 1]: Fraction(1, 3)}}
        for i, name in enumerate(names)
    }
    ring = model_of(names, lines)
    assert idle_everywhere(ring.as_arrays(), 3) == 70
    assert answer(ring, request(ring, states=["3"], discount=Fraction(1))).power["3"].fraction == Fraction(70, 71)
