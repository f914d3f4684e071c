"""Every published or derived reference value of ``tests/vectors/theory_vectors.json``, each a test of its own.

The file says for each value where it comes from and how it was derived. Exact values are compared as fractions.
"""

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from tests.symmetric_power import is_mean_of_pairs, power_by_symmetry

from remit.theory import games, lengths, multiagent
from remit.theory.channels import capacity
from remit.theory.exact.payoffs import Payoff, chances_of_groups
from remit.theory.exact.polynomial import ONE, ZERO
from remit.theory.exact.power import exact_power, exact_probability, recurrent_distributions
from remit.theory.influence.diagrams import diagram, incentives
from remit.theory.orbits import orbits, retarget
from remit.theory.rational import RationalMDP, read_model
from remit.theory.rewards import rewards_of
from remit.theory.sampling.power import sampled_power
from remit.theory.training import goals as trained

DATA: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "theory_vectors.json").read_text(encoding="utf-8")
)
VECTORS: dict[str, dict[str, Any]] = {vector["id"]: vector for vector in DATA["vectors"]}
CASES: dict[str, Callable[[dict[str, Any]], object]] = {}
SLOW = ("L01_grid3x3_g0.3", "L01_grid3x3_g0.9")
"""Vectors that take seconds, and are of one kind with one that every run computes."""


def case(*names: str) -> Callable[[Callable[[dict[str, Any]], object]], Callable[[dict[str, Any]], object]]:
    """Register how the value of some vectors is computed."""

    def register(function: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], object]:
        CASES.update(dict.fromkeys(names, function))
        return function

    return register


def model(name: str) -> RationalMDP:
    return read_model(json.dumps(DATA["mdps"][name]))


def discount(value: object) -> Fraction:
    return {"0+": ZERO, "1-": ONE}.get(str(value)) or Fraction(str(value).rstrip("+-"))


def power(mdp: RationalMDP, state: str, gamma: object, rewards: str | None = None) -> Fraction:
    return exact_power(mdp, mdp.number(state), discount(gamma), rewards_of(mdp, rewards))


def optimal(mdp: RationalMDP, state: str, gamma: object, *, average: bool = False) -> dict[str, Fraction]:
    return exact_probability(mdp, mdp.number(state), discount(gamma), rewards_of(mdp), average=average)


@case(
    "A01_power_terminal_g0.9",
    "A04_power_star_g1",
    "A05_power_star_g0.5",
    "A07_power_wait_g0.5",
    "A18_affine_invariance",
)
def one_power(vector: dict[str, Any]) -> object:
    state, gamma = vector["args"]["state"], vector["args"]["gamma"]
    return power(model(vector["mdp"]), state, gamma, vector["args"].get("reward"))


@case("A02_power_star3")
def power_at_two_discounts(vector: dict[str, Any]) -> object:
    both = {power(model("star3"), "s", gamma) for gamma in vector["args"]["gamma"]}
    assert len(both) == 1
    return both.pop()


@case("A03_power_case_g0.25", "A03_power_case_g0.5", "A03_power_case_g0.9", "A11_power_pp_stochastic_g0.3")
def power_of_states(vector: dict[str, Any]) -> object:
    mdp = model(vector["mdp"])
    return {state: power(mdp, state, vector["args"]["gamma"]) for state in vector["expected"]}


@case("A15_power_cycles_K3_K4")
def power_of_complete_graphs(_: dict[str, Any]) -> object:
    def complete(size: int) -> RationalMDP:
        names = [str(i) for i in range(size)]
        moves = {a: {f"go_{b}": {b: 1} for b in names if b != a} for a in names}
        return read_model(json.dumps({"states": names, "transitions": moves}))

    assert [power(complete(n), "0", 1) for n in (3, 4)] == [power_by_symmetry(n) for n in (3, 4)]
    longest = recurrent_distributions(complete(4), 0)
    assert all(is_mean_of_pairs(shares) for shares in longest)
    return [power(model("K3_noloops"), "0", 1), power(complete(4), "0", 1), power_by_symmetry(10)]


@case("B02_optprob_case_g0.5")
def probability_at_star(vector: dict[str, Any]) -> object:
    found = optimal(model("case_study"), "star", vector["args"]["gamma"])
    return {"empty": found["go_empty"], "left": found["go_l_tri"], "right": found["go_r_tri"]}


@case("B03_optprob_wait_g0.5", "B03_optprob_wait_g0.25", "B06_detour_optprob_N_g0.9")
def probability_of_one(vector: dict[str, Any]) -> object:
    arguments = vector["args"]
    return optimal(model(vector["mdp"]), arguments["state"], arguments["gamma"])[f"go_{arguments['action']}"]


