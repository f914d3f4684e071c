"""What PRISM and Storm write beside the transitions of a model: names of states, labels and rewards of states.

Sources: the PRISM manual, appendix "Explicit Model Files" (``.sta``, ``.lab``, ``.srew``); Storm's documentation,
"Languages", section "Explicit". Rewards are one goal: POWER draws its own unless that goal is asked for.
"""

import re
from dataclasses import replace
from fractions import Fraction

from remit.errors import InvalidMDPError
from remit.theory.asked import text_at
from remit.theory.formats.checkers import written_lines
from remit.theory.rational import SHOWN, RationalMDP, number_at

__all__ = ["labels_in", "rewards_in", "with_labels", "with_names"]

_NAMED = re.compile(r"(\d{1,12}):\s*(\(.*\))", re.ASCII)
_DECLARED = re.compile(r'(\d{1,9})="([^"]*)"', re.ASCII)
_LABELLED = re.compile(r"(\d{1,12})(?::|\s)\s*(\S.*)", re.ASCII)
_PAID = re.compile(r"(\d{1,12})\s+(\S+)", re.ASCII)


def with_names(mdp: RationalMDP, text: str) -> RationalMDP:
    """Return a model whose states are called by the values of their variables, ``(1,0)``, as a ``.sta`` file has them.

    Raises ``InvalidMDPError`` with the number of the line that cannot be read, for a state without a line and for two
    of the same name.
    """
    names: dict[int, str] = {}
    for number, line in [*written_lines(text_at(text, "text"))][1:]:
        found = _NAMED.fullmatch(line)
        if found is None or not int(found[1]) < len(mdp.states) or int(found[1]) in names:
            hint = f"states are counted from 0 to {len(mdp.states) - 1}, each once"
            raise InvalidMDPError(f"line `{number}` of the states is not `number:(values)`", hint=hint)
        names[int(found[1])] = "".join(found[2].split())
    if len(names) != len(mdp.states) or len(set(names.values())) != len(names):
        message = f"`{len(set(names.values()))}` states are told apart, and the transitions have `{len(mdp.states)}`"
        raise InvalidMDPError(message, hint="export states and transitions of the same model")
    return replace(mdp, states=tuple(names[number] for number in range(len(names))))


def with_labels(mdp: RationalMDP, text: str) -> RationalMDP:
    """Return a model with the labels of a ``.lab`` file; errors as ``labels_in``."""
    return replace(mdp, labels=tuple(labels_in(text, len(mdp.states)).items()))


def labels_in(text: str, states: int) -> dict[str, tuple[int, ...]]:
    """Return which of some states have each label.

    PRISM declares ``0="init"`` and writes ``3: 0`` for each state that has one, Storm ``init`` and ``3 init``.
    Raises ``InvalidMDPError`` with the number of the line that cannot be read, or speaks of a label or a state that
    there is not.
    """
    lines = [*written_lines(text_at(text, "text"))]
    first = lines[0][1] if lines else ""
    called = dict(_DECLARED.findall(first)) or {name: name for name in first.split()}
    found: dict[str, list[int]] = {name: [] for name in called.values()}
    for number, line in lines[1:]:
        match = _LABELLED.fullmatch(line)
        words = match[2].split() if match is not None else []
        if match is None or not int(match[1]) < states or not called.keys() >= {*words}:
            hint = f"there are `{states}` states, counted from 0, and the labels {', '.join(list(found)[:12])}"
            raise InvalidMDPError(f"line `{number}` of the labels is not `state: labels`", hint=hint)
        for word in words:
            found[called[word]].append(int(match[1]))
    return {name: tuple(sorted({*line})) for name, line in found.items()}


def rewards_in(text: str, states: int) -> dict[int, Fraction]:
    """Return the rewards of a ``.srew`` file, of the states that have one; the counts of its first line may be missing.

    Raises ``InvalidMDPError`` with the number of the line that cannot be read, and where the first line says another
    number of rewards than are written.
    """
    lines = [*written_lines(text_at(text, "text"))]
    counts = lines.pop(0)[1].split() if lines and lines[0][1].split()[0] == str(states) else None
    found: dict[int, Fraction] = {}
    for number, line in lines:
        paid = _paid(line, states)
        if paid is None:
            hint = f"states are counted from 0 to {states - 1}, and a reward is a number"
            raise InvalidMDPError(f"line `{number}` of the rewards is not `state reward`", hint=hint)
        found[paid[0]] = paid[1]
    if counts is not None and counts[1:] != [str(len(lines))]:
        said = " ".join(counts)[:SHOWN]
        raise InvalidMDPError(
            f"the rewards begin with `{said}`, and `{len(lines)}` are written", hint="export it again"
        )
    return found


def _paid(line: str, states: int) -> tuple[int, Fraction] | None:
    """Return the state and the reward of a line, None where it is no such line."""
    match = _PAID.fullmatch(line)
    try:
        return (int(match[1]), number_at(match[2], line)) if match is not None and int(match[1]) < states else None
    except InvalidMDPError:
        return None
