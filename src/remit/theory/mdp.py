"""A Markov decision process with finitely many states, stored as two nested lists of rows and successors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from remit.errors import InvalidMDPError
from remit.theory.arrays import Floats, Integers, SmallIntegers
from remit.theory.asked import kind_at

ROW_SUM_SLACK = 1e-9
"""How far the probabilities of a row may be from summing to one."""

Edge: TypeAlias = tuple[int, int, Sequence[tuple[int, float]]]
"""A row before it is packed: state, action, and (successor, probability) pairs."""


_Whole = TypeVar("_Whole", np.int32, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """The rows of an MDP written as weighted sums of shared distributions, which are stored once.

    Row r is the sum of ``weights[i] * part[parts[i]]`` for i in ``row_ptr[r]:row_ptr[r+1]``; part d puts
    ``probabilities[j]`` on ``successors[j]`` for j in ``part_ptr[d]:part_ptr[d+1]``. Worlds in which the same things
    may happen after every action shrink a lot when written so; the values are the same. Shapes: row_ptr i64[R+1],
    parts i32[M], weights f64[M], part_ptr i64[D+1], successors i32[L], probabilities f64[L].
    """

    row_ptr: Integers
    parts: SmallIntegers
    weights: Floats
    part_ptr: Integers
    successors: SmallIntegers
    probabilities: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class MDP:
    """States, the rows (actions on offer) of each, and where each row leads.

    State s owns rows ``row_ptr[s]:row_ptr[s+1]``; row r is action ``row_actions[r]`` and leads to ``successors[j]``
    with ``probabilities[j]`` for j in ``successor_ptr[r]:successor_ptr[r+1]``. An action that is not on offer is
    absent. Shapes: row_ptr i64[S+1], successor_ptr i64[R+1], successors i32[N], probabilities f64[N], row_actions
    i32[R]. The plain constructor trusts its arguments; ``MDP.checked`` validates them. ``mixture`` is an optional,
    equivalent way to write the rows that solvers may use.
    """

    row_ptr: Integers
    successor_ptr: Integers
    successors: SmallIntegers
    probabilities: Floats
    row_actions: SmallIntegers
    start: int = 0
    states: tuple[str, ...] | None = None
    actions: tuple[str, ...] | None = None
    mixture: Mixture | None = None

    @property
    def states_count(self) -> int:
        """Return S, the number of states."""
        return len(self.row_ptr) - 1

    @property
    def rows_count(self) -> int:
        """Return R, the number of (state, action) pairs."""
        return len(self.successor_ptr) - 1

    @property
    def transitions_count(self) -> int:
        """Return N, the number of (state, action, successor) triples."""
        return len(self.successors)

    @property
    def row_states(self) -> Integers:
        """Return the state that owns each row, i64[R]."""
        return np.repeat(np.arange(self.states_count, dtype=np.int64), np.diff(self.row_ptr))

    @classmethod
    def checked(
        cls,
        *,
        row_ptr: Integers,
        successor_ptr: Integers,
        successors: SmallIntegers | Integers,
        probabilities: Floats,
        row_actions: SmallIntegers | Integers,
        start: int = 0,
        states: tuple[str, ...] | None = None,
        actions: tuple[str, ...] | None = None,
    ) -> Self:
        """Return the MDP after validating it.

        Raises ``InvalidMDPError`` that names the state or row at fault: a pointer that runs backwards, a state without
        a row, a row without successors, a successor or start that does not exist, a probability that is not a number
        in [0, 1], a row that does not sum to one (to 1e-9), a wrong number of names, and numbers of states, actions or
        rows that are not whole or too large to be held.
        """
        model = cls(
            row_ptr=_whole(row_ptr, np.int64, "row pointers"),
            successor_ptr=_whole(successor_ptr, np.int64, "successor pointers"),
            successors=_whole(successors, np.int32, "successors"),
            probabilities=np.ascontiguousarray(probabilities, np.float64),
            row_actions=_whole(row_actions, np.int32, "actions of the rows"),
            start=start,
            states=states,
            actions=actions,
        )
        _check_shape(model)
        _check_rows(model)
        return model

    @classmethod
    def from_edges(
        cls,
        edges: Sequence[Edge],
        *,
        states_count: int,
        start: int = 0,
        states: tuple[str, ...] | None = None,
        actions: tuple[str, ...] | None = None,
    ) -> Self:
        """Return the validated MDP of a list of (state, action, [(successor, probability), ...]) rows, in any order."""
        ordered = sorted(range(len(edges)), key=lambda i: edges[i][0])
        counts = np.zeros(states_count + 1, np.int64)
        for state, _, _ in edges:
            if not 0 <= state < states_count:
                message = f"a row belongs to state `{state}`, but there are `{states_count}` states"
                raise InvalidMDPError(message)
            counts[state + 1] += 1
        lengths = [len(edges[i][2]) for i in ordered]
        pairs = [pair for i in ordered for pair in edges[i][2]]
        return cls.checked(
            row_ptr=np.cumsum(counts),
            successor_ptr=np.concatenate([[0], np.cumsum(np.array(lengths, np.int64))]).astype(np.int64),
            successors=np.array([successor for successor, _ in pairs], np.int64),
            probabilities=np.array([probability for _, probability in pairs], np.float64),
            row_actions=np.array([edges[i][1] for i in ordered], np.int64),
            start=start,
            states=states,
            actions=actions,
        )

    def state_name(self, state: int) -> str:
        """Return the state's name, or its number where states are not named."""
        return str(state) if self.states is None else self.states[state]

    def action_name(self, action: int) -> str:
        """Return the action's name, or its number where actions are not named."""
        return str(action) if self.actions is None else self.actions[action]

    def row_name(self, row: int) -> str:
        """Return ``state/action`` of a row, for messages."""
        state = int(np.searchsorted(self.row_ptr, row, side="right")) - 1
        return f"{self.state_name(state)}/{self.action_name(int(self.row_actions[row]))}"


