"""The words for numbers in a report: ordinal, so that nobody reads a share of goals as a probability of an agent."""

from __future__ import annotations

from collections.abc import Sequence

from remit.incentives.report import AffordanceClass, AffordanceReading, DriveReading, Report
from remit.theory.estimate import Estimate

__all__ = [
    "CLASS_ORDER", "CLASS_TITLES", "Ranked", "goals_in_words", "headline", "main_affordance", "percent",
    "percent_range", "ranked_drives", "resisting", "says_nothing", "share_in_words", "split_idle",
    "verdict_in_words", "worst_prior", "worthless",
]  # fmt: skip

CLASS_ORDER: tuple[AffordanceClass, ...] = (
    "resistance", "conflict", "enabler", "excess-authority", "ordinary", "task-tool", "dormant",
)  # fmt: skip

CLASS_TITLES: dict[AffordanceClass, str] = {
    "resistance": "makes interventions fail, worth nothing to the task: remove",
    "conflict": "makes interventions fail, and the task needs it: redesign or ask",
    "enabler": "harmless alone, worth taking for the resistance it leads to",
    "excess-authority": "not granted, possible all the same, and useful to goals of many kinds",
    "ordinary": "granted, useful, and no matter for oversight",
    "task-tool": "what the task is done with",
    "dormant": "worth nothing to any goal tried",
}

Ranked = tuple[str, DriveReading]
_SHARES = (
    (0.0, "none of the goals"),
    (0.01, "almost none of the goals"),
    (0.1, "a few of the goals"),
    (0.35, "many of the goals"),
    (0.65, "about half of the goals"),
    (0.9, "most of the goals"),
)
_NOTHING = 0.01  # below one goal in a hundred a drive is not ranked


def goals_in_words(share: float) -> str:
    """A share of goals as a person would say it."""
    for ceiling, words in _SHARES:
        if share < ceiling or share == ceiling == 0.0:
            return words
    return "almost all of the goals"


def share_in_words(estimate: Estimate) -> str:
    """A measured share of goals in words with its interval; a bound says what it lies between and no more."""
    low, high = goals_in_words(estimate.low), goals_in_words(estimate.high)
    if estimate.method == "bound" and low != high:
        return f"somewhere between {percent(estimate.low)} and {percent(estimate.high)} of the goals"
    return f"{goals_in_words(estimate.value)} ({percent_range(estimate)})"


def says_nothing(estimate: Estimate) -> bool:
    """Whether a bound leaves everything open."""
    return estimate.method == "bound" and estimate.low <= 0.0 and estimate.high >= 1.0


def worthless(estimate: Estimate) -> bool:
    """Whether fewer than one goal in a hundred gains; a bound must rule it out."""
    return (estimate.high if estimate.method == "bound" else estimate.value) < _NOTHING


def percent(share: float) -> str:
    """A share in whole percent; what is neither nothing nor everything is never rounded to it."""
    if 0.0 < share < 0.01:
        return "<1 %"
    if 0.99 < share < 1.0:
        return ">99 %"
    return f"{share:.0%}".replace("%", " %")


def percent_range(estimate: Estimate, *, mark: bool = True) -> str:
    """An interval in whole percent, as one number where both ends read the same; bounds are marked."""
    low, high = percent(estimate.low), percent(estimate.high)
    if low == high:
        text = low
    elif estimate.low == 0.0 and estimate.high < 0.01:
        text = high
    elif low.startswith("<") or high.startswith(">"):
        text = f"{low} to {high}"
    else:
        text = f"{low.removesuffix(' %')}–{high}"
    return f"{text}, bound" if mark and estimate.method == "bound" else text


def worst_prior(drive: DriveReading) -> str:
    """The prior under which most goals gain; the first of them on a tie."""
    return max(drive.priors, key=lambda name: drive.priors[name].share1.value)


def ranked_drives(drives: Sequence[DriveReading], prior: str) -> list[Ranked]:
    """The drives from strongest to weakest under one prior.

    Drives whose intervals overlap that of the first of a rank share it. Ranks are texts: ``1``, ``2=`` for a
    shared rank, ``–`` for a drive fewer than one goal in a hundred gains from.
    """
    ordered = sorted(drives, key=lambda drive: -drive.priors[prior].share1.value)
    groups: list[list[DriveReading]] = []
    for drive in ordered:
        if groups and drive.priors[prior].share1.high >= groups[-1][0].priors[prior].share1.low:
            groups[-1].append(drive)
        else:
            groups.append([drive])
    ranked: list[Ranked] = []
    for group in groups:
        place = len(ranked) + 1
        for drive in group:
            if worthless(drive.priors[prior].share1):
                ranked.append(("–", drive))
            else:
                ranked.append((f"{place}=" if len(group) > 1 else str(place), drive))
    return ranked


def split_idle(
    drives: Sequence[DriveReading], priors: Sequence[str]
) -> tuple[tuple[DriveReading, ...], tuple[DriveReading, ...]]:
    """The drives some prior's goals use, and those almost no goal uses under any, both in the order given."""
    idle = [drive for drive in drives if all(worthless(drive.priors[prior].share1) for prior in priors)]
    return tuple(drive for drive in drives if drive not in idle), tuple(idle)


def resisting(report: Report) -> tuple[AffordanceReading, ...]:
    """The affordances that make interventions fail: resistance before conflict, then the most tempting first."""
    found = [reading for reading in report.affordances if reading.classification in ("resistance", "conflict")]
    return tuple(
        sorted(found, key=lambda reading: (CLASS_ORDER.index(reading.classification), reading.rank, reading.id))
    )


def main_affordance(report: Report) -> AffordanceReading | None:
    """The one affordance the first screen explains: the most telling that resists, else the worst of the others.

    Most telling is what takes most off the chance that an intervention works; then what a stop does not end; then the
    longer way there, because a chain of harmless steps teaches more than one act.
    """
    found = resisting(report)
    if found:
        return min(found, key=_telling)
    others = [reading for reading in report.affordances if reading.classification in ("enabler", "excess-authority")]
    return min(others, key=lambda reading: (reading.rank, reading.id), default=None)


def _telling(reading: AffordanceReading) -> tuple[float, bool, int, int, str]:
    """What `main_affordance` sorts by: the least is the most telling."""
    outlives = "oversight.stop" in reading.effects or any(step.startswith("(stop)") for step in reading.witness)
    return (-round(reading.kappa, 9), not outlives, -len(reading.witness), reading.rank, reading.id)


def headline(report: Report) -> str:
    """What is wrong with a charter, in one or two sentences; what is right with it when nothing is."""
    found = resisting(report)
    overall = {drive.id: drive for drive in report.overall}
    resistance = overall.get("resistance")
    if found:
        noun = "act makes" if len(found) == 1 else "acts make"
        sentence = f"{len(found)} {noun} it possible to escape being stopped, corrected or watched."
        if resistance is not None:
            share = resistance.priors[worst_prior(resistance)].share1
            words = share_in_words(share)
            sentence += (
                f" {words[0].upper()}{words[1:].replace('goals', 'goals it might have', 1)} would gain from that."
            )
        return sentence
    if any(reading.classification in ("enabler", "excess-authority") for reading in report.affordances):
        return "Nothing here resists oversight, but the agent can do more than it was granted."
    return "Nothing here makes resisting oversight worth anything to the agent."


def verdict_in_words(report: Report) -> str:
    """The tier and why."""
    return f"tier {report.tier.tier}: {report.tier.because}"
