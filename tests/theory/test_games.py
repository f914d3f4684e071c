"""Closed forms of games about oversight, against direct computation."""

import math
from fractions import Fraction

import numpy as np
import pytest

from remit.errors import ModelError
from remit.theory import games, lengths
from remit.theory.arrays import Booleans, Floats
from remit.theory.channels import capacity, empowerment
from remit.theory.influence.diagrams import diagram, incentives
from remit.theory.mdp import MDP
from remit.theory.multiagent import _led, correlated_rewards, game_powers, joint_power, lone_chooser_power
from remit.theory.notebook import graph
from remit.theory.training import goals as trained

POINT_NINE = Fraction(9, 10)


def test_deferring_to_somebody_rational_never_costs_and_pays_most_when_in_doubt() -> None:
    margins = [games.deference_margin(mean, 1.0) for mean in (-2.0, -0.5, 0.0, 0.5, 2.0)]
    assert min(margins) > 0.0
    assert max(margins) == margins[2] == pytest.approx(1.0 / math.sqrt(2.0 * math.pi))
    assert games.deference_margin(3.0, 0.0) == 0.0
    assert games.noisy_deference_margin(0.5, 1.0, 1e-4) == pytest.approx(games.deference_margin(0.5, 1.0), abs=1e-6)


def test_the_margin_of_deferring_is_not_lost_in_rounding_where_there_is_little_doubt() -> None:
    for z in (6.0, 8.1078, 8.3402, 12.0, 30.0):  # Mills' ratio: phi(z) - z Q(z) = phi(z) (1/z^2 - 3/z^4 + 15/z^6 - ...)
        density = math.exp(-z * z / 2.0) / math.sqrt(2.0 * math.pi)
        series = density * (z**-2 - 3.0 * z**-4 + 15.0 * z**-6)
        for mean in (z, -z):
            assert games.deference_margin(mean, 1.0) == pytest.approx(series, rel=110.0 * z**-6, abs=0.0)
    assert games.deference_margin(1.0, 1e-9) == 0.0


@pytest.mark.parametrize(("mean", "deviation"), [(0.5, 1.0), (-0.25, 0.5), (2.0, 1.5)])
def test_the_margin_vanishes_at_the_threshold_of_irrationality(mean: float, deviation: float) -> None:
    threshold = games.irrationality_threshold(mean, deviation)
    assert games.noisy_deference_margin(mean, deviation, threshold) == pytest.approx(0.0, abs=1e-9)
    assert games.noisy_deference_margin(mean, deviation, 0.9 * threshold) > 0.0
    assert games.noisy_deference_margin(mean, deviation, 1.1 * threshold) < 0.0
    assert games.irrationality_threshold(0.0, 1.0) == math.inf


@pytest.mark.parametrize(("noticed", "works"), [("0", 1), ("1/3", 2), ("9/20", 5), ("3/5", 3)])
def test_the_chance_that_disabling_pays_agrees_with_drawn_goals(noticed: str, works: int) -> None:
    g, p, q = 0.9, 0.05, float(Fraction(noticed))
    random = np.random.default_rng(1)
    r, s = random.random((works, 100_000)).max(axis=0), random.random(100_000)
    comply = (r + g * p * s / (1 - g)) / (1 - g * (1 - p))
    disable = g / (1 - g) * ((1 - q) * r + q * s)
    found = games.chance_disabling_pays(POINT_NINE, Fraction(1, 20), Fraction(noticed), works)
    assert float(found) == pytest.approx((disable > comply).mean(), abs=0.008)


