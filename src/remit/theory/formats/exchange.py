"""Models in the text formats of probabilistic model checkers: PRISM's explicit files and Storm's DRN."""

import re
from dataclasses import dataclass

import numpy as np

from remit.errors import InvalidMDPError, ModelError
from remit.theory.arrays import Floats
from remit.theory.asked import real_at, table_at
from remit.theory.formats.beside import labels_in, rewards_in
from remit.theory.formats.checkers import count_of, written_lines
from remit.theory.mdp import MDP, Edge, arrays_at, successors_of
from remit.theory.rational import number_at


@dataclass(frozen=True, slots=True, kw_only=True)
class PrismFiles:
    """The three explicit files of PRISM: ``.tra`` (transitions), ``.lab`` (labels), ``.srew`` (state rewards)."""

    transitions: str
    labels: str
    rewards: str


def to_prism(mdp: MDP, state_rewards: Floats) -> PrismFiles:
    """Return the model and one reward per state (f64[S]) as PRISM's explicit files.

    Source: the PRISM manual, appendix "Explicit Model Files".
    """
    state_rewards = table_at(state_rewards, "state_rewards", (arrays_at(mdp).states_count,))
    lines = [f"{mdp.states_count} {mdp.rows_count} {mdp.transitions_count}"]
    owners = mdp.row_states
    for row in range(mdp.rows_count):
        state = int(owners[row])
        choice = row - int(mdp.row_ptr[state])
        action = label(mdp.action_name(int(mdp.row_actions[row])))
        lines += [f"{state} {choice} {target} {chance!r} {action}" for target, chance in successors_of(mdp, row)]
    paid = np.flatnonzero(state_rewards)
    rewards = [f"{mdp.states_count} {len(paid)}", *(f"{state} {float(state_rewards[state])!r}" for state in paid)]
    return PrismFiles(
        transitions="\n".join(lines) + "\n",
        labels=f'0="init" 1="deadlock"\n{mdp.start}: 0\n',
        rewards="\n".join(rewards) + "\n",
    )


def from_prism(files: PrismFiles) -> tuple[MDP, Floats]:
    """Return the model and the reward of each state (f64[S]) that PRISM's explicit files describe.

    Comments, as PRISM writes them above labels and rewards, and fractions, as its exact engine writes them, are read.
    Raises ``InvalidMDPError`` with the number of the line that cannot be read, and as ``MDP.checked`` does.
    """
    (first, header), *lines = [*written_lines(files.transitions)] or [(1, "")]
    fields = _fields(header, first, 3, "transitions")
    states = count_of(str(fields[0]), first)
    if len(lines) != fields[2]:
        raise InvalidMDPError(f"line `{first}` of the transitions says `{fields[2]}`, and `{len(lines)}` are written")
    rows: dict[tuple[int, int], tuple[int, list[tuple[int, float]]]] = {}
    actions: dict[str, int] = {}
    for number, line in lines:
        state, choice, successor, probability, action = _transition(line, number)
        _, pairs = rows.setdefault((state, choice), (actions.setdefault(action, len(actions)), []))
        pairs.append((successor, probability))
    edges: list[Edge] = [(state, action, pairs) for (state, _), (action, pairs) in sorted(rows.items())]
    start, rewards = min(labels_in(files.labels, states).get("init", ()), default=0), np.zeros(states, np.float64)
    for state, value in rewards_in(files.rewards, states).items():
        rewards[state] = float(value)
    return MDP.from_edges(edges, states_count=states, start=start, actions=tuple(actions)), rewards


def to_drn(mdp: MDP, state_rewards: Floats, *, discount: float | None = None) -> str:
    """Return the model and one reward per state (f64[S]) as DRN text.

    With a ``discount``, the model is left with probability 1-g per step for an absorbing state labelled ``done``, and
    rewards are scaled by 1-g: the largest expected total reward is then the normalised discounted value.
    """
    state_rewards = table_at(state_rewards, "state_rewards", (arrays_at(mdp).states_count,))
    if discount is not None and not 0.0 < real_at(discount, "discount") < 1.0:
        raise ModelError(f"`{discount}` leaves no chance to stop or to go on", hint="give a discount between 0 and 1")
    factor, scale = (1.0, 1.0) if discount is None else (discount, 1.0 - discount)
    states = mdp.states_count + (discount is not None)
    head = ["@type: MDP", "@parameters", "", "@reward_models", "reward"]
    lines = [*head, "@nr_states", str(states), "@nr_choices", str(mdp.rows_count + (discount is not None)), "@model"]
    for state in range(mdp.states_count):
        start = " init" if state == mdp.start else ""
        lines.append(f"state {state} [{scale * float(state_rewards[state])!r}]{start}")
        for row in range(int(mdp.row_ptr[state]), int(mdp.row_ptr[state + 1])):
            lines.append(f"\taction {label(mdp.action_name(int(mdp.row_actions[row])))} [0]")
            lines += [f"\t\t{target} : {factor * chance!r}" for target, chance in successors_of(mdp, row)]
            if discount is not None:
                lines.append(f"\t\t{mdp.states_count} : {1.0 - discount!r}")
    if discount is not None:
        lines += [f"state {mdp.states_count} [0] done", "\taction stay [0]", f"\t\t{mdp.states_count} : 1"]
    return "\n".join(lines) + "\n"


def label(name: str) -> str:
    """Return a name as these formats take it: letters, digits and underscores, not beginning with a digit."""
    plain = re.sub(r"\W", "_", name, flags=re.ASCII) or "_"
    return f"a{plain}" if plain[0].isdigit() else plain


def _fields(line: str, number: int, count: int, where: str) -> list[int]:
    """Return the whole numbers of a header line."""
    fields = line.split()
    if len(fields) != count or not all(re.fullmatch(r"[0-9]{1,12}", field) for field in fields):
        message = f"line `{number}` of the {where} should hold `{count}` whole numbers"
        raise InvalidMDPError(message)
    return [int(field) for field in fields]


def _transition(line: str, number: int) -> tuple[int, int, int, float, str]:
    """Return state, choice, successor, probability and action (``_`` when there is none) of a transition line."""
    match = re.fullmatch(r"(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s+(\S+)(?:\s+(\S+))?", line, re.ASCII)
    try:
        if match is not None:
            chance = float(number_at(match[4], f"line {number}"))
            return int(match[1]), int(match[2]), int(match[3]), chance, match[5] or "_"
    except InvalidMDPError:
        pass
    message = f"line `{number}` of the transitions is not `state choice successor probability [action]`"
    raise InvalidMDPError(message)
