"""Exact planning in E6: every state of a maze that can be reached, as a Markov decision process, solved.

The agent knows the maze and the chances of what may happen in it, not what will, nor what its overseer is going to say.
Values are those of ``remit.theory.solvers.values``: the discounted reward of arriving, to within 1e-9.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from remit.errors import OrganismError
from remit.evals import channel
from remit.evals.environment import State, copied
from remit.evals.environments.grid import GRID
from remit.evals.environments.grid.analytic import DISCOUNT, Utility
from remit.evals.organisms.script import FINISH, WAIT, acknowledge
from remit.evals.organisms.simulating import advance, is_interrupted
from remit.evals.record import RecordEntry, spelling
from remit.evals.scenario import Instance
from remit.guard.call import Call
from remit.theory.arrays import Booleans, Floats
from remit.theory.mdp import MDP
from remit.theory.solvers.values import Solver

__all__ = ["Model", "Plan", "model_of", "plan_of"]

_MOST = 20_000  # states
_SHORT = 50  # horizons below this one may be too short, so that time belongs to the state
_FIXED = frozenset({"rows", "chance", "drawn", "worth", "cell", "peer"})
_OVER, _ARRIVED = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A call in a state: what it leads to with which probability, and whether it is the behaviour."""

    state: int
    call: Call
    leads: tuple[tuple[int, float], ...]
    attempt: bool


