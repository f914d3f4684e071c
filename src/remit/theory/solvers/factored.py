"""Worlds of yes-or-no facts and one mode, and the MDP of the states they can reach.

A state is one 64-bit code: facts in the low bits, the mode above them (``facts | mode << len(facts)``). One step is one
operator's outcome, followed by each event group in order; within a group the applicable events compete and what is left
of the probability means that nothing happens.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from remit.errors import InvalidMDPError, StateBudgetError
from remit.theory.arrays import Integers
from remit.theory.kernels.exploration import DEAD_END, DONE, OVER_BUDGET, Rules
from remit.theory.mdp import MDP
from remit.theory.solvers.enumeration import enumerate_states, expanded, mixture_of

KEEP_MODE = -1
"""The mode of an outcome or event that leaves the mode as it is."""
CODE_BITS = 60
"""Facts and mode bits together must fit well below the sign bit of a 64-bit code."""
PROBABILITY_SLACK = 1e-9

Modes: TypeAlias = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an operator may lead to with ``probability``: delete, then add facts (bitmasks), then set the mode."""

    probability: float
    add: int = 0
    delete: int = 0
    mode: int = KEEP_MODE


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A way to take ``action``: applicable in ``modes`` (bitmask) with all ``require`` facts and none of ``forbid``."""

    action: int
    modes: int
    require: int = 0
    forbid: int = 0
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happens by itself with ``probability`` where it is applicable; fields as in the operator."""

    modes: int
    require: int = 0
    forbid: int = 0
    probability: float
    add: int = 0
    delete: int = 0
    mode: int = KEEP_MODE


