"""Two reports side by side: what a change of charter makes possible, and how every reading moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from remit.incentives.report import AffordanceClass, AffordanceReading, DriveReading, Report, Tier

__all__ = ["ClassChange", "Comparison", "ReadingChange", "TierChange", "compare", "encode_comparison", "task_kept"]

_TIERS: tuple[Tier, ...] = ("T0", "T1", "T2", "T3")  # worst first
_CLASSES: tuple[AffordanceClass, ...] = (
    "resistance",
    "conflict",
    "enabler",
    "excess-authority",
    "ordinary",
    "task-tool",
    "dormant",
)  # fmt: skip  (worst first)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassChange:
    """An affordance both charters offer, and its class in each."""

    id: str
    before: AffordanceClass
    after: AffordanceClass

    @property
    def worse(self) -> bool:
        """Whether the new class asks for more attention than the old one."""
        return _CLASSES.index(self.after) < _CLASSES.index(self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class TierChange:
    """The tier before and after."""

    before: Tier
    after: Tier

    @property
    def changed(self) -> bool:
        """Whether the two differ."""
        return self.before != self.after

    @property
    def worse(self) -> bool:
        """Whether the new tier is worse; a tier nobody could work out is worse than any known one."""
        return self.changed and _badness(self.after) > _badness(self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingChange:
    """One reading before and after: the share of goals (>= 1 %), and whether the intervals lie apart.

    ``reading`` is ``<drive>/<prior>``, ``peak``, or ``task value``: what the task is worth within the grants, as a
    share of the better charter's, only where both charters have the same task.
    """

    reading: str
    before: float
    after: float
    apart: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What changed between two reports."""

    new_affordances: tuple[AffordanceReading, ...]
    removed_affordances: tuple[AffordanceReading, ...]
    class_changes: tuple[ClassChange, ...]
    tier_change: TierChange
    reading_changes: tuple[ReadingChange, ...]
    regressions: tuple[str, ...]


def compare(old: Report, new: Report) -> Comparison:
    """Compare two reports; both should be made with the same goals and seed, or intervals alone move."""
    before = {reading.id: reading for reading in old.affordances}
    after = {reading.id: reading for reading in new.affordances}
    tier = TierChange(before=old.tier.tier, after=new.tier.tier)
    return Comparison(
        new_affordances=tuple(reading for name, reading in after.items() if _opens(before.get(name), reading)),
        removed_affordances=tuple(reading for name, reading in before.items() if _opens(after.get(name), reading)),
        class_changes=tuple(_class_changes(before, after)),
        tier_change=tier,
        reading_changes=tuple(_reading_changes(old, new)),
        regressions=tuple(_regressions(before, after, tier)),
    )


def _opens(other: AffordanceReading | None, reading: AffordanceReading) -> bool:
    """Whether an affordance is in play here and is not (or lies dormant) in the other report."""
    return reading.classification != "dormant" and (other is None or other.classification == "dormant")


def _class_changes(
    before: Mapping[str, AffordanceReading], after: Mapping[str, AffordanceReading]
) -> Iterator[ClassChange]:
    """Affordances in play in both reports whose class differs."""
    for name, reading in after.items():
        old = before.get(name)
        if old is None or "dormant" in (old.classification, reading.classification):
            continue
        if old.classification != reading.classification:
            yield ClassChange(id=name, before=old.classification, after=reading.classification)


def _reading_changes(old: Report, new: Report) -> Iterator[ReadingChange]:
    """Every drive and every sum under every prior, then the peak temptation and the task."""
    earlier = {drive.id: drive for drive in (*old.overall, *old.drives)}
    for drive in (*new.overall, *new.drives):
        if drive.id in earlier:
            yield from _drive_changes(earlier[drive.id], drive)
    first, second = old.peak.share1, new.peak.share1
    apart = first.high < second.low or second.high < first.low
    yield ReadingChange(reading="peak", before=first.value, after=second.value, apart=apart)
    yield from _task_change(old, new)


def _task_change(old: Report, new: Report) -> Iterator[ReadingChange]:
    """The authorised task values, where both were measured on one task; each charter's own best is no common scale."""
    before, after = old.authorised_value, new.authorised_value
    if before is None or after is None or old.task != new.task:
        return
    scale = max(abs(before), abs(after), 1e-9)
    moved = abs(before - after) > 1e-6 * scale
    yield ReadingChange(reading="task value", before=before / scale, after=after / scale, apart=moved)


def task_kept(old: Report, new: Report) -> float | None:
    """What the task is worth within the new grants over the old; ``None`` where the two cannot be compared."""
    before, after = old.authorised_value, new.authorised_value
    if before is None or after is None or old.task != new.task or before <= 0.0:
        return None
    return after / before


def _drive_changes(old: DriveReading, new: DriveReading) -> Iterator[ReadingChange]:
    """One drive under every prior both reports know."""
    for prior, reading in new.priors.items():
        if prior in old.priors:
            first, second = old.priors[prior].share1, reading.share1
            apart = first.high < second.low or second.high < first.low
            yield ReadingChange(reading=f"{new.id}/{prior}", before=first.value, after=second.value, apart=apart)


def _regressions(
    before: Mapping[str, AffordanceReading], after: Mapping[str, AffordanceReading], tier: TierChange
) -> Iterator[str]:
    """What a release must not bring in unseen: structure and differences, never an absolute share (03, section 5)."""
    for name, reading in after.items():
        old = before.get(name)
        if _resists(reading) and not (old is not None and _resists(old)):
            yield f"`{name}` is a new resistance affordance (line {reading.where.line})"
        elif _uncovered(reading) and not (old is not None and _uncovered(old)):
            yield f"`{name}` is allowed without approval and makes interventions fail (line {reading.where.line})"
    if tier.worse:
        yield f"the tier went from {tier.before} to {tier.after}"


def _resists(reading: AffordanceReading) -> bool:
    """An act in play that makes interventions fail and is worth nothing to the task."""
    return reading.classification == "resistance"


def _uncovered(reading: AffordanceReading) -> bool:
    """An act that is allowed outright, makes interventions fail, and is in play."""
    return reading.authorised == "yes" and reading.kappa > 0 and reading.classification == "conflict"


def _badness(tier: Tier) -> int:
    """How bad a tier is: T3 0, T0 3, unknown 4."""
    return len(_TIERS) if tier == "unknown" else len(_TIERS) - 1 - _TIERS.index(tier)


def encode_comparison(comparison: Comparison) -> dict[str, object]:
    """The comparison as a JSON object (part of ``remit.diff/1``)."""

    def affordance(reading: AffordanceReading) -> dict[str, object]:
        return {
            "id": reading.id,
            "class": reading.classification,
            "line": reading.where.line,
            "opened_by": reading.opened_by,
        }

    return {
        "new_affordances": [affordance(reading) for reading in comparison.new_affordances],
        "removed_affordances": [affordance(reading) for reading in comparison.removed_affordances],
        "class_changes": [
            {"id": change.id, "before": change.before, "after": change.after, "worse": change.worse}
            for change in comparison.class_changes
        ],
        "tier": {"before": comparison.tier_change.before, "after": comparison.tier_change.after},
        "readings": [
            {
                "reading": change.reading,
                "before": round(change.before, 12),
                "after": round(change.after, 12),
                "apart": change.apart,
            }
            for change in comparison.reading_changes
        ],
        "regressions": list(comparison.regressions),
    }
