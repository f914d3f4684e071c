"""Models in the text formats of probabilistic model checkers: PRISM's explicit files and Storm's DRN.

What is written of a model with rational probabilities is as exact as the model: a number that no short decimal is, is
written as a fraction.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from remit.errors import InvalidMDPError, ModelError
from remit.theory.arrays import Floats
from remit.theory.asked import real_at, table_at
from remit.theory.formats.beside import labels_in, rewards_in
from remit.theory.formats.checkers import count_of, written_lines
from remit.theory.mdp import MDP, Edge, successors_of
from remit.theory.rational import RationalMDP, number_at, plain_at, rational_at

Model: TypeAlias = MDP | RationalMDP
"""A model that can be written: as ``read_file`` returns it, or held in arrays."""
_Row: TypeAlias = tuple[str, Sequence[tuple[int, float | Fraction]]]
_VALUES = re.compile(r"\(\S*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrismFiles:
    """The explicit files of PRISM: ``.tra`` (transitions), ``.lab`` (labels), ``.srew`` (state rewards), ``.sta``.

    The last, ``states``, says what states are called; it is empty where they have no names that it could hold.
    """

    transitions: str
    labels: str
    rewards: str
    states: str = ""


def to_prism(mdp: Model, state_rewards: Floats | None = None) -> PrismFiles:
    """Return the model and one reward per state (f64[S], else none) as PRISM's explicit files.

    Labels are kept. Fractions such as 1/3 are read by PRISM's exact engine (``-exact``) and by ``read_file``; for other
    engines, give the model ``as_arrays()``. What the files cannot hold is lost: names of states, unless they are values
    in brackets, ``(1,0)``, as ``.sta`` has them; blanks, brackets and quotes in the names of actions, which become
    ``_``; rewards that are drawn. Source: the PRISM manual, appendix "Explicit Model Files".
    """
    paid = _rewards_of(mdp, state_rewards)
    rows = [_rows_of(mdp, state) for state in range(len(paid))]
    lines = [
        f"{state} {choice} {target} {_number(chance)} {label(action)}"
        for state, offered in enumerate(rows)
        for choice, (action, lottery) in enumerate(offered)
        for target, chance in lottery
    ]
    rewards = [f"{state} {float(paid[state])!r}" for state in np.flatnonzero(paid)]
    return PrismFiles(
        transitions="\n".join([f"{len(rows)} {sum(map(len, rows))} {len(lines)}", *lines]) + "\n",
        labels=_label_file(mdp),
        rewards="\n".join([f"{len(rows)} {len(rewards)}", *rewards]) + "\n",
        states=_state_file(mdp.states or ()),
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


def to_drn(mdp: Model, state_rewards: Floats | None = None, *, discount: float | Fraction | None = None) -> str:
    """Return the model and one reward per state (f64[S], else none) as DRN text.

    With a ``discount``, the model is left with probability 1-g per step for an absorbing state labelled ``done``, and
    rewards are scaled by 1-g: the largest expected total reward is then the normalised discounted value. Labels and
    fractions are kept, and read by Storm. What DRN cannot hold is lost: names of states, which become their numbers;
    blanks, brackets and quotes in the names of actions, which become ``_``; rewards that are drawn.
    """
    paid = _rewards_of(mdp, state_rewards)
    if discount is not None and not 0.0 < real_at(discount, "discount") < 1.0:
        raise ModelError(f"`{discount}` leaves no chance to stop or to go on", hint="give a discount between 0 and 1")
    factor: float | Fraction = 1
    if discount is not None:
        factor = plain_at(discount, "discount") if isinstance(mdp, RationalMDP) else float(discount)
    if discount is not None and _labels_of(mdp).get("done"):
        hint = "the export calls its absorbing state so; rename the label of the model"
        raise ModelError("the model has a label `done` already", hint=hint)
    ended, scale = len(paid), 1.0 if discount is None else float(1 - factor)
    labels: list[list[str]] = [[] for _ in paid]
    for name, held in _labels_of(mdp).items():
        for state in held:
            labels[state].append(name if re.fullmatch(r"\w+", name) else f'"{name}"')
    rows = [_rows_of(mdp, state) for state in range(ended)]
    lines: list[str] = []
    for state, offered in enumerate(rows):
        lines.append(" ".join([f"state {state} [{scale * float(paid[state])!r}]", *labels[state]]))
        for action, lottery in offered:
            lines.append(f"\taction {label(action)} [0]")
            lines += [f"\t\t{target} : {_number(factor * chance)}" for target, chance in lottery]
            lines += [] if discount is None else [f"\t\t{ended} : {_number(1 - factor)}"]
    if discount is not None:
        rows.append([("stay", [(ended, 1.0)])])
        lines += [f"state {ended} [0] done", "\taction stay [0]", f"\t\t{ended} : 1"]
    head = ["@type: MDP", "@parameters", "", "@reward_models", "reward"]
    counts = ["@nr_states", str(len(rows)), "@nr_choices", str(sum(map(len, rows))), "@model"]
    return "\n".join([*head, *counts, *lines]) + "\n"


def label(name: str) -> str:
    """Return the name of an action as one word, which is what these formats take."""
    return re.sub(r'[\s\[\]"]', "_", name) or "_"


def _rewards_of(mdp: Model, given: Floats | None) -> Floats:
    """Return one reward per state of a model, 0 where none are given; refuses what is no model."""
    states = mdp.states_count if isinstance(mdp, MDP) else len(rational_at(mdp).states)
    return np.zeros(states) if given is None else table_at(given, "state_rewards", (states,))


def _rows_of(mdp: Model, state: int) -> list[_Row]:
    """Return the actions on offer in a state and where they lead."""
    if isinstance(mdp, RationalMDP):
        return [(action, choice.lottery) for choice in mdp.choices[state] for action in choice.actions]
    rows = range(int(mdp.row_ptr[state]), int(mdp.row_ptr[state + 1]))
    return [(mdp.action_name(int(mdp.row_actions[row])), successors_of(mdp, row)) for row in rows]


def _number(number: float | Fraction) -> str:
    """Return a number as it is read again: a decimal where there is a short one, else a fraction."""
    short = repr(float(number))
    return short if isinstance(number, float) or Fraction(short) == number else str(number)


def _labels_of(mdp: Model) -> dict[str, tuple[int, ...]]:
    """Return which states have each label; where one starts is always one of them."""
    given = dict(mdp.labels) if isinstance(mdp, RationalMDP) else {}
    fit: dict[str, tuple[int, ...]] = {}
    for name, states in given.items():
        plain = re.sub(r'[\s"]+', " ", name)
        fit[plain] = tuple(sorted({*fit.get(plain, ()), *states}))
    return {**fit, "init": fit.get("init") or (mdp.start,)}


def _label_file(mdp: Model) -> str:
    """Return a ``.lab`` file: PRISM declares where one starts first, then where nothing can be done, then the rest."""
    labels = _labels_of(mdp)
    names = [*dict.fromkeys(["init", "deadlock", *labels])]
    held: dict[int, list[str]] = {}
    for number, name in enumerate(names):
        for state in labels.get(name, ()):
            held.setdefault(state, []).append(str(number))
    declared = " ".join(f'{number}="{name}"' for number, name in enumerate(names))
    return "\n".join([declared, *(f"{state}: {' '.join(held[state])}" for state in sorted(held))]) + "\n"


def _state_file(names: Sequence[str]) -> str:
    """Return a ``.sta`` file where every state is called by values in brackets, else nothing."""
    if not names or not all(map(_VALUES.fullmatch, names)):
        return ""
    variables = ",".join(f"x{number}" for number in range(1, 2 + names[0].count(",")))
    return "\n".join([f"({variables})", *(f"{number}:{name}" for number, name in enumerate(names))]) + "\n"


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
