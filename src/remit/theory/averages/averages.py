"""Rewards per step in the long run: what POWER at discount 1 averages, for models too large to follow every policy."""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from remit.errors import ModelError
from remit.theory.arrays import Booleans, Floats, Integers
from remit.theory.averages.end_components import end_components
from remit.theory.averages.gains import PartGains
from remit.theory.averages.long_run import long_run
from remit.theory.averages.passages import Passages
from remit.theory.estimate import Estimate
from remit.theory.mdp import MDP
from remit.theory.rewards import Reward, Uniform
from remit.theory.solvers.reference import reachable_plainly

TABLE = 4_000_000
"""How many numbers the table of walks may hold at a time."""
LANES_AT_ONCE, NUMBERS = 64, 4_000_000
"""How many rewards a stochastic model is solved for at a time, and how many numbers are held for them."""
LONGEST = 1_000
"""Largest strongly connected part whose best cycle is searched by walks of every length."""
QUICK, LANES = 100, 16
"""Largest part in which walks of every length are quicker than improving policies, and how many rewards those take."""
IDLE = 200
"""How many states to idle in a lower bound looks at: fewer give a weaker bound, never a wrong one."""


def is_deterministic(mdp: MDP) -> bool:
    """Return whether every row has one successor."""
    return mdp.transitions_count == mdp.rows_count


def cycle_gains(mdp: MDP, state_rewards: Floats) -> Floats:
    """Return the best mean reward of a cycle that can be reached from each state, f64[S, K], of a deterministic model.

    ``state_rewards`` is f64[S, K]. Karp's theorem (1978) within each strongly connected part. Raises ``ModelError`` for
    a part of more than 1,000 states.
    """
    starts, ends = mdp.row_states, mdp.successors.astype(np.int64)
    part = _parts(mdp)
    inner = part[starts] == part[ends]
    longest = int(np.bincount(part).max())
    if longest > LONGEST:
        message = f"a strongly connected part has `{longest}` states, more than `{LONGEST}`"
        raise ModelError(message, hint="ask for a discount below 1")
    own = np.concatenate(list(_cycles(starts[inner], ends[inner], part, state_rewards, longest)), axis=1)
    gains: Floats = own
    while True:
        updated = np.maximum(gains, np.maximum.reduceat(gains[ends], mdp.row_ptr[:-1]))
        if np.array_equal(updated, gains):
            return gains
        gains = updated


def best_cycles(mdp: MDP, state_rewards: Floats) -> Floats:
    """Return what ``cycle_gains`` does, by Howard's policy iteration where a part is too large for Karp's theorem."""
    if int(np.bincount(_parts(mdp)).max()) <= QUICK:
        return cycle_gains(mdp, state_rewards)
    lanes = range(0, state_rewards.shape[1], LANES)
    return np.concatenate([long_run(mdp, state_rewards[:, i : i + LANES]).gain for i in lanes], axis=1)