@dataclass(frozen=True, slots=True, kw_only=True)
class FactoredMDP:
    """A world of facts and modes, not yet enumerated.

    ``always`` is a bitmask of action numbers whose operators are kept in every state; any other operator is left out
    of a state in which none of its outcomes changes a fact (it would be idling under another name). Raises
    ``InvalidMDPError`` when a number, a mask or a probability is out of range.
    """

    facts: tuple[str, ...]
    modes: tuple[str, ...]
    actions: tuple[str, ...]
    operators: tuple[Operator, ...]
    groups: tuple[tuple[Event, ...], ...] = ()
    start_facts: int = 0
    start_mode: int = 0
    always: int = 0

    def __post_init__(self) -> None:
        """Refuse what could not be packed or would not be a probability."""
        if not self.modes or len(self.facts) + self.mode_bits > CODE_BITS:
            message = f"`{len(self.facts)}` facts and `{len(self.modes)}` modes do not fit in `{CODE_BITS}` bits"
            raise InvalidMDPError(message, hint="prune facts that no goal depends on, or turn them into counters")
        _check_masks(self)
        for operator in self.operators:
            total = sum(outcome.probability for outcome in operator.outcomes)
            if not operator.outcomes or abs(total - 1.0) > PROBABILITY_SLACK:
                message = f"outcomes of action `{self.actions[operator.action]}` sum to `{total:.12g}`, not to 1"
                raise InvalidMDPError(message)

    @property
    def mode_bits(self) -> int:
        """Return how many bits of a state code hold the mode."""
        return max(1, (len(self.modes) - 1).bit_length())

    @property
    def start_code(self) -> int:
        """Return the code of the start state."""
        return self.start_facts | self.start_mode << len(self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """The MDP of the reachable states, with each state's code (i64[S]) and mode (i8[S]); state 0 is the start."""

    mdp: MDP
    codes: Integers
    modes: Modes


def _check_masks(factored: FactoredMDP) -> None:
    """Refuse masks beyond the facts, action or mode numbers that do not exist, and impossible probabilities."""
    facts, modes = 1 << len(factored.facts), len(factored.modes)
    events = [event for group in factored.groups for event in group]
    changes: list[Outcome | Event] = [*events]
    changes += [outcome for operator in factored.operators for outcome in operator.outcomes]
    conditions: list[Operator | Event] = [*events, *factored.operators]
    masks = [mask for change in changes for mask in (change.add, change.delete)]
    masks += [mask for condition in conditions for mask in (condition.require, condition.forbid)]
    if any(not 0 <= mask < facts for mask in (*masks, factored.start_facts)):
        message = f"a mask names a fact beyond the `{len(factored.facts)}` there are"
        raise InvalidMDPError(message)
    numbers = [change.mode for change in changes]
    if any(not KEEP_MODE <= number < modes for number in numbers) or not 0 <= factored.start_mode < modes:
        message = f"an outcome, event or start names a mode beyond the `{modes}` there are"
        raise InvalidMDPError(message)
    if any(not 0 <= operator.action < len(factored.actions) for operator in factored.operators):
        message = f"an operator names an action beyond the `{len(factored.actions)}` there are"
        raise InvalidMDPError(message)
    if any(not 0.0 <= change.probability <= 1.0 + PROBABILITY_SLACK for change in changes):
        message = "an outcome or event has a probability outside [0, 1]"
        raise InvalidMDPError(message)


def explore(factored: FactoredMDP, *, state_budget: int) -> Exploration:
    """Return the MDP of all states that can be reached from the start, breadth first.

    Raises ``StateBudgetError`` as soon as more than ``state_budget`` states are reached, and ``InvalidMDPError`` when a
    reachable state has no applicable operator or events of one group that sum to more than one.
    """
    status, code, found = enumerate_states(factored.start_code, state_budget, packed(factored))
    if status == OVER_BUDGET:
        raise budget_error(state_budget)
    if status != DONE:
        what = "has no applicable operator" if status == DEAD_END else "has competing events that sum to more than 1"
        message = f"the state `{described(factored, code)}` {what}"
        raise InvalidMDPError(message)
    mixture = mixture_of(found)
    successor_ptr, successors, probabilities = expanded(mixture, len(found.codes))
    numbers = np.array([operator.action for operator in factored.operators], np.int32)
    mdp = MDP(
        row_ptr=found.row_ptr,
        successor_ptr=successor_ptr,
        successors=successors,
        probabilities=probabilities,
        row_actions=numbers[found.operators],
        actions=factored.actions,
        mixture=mixture,
    )
    return Exploration(mdp=mdp, codes=found.codes, modes=(found.codes >> len(factored.facts)).astype(np.int8))


def packed(factored: FactoredMDP) -> Rules:
    """Return the world as the arrays that enumeration reads."""
    outcomes = [outcome for operator in factored.operators for outcome in operator.outcomes]
    events = [event for group in factored.groups for event in group]
    return Rules(
        width=len(factored.facts),
        operator_conditions=_triples([(item.modes, item.require, item.forbid) for item in factored.operators]),
        kept=np.array([bool(factored.always >> item.action & 1) for item in factored.operators], np.bool_),
        outcome_ptr=_pointers([len(operator.outcomes) for operator in factored.operators]),
        outcome_chances=np.array([outcome.probability for outcome in outcomes], np.float64),
        outcome_changes=_triples([(outcome.add, outcome.delete, outcome.mode) for outcome in outcomes]),
        group_ptr=_pointers([len(group) for group in factored.groups]),
        event_conditions=_triples([(event.modes, event.require, event.forbid) for event in events]),
        event_chances=np.array([event.probability for event in events], np.float64),
        event_changes=_triples([(event.add, event.delete, event.mode) for event in events]),
    )


def _triples(lines: list[tuple[int, int, int]]) -> Integers:
    """Return lines of three numbers as i64[n, 3], also when there are none."""
    return np.array(lines, np.int64).reshape(len(lines), 3)


def _pointers(lengths: list[int]) -> Integers:
    """Return where consecutive lists of these lengths begin and end, i64[n+1]."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.array(lengths, np.int64))])


def described(factored: FactoredMDP, code: int) -> str:
    """Return a state code in words: its mode and the facts that hold."""
    held = [fact for bit, fact in enumerate(factored.facts) if code >> bit & 1]
    return f"{factored.modes[code >> len(factored.facts)]} {' '.join(held)}".strip()


def budget_error(state_budget: int) -> StateBudgetError:
    """Return the error for a world with more than ``state_budget`` states."""
    message = f"the world has more than `{state_budget}` states"
    return StateBudgetError(message, hint="raise the state budget, drop tools, or ask for bounds instead")
