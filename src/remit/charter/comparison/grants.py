"""Grants and limits compared: every call the new charter lets through must be shown to have been let through before."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

from remit.charter.comparison.change import Change, Direction, Pair
from remit.charter.comparison.demands import compare_approvers, compare_demands
from remit.charter.matching import covers, covers_grant
from remit.charter.model import Constraint, Grant, Limit
from remit.charter.phrases import constraint_phrase
from remit.charter.wording import listing, names
from remit.finding import Where

__all__ = ["compare_grants", "compare_limits"]

_NOWHERE = Where(file="", line=1)


def _bare(grant: Grant) -> Grant:
    """A grant without its place and those of its constraints, so that equal ones compare equal."""
    args = {name: replace(grant.args[name], where=_NOWHERE) for name in sorted(grant.args)}
    return replace(grant, args=args, where=_NOWHERE)


def _content(grant: Grant) -> str:
    """Everything a grant says, as a key."""
    return repr(_bare(grant))


def _tool(grant: Grant) -> str:
    """The tool a grant speaks of, as a key."""
    return grant.tool


def compare_grants(pair: Pair) -> Iterator[Change]:
    """Tools granted anew, no longer granted, or granted on other terms."""
    matched = _matched(pair)
    taken = set(matched.values())
    before, after = _by_tool(pair.old.grants), _by_tool(pair.new.grants)
    for number, grant in enumerate(pair.new.grants):
        path = f"grants.{number}"
        if number in matched:
            earlier = pair.old.grants[matched[number]]
            yield from _terms(pair, earlier, grant, path)
        elif _covered(before, grant):
            yield pair.change("changed", f"`{grant.tool}` is granted once more", path, "absent", _shown(grant))
        else:
            yield pair.change("widened", f"`{grant.tool}` is granted", path, "not granted", _shown(grant))
    for number, grant in enumerate(pair.old.grants):
        if number not in taken:
            kept = _covered(after, grant)
            yield pair.change(
                "changed" if kept else "narrowed",
                f"a grant of `{grant.tool}` is gone",
                f"grants.{number}",
                _shown(grant),
                "another grant covers it" if kept else "not granted",
                gone=True,
            )
    yield from compare_demands(pair, matched)
    yield from compare_approvers(pair, matched)


def _matched(pair: Pair) -> dict[int, int]:
    """Which old grant each new one continues: equal ones first, then those of the same tool in their order."""
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for key in (_content, _tool):
        free: dict[str, deque[int]] = {}
        for at, grant in enumerate(pair.old.grants):
            if at not in taken:
                free.setdefault(key(grant), deque()).append(at)
        for number, grant in enumerate(pair.new.grants):
            if number not in matched and free.get(key(grant)):
                matched[number] = free[key(grant)].popleft()
                taken.add(matched[number])
    return matched


def _by_tool(grants: Sequence[Grant]) -> dict[str, list[Grant]]:
    """Grants by tool."""
    found: dict[str, list[Grant]] = {}
    for grant in grants:
        found.setdefault(grant.tool, []).append(grant)
    return found


def _covered(grants: dict[str, list[Grant]], grant: Grant) -> bool:
    """Whether one of the grants covers another."""
    return any(_covers(other, grant) for tool in {grant.tool, "*"} for other in grants.get(tool, ()))


def _covers(old: Grant, new: Grant) -> bool:
    """Whether a grant lets through everything another does, and means the same by it."""
    return covers_grant(old, new) and (old.kind, old.effects) == (new.kind, new.effects)


def _shown(grant: Grant) -> str:
    """A grant's terms in words."""
    terms = [constraint_phrase(name, part) for name, part in grant.args.items()]
    terms += [f"asks {names(grant.ask)}"] if grant.ask else []
    return listing(terms) or "without conditions"


def _terms(pair: Pair, old: Grant, new: Grant, path: str) -> Iterator[Change]:
    """The terms of one grant, one by one."""
    for name in dict.fromkeys([*old.args, *new.args]):
        yield from _argument(pair, old, new, (path, name))
    tool = f"`{new.tool}`"
    yield from pair.members(f"{tool} asks", f"{path}.ask", (old.ask, new.ask), "narrowed")
    yield from pair.members(f"{tool} needs", f"{path}.needs", (old.needs, new.needs), "narrowed")
    for what, field, before, after in (
        ("is counted by another budget", "budget", old.budget, new.budget),
        ("has another condition", "when", old.when, new.when),
        ("is pinned to another definition", "pinned", old.pinned, new.pinned),
    ):
        if before != after:
            kind: Direction = "narrowed" if before is None else "widened"
            yield pair.change(kind, f"{tool} {what}", f"{path}.{field}", before or "none", after or "none")
    if old.kind != new.kind:
        yield pair.change(
            "widened", f"{tool} is another kind of tool", f"{path}.kind", old.kind or "unknown", new.kind or "unknown"
        )
    if frozenset(old.effects) != frozenset(new.effects):
        before, after = listing(old.effects) or "none", listing(new.effects) or "none"
        yield pair.change("widened", f"{tool} is said to do something else", f"{path}.effects", before, after)
    for field in ("success", "helps"):
        if getattr(old, field) != getattr(new, field):
            before, after = str(getattr(old, field)), str(getattr(new, field))
            yield pair.change("changed", f"{tool} works at another rate", f"{path}.{field}", before, after)


