"""Tables of goals drawn as wholes: what each goal of a list pays in each state, or which features each state has.

CSV has names in its first line; JSON is a list of objects with these names, one for a line, as data frames write their
records. Numbers may be fractions, ``1/3``. What is left out, written twice or unknown is refused, with its line.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from remit.errors import InvalidMDPError
from remit.finding import Where
from remit.theory.arrays import Floats
from remit.theory.asked import kind_at
from remit.theory.formats.foreign import text_of
from remit.theory.rational import SHOWN, RationalMDP, number_at, parsed, rational_at
from remit.theory.rewards import Reward, distribution_at, uniform
from remit.theory.together import Linear, Listed

__all__ = ["goals_named", "read_features", "read_goals"]

Line: TypeAlias = tuple[Where, dict[str, Any]]

STATE, WEIGHT, REST = "state", "weight", "*"
"""Names in a table: the state a line is about, how much a goal counts, and all states that are not named."""
_NAMED = re.compile(r"(linear|listed)\s*\((.+?)\)\s*([a-z]+\s*(?:[\[(][^\[\]()]*[\])])?)?", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s,]*")


def goals_named(words: str, mdp: RationalMDP) -> Linear | Listed | None:
    """Return the goals in the file of ``listed(FILE)`` or ``linear(FILE) DISTRIBUTION``, None for other words.

    Weights of features are uniform where no distribution is named. Raises ``InvalidMDPError``, with a place where it is
    the file's fault.
    """
    found = _NAMED.fullmatch(words.strip())
    if found is None:
        return None
    way, file, drawn = found[1].lower(), found[2].strip(), found[3]
    if way == "linear":
        return read_features(file, mdp, distribution_at(drawn, "rewards") if drawn else uniform())
    if drawn:
        message = f"`{drawn[:SHOWN]}` says nothing of goals that are listed"
        raise InvalidMDPError(message, hint=f"write listed(FILE), with a column `{WEIGHT}` where some count more")
    return read_goals(file, mdp)


def read_goals(path: str | Path, mdp: RationalMDP) -> Listed:
    """Return the goals of a table with a line for each: its reward of every state, ``*`` of those that are not named.

    A column ``weight``, where no state is called so, says how probable each is beside the others. Raises
    ``InvalidMDPError`` with the place of what cannot be read.
    """
    place, known = _asked(path, mdp)
    names, lines = _table(place)
    weighed = WEIGHT in names and WEIGHT not in known
    goals, weights = list[Floats](), list[float]()
    for where, line in lines:
        with _at(where):
            if weighed:
                weights.append(_weight(line))
            _refuse_unknown(line, known, "state")
            goals.append(np.array([_number(line, name if name in line else REST, name) for name in mdp.states]))
    if weighed and not any(weights):
        raise InvalidMDPError("no goal has any weight", hint="leave the weights out to draw evenly", where=place)
    return Listed(goals=np.array(goals).T, weights=np.array(weights) if weighed else None)


def read_features(path: str | Path, mdp: RationalMDP, weights: Reward) -> Linear:
    """Return goals linear in the features of a table with a line for each ``state``, ``*`` for those without one.

    Raises ``InvalidMDPError`` with the place of what cannot be read.
    """
    place, known = _asked(path, mdp)
    names, lines = _table(place)
    features = dict.fromkeys(name for name in names if name != STATE)
    found: dict[str, list[float]] = {}
    for where, line in lines:
        with _at(where):
            if STATE not in line:
                raise InvalidMDPError(f"no `{STATE}` is named", hint=f"call the column of states `{STATE}`")
            name = str(line.pop(STATE))
            _refuse_unknown([name], known, "state")
            if name in found:
                raise InvalidMDPError(f"state `{name[:SHOWN]}` has a line already", hint="give each state one")
            _refuse_unknown(line, features, "feature")
            found[name] = [_number(line, feature, feature) for feature in features]
    left = [name for name in mdp.states if name not in found and REST not in found]
    if left or not features:
        message = f"state `{left[0][:SHOWN]}` is left out" if left else "no feature is named"
        hint = f"give each of `{len(mdp.states)}` states a line, or `{REST}` for the rest, and a column to each feature"
        raise InvalidMDPError(message, hint=hint, where=place)
    return Linear(features=np.array([found.get(name, found.get(REST)) for name in mdp.states]), weights=weights)


def _asked(path: object, mdp: object) -> tuple[Path, dict[str, None]]:
    """Return where a table stands, and the states a line of it may name; refuses what is no name and no model."""
    place = path if isinstance(path, Path) else Path(kind_at(path, str, "path", hint="give the name of a file"))
    return place, dict.fromkeys((*rational_at(mdp).states, REST))


def _table(path: Path) -> tuple[tuple[str, ...], Iterator[Line]]:
    """Return the names in the first line of a table, and all lines; raises ``InvalidMDPError`` where there is none."""
    text = text_of(path)
    lines = _records(text, path) if path.suffix.lower() == ".json" else _rows(text, path)
    first = next(lines, None)
    if first is None:
        raise InvalidMDPError("the table is empty", hint="write names first, then a line for each", where=path)
    return tuple(first[1]), chain([first], lines)


def _rows(text: str, path: Path) -> Iterator[Line]:
    """Yield the lines of CSV after the first, which names their cells; empty ones are none."""
    rows = csv.reader(StringIO(text, newline=""), skipinitialspace=True, strict=True)
    head: list[str] = []
    try:
        for row in filter(None, rows):
            where = Where(file=str(path), line=rows.line_num)
            if head and len(row) != len(head):
                message = f"`{len(row)}` cells, and the first line names `{len(head)}`"
                raise InvalidMDPError(message, hint='a name with a comma is quoted: "1,0"', where=where)
            if head:
                yield where, dict(zip(head, row, strict=True))
            elif len({*row}) != len(row):
                twice = Counter(row).most_common(1)[0][0]
                raise InvalidMDPError(f"`{twice[:SHOWN]}` is named twice", hint="name each column once", where=where)
            head = head or row
    except csv.Error as error:
        raise InvalidMDPError(f"not CSV: {error}", where=Where(file=str(path), line=rows.line_num)) from error


def _records(text: str, path: Path) -> Iterator[Line]:
    """Yield the objects of a list of JSON, each at the line it begins on."""
    with _at(path):
        found = parsed(text, "the table")
        if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
            raise InvalidMDPError("the table is not a list of objects", hint='write [{"s0": 0, "s1": "1/2"}]')
    for line, record in zip(_starts(text), found, strict=True):
        yield Where(file=str(path), line=line), record


def _starts(text: str) -> Iterator[int]:
    """Yield the lines on which the objects of a list of JSON begin."""
    decoder, at, line, counted = json.JSONDecoder(), text.index("[") + 1, 1, 0
    while text[at := _between(text, at)] != "]":
        line, counted = line + text.count("\n", counted, at), at
        yield line
        _, at = decoder.raw_decode(text, at)


def _between(text: str, at: int) -> int:
    """Return where the next object, or the end of the list, stands."""
    found = _BETWEEN.match(text, at)
    return at if found is None else found.end()


@contextmanager
def _at(where: object) -> Iterator[None]:
    """Give what is refused inside its place."""
    try:
        yield
    except InvalidMDPError as error:
        raise InvalidMDPError(error.message, hint=error.hint, where=where) from error


def _weight(line: dict[str, Any]) -> float:
    """Take the weight out of a line."""
    weight = _number(line, WEIGHT, WEIGHT)
    if weight < 0:
        raise InvalidMDPError(f"the weight `{weight:g}` is negative", hint="give each goal one from 0 on")
    del line[WEIGHT]
    return weight


def _refuse_unknown(names: Iterable[str], known: Collection[str], kind: str) -> None:
    """Refuse a name that is none: what somebody meant by it would silently be missing elsewhere."""
    for name in names:
        if name not in known:
            some = ", ".join(one[:SHOWN] for one in list(known)[:12])
            raise InvalidMDPError(f"`{name[:SHOWN]}` is no {kind}", hint=f"known are {some}")


def _number(line: Mapping[str, Any], key: str, name: str) -> float:
    """Return the number under a key of a line; ``name`` is what is left out where there is none."""
    if key not in line:
        hint = f"each line gives all of them a number; `{REST}` stands for the states that are not named"
        raise InvalidMDPError(f"`{name[:SHOWN]}` is left out", hint=hint)
    return float(number_at(line[key], key[:SHOWN]))
