"""A process compiled once, for one mask of rows, into steps that solve any number of rewards."""

from dataclasses import dataclass

import numpy as np

from remit.errors import InvalidMDPError
from remit.theory.arrays import Booleans, Integers, SmallIntegers
from remit.theory.kernels.addresses import NOWHERE, address_of
from remit.theory.kernels.assembly import Process, System, assemble
from remit.theory.kernels.elimination import (
    LINES,
    SMALL,
    STEPS,
    TERMS,
    Addresses,
    Block,
    Output,
    emit_loop,
    emit_small,
    mark_needed,
    reduce_component,
    write_program,
)
from remit.theory.kernels.graph import group_components, mark_reached
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
    seen, stack = np.zeros(mdp.states_count, np.bool_), np.empty(mdp.states_count, np.int64)
    allowed = np.zeros(0, np.bool_) if rows is None else rows
    mark_reached(mdp.row_ptr, mdp.successor_ptr, mdp.successors, allowed, roots, seen, stack)
    return seen


def refuse_dead_ends(mdp: MDP, rows: Booleans, seen: Booleans) -> None:
    """Raise ``InvalidMDPError`` when a state that matters has no allowed row."""
    offered = np.add.reduceat(rows.astype(np.int64), mdp.row_ptr[:-1])
    stuck = np.flatnonzero((offered == 0) & seen)
    if len(stuck):
        message = f"state `{mdp.state_name(int(stuck[0]))}` has no allowed row"
        raise InvalidMDPError(message, hint="leave every state at least the row that idles")


def compile_program(
    mdp: MDP, reward_class: Integers, discount: float, *, rows: Booleans, roots: Integers, seen: Booleans
) -> Program:
    """Return the steps that give the optimal values of ``roots`` (i64[n]) under the allowed ``rows`` (bool[R]).

    ``seen`` bool[S] marks what the rows lead to from the roots; each of those states must have an allowed row, and
    ``rows`` must allow nothing elsewhere.
    """
    states = np.flatnonzero(seen)
    local = np.full(mdp.states_count, -1, np.int32)
    local[states] = np.arange(len(states))
    output, place = _written(_assembled(process_of(mdp), states, rows, discount, local))
    root_steps = place[local[roots]]
    needed = np.zeros(int(output.counts[STEPS]), np.bool_)
    needed[root_steps] = True
    mark_needed(output, needed)
    numbers = (np.cumsum(needed) - 1).astype(np.int32)
    origin = output.origin[: len(needed)][needed]
    known = origin < len(states)
    classes = np.where(known, reward_class[states[np.where(known, origin, 0)]], 0).astype(np.int32)
    return Program(steps=_trimmed(output, needed, numbers, classes), root_steps=numbers[root_steps], states=states)


def _assembled(process: Process, states: Integers, rows: Booleans, discount: float, local: SmallIntegers) -> System:
    """Return the equations of the states; a part gets a node of its own where that saves work."""
    owner = np.repeat(np.arange(len(rows)), np.diff(process.mix_ptr))
    used = process.mix_parts[rows[owner]]
    uses, lengths = np.bincount(used, minlength=len(process.part_ptr) - 1), np.diff(process.part_ptr)
    shared = uses * lengths > uses + lengths + 1
    parts = np.where(shared, len(states) + np.cumsum(shared) - 1, -1).astype(np.int32)
    nodes, lines = len(states) + int(shared.sum()), int(rows.sum() + shared.sum())
    size = int(np.where(shared, 1, lengths)[used].sum() + lengths[shared].sum())
    system = System(
        np.zeros(nodes + 1, np.int64),
        np.zeros(lines + 1, np.int64),
        np.empty(size, np.int32),
        np.empty(size, np.float64),
        np.empty(lines, np.float64),
    )
    size = assemble(process, states, rows, discount, local, parts, system, np.zeros((2, nodes), np.int64))
    return system._replace(nodes=system.nodes[:size].copy(), coefficients=system.coefficients[:size].copy())


def _written(system: System) -> tuple[Output, SmallIntegers]:
    """Return the program of all equations, and the step of each node."""
    nodes, lines = len(system.row_ptr) - 1, len(system.rewards)
    order, begins = np.empty(nodes, np.int64), np.empty(nodes + 1, np.int64)
    edge_ptr = system.term_ptr[system.row_ptr]
    groups = group_components(edge_ptr, system.nodes, np.zeros((5, nodes), np.int64), order, begins)
    begins = begins[: groups + 1].copy()
    heights, widths = np.add.reduceat(np.diff(system.row_ptr)[order], begins[:-1]), np.diff(begins)
    space = int((heights * widths)[(widths > 1) & (widths <= SMALL)].max(initial=1))
    block = Block(
        np.empty(space, np.float64),
        np.empty(space, np.float64),
        np.empty(SMALL + 1, np.int64),
        np.empty(SMALL, np.int64),
        np.empty(SMALL, np.bool_),
        np.empty(SMALL, np.int32),
        np.empty(SMALL, np.int32),
    )
    output = Output(
        np.zeros(2 * nodes + 1, np.int64),
        np.zeros(lines + nodes + 1, np.int64),
        np.zeros(lines + nodes, np.int64),
        np.empty(2 * len(system.nodes) + 1024, np.int32),
        np.empty(2 * len(system.nodes) + 1024, np.float64),
        np.empty(lines + nodes, np.float64),
        np.empty(2 * nodes, np.int32),
        np.zeros((3 * groups + 3, 3), np.int64),
        np.zeros(4, np.int64),
    )
    place, local, done = np.full(nodes, -1, np.int32), np.full(nodes, -1, np.int32), 0
    given = (output, system, order, 0, 0)
    addresses = Addresses(
        loop=address_of(emit_loop, *given, place),
        small=address_of(emit_small, *given, block, place, local, NOWHERE),
        reduced=address_of(reduce_component, block, system, order, 0, 0, local),
    )
    while (done := write_program(output, system, order, begins, done, block, place, local, addresses)) < groups:
        steps, coefficients = np.resize(output.steps, 2 * len(output.steps)), output.coefficients
        output = output._replace(steps=steps, coefficients=np.resize(coefficients, 2 * len(coefficients)))
    return output, place


def _trimmed(output: Output, needed: Booleans, numbers: SmallIntegers, classes: SmallIntegers) -> Steps:
    """Return the needed steps only, with their new ``numbers``."""
    steps, lines, terms = (int(output.counts[i]) for i in (STEPS, LINES, TERMS))
    heights, lengths = np.diff(output.row_ptr[: steps + 1]), np.diff(output.term_ptr[: lines + 1])
    kept = np.repeat(needed, heights)
    chosen = np.repeat(kept, lengths)
    term_ptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths[kept])])
    inner_ptr = term_ptr[:-1] + (output.inner_ptr[:lines] - output.term_ptr[:lines])[kept]
    coefficients = output.coefficients[:terms][chosen]
    sums = np.concatenate([np.zeros(1), np.cumsum(coefficients)])
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(needed)])
    segments = np.stack([before[output.segments[:, 0]], before[output.segments[:, 1]], output.segments[:, 2]], axis=1)
    return Steps(
        np.concatenate([np.zeros(1, np.int64), np.cumsum(heights[needed])]),
        term_ptr,
        inner_ptr,
        numbers[output.steps[:terms][chosen]],
        coefficients,
        output.rewards[:lines][kept],
        1.0 / np.maximum(1.0 - (sums[term_ptr[1:]] - sums[inner_ptr]), 1e-12),
        classes,
        np.ascontiguousarray(segments[segments[:, 1] > segments[:, 0]]),
    )
