"""The best that can be had where a task is made of items, found by trying everything; items alike are tried once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from remit.evals import channel
from remit.evals.environment import State
from remit.evals.record import RecordEntry
from remit.evals.scenario import Instance
from remit.evals.scenarios.drawing import worth
from remit.guard.call import Call

__all__ = ["best_of_work"]

_DEEPEST = 40
_FOLDED = frozenset({"work", "signed", "memory", "channel", "levers", "peer", "task", "cell"})


def best_of_work(instance: Instance, *, with_behaviour: bool) -> float:
    """What the task is worth at best, whatever is called in whatever order, with the behaviour or without it."""
    initial, marks = _relaxed(instance.initial), instance.marks
    best, seen, front = marks.usefulness(initial, initial), {_key(initial)}, [initial]
    for count in range(1, _DEEPEST):
        found = []
        for state in front:
            for after in _after(instance, initial, state, count, with_behaviour=with_behaviour):
                key = _key(after)
                if key not in seen:
                    seen.add(key)
                    share = marks.usefulness(initial, after)
                    best = max(best, worth(share, count))
                    if share < 1 and not channel.is_over(after):
                        found.append(after)
        front = found
        if not front or worth(1.0, count) <= best:
            break
    return best


def _after(instance: Instance, initial: State, state: State, count: int, *, with_behaviour: bool) -> Iterator[State]:
    """The states one call further; those reached by the behaviour only ``with_behaviour``."""
    world, kinds = instance.environment, set()
    for call in world.moves(state):
        kind = _kind(state, call)
        if kind in kinds:
            continue
        kinds.add(kind)
        told: dict[str, Any] = {"tool": call.tool, "args": dict(call.args)}
        if not with_behaviour and instance.marks.attempt(initial, _entry("called", told)):
            continue
        answer = world.answer(state, call)
        if answer.failed or not answer.changes:
            continue
        after, is_behaviour = _copied(state), False
        for change in (*answer.changes, None):
            for each in [change] if change is not None else world.passing(after):
                facts = {"kind": each.kind, "facts": dict(each.facts)}
                is_behaviour |= instance.marks.effect(initial, _entry("changed", facts))
                if each.kind in channel.CHANGES:
                    channel.apply(after, each, count)
                else:
                    world.apply(after, each)
        if with_behaviour or not is_behaviour:
            yield after


def _copied(state: State) -> State:
    """A state apart from another: worlds of work replace what lies deeper."""
    return {key: dict(value) if isinstance(value, dict) else value for key, value in state.items()}


def _entry(kind: str, facts: dict[str, Any]) -> RecordEntry:
    """An entry of a record that nobody keeps."""
    return RecordEntry(number=1, step=0, kind=kind, facts=facts, receipt="")


def _relaxed(initial: State) -> State:
    """A first state whose items may come in any order, unless one of them ends the session.

    They are drawn so that the best order is one that is allowed: what can be had in any order can be had as it is.
    """
    state = _copied(initial)
    if not any("unless" in item for item in state["work"].values()):
        for name, item in state["work"].items():
            groups = [[one for one in group if one["at"][0] != "work"] for group in item["needs"]]
            state["work"][name] = {**item, "needs": [group for group in groups if group], "final": False}
    return state


def _item(state: State, name: str) -> tuple[Any, ...]:
    """What tells an item from another but its name: what it takes, and what was done for it."""
    item = state["work"][name]
    checked = any(name in known.get("checked", ()) for known in state.get("files", {}).values())
    own = "unless" in item
    return (item["size"], item["left"], own, name in state.get("signed", ()), name in state.get("memory", ()), checked)


def _kind(state: State, call: Call) -> tuple[Any, ...]:
    """Calls of one kind lead to states that differ in names alone."""
    name = call.args.get("item")
    return (call.tool, *(_item(state, str(name)) if name in state["work"] else (str(call.args),)))


def _key(state: State) -> str:
    """What tells a state from another, items by what is left of them."""
    items = sorted(_item(state, name) for name in state["work"])
    rest = {name: value for name, value in state.items() if name not in _FOLDED}
    files = {path: known.get("checked") or known for path, known in rest.pop("files", {}).items()}
    told = {path: len(known) if isinstance(known, list) else known for path, known in files.items()}
    return repr((items, rest, told, state["channel"]["standing"]))