def test_beyond_break_even_detection_disabling_does_not_pay() -> None:
    threshold = games.break_even_detection(POINT_NINE, Fraction(1, 20))
    assert games.value_of_disabling(POINT_NINE, threshold) == games.value_of_complying(POINT_NINE, Fraction(1, 20))
    assert games.break_even_detection(Fraction(0), Fraction(1, 2)) == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: games.deference_margin(0.0, -1.0),
        lambda: games.noisy_deference_margin(0.0, 1.0, 0.0),
        lambda: games.blind_deference_margin(0.0, 2.0),
        lambda: games.value_of_disabling(Fraction(1)),
        lambda: games.chance_disabling_pays(POINT_NINE, Fraction(0), Fraction(0), 0),
        lambda: lengths.neutrality([0.5, 0.6]),
        lambda: lengths.usefulness([1.0], [1.0], [0.0]),
        lambda: lengths.usefulness([0.5, 0.5], [1.0, 2.0], [1.0, 1.0]),
        lambda: lengths.Lottery(chances={1: 1.0}, utilities={}),
        lambda: games.deference_margin(math.nan, 1.0),
        lambda: games.noisy_deference_margin(math.inf, 1.0, 1.0),
        lambda: games.noisy_deference_margin(1.0, 1.0, math.inf),
        lambda: games.irrationality_threshold(math.nan, 1.0),
        lambda: games.blind_deference_margin(math.nan, 0.5),
        lambda: lengths.neutrality([math.nan, 1.0]),
        lambda: lengths.neutrality([]),
        lambda: lengths.usefulness([0.5, 0.5], [math.nan, 1.0], [1.0, 1.0]),
        lambda: lengths.usefulness([1.0], [1.0], [math.inf]),
        lambda: lengths.Lottery(chances={1: math.nan}, utilities={1: 1.0}),
        lambda: lengths.Lottery(chances={1: 1.0}, utilities={1: math.nan}),
        lambda: empowerment(MDP.from_edges([(0, 0, [(0, 1.0)]), (0, 1, [(0, 1.0)])], states_count=1), 0, 10**9),
        lambda: trained.recurrence_threshold(0, 1),
        lambda: trained.avoidance(0, Fraction(1, 2)),
        lambda: capacity(np.array([[0.5, 0.4]])),
        lambda: correlated_rewards((2,), 2.0, np.random.default_rng(0)),
        lambda: lone_chooser_power(0, Fraction(1)),
        lambda: diagram([("D", "U"), ("U", "V")], decision="D", utilities=["U"]),
        lambda: diagram([("D", "U")], decision="X", utilities=["U"]),
        lambda: diagram([("A", "B"), ("B", "A"), ("D", "U")], decision="D", utilities=["U"]),
        lambda: joint_power(
            np.ones((1, 1), bool), np.zeros((1, 1), bool), discount=0.5, correlation=0, samples=2, seed=0
        ),
        lambda: joint_power(
            np.ones((1, 1), bool), np.ones((1, 1), bool), discount=1.0, correlation=0, samples=2, seed=0
        ),
    ],
)
def test_what_makes_no_sense_is_refused(call: object) -> None:
    assert callable(call)
    with pytest.raises(ModelError):
        call()


def test_shut_doors_and_open_ones_give_no_bits_and_log_of_their_number() -> None:
    line = MDP.from_edges(
        [(0, a, [(a, 1.0)]) for a in range(4)] + [(s, 0, [(s, 1.0)]) for s in range(1, 4)], states_count=4
    )
    assert empowerment(line, 0, 1).value == pytest.approx(2.0)
    assert empowerment(line, 3, 2).value == pytest.approx(0.0, abs=1e-9)
    with pytest.raises(ModelError, match="sequences"):
        empowerment(line, 0, 20)


def test_an_action_that_is_absent_is_nothing_the_agent_can_do() -> None:
    road = graph({"gate": ["hall"], "hall": {"left": "east", "right": "west"}, "east": ["east"], "west": ["west"]})
    assert empowerment(road.as_arrays(), 0, 1).value == 0.0  # one way out, whatever actions other states have
    assert empowerment(road.as_arrays(), 0, 2).value == pytest.approx(1.0)
    torn = graph({"s": {"go": {"a": "1/2", "b": "1/2"}}, "a": {"up": "a"}, "b": {"down": "b"}}).as_arrays()
    assert empowerment(torn, 0, 1).value == pytest.approx(0.0)
    with pytest.raises(ModelError, match="no sequence"):  # neither `up` nor `down` is there for sure
        empowerment(torn, 0, 2)