@case("B04_optprob_wait_limits")
def probability_in_the_limits(vector: dict[str, Any]) -> object:
    return [optimal(model("wait"), "start", gamma)["go_wait"] for gamma in vector["args"]["gamma"]]


@case("B09_survive_3_die_1")
def surviving(vector: dict[str, Any]) -> object:
    mdp = model(vector["mdp"])
    found = optimal(mdp, "root", 1, average=True)
    copies = len(orbits.find_copies(mdp, mdp.number("root"), "die_0"))
    return [sum(chance for action, chance in found.items() if action != "die_0"), Fraction(copies, copies + 1)]


@case("C03_similarity_embedding")
def similarity(_: dict[str, Any]) -> object:
    mdp = model("case_study")
    small, large, star = mdp.number("l_sw"), mdp.number("r_se"), mdp.number("star")
    found = [
        orbits.state_contains_copy(mdp, larger=large, smaller=small),
        orbits.action_contains_copy(mdp, star, larger="go_r_tri", smaller="go_l_tri"),
        orbits.state_contains_copy(mdp, larger=small, smaller=large),
        orbits.action_contains_copy(mdp, star, larger="go_l_tri", smaller="go_r_tri"),
    ]
    return [copy is not None for copy in found]


@case("D01_orbit_frac_optimal", "D01_orbit_best_of_2")
def orbit_votes(vector: dict[str, Any]) -> object:
    rule = {"frac_optimal": retarget.maximise, "best_of_2": retarget.best_of(2)}[vector["args"]["decision"]]
    vote = retarget.orbit_vote(rule, vector["args"]["u"], smaller=[0], larger=[1, 2])
    return {"orbit": vote.orbit, "B_gt_A": vote.larger, "A_gt_B": vote.smaller, "tie": vote.tie}


@case("D02_boltzmann_values")
def boltzmann(_: dict[str, Any]) -> object:
    rule = retarget.boltzmann(1.0)
    return [rule((10, 5, 0))[0], rule((0, 10, 5))[0]]


@case("D04_orbit_case_average")
def average_orbit(vector: dict[str, Any]) -> object:
    mdp = model("case_study")
    reward = [Fraction(value) for value in vector["args"]["R"]]
    vote = orbits.average_vote(mdp, mdp.number("star"), reward, larger="go_r_tri", smaller="go_l_tri")
    return [vote.larger, vote.smaller, vote.tie]


@case("D08_utility_class")
def utility_classes(vector: dict[str, Any]) -> object:
    transitions = DATA["mdps"]["tree_4_2"]["transitions"]

    def leaves(state: str) -> list[str]:
        after = [target for row in transitions.get(state, {}).values() for target in row]
        return [leaf for target in after for leaf in leaves(target)] or [state]

    def seen(leaf: str) -> str:
        return leaf if leaf[0] == "l" else "d" * len(leaf)

    def surviving_is_best(alive: set[str], dead: set[str]) -> Fraction:
        numbers = {name: i for i, name in enumerate(sorted(alive | dead))}
        groups = [[Payoff.of([(numbers[name], ONE)], ZERO) for name in side] for side in (alive, dead)]
        return chances_of_groups(groups)[0]

    alive, dead = leaves("l"), leaves("d")
    ends = {f"last letter {leaf[-1]}" for leaf in alive}
    assert len(ends) == vector["args"]["b"]
    return [
        surviving_is_best(set(alive), set(dead)),
        surviving_is_best({seen(leaf) for leaf in alive}, {seen(leaf) for leaf in dead}),
        surviving_is_best(ends, {"dead"}),
    ]


@case("E01_kk_exact_k1_g0.5", "E01_kk_exact_k3_g0.01")
def avoiding_shutdown(vector: dict[str, Any]) -> object:
    mdp, gamma = model(vector["mdp"]), discount(vector["args"]["gamma"])
    found = optimal(mdp, "new", gamma)
    avoided = sum(chance for action, chance in found.items() if action != "shutdown")
    assert avoided == trained.avoidance(vector["args"]["k"], gamma)
    said = trained.check_assumptions(mdp, new=mdp.number("new"), shutdown="shutdown", training=())
    return [avoided, said.bound]


@case("E02_kk_gamma_star")
def thresholds(_: dict[str, Any]) -> object:
    return [trained.recurrence_threshold(d, length) for d, length in ((1, 1), (2, 1), (3, 1), (2, 2), (1, 3))]


