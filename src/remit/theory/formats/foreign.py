"""Models as other tools write them: POWERplay's graphs, maps drawn in text, and the tables of gymnasium's toy text.

A graph of POWERplay is either plain (each edge is an action named after where it goes) or stochastic, with a node per
state ``[s]``, per action ``[a]__[s]`` and per outcome ``[t]__[a]__[s]``, the probability on the edge to the outcome.
Its older graphs have the same names without brackets.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from remit.errors import InvalidMDPError
from remit.theory.asked import kind_at, listed_at, mapping_at, text_at
from remit.theory.formats.beside import rewards_in, with_labels, with_names
from remit.theory.formats.checkers import from_drn, from_transitions
from remit.theory.rational import (
    SHOWN,
    RationalMDP,
    chance_at,
    model_of,
    number_at,
    plain_at,
    rational_at,
    read_model,
)

_NAME = r'"((?:[^"\\]|\\.)*)"|([\w.]+)'
_EDGE = re.compile(rf"^\s*(?:{_NAME})\s*->\s*(?:{_NAME})\s*(?:\[(.*)\])?\s*;?\s*$")
_NODE = re.compile(rf"^\s*(?:{_NAME})\s*(?:\[.*\])?\s*;?\s*$")
_HEADER = re.compile(r"^\s*(?:strict\s+)?digraph\b[^{]*(?:\{|$)")
_STATEMENT = re.compile(r'(?:"(?:[^"\\]|\\.)*"|\[(?:"[^"]*"|[^\]"])*\]|[^;"\[{}])+|[^;{}]')
_CHAIN = re.compile(rf"^(\s*(?:{_NAME})\s*->\s*)(?=((?:{_NAME}))\s*->)")
_COMMENT = re.compile(r'^((?:"(?:[^"\\]|\\.)*"|[^"])*?)(?://.*|/\*.*?\*/)')
_SETTING = re.compile(rf"^\s*(?:subgraph(?:\s+(?:{_NAME}))?\s*|\w+\s*=\s*[^\s>].*)$")
_WEIGHT = re.compile(r'\bweight\s*=\s*"?([^",\s\]]+)')
_PARTS = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\](?:__|$)")
_FLOOR, _WALL, _HOLE = " .S", "#", "O"
_MOVES = {"north": (-1, 0), "south": (1, 0), "west": (0, -1), "east": (0, 1), "stay": (0, 0)}

_SIGNS = "write # for walls, . for floor, S for the start, O for holes"
_LAYOUT = "nodes and edges, a -> b, are wanted without ports and groups, their attributes and comments on one line"
_TOY = "give {state: {action: [(probability, next state, reward, done)]}}, as `env.unwrapped.P` is"

LARGEST, _PART = 500_000_000, 10_000_000
"""Bytes of a file that are read, and how many at a time."""

_BESIDE = {".sta": with_names, ".lab": with_labels}

Read = TypeVar("Read")
Table = dict[str, dict[str, dict[str, Fraction]]]


def read_any(text: str, suffix: str) -> RationalMDP:
    """Return the model in a text, told by the file's suffix: ``.gv`` and ``.dot`` graphs, ``.map`` and ``.txt`` maps.

    ``.tra`` is PRISM's explicit form, ``.drn`` Storm's; anything else is JSON. Raises ``InvalidMDPError`` as the reader
    of that form does, and for a program, which PRISM or Storm has to build first.
    """
    match suffix.lower():
        case ".gv" | ".dot":
            return from_graphviz(text)
        case ".map" | ".txt":
            return from_map(text)
        case ".tra":
            return from_transitions(text)
        case ".drn":
            return from_drn(text)
        case ".prism" | ".pm" | ".nm" | ".jani":
            message = f"a `{suffix}` program is not read, only the states and transitions that come of it"
            raise InvalidMDPError(message, hint="prism MODEL -exporttrans model.tra, or storm --exportbuild model.drn")
        case _:
            return read_model(text)


def read_file(path: str | Path) -> RationalMDP:
    """Return the model in a file, read as its suffix says (``read_any``); what is wrong with it names the file too.

    States and labels beside a ``.tra`` file of the same name are read with it (``files_beside``).
    """
    place = path if isinstance(path, Path) else Path(kind_at(path, str, "path", hint="give the name of a file"))
    model = _placed(place, lambda text: read_any(text, place.suffix))
    for other in files_beside(place):
        model = _placed(other, partial(_BESIDE[other.suffix], model))
    return model


def files_beside(place: Path) -> tuple[Path, ...]:
    """Return the files of the same name that PRISM or Storm wrote beside transitions: states and labels, as there are.

    Nothing is read beside a file of another kind.
    """
    beside = [place.with_suffix(suffix) for suffix in _BESIDE] if place.suffix.lower() == ".tra" else []
    return tuple(other for other in beside if other.is_file())


def read_rewards(path: str | Path, mdp: RationalMDP) -> dict[str, Fraction]:
    """Return one goal from a ``.srew`` file of PRISM: the reward of each state of a model, 0 where it names none."""
    paid = _placed(Path(path), lambda text: rewards_in(text, len(mdp.states)))
    return {name: paid.get(number, Fraction(0)) for number, name in enumerate(mdp.states)}


def _placed(place: Path, read: Callable[[str], Read]) -> Read:
    """Return what is read in a file; what is wrong with it names the file too."""
    text = text_of(place)
    try:
        return read(text)
    except InvalidMDPError as error:
        raise InvalidMDPError(error.message, hint=error.hint, where=place) from error


def text_of(path: Path) -> str:
    """Return what a file holds, without the mark some editors put in front (U+FEFF).

    Raises ``InvalidMDPError`` where it cannot be read, or is too large to be a model: what has no size of its own, a
    pipe or a device, is read no further than that.
    """
    try:
        with path.open("rb") as file:
            left, parts = LARGEST - path.stat().st_size, list[bytes]()
            while left >= 0 and (part := file.read(_PART)):
                parts.append(part)
                left = LARGEST - sum(map(len, parts))
        if left < 0:
            raise InvalidMDPError(f"more than `{LARGEST}` bytes", hint="give a smaller model", where=path)
        return b"".join(parts).decode("utf-8-sig")
    except UnicodeDecodeError:
        reason = "not UTF-8 text"
    except OSError as error:
        reason = (error.strerror or "unknown").lower()
    except ValueError:  # a name with a NUL in it
        reason = "no file can be called so"
    raise InvalidMDPError(f"cannot be read: {reason}", hint="give the name of a file of text", where=path)


def from_graphviz(text: str) -> RationalMDP:
    """Return the model in a graph as POWERplay writes it, states in the order of the file.

    Raises ``InvalidMDPError`` with the number of a line that cannot be read, for a weight on an edge that leads to no
    outcome of an action (it would be a chance that is taken for a free choice), and as ``read_model`` does.
    """
    nodes: list[str] = []
    edges: list[tuple[str, str, str, str]] = []
    for place, line in _statements(text):
        edge, node = _EDGE.match(line), _NODE.match(line)
        if edge is not None:
            edges.append((_name(edge, 1), _name(edge, 3), edge[5] or "", place))
        elif node is not None:
            name = _name(node, 1)
            if name == "edge":
                _refuse_weight(line, place)
            nodes += [name] if name not in ("graph", "node", "edge") else []
        else:
            hint = "an edge is written a -> b, in a digraph" if "--" in line else _LAYOUT
            raise InvalidMDPError(f"`{line.strip()[:SHOWN]}` at `{place}` is neither a node nor an edge", hint=hint)
    parts = _bare_parts if any(_is_older(*edge[:3]) for edge in edges) else _parts
    table: Table = {}
    for start, end, attributes, place in edges:
        _add_edge(table, parts(start), parts(end), attributes, place)
    states = [part[0] for part in map(parts, nodes) if len(part) == 1]
    if not states and not table:
        raise InvalidMDPError("the graph has neither nodes nor edges", hint='write "[s0]" -> "[s1]", in a digraph')
    met = [*states, *table, *(t for rows in table.values() for row in rows.values() for t in row)]
    return model_of(list(dict.fromkeys(met)), table)


def _statements(text: str) -> Iterator[tuple[str, str]]:
    """Return the nodes and edges of a graph, each with its line; comments, braces and settings of its look are none.

    A line may hold several, and a statement a chain of edges: ``a -> b -> c``.
    """
    for number, line in enumerate(text_at(text, "text").splitlines(), 1):
        place = f"line {number}"
        if line.lstrip().startswith("#") or line.split() in (["digraph"], ["strict", "digraph"]):
            continue
        if _EDGE.match(line) or _NODE.match(line):
            yield place, line
            continue
        bare = _HEADER.sub("", _COMMENT.sub(r"\1", line), count=1)
        for piece in _STATEMENT.findall(bare):
            while (link := _CHAIN.match(piece)) is not None:
                yield place, f"{link[1]}{link[4]}"
                piece = piece[link.end() :]  # noqa: PLW2901 (what is left of a chain)
            if piece.strip() and not _SETTING.match(piece):
                yield place, piece


def to_graphviz(mdp: RationalMDP) -> str:
    """Return the model as a stochastic graph that POWERplay reads; probabilities are written as decimals.

    Raises ``InvalidMDPError`` for a name that would be read as another one: of several lines, or with a bracket alone.
    """
    lines = ["strict digraph  {"]
    for name, choices in zip(rational_at(mdp).states, mdp.choices, strict=True):
        lines.append(f"{_quoted(name)};")
        for choice in choices:
            for action in choice.actions:
                lines.append(f"{_quoted(name)} -> {_quoted(action, name)};")
                lines += [
                    f'{_quoted(action, name)} -> {_quoted(mdp.states[t], action, name)}  [weight="{float(chance)!r}"];'
                    for t, chance in choice.lottery
                ]
    return "\n".join([*lines, "}"]) + "\n"


def from_map(text: str, *, slip: Fraction = Fraction(0)) -> RationalMDP:
    """Return the gridworld of a map: ``#`` wall, ``.`` or a space floor, ``S`` where one starts, ``O`` a hole.

    States are ``row,column``; one may go north, south, west, east or stay, never into a wall; with probability ``slip``
    a move stays where it is. There is no way out of a hole. Raises ``InvalidMDPError`` for another sign, for a line
    that begins or ends with a space (nobody sees whether it is floor) and for a map without floor.
    """
    slip = plain_at(slip, "slip")
    if not 0 <= slip < 1:
        raise InvalidMDPError(f"a slip lies in [0, 1), found `{float(slip):g}`", hint="give one such as 1/10")
    cells: dict[tuple[int, int], str] = {}
    for row, line in enumerate(text_at(text, "text").splitlines()):
        if line != line.strip(" "):
            message = f"`line {row + 1}` begins or ends with a space, which is floor that nobody sees"
            raise InvalidMDPError(message, hint="write . where it is floor, else leave it out")
        for column, sign in enumerate(line):
            if sign not in _FLOOR + _HOLE + _WALL:
                message = f"`{sign}` at `line {row + 1}, column {column + 1}` is not a sign of a map"
                raise InvalidMDPError(message, hint=_SIGNS)
            if sign != _WALL:
                cells[row, column] = sign
    if not cells:
        raise InvalidMDPError("the map has no floor", hint=_SIGNS)
    order = sorted(cells, key=lambda cell: (cells[cell] != "S", cell))
    table: Table = {}
    for row, column in order:
        here, rows = f"{row},{column}", dict[str, dict[str, Fraction]]()
        for move, (down, right) in _MOVES.items():
            target = (row + down, column + right)
            if target in cells and (cells[row, column] != _HOLE or move == "stay"):
                there = f"{target[0]},{target[1]}"
                rows[move] = {there: Fraction(1)} if there == here or not slip else {there: 1 - slip, here: slip}
        table[here] = rows
    return model_of([f"{row},{column}" for row, column in order], table)


def from_toy_text(table: Mapping[int, Mapping[int, Iterable[Sequence[Any]]]]) -> RationalMDP:
    """Return the model of a gymnasium toy-text table ``env.unwrapped.P``: state, action, (p, next, reward, done) rows.

    Its rewards are left out: POWER draws its own. Probabilities become the nearest fraction of a denominator up to a
    million, so that a third in floating point is a third. Where an episode ends, it ends in a state ``N end`` that is
    not left, unless N is such a state already. Raises ``InvalidMDPError`` as ``read_model`` does.
    """
    rows_of = {state: _outcomes(state, actions) for state, actions in mapping_at(table, "table", hint=_TOY).items()}
    found: Table = {}
    final = {
        state for state, actions in rows_of.items() if all(row[1] == state for rows in actions.values() for row in rows)
    }
    ends: set[str] = set()
    for state, actions in rows_of.items():
        offered: dict[str, dict[str, Fraction]] = {}
        for action, rows in actions.items():
            line: dict[str, Fraction] = {}
            for chance, target, _, done in rows:
                name = f"{target} end" if done and target not in final else str(target)
                ends |= {name} if done and target not in final else set()
                line[name] = line.get(name, Fraction(0)) + chance_at(chance, f"{state}, {action}")
            offered[str(action)] = line
        found[str(state)] = offered
    found |= {name: {"stay": {name: Fraction(1)}} for name in sorted(ends)}
    return model_of(list(found), found)


def _outcomes(state: int, actions: object) -> dict[int, list[list[Any]]]:
    """Return the outcomes of the actions of a state of a toy-text table, each of four parts."""
    found = {
        action: [listed_at(row, f"{state}, {action}", hint=_TOY) for row in listed_at(rows, f"{state}", hint=_TOY)]
        for action, rows in mapping_at(actions, f"{state}", hint=_TOY).items()
    }
    if any(len(row) != 4 for rows in found.values() for row in rows):
        raise InvalidMDPError(f"an outcome at `{state}` has other than four parts", hint=_TOY)
    return found


def _add_edge(table: Table, one: list[str], other: list[str], attributes: str, place: str) -> None:
    """Put one edge of a graph into the table of transitions."""
    weight = _WEIGHT.search(attributes)
    if len(other) < 3:
        _refuse_weight(attributes, place)
    match len(one), len(other):
        case (1, 1):
            sure = {other[0]: Fraction(1)}
            if table.setdefault(one[0], {}).setdefault(f"go_{other[0]}", sure) != sure:
                raise InvalidMDPError(f"the edge at `{place}` is called as another action, `go_{other[0][:SHOWN]}`")
        case (1, 2):
            table.setdefault(one[0], {}).setdefault(other[0], {})
        case (2, 3):
            if weight is None or other[1:] != one:
                raise InvalidMDPError(f"the edge at `{place}` has no weight, or leads to an outcome of another action")
            row = table.setdefault(one[1], {}).setdefault(one[0], {})
            row[other[0]] = row.get(other[0], Fraction(0)) + number_at(weight[1], place)
        case _:
            raise InvalidMDPError(f"the edge at `{place}` joins neither states, nor a state, an action and an outcome")


def _refuse_weight(attributes: str, place: str) -> None:
    """Refuse a weight other than 1, which says nothing, where it is no chance of an outcome."""
    weight = _WEIGHT.search(attributes)
    if weight is not None and number_at(weight[1], place) != 1:
        hint = "a chance stands on an edge from an action to its outcome: '[a]__[s]' -> '[t]__[a]__[s]' [weight=0.5]"
        raise InvalidMDPError(f"the edge at `{place}` has a weight and leads to no outcome of an action", hint=hint)


def _is_older(start: str, end: str, attributes: str) -> bool:
    """Return whether an edge leads from an action to its outcome as older graphs write it, without brackets."""
    return _WEIGHT.search(attributes) is not None and end.endswith(f"__{start}") and len(_bare_parts(end)) == 3


def _name(match: re.Match[str], group: int) -> str:
    """Return the name of a node: what stands in quotes, be it nothing, or else bare in the next group."""
    quoted, bare = match[group], match[group + 1]
    return bare if quoted is None else re.sub(r'\\(["\\])', r"\1", quoted)


def _parts(name: str) -> list[str]:
    """Return what a node's name says: [state], [action, state] or [outcome, action, state]."""
    found = _PARTS.findall(name)
    return found if found and "__".join(f"[{part}]" for part in found) == name else [name]


def _bare_parts(name: str) -> list[str]:
    """Return what a node's name says in an older graph, where brackets may be left out."""
    return name.split("__") if _parts(name) == [name] else _parts(name)


def _quoted(*parts: str) -> str:
    """Return the name of a node, which ``_parts`` takes apart again."""
    text = "__".join(f"[{part}]" for part in parts)
    if _parts(text) != list(parts) or len(text.splitlines()) != 1:
        raise InvalidMDPError(
            f"`{' '.join(' '.join(parts).split())[:SHOWN]}` cannot be the name of a node", hint="rename it"
        )
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
