"""Rewards of few values tie everywhere: what ties is decided for sure in models of any size, and nothing is guessed."""

from collections.abc import Iterable
from fractions import Fraction

import numpy as np
import pytest
from tests.theory.test_chances import FORK, asked, drawn_graph
from tests.theory.test_optimal_in_the_limit import drawn, on_average, slippery

from remit.theory.formats.foreign import from_map
from remit.theory.notebook import graph
from remit.theory.rational import Choice, RationalMDP
from remit.theory.rewards import rewards_of
from remit.theory.sampling import lumping, sequences, ties
from remit.theory.sampling.chances import sampled_probability
from remit.theory.sampling.choices import choices_of
from remit.theory.sampling.judges import judge_of
from remit.theory.sampling.lumping import Lumping
from remit.theory.sampling.sequences import Sequences
from remit.theory.sampling.ties import Decider

LANES = 3
ASKED = [(Fraction(1, 2), False), (Fraction(9, 10), False), (Fraction(1), False), (Fraction(1), True)]


def tied_rewards(seed: int, states: int) -> np.ndarray:
    """Rewards that are 0 or 1, or 0, 1 or 2, or 1 in one state only, or tenths: f64[S, K]."""
    random = np.random.default_rng(seed)
    kinds = (
        (random.random((states, LANES)) < 0.25).astype(float),
        random.integers(0, 3, (states, LANES)).astype(float),
        np.eye(states)[:, random.integers(0, states, LANES)],
        random.random((states, LANES)).round(1),
    )
    return np.ascontiguousarray(kinds[seed % 4])


def in_fractions(mdp: RationalMDP, table: np.ndarray, discount: Fraction, *, average: bool) -> np.ndarray:
    """Which choices fractions say are optimal, bool[C, K]."""
    lines = []
    for lane in range(table.shape[1]):
        rewards = table[:, lane].copy()
        found = Decider(mdp, discount).optimal(rewards) or []
        lines.append(list(on_average(mdp, rewards)) if average else [one for line in found for one in line])
    return np.array(lines).T


