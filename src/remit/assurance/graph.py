"""What rests on what in a case, and the order in which it can be worked out; cycles are found, never followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remit.assurance.case import Case, DefeaterStatus

__all__ = ["Graph", "graph_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """The items of a case and what they rest on, without what dangles.

    ``below`` are the claims, arguments and evidence an item rests on; ``doubts`` the defeaters and incidents against
    it; ``answers`` the evidence an answer rests on. ``order`` has every item after all it depends on, as far as there
    is such an order; ``cycles`` are the groups of items that rest on each other.
    """

    below: Mapping[str, tuple[str, ...]]
    doubts: Mapping[str, tuple[str, ...]]
    answers: Mapping[str, tuple[str, ...]]
    order: tuple[str, ...]
    cycles: tuple[tuple[str, ...], ...]

    def depends_on(self, identifier: str) -> tuple[str, ...]:
        """Everything the standing of an item is worked out from."""
        return _joined(self.below, self.doubts, self.answers, identifier)

    def reached(self, starts: tuple[str, ...]) -> dict[str, None]:
        """Everything the standing of some items depends on, these included, in the order it is found."""
        found = dict.fromkeys(starts)
        waiting = list(reversed(starts))
        while waiting:
            for name in self.depends_on(waiting.pop()):
                if name not in found:
                    found[name] = None
                    waiting.append(name)
        return found


def graph_of(case: Case) -> Graph:
    """The graph of a case."""
    below: dict[str, list[str]] = {name: [] for name in (*case.claims, *case.arguments, *case.evidence)}
    through: dict[str, set[str]] = {name: set() for name in case.claims}
    for claim in case.claims.values():
        below[claim.id] += [name for name in dict.fromkeys(claim.support) if name in case.claims]
    for argument in case.arguments.values():
        sources = [name for name in argument.sources if name in case.claims or name in case.evidence]
        below[argument.id] += dict.fromkeys(sources)
        if argument.target in case.claims:
            below[argument.target].append(argument.id)
            through[argument.target].update(sources)
    for item in case.evidence.values():
        for name in dict.fromkeys(item.supports):
            if name in case.claims and item.id not in through[name]:
                below[name].append(item.id)
    doubts, answers = _doubts(case, below)
    fixed = {name: tuple(found) for name, found in below.items()}
    order, cycles = _ordered(fixed, doubts, answers)
    return Graph(below=fixed, doubts=doubts, answers=answers, order=order, cycles=cycles)


def _doubts(
    case: Case, below: Mapping[str, list[str]]
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """The defeaters and incidents against each item, and the evidence each of them is answered with."""
    against: dict[str, list[str]] = {}
    answers: dict[str, tuple[str, ...]] = {}
    for doubt in case.defeaters.values():
        if doubt.against in below:
            against.setdefault(doubt.against, []).append(doubt.id)
        rebutted = doubt.status is DefeaterStatus.REBUTTED and doubt.answer in case.evidence
        answers[doubt.id] = (doubt.answer,) if rebutted else ()
    for link in case.incidents.values():
        for name in dict.fromkeys(link.undercuts):
            if name in case.claims and link.reopens:
                against.setdefault(name, []).append(link.id)
        answers[link.id] = (link.closed_by,) if link.closed_by in case.evidence else ()
    return {name: tuple(found) for name, found in against.items()}, answers


def _joined(
    below: Mapping[str, tuple[str, ...]],
    doubts: Mapping[str, tuple[str, ...]],
    answers: Mapping[str, tuple[str, ...]],
    name: str,
) -> tuple[str, ...]:
    """All three kinds of dependence of one item."""
    return (*below.get(name, ()), *doubts.get(name, ()), *answers.get(name, ()))


def _ordered(
    below: Mapping[str, tuple[str, ...]], doubts: Mapping[str, tuple[str, ...]], answers: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The strongly connected components, deepest first (Tarjan 1972), with a stack of our own instead of recursion."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    held: set[str] = set()
    order: list[str] = []
    cycles: list[tuple[str, ...]] = []
    for start in (*below, *answers):
        if start in number:
            continue
        number[start] = low[start] = len(number)
        stack.append(start)
        held.add(start)
        work = [(start, iter(_joined(below, doubts, answers, start)))]
        while work:
            name, following = work[-1]
            child = next(following, None)
            if child is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == number[name]:
                    part = _popped(stack, name)
                    held.difference_update(part)
                    order += part
                    if len(part) > 1 or name in _joined(below, doubts, answers, name):
                        cycles.append(tuple(sorted(part, key=number.__getitem__)))
            elif child not in number:
                number[child] = low[child] = len(number)
                stack.append(child)
                held.add(child)
                work.append((child, iter(_joined(below, doubts, answers, child))))
            elif child in held:
                low[name] = min(low[name], number[child])
    return tuple(order), tuple(cycles)


def _popped(stack: list[str], name: str) -> list[str]:
    """The component above and with a name on the stack."""
    at = stack.index(name)
    part = stack[at:]
    del stack[at:]
    part.reverse()
    return part
