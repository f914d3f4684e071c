"""Many rewards in single precision, against the solver in double precision, with the bound that proves how close."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from tests.theory.test_kernels import asked

from remit.errors import InvalidMDPError, NotConvergedError
from remit.theory.arrays import Integers
from remit.theory.exact.power import exact_power
from remit.theory.formats.foreign import from_map
from remit.theory.kernels.batching import solve_batch
from remit.theory.kernels.blocks import GIVEN, Results, Table
from remit.theory.kernels.drawing import drawn_block
from remit.theory.kernels.grouping import BACKWARDS, FORWARDS, IN_TURN, ONCE
from remit.theory.kernels.settling import Aim
from remit.theory.kernels.wide import blocked
from remit.theory.mdp import MDP, Edge
from remit.theory.rewards import rewards_of
from remit.theory.solvers.batches import Batch, compile_batch, sample_power, solve, total
from remit.theory.solvers.desks import room
from remit.theory.solvers.engines import Threads
from remit.theory.solvers.values import Solver


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


def restless(states: int) -> MDP:
    """A loop in which nobody can stay: the best one can do is to go round."""
    steps = ((0, 1), (1, states - 1), (2, 5))
    edges: list[Edge] = [(s, a, [((s + d) % states, 1.0)]) for s in range(states) for a, d in steps]
    return MDP.from_edges(edges, states_count=states)


def trying(states: int) -> MDP:
    """As ``restless``, but every step may fail."""
    steps = ((0, 1), (1, states - 1), (2, 5))
    edges: list[Edge] = [(s, a, [((s + d) % states, 0.75), (s, 0.25)]) for s in range(states) for a, d in steps]
    return MDP.from_edges(edges, states_count=states)


def pairs(seed: int, *, count: int) -> MDP:
    """Loops of two states that lead down to earlier ones: all in all rows, and some that stay or only go over."""
    random = np.random.default_rng(seed)
    edges: list[Edge] = [(0, 0, [(0, 1.0)])]
    for first in range(1, 2 * count, 2):
        for state, other in ((first, first + 1), (first + 1, first)):
            for action in range(int(random.integers(1, 5))):
                below = random.choice(first, size=min(first, int(random.integers(0, 3))), replace=False).tolist()
                over = [other] if action == 0 or random.random() < 0.5 else []
                targets = [*below, *over, *([state] if random.random() < 0.5 else [])] or [state]
                shares = random.integers(1, 9, len(targets)).astype(float)
                edges.append((state, action, list(zip(targets, (shares / shares.sum()).tolist(), strict=True))))
    return MDP.from_edges(edges, states_count=2 * count + 1)


CASES = [(drawn(seed, states=60, loops=loops), g) for seed in range(6) for loops in (False, True) for g in (0.5, 0.97)]


@pytest.mark.parametrize(
    ("mdp", "discount"),
    [
        *CASES,
        (ring(1000), 0.9),
        (restless(700), 0.9),
        (restless(300), 0.999),
        (restless(3), 0.5),
        (restless(2), 0.999),
        *((pairs(seed, count=40), g) for seed, g in enumerate((0.0, 0.5, 0.97, 0.999))),
        (trying(300), 0.97),
        (drawn(1, states=1, loops=False), 0.9),
    ],
)
def test_every_value_lies_within_the_proved_bound_of_the_oracle(mdp: MDP, discount: float) -> None:
    rewards = np.random.default_rng(3).normal(size=(mdp.states_count, 70))
    found = solve(compile_batch(mdp, discount), rewards)
    assert found.bound is not None
    assert found.bound < 1e-5 / (1.0 - discount)
    assert np.abs(found.values - oracle(mdp, rewards, discount)).max() <= found.bound


@pytest.mark.parametrize("width", [16, 32])
@pytest.mark.parametrize(
    ("mdp", "discount"),
    [*CASES, (ring(1000), 0.9), (restless(700), 0.9), (restless(3), 0.5), (ring(1), 0.9), (pairs(1, count=40), 0.97)],
)
def test_narrower_blocks_give_the_same_values(mdp: MDP, discount: float, width: int) -> None:
    rewards = np.random.default_rng(3).normal(size=(mdp.states_count, 70)).astype(np.float32)
    batch = compile_batch(mdp, discount)
    wide, narrow = solve(batch, rewards, width=64), solve(batch, rewards, width=width)
    assert wide.bound is not None
    assert narrow.bound is not None
    if batch.looping == 0:
        assert np.array_equal(wide.values, narrow.values)
        assert wide.bound == narrow.bound
    assert np.abs(wide.values - narrow.values).max() <= wide.bound + narrow.bound
    assert np.abs(narrow.values - oracle(mdp, rewards, discount)).max() <= narrow.bound


def with_order(batch: Batch, order: Integers) -> Batch:
    """The batch of a model of other states, as far as their number goes."""
    return replace(batch, program=batch.program._replace(groups=batch.program.groups._replace(order=order)))


def test_the_width_suits_the_number_of_rewards_and_of_states() -> None:
    few = small()
    assert [few.width(count) for count in (1, 16, 17, 64, 1000)] == [64] * 5
    many = with_order(few, np.zeros(10**6, np.int64))
    assert [many.width(count) for count in (1, 16, 17, 32, 33, 1000)] == [16, 16, 32, 32, 64, 64]
    most = with_order(few, np.broadcast_to(np.int64(0), 10**7))
    assert [most.width(count) for count in (1, 17, 1000)] == [16] * 3
    with pytest.raises(InvalidMDPError, match="48"):
        solve(few, np.zeros((40, 1)), width=48)


def test_models_without_loops_are_settled_in_one_pass() -> None:
    assert compile_batch(drawn(2, states=60, loops=False), 0.9).looping == 0
    assert compile_batch(ring(1000), 0.9).looping == 1000


def test_states_come_after_those_they_lead_to_wherever_ends_are_numbered() -> None:
    fork: list[Edge] = [(0, 0, [(0, 1.0)]), (1, 0, [(0, 1.0)]), (1, 1, [(2, 1.0)]), (2, 0, [(0, 1.0)])]
    down: list[Edge] = [(0, 0, [(0, 1.0)]), (1, 0, [(0, 1.0)]), (2, 0, [(1, 1.0)])]
    late: list[Edge] = [(0, 0, [(2, 0.5), (0, 0.5)]), (1, 0, [(0, 1.0)]), (2, 0, [(2, 1.0)])]
    found = [compile_batch(MDP.from_edges(edges, states_count=3), 0.5).order.tolist() for edges in (fork, down, late)]
    assert found == [[0, 2, 1], [0, 1, 2], [2, 0, 1]]


def one_way(seed: int, *, states: int, up: bool) -> MDP:
    """A loop with one step that leads back to its beginning; all others lead the other way."""
    random = np.random.default_rng(seed)
    edges: list[Edge] = [(states - 1, 0, [(0, 1.0)])]
    for state in range(states - 1):
        edges.append((state, 0, [(state + 1, 0.75), (state, 0.25)]))
        edges.append((state, 1, [(int(random.integers(state + 1, states)), 1.0)]))
    turned = edges if up else [(states - 1 - s, a, [(states - 1 - t, p) for t, p in row]) for s, a, row in edges]
    return MDP.from_edges(turned, states_count=states)


def test_loops_are_swept_against_their_reads_and_both_ways_where_these_lead_both_ways() -> None:
    both = MDP.from_edges(
        [(s, a, [((s + d) % 50, 1.0)]) for s in range(50) for a, d in ((0, 1), (1, 49))], states_count=50
    )
    models = [one_way(1, states=50, up=True), one_way(1, states=50, up=False), both, pairs(1, count=1)]
    found = [compile_batch(model, 0.9).segments[:, 2].tolist() for model in models]
    assert found == [[BACKWARDS], [FORWARDS], [IN_TURN], [ONCE, BACKWARDS]]


@pytest.mark.parametrize("up", [True, False])
@pytest.mark.parametrize("states", [3, 50, 700])
def test_loops_swept_one_way_come_to_the_same_values(states: int, *, up: bool) -> None:
    mdp = one_way(7, states=states, up=up)
    batch = compile_batch(mdp, 0.97)
    rewards = np.random.default_rng(3).random((states, 70), np.float32)
    turned = replace(batch, program=batch.program._replace(segments=np.array([0, states, IN_TURN])))
    found, other = solve(batch, rewards), solve(turned, rewards)
    assert found.bound is not None
    assert other.bound is not None
    assert np.abs(found.values - oracle(mdp, rewards, 0.97)).max() <= found.bound
    assert np.abs(found.values - other.values).max() <= found.bound + other.bound


def test_loops_of_two_states_take_few_turns_however_slowly_sweeps_would_carry_what_going_round_is_worth() -> None:
    rows: list[Edge] = [(0, 0, [(1, 1.0)]), (1, 0, [(0, 1.0)]), (1, 1, [(0, 0.5), (1, 0.5)])]
    batch = compile_batch(MDP.from_edges(rows, states_count=2), 0.999)
    table = Table(np.random.default_rng(1).random(2 * 64, np.float32), 64, 64, 64, GIVEN)
    desk, aim = batch.desks.take(64), Aim(1e-6, 20, 0.999)
    results = Results(np.zeros(0), 0.0, room(0, 64), np.zeros(0))
    addresses = batch.links.find(batch.program, table, desk, aim, results)
    taken = solve_batch(batch.program, table, 0, 64, desk, aim, results, addresses)
    assert 0 <= taken < 20


@pytest.mark.parametrize("count", [1, 63, 64, 65, 200])
@pytest.mark.parametrize("width", [16, 32, 64])
def test_sums_are_those_of_the_values_and_spare_lanes_do_not_count(count: int, width: int) -> None:
    mdp = drawn(4, states=40, loops=True)
    batch = compile_batch(mdp, 0.9)
    rewards = np.random.default_rng(count).random((40, count), np.float32)
    found, values = total(batch, rewards, width=width), solve(batch, rewards, width=width).values.astype(np.float64)
    assert found.sums[:, 0] == pytest.approx(values.sum(axis=1), abs=1e-5 * count)
    assert found.sums[:, 1] == pytest.approx((values**2).sum(axis=1), abs=1e-5 * count)


def test_the_sums_are_the_same_to_the_bit_on_any_number_of_threads() -> None:
    batch = compile_batch(ring(500), 0.95)
    rewards = np.random.default_rng(5).random((500, 64 * 40 + 17), np.float32)
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


def plain_and_compiled(width: int) -> str:
    return (
        "import json, numpy as np\n"
        "from remit.theory.solvers.batches import compile_batch, sample_power, solve, total\n"
        "from remit.theory.mdp import MDP\n"
        "edges = [(s, a, [((s + d) % 30, 0.75), (s, 0.25)]) for s in range(30) for a, d in ((0, 1), (1, 29), (2, 0))]\n"
        "edges += [(s, a, [(t, 0.5), (a, 0.5)]) for s, t in ((30, 31), (31, 30)) for a in (0, 7, s)]\n"
        "batch = compile_batch(MDP.from_edges(edges, states_count=32), 0.6)\n"
        "rewards = np.random.default_rng(1).random((32, 3), np.float32)\n"
        f"found, sums = solve(batch, rewards, width={width}), total(batch, rewards, width={width})\n"
        f"power = sample_power(batch, samples=70, seed=3, width={width})\n"
        "print(json.dumps([found.values.tolist(), found.bound, sums.sums.tolist(), power.means.tolist()]))\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize("width", [16, 32, 64])
def test_the_kernels_give_the_same_answers_without_compilation(width: int) -> None:
    import json

    compiled, plain = (
        json.loads(asked(plain_and_compiled(width))),
        json.loads(asked(plain_and_compiled(width), NUMBA_DISABLE_JIT="1")),
    )
    assert np.abs(np.array(compiled[0]) - np.array(plain[0])).max() <= compiled[1] + plain[1]
    assert np.array(compiled[2]) == pytest.approx(np.array(plain[2]), abs=1e-5)
    assert np.array(compiled[3]) == pytest.approx(np.array(plain[3]), abs=1e-6)


@pytest.mark.parametrize(
    "rewards",
    [np.zeros((3, 2)), np.zeros(40), np.zeros((40, 0)), np.full((40, 2), np.nan), np.full((40, 1), 1e300)],
    ids=["shape", "flat", "none", "nan", "too large"],
)
def test_rewards_that_are_none_are_refused(rewards: np.ndarray) -> None:
    with pytest.raises(InvalidMDPError):
        solve(small(), rewards)
    with pytest.raises(InvalidMDPError):
        total(small(), rewards)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("loops", [False, True])
def test_one_reward_that_is_no_number_is_found_among_many(wrong: float, *, loops: bool) -> None:
    batch = compile_batch(drawn(4, states=40, loops=loops), 0.9)
    rewards = np.random.default_rng(1).random((40, 150), np.float32)
    for state, column in ((0, 0), (17, 149), (39, 64)):
        spoiled = rewards.copy()
        spoiled[state, column] = wrong
        with pytest.raises(InvalidMDPError):
            total(batch, spoiled)


@pytest.mark.parametrize("loops", [False, True])
def test_rewards_drawn_where_they_are_used_are_solved_as_given_ones_are(*, loops: bool) -> None:
    batch = compile_batch(drawn(4, states=40, loops=loops), 0.9)
    blocks = []
    for number in range(3):
        out = np.empty(64 * 40, np.float32)
        drawn_block(11, number, 40, blocked(out, 64))
        blocks.append(out.reshape(40, 64))
    rewards = np.concatenate(blocks, axis=1)[:, :150]
    proved, taken = (sample_power(batch, samples=150, seed=11, certify=certify) for certify in (True, False))
    power = (solve(batch, rewards).values - 0.1 * rewards).mean(axis=1) / 0.9
    assert proved.means == pytest.approx(power, abs=1e-6)
    assert np.array_equal(proved.means, taken.means)
    assert np.array_equal(proved.errors, taken.errors)


@pytest.mark.parametrize("width", [16, 32])
def test_a_reward_is_drawn_with_the_same_numbers_at_any_width(width: int) -> None:
    wide = np.empty((2, 40, 64), np.float32)
    for number in range(2):
        drawn_block(11, 5 + number, 40, blocked(wide[number].reshape(-1), 64))
    rewards = np.concatenate(list(wide), axis=1)
    narrow = np.empty((128 // width, 40, width), np.float32)
    for number in range(len(narrow)):
        drawn_block(11, 5 * 64 // width + number, 40, blocked(narrow[number].reshape(-1), width))
    assert np.array_equal(np.concatenate(list(narrow), axis=1), rewards)
    assert len(np.unique(rewards)) > 0.99 * rewards.size


@pytest.mark.parametrize("width", [16, 32])
@pytest.mark.parametrize("loops", [False, True])
def test_a_sample_in_narrower_blocks_is_the_same_sample(width: int, *, loops: bool) -> None:
    batch = compile_batch(drawn(4, states=40, loops=loops), 0.9)
    wide, narrow = (sample_power(batch, samples=333, seed=11, width=one) for one in (64, width))
    assert wide.bound is not None
    assert narrow.bound is not None
    assert narrow.bound < 1e-4
    assert np.abs(wide.means - narrow.means).max() <= wide.bound + narrow.bound + 1e-7
    assert narrow.errors == pytest.approx(wide.errors, rel=1e-4)


def small() -> Batch:
    return compile_batch(drawn(4, states=40, loops=True), 0.9)


def test_a_discount_of_one_and_a_tolerance_out_of_reach_are_refused() -> None:
    with pytest.raises(InvalidMDPError):
        compile_batch(ring(5), 1.0)
    half = [(s, a, [((s + d) % 7, 0.5), ((s + 2) % 7, 0.5)]) for s in range(7) for a, d in ((0, 1), (1, 3))]
    with pytest.raises(NotConvergedError):
        solve(
            compile_batch(MDP.from_edges(half, states_count=7), 0.999),
            np.random.default_rng(1).random((7, 1)),
            tolerance=-1.0,
        )


def test_the_generator_gives_the_published_answers() -> None:
    """Random123's known answers for Philox4x32-10: counter and key of zeros."""
    words = (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)
    out = np.empty(64, np.float32)
    drawn_block(0, 0, 1, blocked(out, 64))
    assert [int(out[place] * 2.0**24) for place in (0, 16, 32, 48)] == [word >> 8 for word in words]