def test_a_node_the_decision_cannot_influence_admits_no_control_incentive() -> None:
    found = incentives(diagram([("X", "D"), ("X", "U"), ("D", "U"), ("N", "D")], decision="D", utilities=["U"]))
    assert found.instrumental_control == {"D", "U"}
    assert found.value_of_information == {"X"}
    assert found.response == {"X"}  # noise tells nothing: its link is cut
    assert found.value_of_control == {"X", "U"}


def test_a_decision_that_moves_no_utility_has_no_incentive() -> None:
    found = incentives(diagram([("X", "D"), ("X", "U"), ("D", "S")], decision="D", utilities=["U"]))
    assert not found.instrumental_control | found.response | found.value_of_information
    assert found.value_of_control == {"X", "U"}


def test_a_diagram_of_ten_thousand_nodes_is_one_walk() -> None:
    edges = [(f"n{i}", f"n{i + 1}") for i in range(10_000)] + [("n10000", "U")]
    found = incentives(diagram(edges, decision="n5000", utilities=["U"]))
    assert len(found.instrumental_control) == 5_002
    assert found.value_of_control == {f"n{i}" for i in range(5_001, 10_001)} | {"U"}


def test_two_agents_with_one_goal_have_equal_power_and_rivals_in_a_game_share_a_sum() -> None:
    moves = np.ones((2, 2), np.bool_)
    found = joint_power(moves, np.ones((1, 1), np.bool_), discount=0.5, correlation=1.0, samples=500, seed=2)
    assert np.allclose(found.power_h, found.power_a)
    assert found.of_h((0, 0)).low <= 2 / 3 <= found.of_h((0, 0)).high
    assert found.of_a((0, 0)).samples == 500
    again = joint_power(moves, np.ones((1, 1), np.bool_), discount=0.5, correlation=1.0, samples=500, seed=2, rounds=3)
    assert np.allclose(found.power_h, again.power_h)
    table = np.array([[3.0, 0.0], [1.0, 2.0]])
    assert sum(game_powers((table, -table), (np.array([0.25, 0.75]), np.array([0.5, 0.5])))) == pytest.approx(0.0)
    assert lone_chooser_power(3, Fraction(-1)) == (Fraction(1, 4), Fraction(3, 4))


def led_by_hand(moves: Booleans, rewards: tuple[Floats, Floats], discount: float, steps: int) -> Floats:
    """H's values where it moves first in each step, written down as it is said: loops over moves and answers."""
    r_h, r_a = rewards
    positions = range(len(moves))
    v_h, v_a = r_h.copy(), r_a.copy()
    for _ in range(steps):
        next_h, next_a = np.empty_like(v_h), np.empty_like(v_a)
        for h in positions:
            for a in positions:
                pairs = []
                for move in np.flatnonzero(moves[h]):
                    answer = max(np.flatnonzero(moves[a]), key=v_a[move].__getitem__)
                    pairs.append((v_h[move, answer], v_a[move, answer]))
                best = max(pairs)
                next_h[h, a], next_a[h, a] = r_h[h, a] + discount * best[0], r_a[h, a] + discount * best[1]
        v_h, v_a = next_h, next_a
    return v_h


LINE = np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]], np.bool_)


@pytest.mark.parametrize("correlation", [-1.0, 0.0, 0.4])
def test_a_leader_in_every_step_is_what_the_loops_say(correlation: float) -> None:
    random = np.random.Generator(np.random.Philox(key=[5, 0]))
    r_h, r_a = correlated_rewards((3, 3, 4), correlation, random)
    led = _led(LINE, LINE, r_h, r_a, discount=0.6, tolerance=1e-6)[0]
    for lane in range(4):
        by_hand = led_by_hand(LINE, (r_h[..., lane], r_a[..., lane]), 0.6, 40)
        assert np.allclose(led[..., lane], by_hand, atol=1e-6)


