"""Budgets, credentials, memory, runtime and surroundings compared: what the agent has to work with."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

from remit.charter.comparison.change import Change, Direction, Pair
from remit.charter.context import CONTEXT, context_of
from remit.charter.matching import covers
from remit.charter.model import Charter, Constraint, Credential, Memory, Quantity
from remit.charter.unsaid import is_stated
from remit.charter.wording import amount, duration, names, size
from remit.finding import Where

__all__ = [
    "compare_budgets",
    "compare_context",
    "compare_credentials",
    "compare_memory",
    "compare_runtime",
    "compare_servers",
]

_NOWHERE = Where(file="", line=1)
_WINDOWS = {"minute": 60.0, "hour": 3600.0, "day": 86400.0, "week": 604800.0, "month": 2592000.0}
_EVERYTHING = ("/",)
_MOST_BOUNDS = 1000  # beyond that only equal paths and hosts are told apart


def compare_budgets(pair: Pair) -> Iterator[Change]:
    """Budgets raised, lowered, added or removed; one that is gone, or unlimited, bounds nothing."""
    old, new = pair.old.budgets, pair.new.budgets
    for name in dict.fromkeys([*old, *new]):
        path, what = f"budget.{name}", f"the budget `{name}`"
        before = old[name].quantity if name in old else None
        after = new[name].quantity if name in new else None
        words = [amount(side[name].quantity) if name in side else "no budget" for side in (old, new)]
        if before == after:
            if (name in old) != (name in new):
                yield pair.change("changed", f"{what} is unlimited", path, words[0], words[1], gone=name in old)
        elif after is None:
            yield pair.change("widened", f"{what} has no end", path, words[0], words[1], gone=name not in new)
        elif before is None or _within(after, before):
            yield pair.change("narrowed", f"{what} is {'smaller' if name in old else 'new'}", path, words[0], words[1])
        else:
            yield pair.change("widened", f"{what} is larger, or counted differently", path, words[0], words[1])


def _within(new: Quantity, old: Quantity) -> bool:
    """Whether keeping to the new quantity is shown to keep to the old: no more, in no shorter a window."""
    if new.amount == 0:
        return True
    if new.unit != old.unit or new.amount > old.amount:
        return False
    if new.per == old.per:
        return True
    return new.per in _WINDOWS and old.per in _WINDOWS and _WINDOWS[new.per] >= _WINDOWS[old.per]


def compare_servers(pair: Pair) -> Iterator[Change]:
    """Servers added or removed; one that is started otherwise, or is elsewhere, is another server."""
    old = {server.name: server for server in pair.old.servers}
    new = {server.name: server for server in pair.new.servers}
    yield from pair.members("servers", "servers", (list(old), list(new)), "widened")
    for name in old.keys() & new.keys():
        if (old[name].command, old[name].url) != (new[name].command, new[name].url):
            path, what = f"servers.{name}", f"`{name}` is another server"
            yield pair.change("widened", what, path, old[name].shown, new[name].shown)


def compare_credentials(pair: Pair) -> Iterator[Change]:
    """Secrets added or removed, longer or shorter lived, opening more or less, kept elsewhere."""
    old = {credential.name: credential for credential in pair.old.credentials}
    new = {credential.name: credential for credential in pair.new.credentials}
    yield from pair.members("secrets", "credentials", (list(old), list(new)), "widened")
    for name in old.keys() & new.keys():
        yield from _credential(pair, old[name], new[name])


def _credential(pair: Pair, old: Credential, new: Credential) -> Iterator[Change]:
    """One secret."""
    path = f"credentials.{new.name}"
    ages = (math.inf if old.ttl is None else old.ttl, math.inf if new.ttl is None else new.ttl)
    yield from pair.number(f"`{new.name}` is valid for another time", f"{path}.ttl", ages, "widened", _life)
    yield from pair.members(f"`{new.name}` opens", f"{path}.opens", (old.opens, new.opens), "widened")
    if old.source != new.source:
        safer = new.source.startswith("broker:") and not old.source.startswith("broker:")
        kind: Direction = "narrowed" if safer else "widened"
        yield pair.change(kind, f"`{new.name}` comes from elsewhere", f"{path}.from", old.source, new.source)
    holders = (old.servers or ("the agent",), new.servers or ("the agent",))
    yield from pair.members(f"`{new.name}` is for", f"{path}.servers", holders, "widened")
    yield from _placed(pair, old, new, path)


def _placed(pair: Pair, old: Credential, new: Credential, path: str) -> Iterator[Change]:
    """Where a secret goes: outside for one host, or to the agent; another host is never shown to be less."""
    if old.host != new.host:
        kind: Direction = "narrowed" if not old.host else "widened"
        shown = [f"outside, for {side.host}" if side.host else "within reach" for side in (old, new)]
        yield pair.change(kind, f"`{new.name}` is kept elsewhere", f"{path}.host", shown[0], shown[1])
    for name in ("header", "template", "variable"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            what = f"the {name} of `{new.name}` is another"
            yield pair.change("changed", what, f"{path}.{name}", before or "default", after or "default")


def _life(seconds: float) -> str:
    """A life in words."""
    return "never expires" if math.isinf(seconds) else duration(seconds)


def compare_memory(pair: Pair) -> Iterator[Change]:
    """What may be remembered, who reviews it, how long it stays; a charter that says nothing allows everything."""
    old, new = pair.old.memory, pair.new.memory
    yield from pair.ranked(
        "memory is written", "memory.writes", (_writes(old), _writes(new)), ("free", "reviewed", "none")
    )
    survives = tuple("forever" if memory is None else memory.survives for memory in (old, new))
    yield from pair.ranked(
        "memory survives", "memory.survives", (survives[0], survives[1]), ("forever", "agent", "run")
    )
    spaces = _spaces(old), _spaces(new)
    if "*" in spaces[0] and "*" not in spaces[1]:
        yield pair.change("narrowed", "memory has named spaces", "memory.namespaces", "any", names(spaces[1]))
    elif "*" in spaces[1] and "*" not in spaces[0]:
        yield pair.change("widened", "memory has no named spaces", "memory.namespaces", names(spaces[0]), "any")
    else:
        yield from pair.members("memory spaces", "memory.namespaces", spaces, "widened")


def _writes(memory: Memory | None) -> str:
    """Who reviews what is written."""
    return "free" if memory is None else memory.writes


def _spaces(memory: Memory | None) -> tuple[str, ...]:
    """The name spaces; ``*`` where none is named although memory may be written."""
    if memory is None or (not memory.namespaces and memory.writes != "none"):
        return ("*",)
    return memory.namespaces


def compare_runtime(pair: Pair) -> Iterator[Change]:
    """Paths, hosts, sizes and the runner; what is not said counts as without bounds."""
    old, new = pair.old.runtime, pair.new.runtime
    for name in ("read", "write"):
        sides = _paths(pair.old, name), _paths(pair.new, name)
        yield from _reach(pair, f"files to {name}", f"runtime.filesystem.{name}", sides, "under")
    hosts = tuple(("*",) if side.hosts is None else side.hosts for side in (old, new))
    yield from _reach(pair, "hosts", "runtime.network.hosts", (hosts[0], hosts[1]), "domain")
    sizes = tuple(math.inf if side.memory is None else side.memory for side in (old, new))
    yield from pair.number("memory of the machine", "runtime.memory", (sizes[0], sizes[1]), "widened", _bytes)
    counts = tuple(math.inf if side.processes is None else float(side.processes) for side in (old, new))
    yield from pair.number("processes at once", "runtime.processes", (counts[0], counts[1]), "widened", _count)
    fresh = bool(old.ephemeral), bool(new.ephemeral)
    yield from pair.ranked("a new runner for every run", "runtime.ephemeral", fresh, (False, True))
    if old.user != new.user:
        kind: Direction = "narrowed" if old.user in (None, "root") else "widened"
        yield pair.change(kind, "the account it runs as", "runtime.user", old.user or "any", new.user or "any")


def _bytes(count: float) -> str:
    """A size in words."""
    return "unlimited" if math.isinf(count) else size(count)


def _count(number: float) -> str:
    """A count in words."""
    return "unlimited" if math.isinf(number) else f"{number:g}"


def _paths(charter: Charter, name: str) -> tuple[str, ...]:
    """The paths of a charter; everything when it says nothing about files."""
    listed: tuple[str, ...] = getattr(charter.runtime, name)
    said = any(is_stated(charter, f"runtime.filesystem.{part}") for part in ("read", "write"))
    return listed if listed or said else _EVERYTHING


def _reach(
    pair: Pair, what: str, path: str, sides: tuple[tuple[str, ...], tuple[str, ...]], field: str
) -> Iterator[Change]:
    """Paths or hosts added or removed; one that lies within what was there is nothing new."""
    old, new = sides
    added = [item for item in new if not _within_any(item, old, field)]
    removed = [item for item in old if not _within_any(item, new, field)]
    before, after = names(old) or "none", names(new) or "none"
    if added:
        yield pair.change("widened", f"{what}: {names(added)} added", path, before, after)
    if removed:
        yield pair.change("narrowed", f"{what}: {names(removed)} taken away", path, before, after)


def _within_any(item: str, bounds: Collection[str], field: str) -> bool:
    """Whether a path or host is shown to lie within one of the others."""
    if item in bounds or "*" in bounds or (field == "under" and "/" in bounds):
        return True
    if item == "*" or len(bounds) > _MOST_BOUNDS:
        return False
    single = (
        Constraint(where=_NOWHERE, under=(item,)) if field == "under" else Constraint(where=_NOWHERE, domain=(item,))
    )
    wider = tuple(bounds)
    whole = Constraint(where=_NOWHERE, under=wider) if field == "under" else Constraint(where=_NOWHERE, domain=wider)
    return bool(wider) and covers(whole, single)


def compare_context(pair: Pair) -> Iterator[Change]:
    """Statements about the surroundings that became less safe, or safer; a fact nobody states is taken as unsafe.

    Facts that other fields settle are compared there, unless one of the charters states them outright.
    """
    old, new = context_of(pair.old), context_of(pair.new)
    for key in CONTEXT:
        stated = key.id in pair.old.context or key.id in pair.new.context
        if stated or key.field in ("context", "budget.money"):
            values = old[key.id].value, new[key.id].value
            path = f"context.{key.id}" if key.id in pair.new.context or key.field == "context" else key.field
            yield from pair.ranked(key.meaning, path, values, key.values)