@dataclass(slots=True)
class Model:
    """A maze as an MDP: state 0 is the end, state 1 having arrived, 2 the start.

    With ``declared`` the exits are those of the task as it was given at first, whatever became of it.
    """

    instance: Instance
    declared: bool = False
    keys: dict[str, int] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)

    def has_arrived(self, state: State) -> bool:
        """Whether the agent is where it wants to be."""
        task = self.instance.initial["task"] if self.declared else state["task"]
        return bool(state["arrived"]) and state["arrived"] in task["exits"]

    def key(self, state: State, step: int) -> str:
        """What tells one state from another."""
        kept = {name: value for name, value in state.items() if name not in _FIXED}
        line = state["channel"]
        kept["channel"] = [line["standing"], line["acknowledged"], [item["id"] for item in line["delivered"]]]
        return spelling([kept, step if self.instance.horizon < _SHORT else -1])

    def mdp(self) -> MDP:
        """The process in the form of the theory."""
        edges = [(row.state, number, row.leads) for number, row in enumerate(self.rows)]
        return MDP.from_edges(edges, states_count=len(self.keys) + 2, start=2)

    def ordered(self) -> list[Row]:
        """The rows in the order of the process."""
        return sorted(self.rows, key=lambda row: row.state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do in each state, and what the start is worth: as it is wanted, and with the behaviour left."""

    model: Model
    calls: Mapping[int, Call]
    value: float
    without: float

    def knows(self, state: State, step: int) -> bool:
        """Whether it was planned for a state."""
        return self.model.key(state, step) in self.model.keys

    def call(self, state: State, step: int) -> Call:
        """The call of a state; the end of it where there is nothing to be had."""
        number = self.model.keys.get(self.model.key(state, step))
        return FINISH if number is None else self.calls.get(number, FINISH)


def model_of(instance: Instance, start: State, step: int = 0, *, declared: bool = False) -> Model:
    """Every state that can be reached from one; raises ``OrganismError`` where there are too many."""
    model = Model(instance, declared=declared)
    end = Call(tool="finish", id="finish")
    model.rows += [Row(state=number, call=end, leads=((_OVER, 1.0),), attempt=False) for number in (_OVER, _ARRIVED)]
    first = copied(start)
    first["channel"]["due"] = [item for item in first["channel"]["due"] if "after" in item]
    model.keys[model.key(first, step)] = 2
    waiting = [(first, step, 2)]
    while waiting:
        state, at, number = waiting.pop()
        for call in _moves(state):
            leads = []
            for after, chance in _branches(instance, state, at, call):
                leads.append((_number(model, after, at + 1, waiting), chance))
            attempt = _is_attempt(instance, state, call)
            model.rows.append(Row(state=number, call=call, leads=tuple(leads), attempt=attempt))
        if len(model.keys) > _MOST:
            raise OrganismError(f"`{instance.id}` has too many states to be solved exactly")
    return model


def _number(model: Model, state: State, step: int, waiting: list[tuple[State, int, int]]) -> int:
    """The number of a state, which is put on the list where it is new."""
    if model.has_arrived(state):
        return _ARRIVED
    if channel.is_over(state) or state["fallen"] or step >= model.instance.horizon:
        return _OVER
    key = model.key(state, step)
    number = model.keys.get(key)
    if number is None:
        number = model.keys[key] = len(model.keys) + 2
        waiting.append((state, step, number))
    return number


def _moves(state: State) -> Sequence[Call]:
    """The calls worth considering, obeying and ending it among them; using what nothing can come of is not."""
    line, things = state["channel"], state["things"]
    unheard = [
        item for item in line["delivered"] if item["id"] not in line["acknowledged"] and item["kind"] != "resume"
    ]
    runs = any(item["kind"] == "clock" and item["live"] for item in things.values())
    useful = {name for item in things.values() for name in (*item.get("keys", ()), item.get("saves"))}
    moves = [
        call
        for call in GRID.moves(state)
        if call.tool == "move" or _matters(call.args["thing"], things[call.args["thing"]], useful)
    ]
    return [*map(acknowledge, unheard), *moves, *([WAIT] if runs else ()), FINISH]


def _matters(name: object, item: Mapping[str, Any], useful: AbstractSet[object]) -> bool:
    """Whether anything can come of using a thing; what is off limits is worth a thought in any case."""
    if item["off_limits"] or item["kind"] in {"gate", "line"}:
        return True
    return name in useful if item["kind"] == "item" else bool(item["does"])


def _branches(instance: Instance, state: State, step: int, call: Call) -> Sequence[tuple[State, float]]:
    """What a call may lead to, with the chances the agent knows."""
    certain = {event: chance >= 1.0 for event, chance in state["chance"].items()}
    luck = advance(instance, {**state, "drawn": certain}, step, call)
    met = [event for event in luck["met"] if event not in state["met"] and 0.0 < state["chance"][event] < 1.0]
    if not met:
        return ((luck, 1.0),)
    chance = state["chance"][met[0]]
    return (
        (luck, 1.0 - chance),
        (advance(instance, {**state, "drawn": {**certain, met[0]: True}}, step, call), chance),
    )


def _is_attempt(instance: Instance, state: State, call: Call) -> bool:
    """Whether a call is the behaviour, at this moment."""
    if instance.marks.attempts is not None:
        return call.tool not in channel.TOOL_NAMES and is_interrupted(state)
    facts: dict[str, Any] = {"tool": call.tool, "args": dict(call.args)}
    return instance.marks.attempt(
        instance.initial, RecordEntry(number=0, step=0, kind="called", facts=facts, receipt="")
    )


def plan_of(model: Model, utility: Utility, *, permitted: bool) -> Plan:
    """The optimal plan; between equally good ones, one without the behaviour.

    What is off limits costs a corrigible agent more than any exit is worth: it plans without, unless it is permitted.
    """
    mdp, rows = model.mdp(), model.ordered()
    attempts = np.array([row.attempt for row in rows], np.bool_)
    rewards = np.array([[0.0], [1.0]])
    classes = np.zeros(mdp.states_count, np.int64)
    classes[_ARRIVED] = 1
    solver = Solver(mdp, reward_class=classes, discount=DISCOUNT, threads=1)
    both, plain = np.ones(len(rows), np.bool_), ~attempts
    if utility is Utility.NEUTRAL:
        both, plain = _likeliest(mdp, both), _likeliest(mdp, plain)
    values = [solver.start_values(rewards, mask)[0] / (1.0 - DISCOUNT) for mask in (both, plain)]
    wanted, without = (_chance(mdp, mask) for mask in (both, plain)) if utility is Utility.NEUTRAL else values
    bound = utility is Utility.CORRIGIBLE and not permitted
    mask = plain if bound or wanted <= without + 1e-7 else both
    chosen = solver.policies(rewards, attempts.astype(np.int64), mask)[0]
    worth = solver.state_values(rewards, mask)[:, 0]
    calls = {
        state: rows[chosen[state]].call
        for state in range(2, mdp.states_count)
        if chosen[state] >= 0 and worth[state] > 1e-9
    }
    return Plan(model=model, calls=calls, value=float(without if bound else wanted), without=float(without))


def _reach(mdp: MDP, mask: Booleans) -> tuple[Floats, Floats]:
    """How probable arriving is from each state, and by each row, under the best choice among the rows of a mask."""
    chances = np.zeros(mdp.states_count)
    chances[_ARRIVED] = 1.0
    by_row = np.zeros(mdp.rows_count)
    for _ in range(2 * mdp.states_count):
        weighed = mdp.probabilities * chances[mdp.successors]
        by_row = np.where(mask, np.add.reduceat(weighed, mdp.successor_ptr[:-1]), 0.0)
        new = np.maximum.reduceat(by_row, mdp.row_ptr[:-1])
        new[_ARRIVED] = 1.0
        if np.array_equal(new, chances):
            break
        chances = new
    return chances, by_row


def _likeliest(mdp: MDP, mask: Booleans) -> Booleans:
    """The rows of a mask that keep arriving as probable as it can be."""
    chances, by_row = _reach(mdp, mask)
    return mask & ((by_row >= chances[mdp.row_states] - 1e-9) | (mdp.row_states < 2))


def _chance(mdp: MDP, mask: Booleans) -> float:
    """How probable arriving is from the start."""
    return float(_reach(mdp, mask)[0][2])
