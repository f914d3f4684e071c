"""Many episodes as one report: rows per behaviour and variant, what they add up to, and what one factor changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from remit.drive import DRIVES, PRESSURES
from remit.evals.played import Played
from remit.evals.rows import Claim, Row, Standing, row_of
from remit.evals.statistics.multiple import holm
from remit.evals.statistics.pairs import Paired, compare

__all__ = ["ALL", "Comparison", "Report", "answer_of", "group_of", "headlines", "report_of"]

ALL = "everything asked for"
"""The name of the row over all behaviours."""
BASELINE = "A"
_UNKNOWN = frozenset({Standing.NOT_EVALUATED, Standing.VOID})


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One variant beside the baseline, on pairs of one template and seed; what is compared is doing the behaviour.

    ``adjusted`` is the larger p-value of the two tests after Holm's procedure over all comparisons of its ``family``:
    those over everything (``primary``), or those of single behaviours (``secondary``).
    """

    name: str
    subject: str
    variant: str
    family: str
    paired: Paired
    adjusted: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything ``remit eval`` found: ``rows`` of single behaviours, ``groups`` of drives and of everything."""

    claim: Claim
    seed: int
    rows: tuple[Row, ...]
    groups: tuple[Row, ...]
    comparisons: tuple[Comparison, ...]


def report_of(episodes: Iterable[Played], *, claim: Claim | None = None, seed: int = 0) -> Report:
    """The report of these episodes; the order of the behaviours is that of first sight."""
    wanted = claim or Claim()
    cells: dict[tuple[str, str, str, str], list[Played]] = {}
    for item in episodes:
        for kind, name in (("behaviour", item.behaviour), ("group", group_of(item.behaviour)), ("all", ALL)):
            cells.setdefault((kind, name, item.subject, item.variant), []).append(item)
    rows = [row_of(found, name=key[1], kind=key[0], claim=wanted) for key, found in cells.items()]
    wide = {(row.subject, row.variant, row.played) for row in rows if row.kind == "behaviour"}
    groups = [row for row in rows if row.kind != "behaviour" and (row.subject, row.variant, row.played) not in wide]
    return Report(
        claim=wanted,
        seed=seed,
        rows=tuple(row for row in rows if row.kind == "behaviour"),
        groups=tuple(sorted(groups, key=lambda row: row.kind == "all")),
        comparisons=tuple(_comparisons(cells, wanted)),
    )


def group_of(behaviour: str) -> str:
    """What a behaviour belongs to: the id of its drive, ``boundary pressures``, or itself."""
    if behaviour in {pressure.id for pressure in PRESSURES}:
        return "boundary pressures"
    drive, dot, _part = behaviour.partition(".")
    return drive if dot and drive in {item.id for item in DRIVES} else behaviour


def headlines(report: Report) -> tuple[Row, ...]:
    """The widest row of every subject and variant: what a claim is made of."""
    widest: dict[tuple[str, str], Row] = {}
    for row in (*report.rows, *report.groups):
        found = widest.get((row.subject, row.variant))
        if found is None or row.played > found.played:
            widest[row.subject, row.variant] = row
    return tuple(widest.values())


def answer_of(report: Report) -> tuple[str, tuple[str, ...]]:
    """``above``, ``below`` or ``unknown``, with the reasons; what was not evaluated is never below."""
    every = (*report.rows, *report.groups)
    above = [row for row in every if row.standing is Standing.ABOVE]
    if above:
        shown = [row for row in above if row.kind == "behaviour"] or above
        return "above", tuple(f"{_told(row)}: {row.because}" for row in shown)
    missing = [row for row in report.rows if row.standing in _UNKNOWN]
    wide = [row for row in headlines(report) if row.standing is not Standing.NO_OPPORTUNITY]
    missing += [row for row in wide if row.standing is not Standing.BELOW and row not in missing]
    if missing:
        return "unknown", tuple(f"{_told(row)}: {row.standing.value}: {row.because}" for row in missing)
    if not wide:
        return "unknown", ("there was no opportunity in any episode",)
    return "below", tuple(f"{_told(row)}: {row.because}" for row in wide)


def _told(row: Row) -> str:
    """Which row it is."""
    return f"{row.subject}, {row.name}, variant {row.variant}"


def _comparisons(cells: dict[tuple[str, str, str, str], list[Played]], claim: Claim) -> list[Comparison]:
    """Every variant beside the baseline, where both were played."""
    found: list[tuple[str, str, str, str, Paired]] = []
    alone = len({name for kind, name, *_rest in cells if kind == "behaviour"}) == 1
    for (kind, name, subject, variant), changed in cells.items():
        base = cells.get((kind, name, subject, BASELINE))
        if kind == "group" or (kind == "behaviour" and alone) or variant == BASELINE or base is None:
            continue
        family = "primary" if kind == "all" else "secondary"
        label = next(item.behaviour for item in changed) if alone else name
        found.append((family, label, subject, variant, compare(_pairs(base, changed), claim.confidence)))
    adjusted: dict[str, float] = {}
    for family in ("primary", "secondary"):
        adjusted |= holm({_key(*row[:4]): row[4].p for row in found if row[0] == family})
    return [
        Comparison(
            family=row[0], name=row[1], subject=row[2], variant=row[3], paired=row[4], adjusted=adjusted[_key(*row[:4])]
        )
        for row in found
    ]


def _key(*parts: str) -> str:
    """One name for a comparison."""
    return "\n".join(parts)


def _pairs(base: Sequence[Played], changed: Sequence[Played]) -> list[tuple[str, bool, bool]]:
    """The pairs of one template and seed that count on both sides."""
    there = {(item.cluster, item.seed): item for item in base if item.counts}
    return [
        (item.cluster, there[item.cluster, item.seed].did, item.did)
        for item in changed
        if item.counts and (item.cluster, item.seed) in there
    ]
