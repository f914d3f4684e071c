"""Models as other libraries hold them in memory: arrays of numpy and scipy, graphs of networkx, worlds of gymnasium.

Nothing here imports those libraries but numpy: what they hand over is asked for what it has.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from remit.errors import InvalidMDPError
from remit.theory.asked import listed_at, text_at
from remit.theory.formats.foreign import from_toy_text
from remit.theory.rational import NEAREST, SHOWN, RationalMDP, chance_at, model_of, plain_at

__all__ = ["Graph", "from_arrays", "from_gymnasium", "from_networkx"]

_NEAR = 1e-9
_SHAPE = "give an array [actions, states, states], or a list with a square matrix for each action"
_NAMES = "give a list with one name each"
_WEIGHT = "a chance is given as `probability`, with the `action` it belongs to; else leave the weight out"


class Graph(Protocol):
    """What is asked of a graph: its nodes, and its edges with their attributes. ``networkx.DiGraph`` has both."""

    @property
    def nodes(self) -> Iterable[Any]:
        """The nodes, in order."""
        ...

    def edges(self, *, data: bool) -> Iterable[tuple[Any, Any, Mapping[str, Any]]]:
        """The edges, as (from, to, attributes)."""
        ...


def from_arrays(
    transitions: Any, *, states: Sequence[str] | None = None, actions: Sequence[str] | None = None
) -> RationalMDP:
    """Return the model of transitions f[A, S, S] (numpy), or of one matrix [S, S] per action (numpy or scipy.sparse).

    ``transitions[a][s][t]`` is the probability of going from s to t by a, as in MDPtoolbox. A row of zeros means that
    the action is not on offer there: it is left out, never taken for a reward of 0. States are called ``s0``, ``s1`` ..
    and actions ``a0`` .. unless named. Probabilities become the nearest fraction of a denominator up to a million.
    Raises ``InvalidMDPError`` for shapes that do not fit, numbers that are no probabilities, and states without action.
    """
    matrices = [_dense(matrix) for matrix in listed_at(transitions, "transitions", hint=_SHAPE)]
    if not matrices or any(matrix.shape != (len(matrices[0]),) * 2 for matrix in matrices):
        shapes = ", ".join(str(matrix.shape) for matrix in matrices) or "none"
        message = f"one square matrix per action is needed, all alike, found shapes `{shapes}`"
        raise InvalidMDPError(message, hint=_SHAPE)
    names = [f"s{number}" for number in range(len(matrices[0]))]
    doing = [f"a{number}" for number in range(len(matrices))]
    if states is not None:
        names = [text_at(state, "states") for state in listed_at(states, "states", hint=_NAMES)]
    if actions is not None:
        doing = [text_at(action, "actions") for action in listed_at(actions, "actions", hint=_NAMES)]
    if len(names) != len(matrices[0]) or len(doing) != len(matrices):
        message = f"`{len(names)}` names of states and `{len(doing)}` of actions do not fit the matrices"
        raise InvalidMDPError(message, hint=_NAMES)
    if len({*doing}) != len(doing):
        twice = next(action for number, action in enumerate(doing) if action in doing[:number])
        raise InvalidMDPError(f"`{twice[:SHOWN]}` is the name of two actions", hint="give each its own name")
    table: dict[str, dict[str, dict[str, Fraction]]] = {name: {} for name in names}
    for action, matrix in zip(doing, matrices, strict=True):
        for name, row in zip(names, matrix, strict=True):
            if row.any():
                table[name][action] = _row(row, names, f"{name}, {action}")
    return model_of(names, table)


def from_networkx(graph: Graph) -> RationalMDP:
    """Return the model of a directed graph: a node is a state, an edge an action called ``go_`` and where it leads.

    Edges with an attribute ``action`` belong to that action, each with its ``probability`` (1 where it has none).
    Raises ``InvalidMDPError`` for nodes of the same name, for an edge with a ``weight`` other than 1 and without a
    ``probability`` (a chance to some and a length to others, never taken for a free choice), and as ``read_model``
    does.
    """
    if not hasattr(graph, "nodes") or not hasattr(graph, "edges"):
        raise InvalidMDPError(f"`{type(graph).__name__}` is no graph", hint="give a networkx.DiGraph")
    names = [str(node) for node in graph.nodes]
    if len(set(names)) != len(names):
        raise InvalidMDPError("two nodes of the graph have the same name", hint="names are what `str` makes of a node")
    table: dict[str, dict[str, dict[str, Fraction]]] = {name: {} for name in names}
    for start, end, attributes in graph.edges(data=True):
        action, place = str(attributes.get("action", f"go_{end}")), f"{start} to {end}"
        if "probability" not in attributes and plain_at(attributes.get("weight", 1), place) != 1:
            message = f"the edge at `{place}` has a weight, which may be a chance or a length"
            raise InvalidMDPError(message, hint=_WEIGHT)
        chance = chance_at(attributes.get("probability", 1), place)
        row = table[str(start)].setdefault(action, {})
        row[str(end)] = row.get(str(end), Fraction(0)) + chance
    return model_of(names, table)


def from_gymnasium(name: str, **settings: Any) -> RationalMDP:
    """Return the model of a toy-text world by its name (``FrozenLake-v1``), as ``from_toy_text`` reads its table.

    Raises ``InvalidMDPError`` where gymnasium is not installed, knows no such world, or the world has no table or does
    not take these ``settings``.
    """
    text_at(name, "name")
    try:
        import gymnasium
    except ImportError as error:
        raise InvalidMDPError("gymnasium is not installed", hint="uv pip install 'gymnasium[toy-text]'") from error
    try:
        world = gymnasium.make(name, **settings)
    except (gymnasium.error.Error, ImportError) as error:  # a name may bring its module along: `module:World-v0`
        message = f"gymnasium has no world `{name[:60]}`: {' '.join(str(error).split())}"
        raise InvalidMDPError(message, hint="write one such as FrozenLake-v1, or MODULE:NAME-v0") from error
    except (KeyError, TypeError, ValueError) as error:
        message = f"`{name[:60]}` cannot be made with {', '.join(settings) or 'no settings'}"
        raise InvalidMDPError(message, hint="the page of that world in gymnasium lists its settings") from error
    table = getattr(world.unwrapped, "P", None)
    if not isinstance(table, Mapping):
        raise InvalidMDPError(f"`{name[:60]}` has no table of transitions", hint="toy-text worlds have one")
    return from_toy_text(table)


def _dense(matrix: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return a matrix as an array; what is sparse says so by having ``toarray``."""
    whole = matrix.toarray() if hasattr(matrix, "toarray") else matrix
    try:
        found = np.asarray(whole, np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidMDPError("a matrix of transitions is not made of numbers", hint=_SHAPE) from error
    if found.ndim != 2:
        raise InvalidMDPError(f"a matrix of transitions has two dimensions, found `{found.ndim}`", hint=_SHAPE)
    return found


def _row(row: np.ndarray[Any, np.dtype[np.float64]], names: Sequence[str], place: str) -> dict[str, Fraction]:
    """Return a row of probabilities as fractions that sum to one."""
    if not np.isfinite(row).all() or (row < 0).any() or abs(float(row.sum()) - 1.0) > _NEAR:
        message = f"the row at `{place}` sums to `{float(row.sum()):.12g}`, or holds what is no probability"
        raise InvalidMDPError(message, hint="a row of zeros is an action that is not on offer; others sum to 1")
    chosen = [int(number) for number in np.flatnonzero(row)]
    found = {names[k]: Fraction(float(row[k])).limit_denominator(NEAREST) for k in chosen}
    rest = 1 - sum(found.values(), Fraction(0))
    if rest:  # rounding: put it where it matters least
        largest = max(found, key=lambda name: found[name])
        found[largest] += rest
    return found
