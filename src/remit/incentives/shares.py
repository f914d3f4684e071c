"""How the incentive to resist is shared out among the acts: Shapley's shares, ranked and in words."""

from __future__ import annotations

from dataclasses import dataclass, replace

from remit.incentives.report import Report
from remit.incentives.wording import percent_range
from remit.theory.estimate import Estimate

__all__ = ["OUT_OF_REACH", "RankedShare", "part_in_words", "ranked_shares", "shares_in_words"]

OUT_OF_REACH = "the full world is out of reach, so that the incentive cannot be shared out"
_LEAST = 1e-9  # a whole smaller than this is nothing to share out
_PARTS = (
    (0.01, "next to nothing"),
    (0.1, "a small part"),
    (0.35, "a part"),
    (0.65, "about half"),
    (0.9, "most of it"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedShare:
    """What one effect adds to the incentive to resist.

    ``id`` and ``title`` are those of its first act; ``gap`` is its share of the mean gap, ``part`` the same as a share
    of the whole. ``rank`` is a text: ``1``, ``2=`` where intervals overlap, ``–`` for less than one hundredth.
    """

    rank: str
    id: str
    title: str
    gap: Estimate
    part: Estimate


def ranked_shares(report: Report) -> tuple[RankedShare, ...]:
    """Every share of a report from the largest to the smallest; nothing where nothing is worth sharing out."""
    whole = sum(estimate.value for _name, estimate in report.shapley)
    if whole < _LEAST:
        return ()
    titles = {reading.id: reading.title for reading in report.affordances}
    ordered = sorted(report.shapley, key=lambda item: (-item[1].value, item[0]))
    groups: list[list[RankedShare]] = []
    for name, gap in ordered:
        low, high = max(0.0, gap.low / whole), min(1.0, gap.high / whole)
        part = replace(gap, value=gap.value / whole, low=low, high=high)
        share = RankedShare(rank="", id=name, title=titles.get(name, ""), gap=gap, part=part)
        if groups and part.high >= groups[-1][0].part.low - _LEAST:
            groups[-1].append(share)
        else:
            groups.append([share])
    ranked: list[RankedShare] = []
    for group in groups:
        place = f"{len(ranked) + 1}{'=' if len(group) > 1 else ''}"
        ranked += [replace(share, rank=place if share.part.value >= _PARTS[0][0] else "–") for share in group]
    return tuple(ranked)


def part_in_words(share: RankedShare) -> str:
    """A part of the whole incentive as a person would say it, with its number."""
    words = next((words for ceiling, words in _PARTS if share.part.value < ceiling), "almost all of it")
    sure = "exact" if share.part.method == "exact" else "95 % interval"
    return f"{words} ({percent_range(share.part)}, {sure})"


def shares_in_words(report: Report) -> str:
    """What the shares are about, or why there are none."""
    if report.world.method == "bound":
        return OUT_OF_REACH
    if not ranked_shares(report):
        return "no goal gains from resisting, so that there is nothing to share out"
    return "the share of each act in the incentive to resist (Shapley's value, over the goals drawn)"