def arrays_at(mdp: object) -> MDP:
    """Return a model held in arrays; raises ``InvalidMDPError`` for anything else."""
    return kind_at(mdp, MDP, "mdp", hint="`as_arrays()` of a model gives one")


def successors_of(mdp: MDP, row: int) -> list[tuple[int, float]]:
    """Return where a row leads, with probabilities."""
    span = slice(int(mdp.successor_ptr[row]), int(mdp.successor_ptr[row + 1]))
    return list(zip(mdp.successors[span].tolist(), mdp.probabilities[span].tolist(), strict=True))


def _whole(numbers: npt.ArrayLike, kind: type[_Whole], what: str) -> npt.NDArray[_Whole]:
    """Return whole numbers as an array of a kind; one that would come out as another number is refused."""
    given = np.asarray(numbers)
    with np.errstate(invalid="ignore"):
        held = np.ascontiguousarray(given, kind)
    if held is not given and bool((held != given).any()):
        message = f"`{given[held != given].flat[0]}` among the {what} is not a whole number that can be held"
        raise InvalidMDPError(message)
    return held


def _check_shape(model: MDP) -> None:
    """Refuse pointers that do not describe the arrays, and names that do not match the states or actions."""
    if len(model.row_ptr) < 2:
        message = "a model needs at least one state"
        raise InvalidMDPError(message)
    for name, pointer, size in (
        ("row", model.row_ptr, model.rows_count),
        ("successor", model.successor_ptr, model.transitions_count),
    ):
        if len(pointer) == 0 or pointer[0] != 0 or pointer[-1] != size or bool((np.diff(pointer) < 0).any()):
            message = f"the {name} pointers must rise from 0 to `{size}`"
            raise InvalidMDPError(message)
    if len(model.probabilities) != model.transitions_count or len(model.row_actions) != model.rows_count:
        message = "successors and probabilities, and rows and actions, must have equal lengths"
        raise InvalidMDPError(message)
    if model.states is not None and len(model.states) != model.states_count:
        message = f"`{len(model.states)}` state names for `{model.states_count}` states"
        raise InvalidMDPError(message)
    highest = int(model.row_actions.max(initial=-1))
    if model.actions is not None and highest >= len(model.actions):
        message = f"a row uses action `{highest}`, but only `{len(model.actions)}` actions are named"
        raise InvalidMDPError(message)
    if not 0 <= model.start < model.states_count:
        message = f"the start `{model.start}` is not one of `{model.states_count}` states"
        raise InvalidMDPError(message)


def _check_rows(model: MDP) -> None:
    """Refuse states without rows, and rows that are not probability distributions over the states."""
    empty = np.flatnonzero(np.diff(model.row_ptr) == 0)
    if len(empty):
        message = f"state `{model.state_name(int(empty[0]))}` has no row"
        raise InvalidMDPError(message, hint="give it an action that stays where it is")
    silent = np.flatnonzero(np.diff(model.successor_ptr) == 0)
    if len(silent):
        message = f"row `{model.row_name(int(silent[0]))}` has no successor"
        raise InvalidMDPError(message)
    owner = np.repeat(np.arange(model.rows_count), np.diff(model.successor_ptr))
    outside = (model.successors < 0) | (model.successors >= model.states_count)
    improper = ~((model.probabilities >= 0.0) & (model.probabilities <= 1.0 + ROW_SUM_SLACK))
    for wrong, what in ((outside, "leads to a state that does not exist"), (improper, "has an impossible probability")):
        if bool(wrong.any()):
            row = int(owner[np.flatnonzero(wrong)[0]])
            message = f"row `{model.row_name(row)}` {what}"
            raise InvalidMDPError(message)
    sums = np.add.reduceat(model.probabilities, model.successor_ptr[:-1])
    off = np.flatnonzero(np.abs(sums - 1.0) > ROW_SUM_SLACK)
    if len(off):
        message = f"row `{model.row_name(int(off[0]))}` sums to `{sums[off[0]]:.12g}`, not to 1"
        raise InvalidMDPError(message)
