"""Optimal values of many rewards at once, on one MDP, under masks that take rows away.

Values are normalised, V = (1-g) r(class(s)) + g max over allowed rows of P V, so that a value lies between the lowest
and the highest reward. Rewards are given per class of states (f64[C, K]: C classes, K rewards).
"""

from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import numpy as np

from remit.errors import InvalidMDPError, NotConvergedError
from remit.theory.arrays import Booleans, Floats, Integers, SmallIntegers
from remit.theory.kernels.backups import best_rows, largest_residual, row_expectations
from remit.theory.kernels.lanes import LANES
from remit.theory.kernels.sweeping import Room, find_addresses, make_room, solve_lanes
from remit.theory.mdp import MDP
from remit.theory.solvers.program import Program, compile_program, reachable, refuse_dead_ends

TIE = 1e-8
"""Rows whose values differ by no more than this are taken to be equally good."""
PROGRAMS, REMEMBERED_TERMS = 64, 8_000_000
"""How many compiled masks a solver remembers, and how many terms in all (about 200 MB)."""
POLICY_LANES = 64
"""How many rewards are turned into policies at a time, so that memory does not grow with their number."""


class Solver:
    """Solves one MDP at one discount in [0, 1) for any number of rewards over the classes of its states.

    ``reward_class`` i64[S] says which row of a reward array each state reads; ``threads`` is how many may work at once
    (the results do not depend on it). The rows are compiled once per mask; the last masks are remembered, so one solver
    must not be called from two threads at once.
    """

    __slots__ = ("_programs", "discount", "mdp", "reward_class", "threads")

    def __init__(self, mdp: MDP, *, reward_class: Integers, discount: float, threads: int = 2) -> None:
        """Refuse a discount outside [0, 1) and classes that do not match the states."""
        if not 0.0 <= discount < 1.0:
            message = f"the discount must lie in [0, 1), found `{discount}`"
            raise InvalidMDPError(message)
        if len(reward_class) != mdp.states_count or int(reward_class.min(initial=0)) < 0:
            message = f"`{len(reward_class)}` reward classes for `{mdp.states_count}` states"
            raise InvalidMDPError(message, hint="give one class, counted from 0, per state")
        self.mdp = mdp
        self.reward_class = np.ascontiguousarray(reward_class, np.int64)
        self.discount = float(discount)
        self.threads = max(1, threads)
        self._programs: OrderedDict[tuple[bytes, bytes], Program] = OrderedDict()

    def start_values(self, rewards: Floats, rows: Booleans | None = None, tolerance: float = 1e-9) -> Floats:
        """Return the value of each reward at the start state, f64[K], to within ``tolerance``.

        Arguments and errors as in ``state_values``; only states that allowed rows lead to are solved.
        """
        values: Floats = self.state_values(rewards, rows, np.array([self.mdp.start], np.int64), tolerance)[0]
        return values

    def state_values(
        self, rewards: Floats, rows: Booleans | None = None, at: Integers | None = None, tolerance: float = 1e-9
    ) -> Floats:
        """Return the values at the states ``at`` (all when None), f64[len(at), K], to within ``tolerance``.

        ``rewards`` is f64[C, K], ``rows`` bool[R] (all allowed when None). Raises ``InvalidMDPError`` when a state that
        matters has no allowed row or a class has no finite reward, ``NotConvergedError`` when the sweeps run out.
        """
        return self._run(self.program(rows, at), rewards, tolerance)

    def many(
        self, rewards: Floats, row_masks: Sequence[Booleans | None], tolerance: float = 1e-9, at: Integers | None = None
    ) -> Floats:
        """Return the values of the same rewards under each mask, f64[M, K], at the start (or at one state ``at[0]``).

        Masks that leave the same rows to the states that matter are solved once, so their lines are equal to the bit.
        """
        where = np.array([self.mdp.start], np.int64) if at is None else at[:1]
        solved: dict[int, Floats] = {}
        lines = []
        for mask in row_masks:
            program = self.program(mask, where)
            if id(program) not in solved:
                solved[id(program)] = self._run(program, rewards, tolerance)[0]
            lines.append(solved[id(program)])
        return np.array(lines, np.float64).reshape(len(lines), rewards.shape[1])

    def program(self, rows: Booleans | None = None, at: Integers | None = None) -> Program:
        """Return the compiled rows for a mask and the states whose values are wanted (all when None)."""
        roots = np.arange(self.mdp.states_count, dtype=np.int64) if at is None else np.ascontiguousarray(at, np.int64)
        seen = reachable(self.mdp, rows, roots)
        effective = seen[self.mdp.row_states] if rows is None else rows & seen[self.mdp.row_states]
        key = (np.packbits(effective).tobytes(), roots.tobytes())
        known = self._programs.get(key)
        if known is None:
            refuse_dead_ends(self.mdp, effective, seen)
            known = compile_program(self.mdp, self.reward_class, self.discount, rows=effective, roots=roots, seen=seen)
            self._programs[key] = known
        self._programs.move_to_end(key)
        while len(self._programs) > 1 and self._crowded():
            self._programs.popitem(last=False)
        return known

    def _crowded(self) -> bool:
        """Return whether more is remembered than should be."""
        terms = sum(program.terms_count for program in self._programs.values())
        return len(self._programs) > PROGRAMS or terms > REMEMBERED_TERMS

    def row_values(self, values: Floats, rewards: Floats) -> Floats:
        """Return Q of each row, f64[R, K], from values f64[S, K] and rewards f64[C, K]; without K if they have none."""
        single = values.ndim == 1
        table, gains = (values[:, None], rewards[:, None]) if single else (values, rewards)
        mdp = self.mdp
        ahead = np.zeros((mdp.rows_count, table.shape[1]), np.float64)
        row_expectations(mdp.successor_ptr, mdp.successors, mdp.probabilities, np.ascontiguousarray(table), ahead)
        result: Floats = (1.0 - self.discount) * gains[self.reward_class[mdp.row_states]] + self.discount * ahead
        return result[:, 0] if single else result

    def greedy_rows(self, row_values: Floats, preference: Integers, rows: Booleans | None = None) -> Booleans:
        """Return a mask with one best row per state, bool[R], from one reward's row values f64[R].

        Among the rows within 1e-8 of the best, the one with the lowest ``preference`` (i64[R]) wins, then the first.
        States without an allowed row get none.
        """
        best = self._best(row_values[:, None], preference, rows)[0]
        chosen = np.zeros(self.mdp.rows_count, np.bool_)
        chosen[best[best >= 0]] = True
        return chosen

    def policies(
        self, rewards: Floats, preference: Integers, rows: Booleans | None = None, tolerance: float = 1e-9
    ) -> SmallIntegers:
        """Return the optimal row of every state for each reward, i32[K, S], ties broken as in ``greedy_rows``.

        Every state is solved, so each must have an allowed row. Memory beside the result does not grow with K.
        """
        result = np.empty((rewards.shape[1], self.mdp.states_count), np.int32)
        for begin in range(0, rewards.shape[1], POLICY_LANES):
            some = np.ascontiguousarray(rewards[:, begin : begin + POLICY_LANES])
            values = self.state_values(some, rows, None, tolerance)
            result[begin : begin + POLICY_LANES] = self._best(self.row_values(values, some), preference, rows)
        return result

    def evaluate(self, policy: Booleans, rewards: Floats, tolerance: float = 1e-9) -> Floats:
        """Return what a policy (a mask with one row per state) is worth in every state, f64[S, K]."""
        return self.state_values(rewards, policy, None, tolerance)

    def residual_bound(
        self, values: Floats, rewards: Floats, rows: Booleans | None = None, at: Integers | None = None
    ) -> float:
        """Return a proved bound on the error of ``values`` f64[S, K]: max |T V - V| / (1-g), by one float64 backup.

        With ``at``, only the states that allowed rows lead to from there count (the others need not have values).
        """
        allowed = np.ones(self.mdp.rows_count, np.bool_) if rows is None else rows
        states = np.ones(self.mdp.states_count, np.bool_) if at is None else reachable(self.mdp, rows, at)
        mdp = self.mdp
        worst = largest_residual(
            mdp.row_ptr,
            mdp.successor_ptr,
            mdp.successors,
            mdp.probabilities,
            allowed,
            states,
            self.reward_class,
            np.ascontiguousarray(rewards, np.float64),
            np.ascontiguousarray(values, np.float64),
            self.discount,
            np.empty((2, values.shape[1]), np.float64),
        )
        return float(worst) / (1.0 - self.discount)

    def _best(self, row_values: Floats, preference: Integers, rows: Booleans | None) -> SmallIntegers:
        """Return the best rows of each lane, i32[K, S]."""
        allowed = np.ones(self.mdp.rows_count, np.bool_) if rows is None else rows
        order = np.ascontiguousarray(preference, np.int64)
        best = np.full((row_values.shape[1], self.mdp.states_count), -1, np.int32)
        best_rows(self.mdp.row_ptr, allowed, np.ascontiguousarray(row_values), order, TIE, best)
        return best

    def _run(self, program: Program, rewards: Floats, tolerance: float) -> Floats:
        """Solve all lanes of a program in blocks that do not depend on how many threads share them."""
        if rewards.ndim != 2 or len(rewards) <= int(self.reward_class.max()):
            message = f"rewards of shape `{rewards.shape}` for `{int(self.reward_class.max()) + 1}` classes"
            raise InvalidMDPError(message, hint="give one line per class and one column per reward")
        table = np.ascontiguousarray(rewards, np.float64)
        if not np.isfinite(table).all():
            message = "a reward is not a finite number"
            raise InvalidMDPError(message)
        lanes = table.shape[1]
        out = np.empty((len(program.root_steps), lanes), np.float64)
        epsilon, sweeps = tolerance * (1.0 - self.discount), 1000 + int(100.0 / (1.0 - self.discount))
        blocks = -(-lanes // LANES)
        tasks = min(blocks, self.threads if self.threads == 1 else 4 * self.threads)
        cuts = [min(lanes, LANES * (blocks * i // max(1, tasks))) for i in range(tasks + 1)]

        rooms: SimpleQueue[Room] = SimpleQueue()
        for _ in range(min(self.threads, tasks)):
            rooms.put(make_room(program.steps, len(table)))
        addresses = find_addresses(program.steps, make_room(program.steps, 1))

        def work(i: int) -> int:
            room = rooms.get()
            try:
                begin, end = cuts[i : i + 2]
                return solve_lanes(
                    program.steps, table, program.root_steps, begin, end, room, epsilon, sweeps, addresses, out
                )
            finally:
                rooms.put(room)

        if self.threads == 1 or tasks <= 1:
            counts = [work(i) for i in range(tasks)]
        else:
            with ThreadPoolExecutor(self.threads) as pool:
                counts = list(pool.map(work, range(tasks)))
        if min(counts, default=0) < 0:
            message = f"a loop did not settle to `{epsilon:.3g}` in `{sweeps}` sweeps"
            raise NotConvergedError(message, hint="ask for a larger tolerance or a smaller discount")
        return out