def test_a_leader_with_an_aligned_follower_reaches_what_one_mind_would() -> None:
    random = np.random.Generator(np.random.Philox(key=[6, 0]))
    r_h, r_a = correlated_rewards((3, 3, 6), 1.0, random)
    led_h, led_a = _led(LINE, LINE, r_h, r_a, discount=0.5, tolerance=1e-9)
    best = r_h / 0.5
    for _ in range(60):
        both = LINE[:, :, None, None, None] & LINE[None, None, :, :, None]  # from h to h', from a to a'
        options = np.where(both, best[None, :, None], -1.0)
        best = r_h + 0.5 * options.max(axis=(1, 3))
    assert np.allclose(led_h, led_a)
    assert np.allclose(led_h, best, atol=1e-6)


RING = np.eye(4, dtype=np.bool_) | np.roll(np.eye(4, dtype=np.bool_), 1, 0) | np.roll(np.eye(4, dtype=np.bool_), -1, 0)
ANYWHERE, NOWHERE = np.ones((3, 3), np.bool_), np.ones((1, 1), np.bool_)


@pytest.mark.parametrize("correlation", [-1.0, 0.0, 1.0])
def test_where_power_is_the_same_in_every_state_nothing_is_said_of_alignment(correlation: float) -> None:
    settings = {"discount": 0.7, "correlation": correlation, "samples": 301, "tolerance": 1e-4}
    runs = [joint_power(RING, RING, seed=seed, **settings).alignment for seed in range(6)]  # type: ignore[arg-type]
    assert sum((run.low, run.high) == (-1.0, 1.0) for run in runs) >= 5  # noise passes for a difference in 5 of 100
    for seed in range(3):  # equal up to rounding: some of these correlations would be no numbers
        found = joint_power(NOWHERE, ANYWHERE, seed=seed, **settings).alignment  # type: ignore[arg-type]
        assert (found.value, found.low, found.high) == (0.0, -1.0, 1.0)
    told = joint_power(LINE, LINE, seed=1, **{**settings, "samples": 600}).alignment  # type: ignore[arg-type]
    assert told.high - told.low < 1.0  # the middle of a line is worth more than its ends


def test_the_power_of_two_who_look_hardly_ahead_is_as_exact_as_any() -> None:
    around = np.roll(np.eye(3, dtype=np.bool_), 1, 1)
    settings = {"discount": 1e-5, "correlation": 0.0, "samples": 20, "seed": 1}
    for leads in (False, True):
        usual = joint_power(NOWHERE, around, leads=leads, **settings)  # type: ignore[arg-type]
        close = joint_power(NOWHERE, around, leads=leads, tolerance=1e-13, **settings)  # type: ignore[arg-type]
        assert np.allclose(usual.power_a, close.power_a, atol=2e-8, rtol=0.0)


def test_a_game_too_long_to_be_played_is_refused_not_cut_short() -> None:
    with pytest.raises(ModelError, match="steps"):
        joint_power(LINE, LINE, discount=0.99999, correlation=0.0, samples=2, seed=0, leads=True)


@pytest.mark.slow
def test_the_interval_of_an_alignment_holds_as_often_as_it_says_and_the_mean_of_runs_is_not_biased() -> None:
    from remit.theory.formats.foreign import from_map

    mdp = from_map("...\n...\n...")
    moves = np.zeros((9, 9), np.bool_)
    for state, choices in enumerate(mdp.choices):
        moves[state, [choice.lottery[0][0] for choice in choices]] = True
    runs = [
        joint_power(moves, moves, discount=0.6, correlation=0.0, samples=1_000, seed=seed, tolerance=1e-4)
        for seed in range(120)
    ]
    means = [np.mean([getattr(run, name) for run in runs], axis=0) for name in ("power_h", "power_a")]
    truth = float(np.corrcoef(means[0].ravel(), means[1].ravel())[0, 1])  # of 120,000 samples
    assert truth == pytest.approx(-0.50, abs=0.03)
    plain = np.mean([np.corrcoef(run.power_h.ravel(), run.power_a.ravel())[0, 1] for run in runs])
    corrected = np.mean([run.alignment.value for run in runs])
    assert abs(corrected - truth) < 0.02 < plain - truth
    assert 0.90 <= np.mean([run.alignment.low <= truth <= run.alignment.high for run in runs]) <= 1.0
