"""Models from the text formats of probabilistic model checkers, read without rounding: PRISM's explicit ``.tra``, DRN.

Sources: the PRISM manual, appendix "Explicit Model Files"; Storm's documentation, "The DRN format". Rewards in a file
are not read: POWER is about rewards that are drawn. Decimals are taken as written, 0.1 is 1/10.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import count

from remit.errors import InvalidMDPError
from remit.theory.asked import text_at
from remit.theory.rational import SHOWN, RationalMDP, model_of, number_at

_TRANSITION = re.compile(r"(\d+)\s+(\d{1,12})\s+(\d+)\s+(\S+)(?:\s+(\S+))?", re.ASCII)
_STATE = re.compile(r"state\s+(\d+)\b\s*(?:\[[^\]]*\])?\s*(.*)", re.ASCII)
_LABEL = re.compile(r'"([^"]+)"|([^\s"]+)')
_ACTION = re.compile(r"action\s+(\S+)(?:\s+\[.*\])?")
_TARGET = re.compile(r"(\d+)\s*:\s*(\[.*\]|\S+)", re.ASCII)
_COUNT = re.compile(r"[0-9]+")
_NOT_MDP = {
    "DTMC": "no choices to be made",
    "CTMC": "no choices to be made",
    "POMDP": "states that are seen in part, and POWER here is that of an agent that sees them",
    "SMG": "several players, and POWER here is that of one",
    "MA": "choices made in continuous time, and POWER here counts steps",
}
MOST_STATES = 2_000_000
"""States that are read from a file."""

Table = dict[str, dict[str, dict[str, Fraction]]]


def from_transitions(text: str) -> RationalMDP:
    """Return the model of a ``.tra`` file: a header ``states choices transitions``, then a transition a line.

    Storm's variant begins with the word ``mdp`` instead and counts nothing. States are named by their numbers; a choice
    is named by its action where it is the first of the state to have it, else by its number too. Raises
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
    labels: dict[int, dict[int, str]] = {}
    last = 0
    for number, line in lines[1:]:
        match = _TRANSITION.fullmatch(line)
        if match is None:
            raise InvalidMDPError(f"line `{number}` is not `state choice successor probability [action]`")
        place, after = (_state(match[1], states, number), int(match[2])), _state(match[3], states, number)
        row, last = rows.setdefault(place, {}), max(last, place[0], after)
        row[str(after)] = row.get(str(after), Fraction(0)) + _chance(match[4], number)
        labels.setdefault(place[0], {}).setdefault(place[1], match[5] or "")
    table: Table = {str(state): {} for state in range(states if counted else last + 1)}
    for state, offered in labels.items():
        named = _told_apart(dict(sorted(offered.items())), "")
        table[str(state)] = {name: rows[state, choice] for choice, name in named.items()}
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
    """Return the model of a DRN text: ``@type: MDP``, then states with their labels, actions and where they lead.

    Actions of the same name in a state are told apart by their number: ``a``, ``a-1``. Raises ``InvalidMDPError`` with
    the number of the line that cannot be read, for other types of models, for parameters and for other numbers of
    states or choices than the head says, and as ``read_model`` does.
    """
    lines = text_at(text, "text").splitlines()
    model = next((number for number, line in enumerate(lines) if line.strip() == "@model"), None)
    if model is None:
        raise InvalidMDPError("a DRN text has a line `@model`", hint="storm --exportbuild model.drn writes one")
    _check_head(lines[:model])
    said = [_said(lines[:model], f"@nr_{name}") for name in ("states", "choices")]
    if _COUNT.fullmatch(said[0]):
        count_of(said[0], 2 + [line.strip() for line in lines].index("@nr_states"))
    table, labels = _drn_states(lines, model + 1)
    found = model_of(list(table), table)
    _check_counts(said, ("states", "choices"), (len(table), sum(len(line) for line in table.values())))
    return replace(found, labels=tuple((label, tuple(held)) for label, held in labels.items()))


def _drn_states(lines: list[str], first: int) -> tuple[Table, dict[str, list[int]]]:
    """Return the choices of the states of a DRN text from a line on, and the numbers of the states with each label."""
    rows: dict[str, list[tuple[str, dict[str, Fraction]]]] = {}
    labels: dict[str, list[int]] = {}
    offered: list[tuple[str, dict[str, Fraction]]] | None = None
    for number, line in enumerate(lines[first:], first + 1):
        words = line.strip()
        if not words or words.startswith("//"):
            continue
        if (state := _STATE.fullmatch(words)) is not None:
            if state[1] in rows:
                raise InvalidMDPError(f"line `{number}` writes state `{state[1]}` twice")
            for label in dict.fromkeys(quoted or bare for quoted, bare in _LABEL.findall(state[2])):
                labels.setdefault(label, []).append(len(rows))
            offered = rows.setdefault(state[1], [])
        elif (action := _ACTION.fullmatch(words)) is not None and offered is not None:
            offered.append((action[1], {}))
        elif (target := _TARGET.fullmatch(words)) is not None and offered:
            row = offered[-1][1]
            row[target[1]] = row.get(target[1], Fraction(0)) + _chance(target[2], number)
        else:
            raise InvalidMDPError(
                f"line `{number}` is neither a state, an action nor where one leads: `{words[:SHOWN]}`"
            )
    table: Table = {}
    for name, choices in rows.items():
        named = _told_apart({choice: action for choice, (action, _) in enumerate(choices)}, "-")
        table[name] = {named[choice]: row for choice, (_, row) in enumerate(choices)}
    return table, labels


def _told_apart(actions: Mapping[int, str], sign: str) -> dict[int, str]:
    """Return a name of its own for each choice of a state, by its number.

    The first of an action is called by it; the others, and those without one, also by the first free number from their
    own on. Every name is compared with all that are written, so that no choice takes the place of another.
    """
    first = {action: choice for choice, action in reversed([*actions.items()]) if action}
    taken, named = set(first), dict[int, str]()
    for choice, action in actions.items():
        name = action
        if first.get(action) != choice:
            name = next(free for number in count(choice) if (free := f"{action}{sign}{number}") not in taken)
        named[choice] = name
        taken.add(name)
    return named


def _chance(word: str, line: int) -> Fraction:
    """Return a probability; what stands for many numbers, or for one that is written elsewhere, is refused as that."""
    if word[0] in "[$":
        what = "an interval" if word[0] == "[" else "a placeholder"
        hint = "POWER is that of one model: write the number that is meant"
        raise InvalidMDPError(f"line `{line}` has {what} for a probability, `{word[:SHOWN]}`", hint=hint)
    return number_at(word, f"line {line}")


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
        why = f" has {_NOT_MDP[kind]}" if kind in _NOT_MDP else " is not read"
        raise InvalidMDPError(f"a model of type `{kind[:SHOWN]}`{why}", hint="export one of type MDP")
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