@case("E03_kk_absorbing_shutdown")
def absorbing_shutdown(_: dict[str, Any]) -> object:
    found = {gamma: 1 - optimal(model("star4"), "s", gamma)["go_t0"] for gamma in ("1/10", "9/10", "1")}
    assert len(set(found.values())) == 1
    return found["1"]


@case("E04_training_conditioning")
def conditioning(_: dict[str, Any]) -> object:
    known, *rivals, unseen = (Payoff.of([(k, ONE)], ZERO) for k in range(7))
    trainings = [[(known, rival) for rival in rivals[:count]] for count in (0, 1, 2, 5)]
    return [trained.conditional_chance([(known, unseen)], training) for training in trainings]


@case("F01_offswitch_rational")
def deferring(_: dict[str, Any]) -> object:
    return [games.deference_margin(*belief) for belief in ((0, 1), (0.5, 1), (-0.5, 1), (1, 0.25), (0.5, 0))]


@case("F02_offswitch_noisy_human")
def deferring_to_the_noisy(_: dict[str, Any]) -> object:
    return [games.noisy_deference_margin(*belief) for belief in ((0, 1, 1), (0, 1, 0.1), (0.5, 1, 1), (1, 0.25, 1))]


@case("F03_offswitch_beta_threshold")
def deferring_no_more(_: dict[str, Any]) -> object:
    root = brentq(lambda beta: games.noisy_deference_margin(0.5, 1.0, beta), 0.2, 5.0, xtol=1e-10)
    assert games.irrationality_threshold(0.5, 1.0) == pytest.approx(root, abs=1e-7)
    return root


@case("F04_offswitch_uninformative")
def deferring_to_a_coin(_: dict[str, Any]) -> object:
    return [games.blind_deference_margin(mean, 0.5) for mean in (0.5, -0.5)]


@case("F05_shutdown_threshold")
def shutdown_values(vector: dict[str, Any]) -> object:
    gamma, chance = discount(vector["args"]["gamma"]), discount(vector["args"]["p"])
    comply, disable = games.value_of_complying(gamma, chance), games.value_of_disabling(gamma)
    return [comply, disable, disable - comply, games.break_even_detection(gamma, chance)]


@case("F09_detection_cliff")
def detection_cliff(vector: dict[str, Any]) -> object:
    gamma, chance = discount(vector["args"]["gamma"]), discount(vector["args"]["p"])
    found = {}
    for key in vector["expected"]:
        noticed, works = (part.split("=")[1] for part in key.split(","))
        found[key] = games.chance_disabling_pays(gamma, chance, Fraction(noticed), int(works))
    return found


@case("G03_neutrality")
def neutral_and_useful(_: dict[str, Any]) -> object:
    return [
        *(lengths.neutrality([p, 1.0 - p]) for p in (0.5, 0.8, 1.0)),
        lengths.usefulness([0.5, 0.5], [3.0, 2.0], [4.0, 2.0]),
    ]


def lottery(first: float, second: float, chances: tuple[float, float] = (0.5, 0.5)) -> lengths.Lottery:
    return lengths.Lottery(chances={1: chances[0], 2: chances[1]}, utilities={1: first, 2: second})


@case("G04_timestep_dominance")
def dominance(_: dict[str, Any]) -> object:
    pairs = [
        (lottery(3, 5), lottery(3, 4)),
        (lottery(3, 5), lottery(2, 6)),
        (lottery(3, 5, (0.9, 0.1)), lottery(2.9, 4.9, (0.1, 0.9))),
        (lottery(3, 5), lottery(3, 5)),
    ]
    return [lengths.timestep_dominates(*pair) for pair in pairs]


@case("G05_post_pay_to_shift")
def paying_to_live_longer(_: dict[str, Any]) -> object:
    kept, paid = lottery(2, 10, (0.8, 0.2)), lottery(1, 9, (0.1, 0.9))
    return [paid.expected_utility - kept.expected_utility, lengths.timestep_dominates(kept, paid)]


@case("H04_channel_capacity")
def capacities(_: dict[str, Any]) -> object:
    channels = [[[0.9, 0.1], [0.1, 0.9]], [[1, 0], [0.5, 0.5]], [[0.75, 0.25, 0], [0, 0.25, 0.75]]]
    return [capacity(np.array(channel, np.float64)).value for channel in channels]


@case("J01_multi_closed_k2_c1.0", "J01_multi_closed_k4_c0.5")
def lone_chooser(vector: dict[str, Any]) -> object:
    outcomes = len(model(vector["mdp"]).states) - 1
    return list(multiagent.lone_chooser_power(outcomes, Fraction(vector["args"]["correlation"])))


