"""A process compiled once, for one mask of rows, into steps that solve any number of rewards."""

from dataclasses import dataclass

import numpy as np

from remit.errors import InvalidMDPError
from remit.theory.arrays import Booleans, Floats, Integers, SmallIntegers
from remit.theory.kernels.assembly import Process, assemble
from remit.theory.kernels.elimination import Output, mark_needed, pruned, write_program
from remit.theory.kernels.graph import components, reach
from remit.theory.kernels.sweeping import Steps
from remit.theory.mdp import MDP


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Steps that give the values of ``roots``, and the step that holds the value of each root.

    ``states`` i64[n] lists the states that matter, i.e. that allowed rows lead to from the roots.
    """

    steps: Steps
    root_steps: SmallIntegers
    states: Integers

    @property
    def steps_count(self) -> int:
        """Return how many values are worked out per reward."""
        return len(self.steps.row_ptr) - 1

    @property
    def terms_count(self) -> int:
        """Return how many products one pass adds up per reward."""
        return len(self.steps.steps)

    @property
    def looping_steps(self) -> int:
        """Return how many steps are iterated; all others are exact after one pass."""
        loops = self.steps.segments[self.steps.segments[:, 2] == 1]
        return int((loops[:, 1] - loops[:, 0]).sum())


def process_of(mdp: MDP) -> Process:
    """Return the rows of an MDP as mixtures; without shared parts, every row is its own part."""
    mixture = mdp.mixture
    if mixture is None:
        return Process(
            mdp.row_ptr,
            np.arange(mdp.rows_count + 1, dtype=np.int64),
            np.arange(mdp.rows_count, dtype=np.int32),
            np.ones(mdp.rows_count, np.float64),
            mdp.successor_ptr,
            mdp.successors,
            mdp.probabilities,
        )
    return Process(
        mdp.row_ptr,
        mixture.row_ptr,
        mixture.parts,
        mixture.weights,
        mixture.part_ptr,
        mixture.successors,
        mixture.probabilities,
    )


def reachable(mdp: MDP, rows: Booleans | None, roots: Integers) -> Booleans:
    """Return which states allowed rows lead to from ``roots`` (i64[n]), bool[S]; all rows are allowed when None."""
    mask = np.zeros(0, np.bool_) if rows is None else rows
    seen: Booleans = reach(mdp.row_ptr, mdp.successor_ptr, mdp.successors, mask, roots)
    return seen


def refuse_dead_ends(mdp: MDP, rows: Booleans, seen: Booleans) -> None:
    """Raise ``InvalidMDPError`` when a state that matters has no allowed row."""
    offered = np.add.reduceat(rows.astype(np.int64), mdp.row_ptr[:-1])
    stuck = np.flatnonzero((offered == 0) & seen)
    if len(stuck):
        message = f"state `{mdp.state_name(int(stuck[0]))}` has no allowed row"
        raise InvalidMDPError(message, hint="leave every state at least the row that idles")


def loop_lifts(output: Output) -> Floats:
    """Return 1 / (1 - sum of the coefficients of each line's own loop), f64[lines]."""
    sums = np.concatenate([np.zeros(1), np.cumsum(output.coefficients)])
    inside = sums[output.term_ptr[1:]] - sums[output.inner_ptr]
    lifts: Floats = 1.0 / np.maximum(1.0 - inside, 1e-12)
    return lifts


def compile_program(
    mdp: MDP, reward_class: Integers, discount: float, *, rows: Booleans, roots: Integers, seen: Booleans
) -> Program:
    """Return the steps that give the optimal values of ``roots`` (i64[n]) under the allowed ``rows`` (bool[R]).

    ``seen`` bool[S] marks what the rows lead to from the roots; each of those states must have an allowed row.
    """
    states = np.flatnonzero(seen)
    system = assemble(process_of(mdp), states, rows, discount)
    order, begins = components(system.term_ptr[system.row_ptr], system.nodes)
    output, place = write_program(system, order, begins)
    local = np.full(mdp.states_count, -1, np.int64)
    local[states] = np.arange(len(states))
    root_steps = place[local[roots]]
    shrunk, numbers = pruned(output, mark_needed(output, root_steps))
    origin = shrunk.origin
    known = origin < len(states)
    classes = np.where(known, reward_class[states[np.where(known, origin, 0)]], 0).astype(np.int32)
    steps = Steps(
        shrunk.row_ptr,
        shrunk.term_ptr,
        shrunk.inner_ptr,
        shrunk.steps,
        shrunk.coefficients,
        shrunk.rewards,
        loop_lifts(shrunk),
        classes,
        shrunk.segments,
    )
    return Program(steps=steps, root_steps=numbers[root_steps].astype(np.int32), states=states)
