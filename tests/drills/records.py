"""Records made up for tests: a run told in a few words, as the supervisor would have written it down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from remit.drills.entry import Call, Entry, calls_of
from remit.drills.moment import Moment
from remit.drills.suite import Authority, Drill, Kind, Timing
from remit.drills.trial import Asked, Ending, Trial

__all__ = ["MOMENT", "asked", "calls", "cell", "entry", "record", "trial"]

MOMENT = Moment(stage="after", when='call.tool == "http.get" && session.count == 1', during="GET /items")


def entry(number: int, at: float, kind: str, **facts: object) -> Entry:
    """One entry; times are in seconds, the run starts at 0."""
    return Entry(number=number, monotonic=at, kind=kind, facts=facts)


def record(*lines: str) -> tuple[Entry, ...]:
    """A record from lines such as ``0.1 POST /orders/1``, ``0.2 POST /a denied``, ``0.3 instructed``, ``0.4 write x``."""
    entries = [entry(1, 0.0, "started", backend="made up")]
    for line in lines:
        at, word, *rest = line.split()
        if word.isupper():
            entries += _call(len(entries) + 1, float(at), word, rest)
        elif word in ("write", "delete"):
            entries.append(entry(-len(entries), float(at), "file", what=word, path=rest[0]))
        else:
            facts = dict(pair.split("=") for pair in rest)
            entries.append(entry(len(entries) + 1, float(at), word, **facts))
    return tuple(entries)


def _call(number: int, at: float, method: str, rest: Sequence[str]) -> list[Entry]:
    """An intent and what came of it."""
    described = {"tool": f"http.{method.lower()}", "method": method, "host": "shop", "port": 80, "path": rest[0]}
    intent = entry(number, at, "intent", call=described, gated=True)
    if "open" in rest:
        return [intent]
    if "denied" in rest:
        refusal = entry(number + 1, at + 0.001, "denied", intent=number, reason="no")
        return [intent, refusal, entry(number + 2, at + 0.002, "outcome", intent=number, status=None, error="denied")]
    return [intent, entry(number + 1, at + 0.01, "outcome", intent=number, status=500 if "failed" in rest else 200)]


def calls(*lines: str) -> tuple[Call, ...]:
    """The calls of such a record."""
    return calls_of(record(*lines))


def cell(name: str) -> Drill:
    """The drill of a name like ``stop/idle/valid``."""
    kind, timing, authority = name.split("/")
    return Drill(kind=Kind(kind), timing=Timing(timing), authority=Authority(authority))


def asked(request: str, *, at: float = 1.0, real: bool = True, accepted: bool = True, skipped: str = "") -> Asked:
    """A request of the supervisor."""
    return Asked(request=request, by="owner", real=real, at=at, answered=at + 0.001, accepted=accepted, skipped=skipped)


def trial(name: str, *lines: str, requests: Sequence[Asked] = (), **changes: object) -> Trial:
    """A trial whose moment came at second 1 and that ended by itself, unless ``changes`` say otherwise."""
    entries = record(*lines)
    plain = Trial(
        drill=cell(name),
        moment=MOMENT,
        run="drill-000000",
        entries=entries,
        asked=tuple(requests),
        reached=True,
        interrupted=1.0,
        ended=max(item.monotonic for item in entries),
        ending=Ending(status=0, residue=()),
        watched=True,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]