@case("J02_bayesian_constant_sum")
def matching_pennies(_: dict[str, Any]) -> object:
    payoff = np.array([[1.0, -1.0], [-1.0, 1.0]])
    pure, mixed = np.array([1.0, 0.0]), np.array([0.5, 0.5])
    plays = ((pure, pure), (mixed, mixed), (mixed, pure))
    return [sum(multiagent.game_powers((payoff, -payoff), play)) for play in plays]


@case("K02_cid_modified_recommender", "K04_cid_grade_predictor")
def causal_incentives(vector: dict[str, Any]) -> object:
    arguments = vector["args"]
    edges = [(start, end) for start, end in arguments["edges"]]
    found = incentives(diagram(edges, decision=arguments["decisions"][0], utilities=arguments["utilities"]))
    return {
        "ICI": sorted(found.instrumental_control),
        "RI": sorted(found.response),
        "VoI": sorted(found.value_of_information),
        "VoC": sorted(found.value_of_control),
    }


def place(cell: str) -> str:
    row, column = map(int, cell.split(","))
    return ("centre", "edge", "corner")[abs(row - 1) + abs(column - 1)]


@case("L01_grid3x3_g0.3", "L01_grid3x3_g0.6", "L01_grid3x3_g0.9")
def heat_map(vector: dict[str, Any]) -> object:
    mdp = model("grid3x3")
    states = range(len(mdp.states))
    found = sampled_power(mdp, states, vector["args"]["gamma"], rewards_of(mdp), samples=200_000, seed=7)
    kinds = {kind: [found[i].value for i in states if place(mdp.states[i]) == kind] for kind in vector["expected"]}
    return {kind: sum(values) / len(values) for kind, values in kinds.items()}


@pytest.mark.slow
def test_a_published_joint_heat_map_is_reproduced() -> None:
    vector = VECTORS["L03_multi3x3_c0_g0.6"]
    mdp, arguments = model("grid3x3"), vector["args"]
    moves = np.zeros((9, 9), np.bool_)
    for state, choices in enumerate(mdp.choices):
        for choice in choices:
            moves[state, choice.lottery[0][0]] = True
    found = multiagent.joint_power(
        moves, moves, discount=arguments["gamma"], correlation=arguments["correlation"], samples=20_000, seed=1
    )
    groups: dict[str, list[tuple[int, int]]] = {}
    for h, one in enumerate(mdp.states):
        for a, other in enumerate(mdp.states):
            apart = sum(abs(int(x) - int(y)) for x, y in zip(one.split(","), other.split(","), strict=True))
            groups.setdefault(f"{place(one)}|{place(other)}|{apart}", []).append((h, a))
    for name, table in (("H", found.power_h), ("A", found.power_a)):
        for group, cells in groups.items():
            assert np.mean([table[at] for at in cells]) == pytest.approx(
                vector["expected"][name][group], abs=vector["tol"]
            )
    assert found.alignment.value == pytest.approx(vector["expected"]["pearson"], abs=0.05)
    both = (1 + 20 / 30) ** 0.5 * (found.alignment.high - found.alignment.low) / 2  # the value had 30,000 samples
    assert abs(found.alignment.value - vector["expected"]["pearson"]) <= both


def as_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_numbers(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [as_numbers(entry) for entry in value]
    return Fraction(value) if isinstance(value, str) else value


def is_exact(value: Any) -> bool:
    if isinstance(value, dict | list):
        return all(is_exact(entry) for entry in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, Fraction | int)


@pytest.mark.requirement("THEORY-01")
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in sorted(CASES)]
)
def test_a_reference_value_is_reproduced(name: str) -> None:
    vector = VECTORS[name]
    found: Any = CASES[name](vector)
    if vector["expected_exact"] is not None and is_exact(found):
        assert found == as_numbers(vector["expected_exact"])
    elif isinstance(found, dict) and vector["tol"]:
        assert found == pytest.approx(vector["expected"], abs=vector["tol"])
    elif vector["tol"]:
        flat = [float(value) for value in (found if isinstance(found, list) else [found])]
        expected = vector["expected"] if isinstance(vector["expected"], list) else [vector["expected"]]
        assert flat == pytest.approx([float(value) for value in expected], abs=vector["tol"])
    else:
        assert found == vector["expected"]


def test_every_reference_value_has_its_test() -> None:
    assert len(VECTORS) == 47
    assert VECTORS.keys() == CASES.keys() | {"L03_multi3x3_c0_g0.6"}
