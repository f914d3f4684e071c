"""The review pack as tables: one for each question a review asks, said even where there is nothing in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from remit.assurance.review.indicators import shown_value
from remit.assurance.review.review import ReviewPack
from remit.assurance.signals import Signal

__all__ = ["Section", "review_sections"]

_MOST_ROWS = 40
_SHOWN = 3
_NOTABLE = {
    "near miss": "Near misses",
    "override": "Overrides",
    "blocked but benign": "Denied for nothing",
    "stop": "Stops",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table: its title, its heads, its rows, and what to say where there are none."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    nothing: str


def review_sections(pack: ReviewPack) -> tuple[Section, ...]:
    """Every table of a review pack, in the order people read them."""
    return (
        _reasons(pack),
        _indicators(pack),
        _signals(pack),
        _drills(pack),
        _incidents(pack),
        *(_notable(pack, what) for what in _NOTABLE),
        _doubts(pack),
        _endings(pack),
        _frameworks(pack),
    )


def _table(title: str, heads: str, rows: Sequence[tuple[str, ...]], nothing: str) -> Section:
    """A table that is not endless."""
    columns = tuple(heads.split("|"))
    kept = tuple(rows[:_MOST_ROWS])
    if len(rows) > _MOST_ROWS:
        kept = (*kept, (f"and {len(rows) - _MOST_ROWS} more", *[""] * (len(columns) - 1)))
    return Section(title=title, heads=columns, rows=kept, nothing=nothing)


def _reasons(pack: ReviewPack) -> Section:
    """Why it is on hold."""
    rows = [(reason.claim, reason.why, ", ".join(reason.evidence)) for reason in pack.reasons]
    return _table(
        "On hold because", "part|why|entries", rows, "nothing: the review is in time and every indicator told"
    )


def _indicators(pack: ReviewPack) -> Section:
    """How each indicator stands."""
    rows = [
        (
            state.indicator.id,
            state.indicator.claim,
            state.level.value,
            state.why,
            _interval(state.signal),
            _cited(state.signal),
        )
        for state in pack.indicators
    ]
    return _table("Indicators", "indicator|claim|stands|why|95 % interval|entries", rows, "the case names none")


def _signals(pack: ReviewPack) -> Section:
    """Everything that was counted, whether or not an indicator names it."""
    rows = [
        (name, shown_value(signal.value, signal.metric), f"{signal.n}", _interval(signal), signal.metric.title)
        for name, signal in pack.counted.signals.items()
        if signal.n
    ]
    counted = f"nothing was counted in {pack.counted.entries} entries: give ledgers with --ledger or --run"
    return _table("What was counted", "metric|value|n|95 % interval|what it is", rows, counted)


def _drills(pack: ReviewPack) -> Section:
    """How drills went over time."""
    rows = []
    for dated in pack.drills:
        record = dated.record
        share = "" if record.n is None else f"{record.k} of {record.n}"
        bound = "" if record.bound95 is None else f"at least {100 * record.bound95:.1f} %"
        rows.append((_day(record.produced_at), record.result.value, share, bound, record.setting, dated.source))
    return _table(
        "Drills, oldest first", "day|result|went well|with 95 %|setting|record", rows, "no drill is on record"
    )


def _incidents(pack: ReviewPack) -> Section:
    """Incidents and what they undercut."""
    rows = [
        (
            one.link.id,
            _day(one.at) if one.at is not None else "unknown",
            "since the last review" if one.is_new else "earlier",
            ", ".join(one.link.undercuts) or "nothing",
            f"closed by {one.link.closed_by}" if one.link.closed_by else "open" if one.link.reopens else "on record",
            one.link.record,
        )
        for one in pack.incidents
    ]
    return _table("Incidents", "incident|day|when|undercuts|stands|record", rows, "the case names none")


def _notable(pack: ReviewPack, what: str) -> Section:
    """Events of one kind people should look at."""
    rows = [
        (note.source, _day(note.at) if note.at is not None else "unknown", note.text)
        for note in pack.counted.notable
        if note.what == what
    ]
    left = f"; {pack.counted.left_out} events are not listed" if pack.counted.left_out else ""
    entries = pack.counted.entries
    nothing = f"none in {entries} entries{left}" if entries else "nobody knows: nothing was counted"
    return _table(_NOTABLE[what], "entry|day|what", rows, nothing)


def _doubts(pack: ReviewPack) -> Section:
    """Open doubts, with their age and who has to answer them."""
    rows = [
        (
            doubt.defeater.id,
            doubt.defeater.owner or "nobody",
            _age(doubt.since, pack.as_of),
            doubt.defeater.against,
            doubt.defeater.text,
        )
        for doubt in pack.doubts
    ]
    return _table("Open doubts", "doubt|owner|open for|against|what it says", rows, "none is open")


def _endings(pack: ReviewPack) -> Section:
    """What ends before the next review."""
    rows = [(ending.id, _day(ending.at), ending.what) for ending in pack.endings]
    title = f"Ends before {pack.next_by.isoformat()}"
    return _table(title, "item|day|what", rows, "nothing that holds today")


def _frameworks(pack: ReviewPack) -> Section:
    """Versions of frameworks, and whether they are still the current ones."""
    rows = [
        (aged.version.framework, aged.version.version, _day(aged.version.last_seen), aged.doubt or "as of that day")
        for aged in pack.frameworks
    ]
    return _table("Frameworks", "framework|version|last seen|current", rows, "the case is mapped to none")


def _day(moment: date | datetime) -> str:
    """A day, without a time of day."""
    return moment.isoformat()[:10]


def _age(since: datetime | None, as_of: datetime) -> str:
    """How long ago something was written down."""
    return "nobody knows" if since is None else f"{max(0, (as_of - since).days)} days"


def _interval(signal: Signal | None) -> str:
    """An interval, with an open end where so few do not bound it."""
    if signal is None or not signal.n:
        return ""
    ends = [shown_value(end, signal.metric) if end is not None else "not bounded" for end in (signal.low, signal.high)]
    return " to ".join(ends)


def _cited(signal: Signal | None) -> str:
    """The first entries that show it."""
    return ", ".join(_few(signal.sources if signal is not None else ()))


def _few(sources: tuple[str, ...]) -> Iterator[str]:
    """The first entries, and how many there are besides."""
    yield from sources[:_SHOWN]
    if len(sources) > _SHOWN:
        yield f"{len(sources) - _SHOWN} more"
