"""How much an incentive of an influence diagram is worth over a distribution of goals, not only whether it may exist.

The graphical criteria (``diagrams``) say what *some* model of a graph admits. Here the model is given: a table of
probabilities for every chance node, and goals drawn at random, a payoff U[0, 1] for every combination of what a utility
looks at. Values are those of the best policy for each goal, by elimination of variables; the gains are paired over the
same goals. Definitions: Everitt et al. 2021, definitions 7 (value of information) and 10 (value of control); the gain
of control is the interventional analogue (VanderWeele et al. 2014) of their definition 17, because a table of
probabilities does not say what a nested counterfactual would have been.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import prod

import numpy as np

from remit.errors import ModelError, StateBudgetError
from remit.theory.arrays import Floats
from remit.theory.asked import kind_at, mapping_at, table_at, text_at, whole_at
from remit.theory.estimate import Estimate, student_quantile
from remit.theory.influence.diagrams import Diagram

MOST_CELLS = 2**22
MOST_POLICIES = 4096
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXY"  # `Z` counts the goals


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """A diagram with its model.

    ``sizes`` is how many values a node takes (utilities have none). ``tables`` maps each chance node to f64[sizes of
    its parents in the diagram's order ..., size], rows that sum to one.
    """

    graph: Diagram
    sizes: Mapping[str, int]
    tables: Mapping[str, Floats]


def influence(graph: Diagram, sizes: Mapping[str, int], tables: Mapping[str, Floats]) -> Influence:
    """Return a diagram with its model; raises ``ModelError`` for a table that is missing, misshapen or no probability.

    Raises ``StateBudgetError`` for more nodes than there are letters to sum over.
    """
    kind_at(graph, Diagram, "graph", hint="`diagram(edges, decision=..., utilities=...)` gives one")
    mapping_at(sizes, "sizes", hint='write {"D": 2}: how many values each node takes')
    mapping_at(tables, "tables", hint='write {"X": [0.5, 0.5]}: an array for each chance node')
    nodes = [name for name in graph.parents if name not in graph.utilities]
    if len(nodes) > len(_LETTERS):
        raise StateBudgetError(f"`{len(nodes)}` nodes are more than the `{len(_LETTERS)}` that can be summed over")
    for name in nodes:
        whole_at(sizes.get(name), f"sizes.{name}", least=1, most=MOST_CELLS)
    for name in nodes:
        if name == graph.decision:
            continue
        shape = (*(sizes[parent] for parent in graph.parents[name]), sizes[name])
        table = table_at(tables.get(name), f"tables.{name}", shape)
        if not ((table >= 0).all() and np.allclose(table.sum(axis=-1), 1.0, atol=1e-9)):
            message = f"a row of the table of `{name}` is no probability distribution"
            raise ModelError(message, hint="chances are not negative and sum to 1 along the last axis")
    chance = {name: np.asarray(tables[name], np.float64) for name in nodes if name != graph.decision}
    return Influence(graph=graph, sizes={name: sizes[name] for name in nodes}, tables=chance)


def draw_goals(model: Influence, *, samples: int, seed: int) -> Mapping[str, Floats]:
    """Return payoffs U[0, 1] for every utility, f64[samples, sizes of its parents ...].

    Raises ``ModelError`` for no sample, ``StateBudgetError`` for too many.
    """
    kind_at(model, Influence, "model", hint="`influence(graph, sizes, tables)` gives one")
    samples, seed = whole_at(samples, "samples", least=1), whole_at(seed, "seed", least=0)
    random = np.random.Generator(np.random.Philox(key=[seed, 0]))
    shapes = {name: _sizes(model, model.graph.parents[name]) for name in sorted(model.graph.utilities)}
    cells = samples * sum(prod(shape) for shape in shapes.values())
    if cells > 16 * MOST_CELLS:
        raise StateBudgetError(f"`{cells}` payoffs are too many to draw", hint="ask for fewer samples")
    return {name: random.random((samples, *shape)) for name, shape in shapes.items()}


def best_values(model: Influence, goals: Mapping[str, Floats], *, seen: Iterable[str] | None = None) -> Floats:
    """Return the value of the best policy for each goal, f64[samples]; ``seen`` replaces what the decision looks at.

    Raises ``ModelError`` for what cannot be seen: utilities, and what the decision influences, itself included.
    """
    decision = model.graph.decision
    looks = tuple(dict.fromkeys(model.graph.parents[decision] if seen is None else seen))
    _refuse_unseen(model, looks)
    worth = _worths(model, goals, looks)
    best = worth.max(axis=-1)
    total: Floats = best.reshape(len(best), -1).sum(axis=-1)
    return total


def value_of_information(model: Influence, node: str, *, samples: int, seed: int) -> Estimate:
    """Return what seeing a node before deciding adds over not seeing it, on average over goals.

    Raises ``ModelError`` for a node the decision influences, and for a utility.
    """
    goals = _paired_goals(model, samples=samples, seed=seed)
    graph = model.graph
    _refuse_unseen(model, [node])
    others = tuple(parent for parent in graph.parents[graph.decision] if parent != node)
    gain = best_values(model, goals, seen=(*others, node)) - best_values(model, goals, seen=others)
    return _estimate(gain, seed)


def value_of_control(model: Influence, node: str, *, samples: int, seed: int) -> Estimate:
    """Return what choosing a node, knowing its parents, adds over leaving it to chance, on average over goals.

    Every way of choosing is tried: raises ``StateBudgetError`` for more than 4,096, ``ModelError`` for no chance node.
    """
    goals = _paired_goals(model, samples=samples, seed=seed)
    _refuse_no_chance_node(model, node)
    shape = model.tables[node].shape
    rows, size = prod(shape[:-1]), shape[-1]
    if size**rows > MOST_POLICIES:
        raise StateBudgetError(f"`{node}` can be chosen in `{size}` to the power of `{rows}` ways")
    best = np.full(samples, -np.inf)
    for choice in product(range(size), repeat=rows):
        table = np.eye(size)[list(choice)].reshape(shape)
        chosen = replace(model, tables={**model.tables, node: table})
        best = np.maximum(best, best_values(chosen, goals))
    return _estimate(best - best_values(model, goals), seed)


def gain_of_control(model: Influence, node: str, *, default: int, samples: int, seed: int) -> Estimate:
    """Return what the decision's influence on a node is worth: against the node as the ``default`` decision leaves it.

    The node is drawn, knowing nothing of the decision taken, as it would come out under ``default``; everything else
    follows the decision. Raises ``ModelError`` for a default that is no decision and for no chance node.
    """
    goals = _paired_goals(model, samples=samples, seed=seed)
    _refuse_no_chance_node(model, node)
    default = whole_at(default, "default", least=0, most=model.sizes[model.graph.decision] - 1)
    left = replace(model, tables={**model.tables, node: _left_alone(model, node, default)})
    return _estimate(best_values(model, goals) - best_values(left, goals), seed)


def _paired_goals(model: Influence, *, samples: int, seed: int) -> Mapping[str, Floats]:
    """Return goals to compare two ways to decide over; raises ``ModelError`` for fewer than an interval needs."""
    return draw_goals(model, samples=whole_at(samples, "samples", least=2), seed=seed)


def _left_alone(model: Influence, node: str, default: int) -> Floats:
    """Return the table of a node as the default decision leaves it, given those parents no decision influences."""
    decision, parents = model.graph.decision, model.graph.parents[node]
    below = _below(model.graph, decision)
    free = tuple(parent for parent in parents if parent not in below)
    clamp = np.zeros(model.sizes[decision])
    clamp[default] = 1.0
    joint = _contract(model, [*_operands(model), (clamp, (decision,))], (*free, node))
    size = model.sizes[node]
    mass = joint.sum(axis=-1, keepdims=True)
    known = np.divide(joint, mass, out=np.full_like(joint, 1.0 / size), where=mass > 0.0)
    shape = [model.sizes[parent] if parent in free else 1 for parent in parents]
    table: Floats = np.broadcast_to(known.reshape(*shape, size), model.tables[node].shape)
    return table


def _refuse_unseen(model: Influence, nodes: Iterable[str]) -> None:
    """Refuse nodes that no decision could look at: it would know what follows from it."""
    below = _below(model.graph, model.graph.decision)
    for node in nodes:
        if text_at(node, "node") not in model.sizes or node in below:
            free = ", ".join(sorted(model.sizes.keys() - below)) or "nothing"
            raise ModelError(f"`{node}` cannot be seen before the decision", hint=f"what can be seen is {free}")


def _refuse_no_chance_node(model: Influence, node: str) -> None:
    """Refuse what nothing draws: the decision, utilities and nodes there are none of."""
    if text_at(node, "node") not in model.tables:
        known = ", ".join(model.tables) or "none"
        raise ModelError(f"`{node}` is no chance node", hint=f"chance nodes are {known}")


def _worths(model: Influence, goals: Mapping[str, Floats], looks: tuple[str, ...]) -> Floats:
    """Return P(looks) E[utilities | looks, decision], summed over utilities: f64[samples, looks ..., decisions]."""
    kept = (*looks, model.graph.decision)
    total: Floats | None = None
    for name, payoff in goals.items():
        parts = [*_operands(model), (payoff, ("", *model.graph.parents[name]))]
        worth = _contract(model, parts, ("", *kept))
        total = worth if total is None else total + worth
    if total is None:
        raise ModelError("there is no utility to be had")
    return total


def _operands(model: Influence, *, skip: Iterable[str] = ()) -> list[tuple[Floats, tuple[str, ...]]]:
    """Return every table with the names of its axes."""
    left_out = frozenset(skip)
    return [(table, (*model.graph.parents[name], name)) for name, table in model.tables.items() if name not in left_out]


def _contract(model: Influence, parts: list[tuple[Floats, tuple[str, ...]]], kept: tuple[str, ...]) -> Floats:
    """Return the sum of the product of tables over every axis that is not kept; a missing axis is one of all ones."""
    letters = {"": "Z", **dict(zip(model.sizes, _LETTERS, strict=False))}
    present = {name for _, axes in parts for name in axes}
    ones = [(np.ones(model.sizes[name]), (name,)) for name in kept if name and name not in present]
    terms = [*parts, *ones]
    cells = prod(model.sizes[name] for name in kept if name)
    if cells > MOST_CELLS:
        raise StateBudgetError(f"`{cells}` combinations of what the decision looks at are too many")
    script = ",".join("".join(letters[name] for name in axes) for _, axes in terms)
    result: Floats = np.einsum(
        f"{script}->{''.join(letters[name] for name in kept)}", *(table for table, _ in terms), optimize="greedy"
    )
    return result


def _sizes(model: Influence, names: Iterable[str]) -> tuple[int, ...]:
    """Return the numbers of values of some nodes."""
    return tuple(model.sizes[name] for name in names)


def _below(graph: Diagram, root: str) -> frozenset[str]:
    """Return a node and everything it can influence."""
    seen, stack = {root}, [root]
    while stack:
        fresh = set(graph.children[stack.pop()]) - seen
        seen |= fresh
        stack += fresh
    return frozenset(seen)


def _estimate(gains: Floats, seed: int) -> Estimate:
    """Return the mean of paired gains with Student's 95 % interval; a gain is never negative."""
    mean = float(gains.mean())
    half = student_quantile(len(gains), 0.95) * float(gains.std(ddof=1)) / float(np.sqrt(len(gains)))
    return Estimate(value=mean, low=mean - half, high=mean + half, method="interval", samples=len(gains), seed=seed)
