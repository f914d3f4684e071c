"""Models from the text formats of probabilistic model checkers, read without rounding: PRISM's explicit ``.tra``, DRN.

Sources: the PRISM manual, appendix "Explicit Model Files"; Storm's documentation, "The DRN format". Rewards in a file
are not read: POWER is about rewards that are drawn. Decimals are taken as written, 0.1 is 1/10.
"""

import re
from fractions import Fraction

from remit.errors import InvalidMDPError
from remit.theory.rational import SHOWN, RationalMDP, model_of, number_at

_TRANSITION = re.compile(r"(\d+)\s+(\d+)\s+(\d+)\s+(\S+)(?:\s+(\S+))?")
_STATE = re.compile(r"state\s+(\d+)\b(.*)")
_ACTION = re.compile(r"action\s+(\S+)(?:\s+\[.*\])?")
_TARGET = re.compile(r"(\d+)\s*:\s*(\S+)")
_MOST = 2_000_000

Table = dict[str, dict[str, dict[str, Fraction]]]


def from_transitions(text: str) -> RationalMDP:
    """Return the model of a PRISM ``.tra`` file: a header ``states choices transitions``, then a transition a line.

    States are named by their numbers; a choice is named by its action where it has one that no other choice of the
    state has, else by its number. Raises ``InvalidMDPError`` with the number of the line that cannot be read, and as
    ``read_model`` does.
    """
    lines = text.splitlines()
    header = lines[0].split() if lines else []
    if len(header) != 3 or not all(word.isdigit() for word in header):
        hint = "a Markov chain has two numbers there, and no choices" if len(header) == 2 else ""
        raise InvalidMDPError("line `1` is not `states choices transitions`", hint=hint)
    states = _count(header[0], 1)
    rows: dict[tuple[int, int], dict[str, Fraction]] = {}
    labels: dict[tuple[int, int], str] = {}
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        match = _TRANSITION.fullmatch(line.strip())
        if match is None:
            raise InvalidMDPError(f"line `{number}` is not `state choice successor probability [action]`")
        place = (_state(match[1], states, number), int(match[2]))
        row = rows.setdefault(place, {})
        target = str(_state(match[3], states, number))
        row[target] = row.get(target, Fraction(0)) + number_at(match[4], f"line {number}")
        labels.setdefault(place, match[5] or "")
    table: Table = {str(state): {} for state in range(states)}
    for (state, choice), row in sorted(rows.items()):
        offered = table[str(state)]
        label = labels[state, choice]
        offered[label if label and label not in offered else f"{label}{choice}"] = row
    return model_of([str(state) for state in range(states)], table)


def from_drn(text: str) -> RationalMDP:
    """Return the model of a DRN text: ``@type: MDP`` or ``DTMC``, then states, their actions and where they lead.

    Raises ``InvalidMDPError`` with the number of the line that cannot be read, for other types of models and for
    parameters, and as ``read_model`` does.
    """
    lines = text.splitlines()
    model = next((number for number, line in enumerate(lines) if line.strip() == "@model"), None)
    if model is None:
        raise InvalidMDPError("a DRN text has a line `@model`")
    _check_head(lines[:model])
    table: Table = {}
    offered: dict[str, dict[str, Fraction]] = {}
    row: dict[str, Fraction] | None = None
    for number, line in enumerate(lines[model + 1 :], model + 2):
        words = line.strip()
        if not words or words.startswith("//"):
            continue
        if (state := _STATE.fullmatch(words)) is not None:
            if state[1] in table:
                raise InvalidMDPError(f"line `{number}` writes state `{state[1]}` twice")
            offered, row = table.setdefault(state[1], {}), None
        elif (action := _ACTION.fullmatch(words)) is not None and table:
            name = action[1] if action[1] not in offered else f"{action[1]}-{len(offered)}"
            row = offered.setdefault(name, {})
        elif (target := _TARGET.fullmatch(words)) is not None and row is not None:
            chance = number_at(target[2], f"line {number}")
            row[target[1]] = row.get(target[1], Fraction(0)) + chance
        else:
            raise InvalidMDPError(
                f"line `{number}` is neither a state, an action nor where one leads: `{words[:SHOWN]}`"
            )
    return model_of(list(table), table)


def _check_head(lines: list[str]) -> None:
    """Refuse what is no MDP, or has parameters that stand for numbers."""
    head = [line.strip() for line in lines]
    kind = next((line.partition(":")[2].strip().upper() for line in head if line.startswith("@type")), "MDP")
    if kind != "MDP":
        raise InvalidMDPError(f"a model of type `{kind[:SHOWN]}` has no choices to be made")
    if "@parameters" in head:
        after = head[head.index("@parameters") + 1 :]
        if after and after[0] and not after[0].startswith("@"):
            raise InvalidMDPError(f"the model has parameters, `{after[0][:SHOWN]}`", hint="give each of them a number")


def _count(word: str, line: int) -> int:
    """Return a number of states that can be held."""
    if len(word) > 12 or int(word) > _MOST:
        raise InvalidMDPError(f"line `{line}` speaks of `{word[:SHOWN]}` states, more than the `{_MOST}` that are read")
    return int(word)


def _state(word: str, states: int, line: int) -> int:
    """Return the number of a state that exists."""
    if len(word) > 12 or int(word) >= states:
        raise InvalidMDPError(f"line `{line}` names state `{word[:SHOWN]}`, and there are `{states}`, counted from 0")
    return int(word)
