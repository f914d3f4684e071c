"""Read and write models as JSON: states, and for each state its actions and where they lead."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from remit.errors import InvalidMDPError
from remit.theory.arrays import Floats
from remit.theory.mdp import MDP, Edge, successors_of

LONGEST = 64
"""Longest number that is read, in characters: nothing sensible is longer."""

Rewards: TypeAlias = str | dict[str, float]
"""Either a distribution in words (``iid U[0,1]``) or one reward per state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A process that was read, with what the file says about rewards."""

    mdp: MDP
    rewards: Rewards

    def state_rewards(self) -> Floats:
        """Return one reward per state, f64[S]; raises ``InvalidMDPError`` when the file gives a distribution."""
        if isinstance(self.rewards, str):
            message = f"the model gives rewards as `{self.rewards}`, not one per state"
            raise InvalidMDPError(message)
        return np.array([self.rewards.get(name, 0.0) for name in self.mdp.states or ()], np.float64)


def from_json(text: str) -> Model:
    """Return the model a JSON text describes, see ``to_json`` for its form; the first state is the start.

    Probabilities and rewards are numbers or ``"p/q"`` strings. Raises ``InvalidMDPError`` that says what is missing,
    unknown or not a number, and as ``MDP.checked`` does.
    """
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        message = f"the model is not JSON: {error}".splitlines()[0]
        raise InvalidMDPError(message) from error
    names = _state_names(data)
    transitions = data.get("transitions")
    if not isinstance(transitions, dict):
        message = "a model needs `transitions`: for each state, its actions and where they lead"
        raise InvalidMDPError(message)
    unknown = [name for name in transitions if name not in names]
    if unknown:
        message = f"`transitions` has `{unknown[0]}`, which is not in `states`"
        raise InvalidMDPError(message)
    actions: dict[str, int] = {}
    edges = [edge for name in names for edge in _rows_of(name, transitions.get(name), names, actions)]
    mdp = MDP.from_edges(edges, states_count=len(names), states=tuple(names), actions=tuple(actions))
    return Model(mdp=mdp, rewards=_rewards(data.get("rewards", "iid U[0,1]"), names))


def to_json(mdp: MDP, rewards: Rewards = "iid U[0,1]") -> str:
    """Return the model as JSON: ``{"states": [...], "transitions": {state: {action: {state: p}}}, "rewards": ...}``.

    The start comes first. States and actions without names get numbers; rows of one state with the same action get
    distinct names. Numbers are written so that reading them back gives the same bits.
    """
    order = [mdp.start, *(state for state in range(mdp.states_count) if state != mdp.start)]
    transitions: dict[str, dict[str, dict[str, float]]] = {}
    for state in order:
        offered: dict[str, dict[str, float]] = {}
        for row in range(int(mdp.row_ptr[state]), int(mdp.row_ptr[state + 1])):
            name = mdp.action_name(int(mdp.row_actions[row]))
            unique = name if name not in offered else f"{name}#{row - int(mdp.row_ptr[state])}"
            offered[unique] = {mdp.state_name(target): chance for target, chance in successors_of(mdp, row)}
        transitions[mdp.state_name(state)] = offered
    names = [mdp.state_name(state) for state in order]
    return json.dumps({"states": names, "transitions": transitions, "rewards": rewards}, indent=1)


def _state_names(data: object) -> dict[str, int]:
    """Return the number of each state name, in order."""
    listed = data.get("states") if isinstance(data, dict) else None
    if not isinstance(listed, list) or not listed or not all(isinstance(name, str) for name in listed):
        message = "a model needs `states`: a list of names, the start first"
        raise InvalidMDPError(message)
    names = {name: number for number, name in enumerate(listed)}
    if len(names) != len(listed):
        repeated = next(name for number, name in enumerate(listed) if names[name] != number)
        message = f"state `{repeated}` is listed twice"
        raise InvalidMDPError(message)
    return names


def _rows_of(name: str, offered: object, names: Mapping[str, int], actions: dict[str, int]) -> list[Edge]:
    """Return the rows of one state, giving new actions the next number."""
    if not isinstance(offered, dict) or not offered:
        message = f"state `{name}` has no action"
        raise InvalidMDPError(message, hint="give it an action that stays where it is")
    rows: list[Edge] = []
    for action, targets in offered.items():
        if not isinstance(targets, dict) or not targets:
            message = f"row `{name}/{action}` has no successor"
            raise InvalidMDPError(message)
        lost = [target for target in targets if target not in names]
        if lost:
            message = f"row `{name}/{action}` leads to `{lost[0]}`, which is not in `states`"
            raise InvalidMDPError(message)
        pairs = [(names[target], _number(value, f"{name}/{action}")) for target, value in targets.items()]
        rows.append((names[name], actions.setdefault(action, len(actions)), pairs))
    return rows


def _rewards(given: object, names: Mapping[str, int]) -> Rewards:
    """Return the rewards as read: words, or a number per state."""
    if isinstance(given, str):
        return given
    if not isinstance(given, dict):
        message = "`rewards` is either a distribution in words or one number per state"
        raise InvalidMDPError(message)
    unknown = [name for name in given if name not in names]
    if unknown:
        message = f"`rewards` has `{unknown[0]}`, which is not in `states`"
        raise InvalidMDPError(message)
    return {name: _number(value, name) for name, value in given.items()}


def _number(value: object, where: str) -> float:
    """Return a number or a ``"p/q"`` string as a float."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    try:
        if isinstance(value, str) and len(value) <= LONGEST and "e" not in value.lower():
            return float(Fraction(value))
    except (ValueError, ZeroDivisionError, OverflowError):
        pass
    message = f"`{str(value)[:LONGEST]}` at `{where}` is not a number"
    raise InvalidMDPError(message, hint="write 0.5 or 1/2")
