"""Oversight compared: who can step in and how often, what a stop reaches, what the monitor sees, what is asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import fields

from remit.charter.comparison.change import Change, Direction, Pair
from remit.charter.model import Monitor, Outcome, Stop
from remit.charter.phrases import outcome_phrase
from remit.charter.wording import duration, listing, names, share

__all__ = ["compare_agent", "compare_assumptions", "compare_evidence", "compare_overseers", "compare_oversight"]

_REVIEWED = ("never", "sampled", "per-run", "per-plan", "per-call")
_FACTS = ("plans", "calls_tools", "spends_money", "writes_code", "manages_agents", "holds_credentials")


def compare_oversight(pair: Pair) -> Iterator[Change]:
    """The stop, the correction, the other task, the monitor and the approvals."""
    old, new = pair.old.oversight, pair.new.oversight
    yield from _stop(pair, old.stop, new.stop)
    for name, before, after in (("correct", old.correct, new.correct), ("retask", old.retask, new.retask)):
        path = f"oversight.{name}"
        yield from pair.members(f"who may {name}", f"{path}.by", (before.by, after.by), "narrowed")
        yield from pair.number(f"how often people {name}", f"{path}.rate", (before.rate, after.rate), "narrowed", share)
    yield from _monitor(pair, old.monitor, new.monitor)
    for name in old.approvals.keys() & new.approvals.keys():
        first, second = old.approvals[name], new.approvals[name]
        path = f"oversight.approvals.{name}"
        yield from pair.number(f"`{name}` agrees", f"{path}.grant", (first.grant, second.grant), "widened", share)
        yield from pair.number(f"`{name}` answers after", f"{path}.latency", (first.latency, second.latency), "changed")
        again = not first.retry, not second.retry
        yield from pair.ranked(f"a refusal of `{name}` stands", f"{path}.retry", again, (False, True))


def _stop(pair: Pair, old: Stop, new: Stop) -> Iterator[Change]:
    """The stop: who, how often, what is noticed, what it reaches, where it lives."""
    path = "oversight.stop"
    yield from pair.members("who may stop it", f"{path}.by", (old.by, new.by), "narrowed")
    yield from pair.number("how often people stop it", f"{path}.rate", (old.rate, new.rate), "narrowed", share)
    yield from pair.ranked("a stop is unannounced", f"{path}.notice", (not old.notice, not new.notice), (False, True))
    yield from _grace(pair, old, new)
    yield from pair.members("a stop reaches", f"{path}.covers", (sorted(old.covers), sorted(new.covers)), "narrowed")
    yield from pair.ranked(
        "a stopped agent stays stopped", f"{path}.durable", (old.durable, new.durable), (False, True)
    )
    yield from _place(pair, "the stop", f"{path}.at", (old.at, new.at))
    silence = tuple(math.inf if side.heartbeat is None else side.heartbeat for side in (old, new))
    yield from pair.number(
        "time it may go on without a word of an overseer",
        f"{path}.heartbeat",
        (silence[0], silence[1]),
        "widened",
        _time,
    )
    yield from pair.number(
        "how often it is started again", f"{path}.redeploy", (old.redeploy, new.redeploy), "changed", share
    )


def _time(seconds: float) -> str:
    """A time in words."""
    return "for ever" if math.isinf(seconds) else duration(seconds)


def _grace(pair: Pair, old: Stop, new: Stop) -> Iterator[Change]:
    """What is left to the agent after the notice: how many calls, with which tools."""
    path = "oversight.stop"
    if old.grace != new.grace:
        heard = old.notice or new.notice
        kind: Direction = "changed" if not heard else "widened" if new.grace > old.grace else "narrowed"
        yield pair.change(kind, "calls left after the notice", f"{path}.grace", str(old.grace), str(new.grace))
    if old.during is None and new.during is not None:
        yield pair.change(
            "narrowed", "tools left after the notice", f"{path}.during", "any", names(new.during) or "none"
        )
    elif new.during is None and old.during is not None:
        yield pair.change(
            "widened", "tools left after the notice", f"{path}.during", names(old.during) or "none", "any"
        )
    elif old.during is not None and new.during is not None:
        sides = old.during, new.during
        yield from pair.members("tools left after the notice", f"{path}.during", sides, "widened")


def _place(pair: Pair, what: str, path: str, sides: tuple[str | None, str | None]) -> Iterator[Change]:
    """Where a control lives: out of reach is safer; host, account and cluster cannot be compared."""
    before, after = sides[0] or "host", sides[1] or "host"
    if before != after:
        kind: Direction = "narrowed" if after == "outside" else "widened"
        yield pair.change(kind, f"{what} lives elsewhere", path, before, after)


def _monitor(pair: Pair, old: Monitor, new: Monitor) -> Iterator[Change]:
    """The monitor; another answer is never shown to be a stronger one."""
    path = "oversight.monitor"
    yield from pair.number("what the monitor notices", f"{path}.detect", (old.detect, new.detect), "narrowed", share)
    if old.response != new.response:
        yield pair.change("widened", "the monitor answers differently", f"{path}.response", old.response, new.response)
    if old.tamper is not None or new.tamper is not None:
        first, second = old.tamper or old, new.tamper or new
        at = f"{path}.tamper"
        noticed = first.detect, second.detect
        yield from pair.number("what it notices of acts on the controls", f"{at}.detect", noticed, "narrowed", share)
        if first.response != second.response:
            what = "acts on the controls are answered differently"
            yield pair.change("widened", what, f"{at}.response", first.response, second.response)
    yield from _place(pair, "the monitor", f"{path}.at", (old.at, new.at))


def compare_overseers(pair: Pair) -> Iterator[Change]:
    """The people: who there is, how they are reached, what they approve."""
    old, new = pair.old.overseers, pair.new.overseers
    yield from pair.members("overseers", "overseers", (list(old), list(new)), "changed")
    for name in old.keys() & new.keys():
        path = f"overseers.{name}"
        lost = bool(old[name].channels) and not new[name].channels
        kind: Direction = "narrowed" if not lost and not old[name].channels else "changed"
        sides = old[name].channels, new[name].channels
        if lost:
            yield pair.change(
                "widened", f"`{name}` can no longer be reached", f"{path}.channels", names(sides[0]), "none"
            )
        else:
            yield from pair.members(f"`{name}` is reached through", f"{path}.channels", sides, kind)
        approves = old[name].approves, new[name].approves
        yield from pair.members(f"`{name}` approves", f"{path}.approves", approves, "widened")


def compare_evidence(pair: Pair) -> Iterator[Change]:
    """Evidence the gate no longer asks for, or accepts older."""
    old, new = pair.old.evidence, pair.new.evidence
    yield from pair.members("evidence asked for", "evidence", (list(old), list(new)), "narrowed")
    for name in old.keys() & new.keys():
        ages = old[name], new[name]
        yield from pair.number(f"age of evidence from `{name}`", f"evidence.{name}", ages, "widened", duration)


def compare_agent(pair: Pair) -> Iterator[Change]:
    """Who acts, what for, and who reviews it."""
    old, new = pair.old.agent, pair.new.agent
    yield from pair.ranked("who reviews it", "agent.reviewed", (old.reviewed, new.reviewed), _REVIEWED)
    for name, before, after in (("name", old.name, new.name), ("model", old.model, new.model)):
        if before != after:
            yield pair.change("changed", f"the agent's {name}", f"agent.{name}", before, after)
    for fact in _FACTS:
        sides: tuple[bool, bool] = getattr(old, fact), getattr(new, fact)
        if fact in old.stated | new.stated and sides[0] != sides[1]:
            kind: Direction = "widened" if sides[1] else "changed"
            words = [str(side).lower() for side in sides]
            yield pair.change(kind, f"the agent {fact.replace('_', ' ')}", f"agent.{fact}", words[0], words[1])
    yield from _purpose(pair)


def _purpose(pair: Pair) -> Iterator[Change]:
    """The purpose in words and as outcomes."""
    old, new = pair.old.purpose, pair.new.purpose
    for field, sides in (("given", (old.given, new.given)), ("fades", (tuple(old.fades), tuple(new.fades)))):
        yield from pair.members(
            "facts at the start" if field == "given" else "facts that are lost again",
            f"purpose.{field}",
            sides,
            "changed",
        )
    for fact in sorted(old.fades.keys() & new.fades.keys()):
        rates = old.fades[fact], new.fades[fact]
        yield from pair.number(f"how fast `{fact}` is lost", f"purpose.fades.{fact}", rates, "changed", share)
    if old.text != new.text:
        yield pair.change("changed", "the purpose in words", "purpose.text", old.text, new.text)
    for name, before, after in (("task", old.task, new.task), ("retask", old.retask, new.retask)):
        if _bare(before) != _bare(after):
            yield pair.change(
                "changed", f"the {name} as outcomes", f"purpose.{name}", _outcomes(before), _outcomes(after)
            )


def _bare(outcomes: tuple[Outcome, ...]) -> list[tuple[object, float]]:
    """Outcomes without their places."""
    return [(outcome.when, outcome.value) for outcome in outcomes]


def _outcomes(outcomes: tuple[Outcome, ...]) -> str:
    """Outcomes in words."""
    return listing(f"{outcome_phrase(item)} (worth {item.value:g})" for item in outcomes) or "none"


def compare_assumptions(pair: Pair) -> Iterator[Change]:
    """Modelling defaults, and the author's own rows of the catalogue."""
    for item in fields(pair.new.assume):
        before, after = getattr(pair.old.assume, item.name), getattr(pair.new.assume, item.name)
        if item.name != "stated" and before != after:
            yield pair.change(
                "changed", f"the assumption `{item.name}`", f"assume.{item.name}", f"{before:g}", f"{after:g}"
            )
    old = {row.id: row for row in pair.old.catalogue}
    new = {row.id: row for row in pair.new.catalogue}
    yield from pair.members("own rows of the catalogue", "catalogue", (list(old), list(new)), "changed")
    for number, row in enumerate(pair.new.catalogue):
        before = old[row.id].tools if row.id in old else ()
        yield from pair.members(
            f"tools for which `{row.id}` is authorised", f"catalogue.{number}", (before, row.tools), "widened"
        )
        if row.id in old and _content(old[row.id]) != _content(row):
            yield pair.change(
                "changed", f"the catalogue row `{row.id}`", f"catalogue.{number}", "as it was", "rewritten"
            )


def _content(row: object) -> list[object]:
    """A catalogue row without its place and its tools, which are compared by themselves."""
    return [getattr(row, item.name) for item in fields(row) if item.name not in ("where", "tools")]  # type: ignore[arg-type]
