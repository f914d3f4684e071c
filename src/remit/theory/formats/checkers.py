"""Models from the text formats of probabilistic model checkers, read without rounding: PRISM's explicit ``.tra``, DRN.

Sources: the PRISM manual, appendix "Explicit Model Files"; Storm's documentation, "The DRN format". Rewards in a file
are not read: POWER is about rewards that are drawn. Decimals are taken as written, 0.1 is 1/10.
"""

import re
from collections.abc import Iterator
from fractions import Fraction

from remit.errors import InvalidMDPError
from remit.theory.asked import text_at
from remit.theory.rational import SHOWN, RationalMDP, model_of, number_at

_TRANSITION = re.compile(r"(\d+)\s+(\d{1,12})\s+(\d+)\s+(\S+)(?:\s+(\S+))?", re.ASCII)
_STATE = re.compile(r"state\s+(\d+)\b(.*)", re.ASCII)
_ACTION = re.compile(r"action\s+(\S+)(?:\s+\[.*\])?")
_TARGET = re.compile(r"(\d+)\s*:\s*(\S+)", re.ASCII)
_COUNT = re.compile(r"[0-9]+")
MOST_STATES = 2_000_000
"""States that are read from a file."""

Table = dict[str, dict[str, dict[str, Fraction]]]


def from_transitions(text: str) -> RationalMDP:
    """Return the model of a ``.tra`` file: a header ``states choices transitions``, then a transition a line.

    Storm's variant begins with the word ``mdp`` instead and counts nothing. States are named by their numbers; a choice
    is named by its action where it has one that no other choice of the state has, else by its number. Raises
    ``InvalidMDPError`` with the number of the line that cannot be read, where there are more or fewer lines than the
    header says (a file that was cut off would lose options silently), and as ``read_model`` does.
    """
    lines = list(written_lines(text_at(text, "text")))
    header = lines[0][1].split() if lines else []
    counted = header != ["mdp"]
    if counted and (len(header) != 3 or not all(map(_COUNT.fullmatch, header))):
        chain = "a Markov chain has two numbers there, and no choices"
        hint = chain if len(header) == 2 else "PRISM writes three whole numbers there, Storm the word mdp"
        raise InvalidMDPError("line `1` is not `states choices transitions`", hint=hint)
    states = count_of(header[0], 1) if counted else MOST_STATES
    rows: dict[tuple[int, int], dict[str, Fraction]] = {}
    labels: dict[tuple[int, int], str] = {}
    last = 0
    for number, line in lines[1:]:
        match = _TRANSITION.fullmatch(line)
        if match is None:
            raise InvalidMDPError(f"line `{number}` is not `state choice successor probability [action]`")
        place, after = (_state(match[1], states, number), int(match[2])), _state(match[3], states, number)
        row, last = rows.setdefault(place, {}), max(last, place[0], after)
        row[str(after)] = row.get(str(after), Fraction(0)) + number_at(match[4], f"line {number}")
        labels.setdefault(place, match[5] or "")
    table: Table = {str(state): {} for state in range(states if counted else last + 1)}
    for (state, choice), row in sorted(rows.items()):
        offered = table[str(state)]
        label = labels[state, choice]
        offered[label if label and label not in offered else f"{label}{choice}"] = row
    model = model_of(list(table), table)
    if counted:
        _check_counts(header[1:], ("choices", "transitions"), (len(rows), len(lines) - 1))
    return model


def written_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of an explicit file with their numbers, without blank ones and comments (``#``, PRISM 4.8)."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line.strip()


def from_drn(text: str) -> RationalMDP:
    """Return the model of a DRN text: ``@type: MDP``, then states, their actions and where they lead.

    Raises ``InvalidMDPError`` with the number of the line that cannot be read, for other types of models, for
    parameters and for other numbers of states or choices than the head says, and as ``read_model`` does.
    """
    lines = text_at(text, "text").splitlines()
    model = next((number for number, line in enumerate(lines) if line.strip() == "@model"), None)
    if model is None:
        raise InvalidMDPError("a DRN text has a line `@model`", hint="storm --exportbuild model.drn writes one")
    _check_head(lines[:model])
    said = [_said(lines[:model], f"@nr_{name}") for name in ("states", "choices")]
    if _COUNT.fullmatch(said[0]):
        count_of(said[0], 2 + [line.strip() for line in lines].index("@nr_states"))
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
    found = model_of(list(table), table)
    _check_counts(said, ("states", "choices"), (len(table), sum(len(line) for line in table.values())))
    return found


def _said(head: list[str], key: str) -> str:
    """Return what stands in the line after a key, nothing where the key is not there."""
    words = [line.strip() for line in head]
    return words[words.index(key) + 1] if key in words[:-1] else ""


def _check_counts(said: list[str], names: tuple[str, ...], found: tuple[int, ...]) -> None:
    """Refuse a file whose header says other numbers than are written: it was cut off, or its lines were changed."""
    for word, name, number in zip(said, names, found, strict=True):
        if word and word != str(number):
            raise InvalidMDPError(f"the header says `{word[:SHOWN]}` {name}, and `{number}` are written")


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


def count_of(word: str, line: int) -> int:
    """Return a number of states that can be held."""
    if len(word) > 12 or int(word) > MOST_STATES:
        raise InvalidMDPError(
            f"line `{line}` speaks of `{word[:SHOWN]}` states, more than the `{MOST_STATES}` that are read"
        )
    return int(word)


def _state(word: str, states: int, line: int) -> int:
    """Return the number of a state that exists."""
    if len(word) > 12 or int(word) >= states:
        raise InvalidMDPError(f"line `{line}` names state `{word[:SHOWN]}`, and there are `{states}`, counted from 0")
    return int(word)
