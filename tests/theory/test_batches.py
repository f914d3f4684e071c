"""Many rewards in single precision, against the solver in double precision, with the bound that proves how close."""

import numpy as np
import pytest
from tests.theory.test_kernels import asked

from remit.errors import InvalidMDPError, NotConvergedError
from remit.theory.batches import Batch, compile_batch, solve, total
from remit.theory.mdp import MDP, Edge
from remit.theory.values import Solver


def drawn(seed: int, *, states: int, loops: bool) -> MDP:
    """A model whose rows have one to four successors; without loops they lead up, or stay."""
    random = np.random.default_rng(seed)
    edges: list[Edge] = []
    for state in range(states):
        for action in range(int(random.integers(1, 6))):
            pool = np.arange(states) if loops else np.arange(state, states)
            targets = random.choice(pool, size=min(len(pool), int(random.integers(1, 5))), replace=False)
            shares = random.integers(1, 4, len(targets)).astype(float)
            pairs = [(int(t), float(p)) for t, p in zip(targets, shares / shares.sum(), strict=True)]
            edges.append((state, action, pairs))
        if state % 3 == 0:
            edges.append((state, 9, [(state, 1.0)]))
    return MDP.from_edges(edges, states_count=states)


def oracle(mdp: MDP, rewards: np.ndarray, discount: float) -> np.ndarray:
    solver = Solver(mdp, reward_class=np.arange(mdp.states_count), discount=discount)
    found: np.ndarray = solver.state_values(rewards.astype(np.float64), tolerance=1e-11)
    return found


def ring(states: int) -> MDP:
    """A loop too long for one chunk, with a way to stay."""
    edges: list[Edge] = [(s, a, [((s + d) % states, 1.0)]) for s in range(states) for a, d in ((0, 1), (1, 0), (2, 7))]
    return MDP.from_edges(edges, states_count=states)


CASES = [(drawn(seed, states=60, loops=loops), g) for seed in range(6) for loops in (False, True) for g in (0.5, 0.97)]


@pytest.mark.parametrize(("mdp", "discount"), [*CASES, (ring(1000), 0.9), (drawn(1, states=1, loops=False), 0.9)])
def test_every_value_lies_within_the_proved_bound_of_the_oracle(mdp: MDP, discount: float) -> None:
    rewards = np.random.default_rng(3).normal(size=(mdp.states_count, 70))
    found = solve(compile_batch(mdp, discount), rewards)
    assert found.bound is not None
    assert found.bound < 1e-5 / (1.0 - discount)
    assert np.abs(found.values - oracle(mdp, rewards, discount)).max() <= found.bound


def test_models_without_loops_are_settled_in_one_pass() -> None:
    assert compile_batch(drawn(2, states=60, loops=False), 0.9).looping == 0
    assert compile_batch(ring(1000), 0.9).looping == 1000


@pytest.mark.parametrize("count", [1, 63, 64, 65, 200])
def test_sums_are_those_of_the_values_and_spare_lanes_do_not_count(count: int) -> None:
    mdp = drawn(4, states=40, loops=True)
    batch = compile_batch(mdp, 0.9)
    rewards = np.random.default_rng(count).random((40, count), np.float32)
    found, values = total(batch, rewards), solve(batch, rewards).values.astype(np.float64)
    assert found.sums[:, 0] == pytest.approx(values.sum(axis=1), abs=1e-5 * count)
    assert found.sums[:, 1] == pytest.approx((values**2).sum(axis=1), abs=1e-5 * count)


def test_the_sums_are_the_same_to_the_bit_on_any_number_of_threads() -> None:
    batch = compile_batch(ring(500), 0.95)
    rewards = np.random.default_rng(5).random((500, 64 * 40), np.float32)
    one, two, three = (total(batch, rewards, threads=threads) for threads in (1, 2, 3))
    assert np.array_equal(one.sums, two.sums)
    assert np.array_equal(one.sums, three.sums)
    assert one.bound == two.bound == three.bound


def test_the_bound_counts_what_rounding_took_from_the_rewards() -> None:
    mdp = drawn(4, states=40, loops=False)
    batch = compile_batch(mdp, 0.5)
    coarse = np.full((40, 1), 1.0 + 2.0**-25)
    found = solve(batch, coarse)
    assert found.bound is not None
    assert found.bound >= 2.0**-25
    assert solve(batch, coarse, certify=False).bound is None


def plain_and_compiled() -> str:
    return (
        "import json, numpy as np\n"
        "from remit.theory.batches import compile_batch, solve, total\n"
        "from remit.theory.mdp import MDP\n"
        "edges = [(s, a, [((s + d) % 30, 0.75), (s, 0.25)]) for s in range(30) for a, d in ((0, 1), (1, 29), (2, 0))]\n"
        "batch = compile_batch(MDP.from_edges(edges, states_count=30), 0.6)\n"
        "rewards = np.random.default_rng(1).random((30, 3), np.float32)\n"
        "found, sums = solve(batch, rewards), total(batch, rewards)\n"
        "print(json.dumps([found.values.tolist(), found.bound, sums.sums.tolist()]))\n"
    )


def test_the_kernels_give_the_same_answers_without_compilation() -> None:
    import json

    compiled, plain = (
        json.loads(asked(plain_and_compiled())),
        json.loads(asked(plain_and_compiled(), NUMBA_DISABLE_JIT="1")),
    )
    assert np.abs(np.array(compiled[0]) - np.array(plain[0])).max() <= compiled[1] + plain[1]
    assert np.array(compiled[2]) == pytest.approx(np.array(plain[2]), abs=1e-5)


@pytest.mark.parametrize(
    "rewards",
    [np.zeros((3, 2)), np.zeros(40), np.zeros((40, 0)), np.full((40, 2), np.nan), np.full((40, 1), 1e300)],
    ids=["shape", "flat", "none", "nan", "too large"],
)
def test_rewards_that_are_none_are_refused(rewards: np.ndarray) -> None:
    with pytest.raises(InvalidMDPError):
        solve(small(), rewards)


def small() -> Batch:
    return compile_batch(drawn(4, states=40, loops=True), 0.9)


def test_a_discount_of_one_and_a_tolerance_out_of_reach_are_refused() -> None:
    with pytest.raises(InvalidMDPError):
        compile_batch(ring(5), 1.0)
    edges: list[Edge] = [(s, a, [((s + d) % 7, 1.0)]) for s in range(7) for a, d in ((0, 1), (1, 3))]
    with pytest.raises(NotConvergedError):
        solve(
            compile_batch(MDP.from_edges(edges, states_count=7), 0.999),
            np.random.default_rng(1).random((7, 1)),
            tolerance=-1.0,
        )