def _argument(pair: Pair, old: Grant, new: Grant, at: tuple[str, str]) -> Iterator[Change]:
    """The constraint on one argument."""
    path, name = f"{at[0]}.args.{at[1]}", at[1]
    before, after = old.args.get(name), new.args.get(name)
    if before is None and after is not None:
        if old.args:  # it named others, so that this one was not admitted
            what = f"`{new.tool}` admits an argument more"
            yield pair.change("widened", what, path, "not admitted", constraint_phrase(name, after))
        else:
            what = f"`{new.tool}` has a condition more"
            yield pair.change("narrowed", what, path, "anything", constraint_phrase(name, after))
    elif after is None and before is not None:
        yield pair.change(
            "widened", f"`{new.tool}` has a condition less", path, constraint_phrase(name, before), "anything"
        )
    elif before is not None and after is not None:
        yield from _changed(pair, new, (path, name), before, after)


def _changed(pair: Pair, new: Grant, at: tuple[str, str], before: Constraint, after: Constraint) -> Iterator[Change]:
    """A constraint that says something else: who may read the value later, and which values it lets through."""
    path, name = at
    if before.secret != after.secret:
        what = f"`{name}` of `{new.tool}` {'can now' if before.secret else 'can no longer'} be read in the record"
        shown = [constraint_phrase(name, side) for side in (before, after)]
        yield pair.change("widened" if before.secret else "narrowed", what, f"{path}.secret", shown[0], shown[1])
    same = replace(before, secret=after.secret)
    if _differ(same, after):
        wider = not covers(same, after, kind=new.kind)
        what = f"`{new.tool}` lets through {'more' if wider else 'less'}"
        words = constraint_phrase(name, same), constraint_phrase(name, after)
        yield pair.change("widened" if wider else "narrowed", what, path, *words)


def _differ(first: Constraint, second: Constraint) -> bool:
    """Whether two constraints say something different."""
    return replace(first, where=_NOWHERE) != replace(second, where=_NOWHERE)


def compare_limits(pair: Pair) -> Iterator[Change]:
    """Limits removed or loosened, and limits added or tightened."""
    before, after = _index(pair.old.limits), _index(pair.new.limits)
    left = {(limit.effect, limit.tool): _limit_words(limit) for limit in pair.new.limits}
    for number, limit in enumerate(pair.old.limits):
        if not _forbidden(after, limit):
            what = f"the limit on {_subject(limit)} is gone or looser"
            rest = left.get((limit.effect, limit.tool), "no limit")
            yield pair.change("widened", what, f"limits.{number}", _limit_words(limit), rest, gone=True)
    for number, limit in enumerate(pair.new.limits):
        if not _forbidden(before, limit):
            what = f"the limit on {_subject(limit)} is new or tighter"
            yield pair.change("narrowed", what, f"limits.{number}", "no such limit", _limit_words(limit))


def _index(limits: Sequence[Limit]) -> set[tuple[str | None, str | None, str | None]]:
    """What each limit forbids; a limit on every tool is one on no tool in particular."""
    return {(limit.effect, None if limit.tool == "*" else limit.tool, limit.when) for limit in limits}


def _forbidden(index: set[tuple[str | None, str | None, str | None]], limit: Limit) -> bool:
    """Whether some limit is shown to forbid everything another does: as wide or wider in effect, tool and condition."""
    family = f"{limit.effect.partition('.')[0]}.*" if limit.effect is not None else None
    tool = None if limit.tool == "*" else limit.tool
    return any(
        (effect, name, when) in index
        for effect in {None, family, limit.effect}
        for name in {None, tool}
        for when in {None, limit.when}
    )


def _subject(limit: Limit) -> str:
    """What a limit is about."""
    return names([part for part in (limit.effect, limit.tool) if part])


def _limit_words(limit: Limit) -> str:
    """A limit in a few words."""
    return f"never {_subject(limit)}" + (f" when `{limit.when}`" if limit.when else "")