class LongRunAverages:
    """Finds the best reward per step from every state of any model, each with a proved error.

    End components are solved on their own (``gains``); which of them can be reached, and how surely, is solved between
    them (``passages``). ``widest`` is the largest error so far.
    """

    def __init__(self, mdp: MDP) -> None:
        """Take the model apart."""
        found = end_components(mdp)
        self.parts, self.passages = PartGains(mdp, found), Passages(mdp, found)
        self.lanes = max(1, min(LANES_AT_ONCE, NUMBERS // mdp.rows_count))
        self.widest = 0.0

    def best(self, rewards: Floats, tolerance: float) -> tuple[Floats, Floats]:
        """Return the best reward per step from each state, f64[S, K], and how far it may be from the truth, f64[K].

        ``rewards`` is f64[S, K]. Errors are brought below ``tolerance`` where the work that is allowed suffices; they
        hold either way.
        """
        parts = [self._some(rewards[:, i : i + self.lanes], tolerance) for i in range(0, rewards.shape[1], self.lanes)]
        values, errors = (np.concatenate(found, axis=-1) for found in zip(*parts, strict=True))
        self.widest = max(self.widest, float(errors.max(initial=0.0)))
        return values, errors

    def _some(self, rewards: Floats, tolerance: float) -> tuple[Floats, Floats]:
        """Return the same for as many rewards as are worked on at once."""
        low, high = self.parts.bounds(np.ascontiguousarray(rewards), tolerance)
        values, error = self.passages.values((low + high) / 2.0, tolerance)
        return values[self.passages.nodes], error + (high - low).max(axis=0) / 2.0


def idle_everywhere(mdp: MDP, state: int) -> int | None:
    """Return K if exactly the K states one can stay in for good are those that can be returned to, else None.

    POWER(s, 1) over iid U[0, 1] rewards is then K/(K+1), provided one can surely get to each of them: staying in the
    best state is as good as any cycle, and nothing else lasts. That is sure in a deterministic model, and where only
    one end component can be reached; None elsewhere.
    """
    seen = reachable_plainly(mdp, None, np.array([state]))
    found = end_components(mdp)
    lasting = seen & (found.part >= 0)
    idle = np.zeros(mdp.states_count, np.bool_)
    idle[_idle_states(mdp)] = True
    sure = is_deterministic(mdp) or len(np.unique(found.part[lasting])) == 1
    return int(lasting.sum()) if sure and not bool((lasting & ~idle).any()) else None


def bounds_at_one(mdp: MDP, states: Sequence[int], rewards: Sequence[Reward]) -> list[Estimate]:
    """Return K/(K+1) <= POWER(s, 1) <= N/(N+1) for iid uniform rewards, scaled to their range.

    K counts states to idle in that can be reached with probability 1 (1/2 bounds below where there is none), N states
    that can be reached and returned to (Turner et al. 2021, section 5). Raises ``ModelError`` for other rewards.
    """
    usual = rewards[0]
    if not isinstance(usual, Uniform) or any(reward != usual for reward in rewards):
        raise ModelError("at discount 1 this model is bounded for iid uniform rewards only", hint="use --exact")
    part = _parts(mdp)
    sizes = np.bincount(part)
    owners = np.repeat(mdp.row_states, np.diff(mdp.successor_ptr))
    loops = np.zeros(mdp.states_count, np.bool_)
    loops[owners[owners == mdp.successors]] = True
    returning = loops | (sizes[part] > 1)
    idle = _idle_states(mdp)[:IDLE]
    certain = np.array([_reach_surely(mdp, target) for target in idle]).reshape(len(idle), mdp.states_count)
    result = []
    for state in states:
        seen = reachable_plainly(mdp, None, np.array([state]))
        low, high = int(certain[:, state].sum()), int((seen & returning).sum())
        ends = (max(0.5, low / (low + 1)), high / (high + 1))
        scaled = [float(usual.low) + float(usual.high - usual.low) * end for end in ends]
        result.append(Estimate(value=sum(scaled) / 2, low=scaled[0], high=scaled[1], method="bound"))
    return result


def _cycles(starts: Integers, ends: Integers, part: Integers, rewards: Floats, longest: int) -> Iterator[Floats]:
    """Yield the best mean of a cycle in each state's own part (-inf without one), for blocks of rewards."""
    states = len(part)
    order = np.argsort(ends, kind="stable")
    sources, targets = starts[order], ends[order]
    heads, first = np.unique(targets, return_index=True)
    block = max(1, TABLE // (states * (longest + 1)))
    for begin in range(0, rewards.shape[1], block):
        gains = rewards[:, begin : begin + block]
        walks = np.full((longest + 1, *gains.shape), -np.inf)
        walks[0] = 0.0
        for length in range(1, longest + 1):
            if len(heads):
                walks[length, heads] = np.maximum.reduceat(walks[length - 1, sources], first) + gains[heads]
        best = np.full(gains.shape, np.inf)
        last = walks[longest]
        for length in range(longest):
            with np.errstate(invalid="ignore"):
                slope = (last - walks[length]) / (longest - length)
            best = np.minimum(best, np.where(np.isneginf(walks[length]), np.inf, slope))
        best[np.isneginf(last)] = -np.inf
        top = np.full((int(part.max()) + 1, gains.shape[1]), -np.inf)
        np.maximum.at(top, part, best)
        yield top[part]


def _parts(mdp: MDP) -> Integers:
    """Return the strongly connected part of each state, i64[S]."""
    owners = np.repeat(mdp.row_states, np.diff(mdp.successor_ptr))
    held = mdp.probabilities > 0.0
    shape = (mdp.states_count, mdp.states_count)
    graph = csr_matrix((np.ones(int(held.sum())), (owners[held], mdp.successors[held])), shape=shape)
    _, labels = connected_components(graph, directed=True, connection="strong")
    return np.asarray(labels, np.int64)


def _idle_states(mdp: MDP) -> list[int]:
    """Return the states with a row that stays where it is for sure."""
    single = np.diff(mdp.successor_ptr) == 1
    first = mdp.successors[mdp.successor_ptr[:-1]]
    return sorted(set(mdp.row_states[single & (first == mdp.row_states)].tolist()))


def _reach_surely(mdp: MDP, target: int) -> Booleans:
    """Return the states from which some policy reaches the target with probability 1, bool[S]."""
    good = np.ones(mdp.states_count, np.bool_)
    owners = mdp.row_states
    while True:
        safe = np.logical_and.reduceat(good[mdp.successors], mdp.successor_ptr[:-1])
        reached = np.zeros(mdp.states_count, np.bool_)
        reached[target] = True
        while True:
            forward = safe & np.logical_or.reduceat(reached[mdp.successors], mdp.successor_ptr[:-1])
            wider = reached.copy()
            wider[owners[forward]] = True
            if np.array_equal(wider, reached):
                break
            reached = wider
        if np.array_equal(reached, good):
            return good
        good = reached