def without_fractions(
    mdp: RationalMDP, table: np.ndarray, discount: Fraction, *, average: bool
) -> tuple[np.ndarray, np.ndarray]:
    """What is optimal for sure, and what may be, where models are said to be too large for fractions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ties, "STATES", 0)
        return judge_of(mdp, choices_of(mdp, range(len(mdp.states)), None), discount, average=average)(table)


@pytest.mark.parametrize("seeds", [range(20), pytest.param(range(20, 620), marks=pytest.mark.slow)])
def test_where_each_choice_leads_to_one_state_all_is_decided_as_fractions_do(seeds: Iterable[int]) -> None:
    for seed in seeds:
        mdp, table = drawn_graph(seed, 2 + seed % 8), tied_rewards(seed, 2 + seed % 8)
        for discount, average in ASKED:
            truth = in_fractions(mdp, table, discount, average=average)
            sure, most = without_fractions(mdp, table, discount, average=average)
            assert np.array_equal(sure, truth), (seed, discount, average)
            assert np.array_equal(most, truth), (seed, discount, average)


@pytest.mark.parametrize("seeds", [range(20), pytest.param(range(20, 620), marks=pytest.mark.slow)])
def test_where_choices_lead_to_several_states_nothing_false_is_said_and_little_left_open(seeds: Iterable[int]) -> None:
    counts = dict.fromkeys(ASKED, np.zeros(2))
    for seed in seeds:
        states = 2 + seed % 6
        mdp = slippery(drawn_graph(seed, states), Fraction(1, 5)) if seed % 2 else drawn(seed, states)
        table = tied_rewards(seed // 2, states)
        for discount, average in ASKED:
            truth = in_fractions(mdp, table, discount, average=average)
            sure, most = without_fractions(mdp, table, discount, average=average)
            assert not (sure & ~truth).any(), (seed, discount, average)
            assert not (truth & ~most).any(), (seed, discount, average)
            counts[discount, average] = counts[discount, average] + [(most & ~sure).sum(), truth.size]
    left_open = {way: float(some / every) for way, (some, every) in counts.items()}
    assert left_open[Fraction(9, 10), False] == 0.0
    assert left_open[Fraction(1, 2), False] < 0.02, "at one half different rewards are worth the same now and then"
    assert left_open[Fraction(1), False] < 0.1
    assert left_open[Fraction(1), True] < 0.1


@pytest.mark.parametrize(("discount", "average"), [("9/10", False), ("1", False), ("1", True)])
@pytest.mark.parametrize("words", ["Bernoulli(1/4)", "Bernoulli(1/100)"])
def test_intervals_of_a_grid_are_as_narrow_as_the_samples_make_them(
    words: str, discount: str, *, average: bool
) -> None:
    found = asked(from_map("\n".join(["......"] * 6)), discount, words, samples=400, average=average)
    assert {action: one.high - one.low < 0.11 for action, one in found.items()} == dict.fromkeys(found, True)


@pytest.mark.parametrize("slip", [Fraction(0), Fraction(1, 5)])
def test_rewards_that_do_not_tie_are_not_asked_about_ties(slip: Fraction, monkeypatch: pytest.MonkeyPatch) -> None:
    mdp = from_map("\n".join(["......"] * 6))
    reached: list[str] = []
    monkeypatch.setattr(Sequences, "__init__", lambda *_: reached.append("sequences"))
    monkeypatch.setattr(Lumping, "__init__", lambda *_: reached.append("lumping"))
    asked(slippery(mdp, slip) if slip else mdp, "9/10", "uniform", samples=400)
    assert reached == []


def test_sequences_that_are_too_long_to_count_stay_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequences, "DIGITS", 0)
    monkeypatch.setattr(ties, "STATES", 0)
    found = asked(FORK, "9/10", "Bernoulli(1/2)", samples=400)
    assert found["a"].low < 0.35
    assert found["a"].high > 0.65


def test_policies_that_do_not_settle_stay_open(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = choices_of(FORK, range(len(FORK.states)), None).lotteries
    worst, rewards = rows.row_ptr[:-1][:, None], np.array([[0.0], [0.0], [1.0], [0.0]])
    kept, known = Sequences(rows, Fraction(9, 10)).optimal(rewards, worst)
    assert known.tolist() == [True]
    assert kept[:, 0].tolist() == [False, True, True, True, True]
    monkeypatch.setattr(sequences, "ROUNDS", 1)
    kept, known = Sequences(rows, Fraction(9, 10)).optimal(rewards, worst)
    assert known.tolist() == [False]
    assert kept.all()


def test_ways_are_alike_that_lead_with_the_same_chances_to_the_same_kinds() -> None:
    """A third each to two states of a kind is two thirds to one of them; a half is something else."""
    ends = {end: [end] for end in ("x", "y", "z")}
    thirds = {"x": "1/3", "y": "1/3", "z": "1/3"}
    mdp = graph({"s": {"a": thirds, "b": {"y": "2/3", "z": "1/3"}, "c": {"x": "1/2", "z": "1/2"}}, **ends})
    table = np.array([[0.0, 0.0], [1.0, 1.0], [1.0, 2.0], [0.0, 0.0]])
    policy = np.array([[0, 0], [3, 3], [4, 4], [5, 5]])
    alike = Lumping(mdp).alike(table, policy)
    assert alike[:, 0].tolist() == [True, True, False, True, True, True]
    assert alike[:, 1].tolist() == [True, False, False, True, True, True], "x and y are of two kinds now"


def test_ways_that_go_on_alike_leave_the_same_on_average(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each corner is left by one of two ways, and where all is worth 1 or all 0, or one way mirrors the other, they tie."""
    mdp = slippery(from_map("..\n.."), Fraction(1, 5))
    exact = asked(mdp, 1, "Bernoulli(1/2)", samples=300, average=True)
    monkeypatch.setattr(ties, "STATES", 0)
    assert asked(mdp, 1, "Bernoulli(1/2)", samples=300, average=True) == exact


def test_where_kinds_cannot_be_told_only_the_policy_is_like_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    primes = [2**61 - 1, 2**31 - 1]
    rows = tuple(Choice(actions=(f"a{p}",), lottery=((0, Fraction(1, p)), (1, 1 - Fraction(1, p)))) for p in primes)
    fine = RationalMDP(states=("s", "t"), choices=(rows, (Choice(actions=("stay",), lottery=((1, Fraction(1)),)),)))
    table, policy = np.zeros((2, 1)), np.array([[1], [2]])
    assert Lumping(fine).alike(table, policy)[:, 0].tolist() == [False, True, True]
    assert Lumping(fine).leading_to(np.zeros((3, 1), np.bool_), np.ones((3, 1), np.bool_)).all()
    coarse = slippery(FORK, Fraction(1, 5))
    own = np.cumsum([0, *(len(options) for options in coarse.choices)])[:-1, None]
    assert Lumping(coarse).alike(np.zeros((4, 1)), own).all()
    monkeypatch.setattr(lumping, "ROUNDS", 0)
    assert Lumping(coarse).alike(np.zeros((4, 1)), own).sum() == len(own)


def test_more_rewards_than_are_looked_at_at_once_are_looked_at_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [sampled_probability(mdp, [0], g, rewards_of(mdp, "Bernoulli(1/4)"), samples=50, seed=1)
             for mdp in (from_map("....\n...."), slippery(from_map("....\n...."), Fraction(1, 5)))
             for g in (0.5, 0.9, 1.0)]  # fmt: skip
    monkeypatch.setattr(sequences, "NUMBERS", 100)
    monkeypatch.setattr(lumping, "NUMBERS", 400)
    parts = [sampled_probability(mdp, [0], g, rewards_of(mdp, "Bernoulli(1/4)"), samples=50, seed=1)
             for mdp in (from_map("....\n...."), slippery(from_map("....\n...."), Fraction(1, 5)))
             for g in (0.5, 0.9, 1.0)]  # fmt: skip
    assert parts == whole
