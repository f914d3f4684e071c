"""How a model is compiled for many rewards: rows in groups as a plain reading gives them, in parts as in one go."""

import math
from itertools import pairwise

import numpy as np
import pytest
from tests.theory.test_batches import drawn, pairs, restless, ring, trying

from remit.theory.kernels.addresses import NOWHERE
from remit.theory.kernels.vectors import LINE, PLAIN
from remit.theory.mdp import MDP, Edge
from remit.theory.solvers import batch as batches
from remit.theory.solvers.batch import compile_batch
from remit.theory.solvers.batches import solve
from remit.theory.solvers.desks import Desks

Group = tuple[float, float, tuple[tuple[int, float], ...], list[int]]
"""Gain, weight, common part and targets."""


def alternating() -> MDP:
    """Rows of three kinds in turn, some twice, and two that are the same but for the order of their successors."""
    sure = [[(1, 1.0)], [(0, 0.5), (1, 0.5)], [(2, 1.0)], [(0, 0.5), (2, 0.5)], [(1, 1.0)], [(0, 1.0)], [(0, 1.0)]]
    shared = [[(3, 0.5), (1, 0.25), (2, 0.25)], [(2, 0.25), (3, 0.5), (1, 0.25)], [(4, 0.5), (2, 0.25), (1, 0.25)]]
    rows = [*sure, *shared, [(3, 1.0)], [(0, 0.5), (4, 0.5)]]
    edges: list[Edge] = [(0, action, row) for action, row in enumerate(rows)]
    edges += [(state, 0, [(state, 1.0)]) for state in range(1, 5)]
    return MDP.from_edges(edges, states_count=5)


def read_plainly(mdp: MDP, discount: float, order: list[int]) -> tuple[list[list[float]], list[list[Group]]]:
    """The gains of staying and the groups of each position, in double precision and one row at a time."""
    place = {state: position for position, state in enumerate(order)}
    stays, found = [], []
    for state in order:
        gains: list[float] = []
        groups: list[Group] = []
        for row in range(mdp.row_ptr[state], mdp.row_ptr[state + 1]):
            span = slice(mdp.successor_ptr[row], mdp.successor_ptr[row + 1])
            steps = list(zip(mdp.successors[span].tolist(), mdp.probabilities[span].tolist(), strict=True))
            factor = 1.0 / (1.0 - discount * sum(chance for successor, chance in steps if successor == state))
            others = sorted((step for step in steps if step[0] != state), key=lambda step: -step[1])
            if not others:
                gains.append((1.0 - discount) * factor)
                continue
            rest = tuple(sorted((place[other], discount * chance * factor) for other, chance in others[1:]))
            head = ((1.0 - discount) * factor, discount * others[0][1] * factor, rest)
            known = next((group for group in groups if group[:3] == head), None)
            if known is None:
                known = (*head, [])
                groups.append(known)
            if place[others[0][0]] not in known[3]:
                known[3].append(place[others[0][0]])
        stays.append(gains)
        found.append(groups)
    return stays, found


MODELS = [
    alternating(),
    *(drawn(seed, states=60, loops=loops) for seed in range(3) for loops in (False, True)),
    pairs(1, count=40),
    ring(50),
    restless(50),
    trying(50),
]


@pytest.mark.parametrize("mdp", MODELS)
@pytest.mark.parametrize("discount", [0.0, 0.75])
def test_rows_are_grouped_as_a_plain_reading_groups_them(mdp: MDP, discount: float) -> None:
    batch = compile_batch(mdp, discount)
    groups, (stays, plain) = batch.program.groups, read_plainly(mdp, discount, batch.order.tolist())
    best = [max(gains, default=math.nan) for gains in stays]
    assert groups.stays.tolist() == pytest.approx(best, rel=1e-6, nan_ok=True)
    counts = np.cumsum([0, *(len(found) for found in plain)])
    assert groups.group_ptr.tolist() == counts.tolist()
    for number, (gain, weight, rest, targets) in enumerate(group for found in plain for group in found):
        ahead = slice(groups.target_ptr[number], groups.target_ptr[number + 1])
        beside = slice(groups.common_ptr[number], groups.common_ptr[number + 1])
        assert groups.targets[ahead].tolist() == targets
        assert groups.commons[beside].tolist() == [position for position, _ in rest]
        assert [groups.gains[number], groups.weights[number]] == pytest.approx([gain, weight], rel=1e-6)
        assert groups.shares[beside].tolist() == pytest.approx([share for _, share in rest], rel=1e-6)


@pytest.mark.parametrize("mdp", MODELS)
def test_a_model_compiled_in_parts_is_the_same_to_the_bit(mdp: MDP, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = compile_batch(mdp, 0.9)
    monkeypatch.setattr(batches, "PART", 1)
    for threads in (1, 2, 3, 7):
        parts = compile_batch(mdp, 0.9, threads=threads)
        assert all(
            np.array_equal(np.asarray(one), np.asarray(other), equal_nan=True)
            for one, other in zip(whole.program.groups, parts.program.groups, strict=True)
        )
        assert np.array_equal(whole.segments, parts.segments)


def test_a_desk_is_one_piece_of_which_no_two_parts_overlap_and_is_used_again() -> None:
    free = Desks(100, 2, 100)
    desk = free.take(16)
    single = [desk.tops, desk.bottoms, desk.drawn, desk.mask, desk.twice]
    parts = [desk.values, desk.rewards, *single, desk.steps, *desk.lane]
    spans = sorted((part.ctypes.data, part.ctypes.data + part.nbytes) for part in parts)
    assert all(end <= begin for (_, end), (begin, _) in pairwise(spans))
    assert all(begin % LINE == 0 for begin, _ in spans)
    assert free.take(16) is not desk
    free.put(desk)
    assert free.take(16) is desk


def test_rewards_are_kept_on_a_desk_that_had_no_room_for_them_once_they_are_asked_for() -> None:
    free = Desks(100, 0, 0)
    free.put(free.take(32))
    assert len(free.take(32).rewards) == 0
    free.put(free.take(32))
    assert len(free.take(32, keeping=True).rewards) == 100


@pytest.mark.skipif(PLAIN, reason="where nothing is compiled there are no addresses")
def test_only_what_a_model_needs_has_an_address() -> None:
    needed = {}
    for name, model in {"sure": ring(9), "pair": pairs(1, count=1), "none": drawn(2, states=9, loops=False)}.items():
        batch = compile_batch(model, 0.9)
        solve(batch, np.zeros((9, 64), np.float32)[: len(batch.order)], certify=False)
        (found,) = batch.links.known.values()
        needed[name] = {one for one, where in found._asdict().items() if where != NOWHERE}
    assert needed == {"sure": {"once", "settle", "jump"}, "pair": {"once", "settle", "pair"}, "none": {"once"}}