def test_drawn_rewards_are_even_and_belong_to_their_state() -> None:
    few, many = np.empty(64 * 4, np.float32), np.empty(64 * 4000, np.float32)
    drawn_block(2**62 + 5, 3, 4, blocked(few, 64))
    drawn_block(2**62 + 5, 3, 4000, blocked(many, 64))
    assert np.array_equal(few, many[: 64 * 4])
    assert 0.0 <= many.min() < many.max() < 1.0
    assert many.mean() == pytest.approx(0.5, abs=0.005)
    assert np.bincount((many * 16).astype(int), minlength=16) == pytest.approx(np.full(16, 16_000), abs=600)
    lanes = many.reshape(4000, 64)
    assert abs(np.corrcoef(lanes[:, 0], lanes[:, 1])[0, 1]) < 0.06


@pytest.mark.parametrize("discount", [Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)])
def test_sampled_power_is_the_exact_one_to_within_its_error(discount: Fraction) -> None:
    grid = from_map("..\n..")
    found = sample_power(compile_batch(grid.as_arrays(), float(discount)), samples=30_000, seed=7)
    assert found.bound is not None
    for state in range(4):
        exact = float(exact_power(grid, state, discount, rewards_of(grid)))
        assert abs(found.means[state] - exact) <= 4.0 * found.errors[state] + found.bound


def test_a_sample_is_the_same_to_the_bit_on_any_number_of_threads_and_of_another_seed_it_is_not() -> None:
    batch = compile_batch(ring(300), 0.9)
    one, three, other = (
        sample_power(batch, samples=1500, seed=seed, engine=Threads(n)) for seed, n in ((1, 1), (1, 3), (2, 1))
    )
    assert np.array_equal(one.means, three.means)
    assert np.array_equal(one.errors, three.errors)
    assert not np.array_equal(one.means, other.means)


def test_sampling_without_a_future_samples_or_a_seed_is_refused() -> None:
    with pytest.raises(InvalidMDPError):
        sample_power(compile_batch(ring(5), 0.0), samples=100, seed=1)
    with pytest.raises(InvalidMDPError):
        sample_power(small(), samples=1, seed=1)
    with pytest.raises(InvalidMDPError):
        sample_power(small(), samples=10, seed=-1)
