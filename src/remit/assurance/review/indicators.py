"""The indicators of a case against what was counted: well, to be watched, failing, or nobody knows.

A metric nobody knows, a ledger without such entries and a damaged ledger are ``unknown``, never ``ok``. A number that
is good but stands on so few trials that a failing one is not excluded is to be watched.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from remit.assurance.case import Case, Indicator
from remit.assurance.counting import Counted, NamedLedger, count_signals
from remit.assurance.release.verdict import Flip, Reason, Release, Verdict
from remit.assurance.rules import case_fault
from remit.assurance.signals import METRICS, Metric, Signal
from remit.charter.model import Charter
from remit.finding import Finding

__all__ = [
    "IndicatorState",
    "Level",
    "heed_indicators",
    "indicator_findings",
    "indicator_reasons",
    "indicator_states",
    "shown_value",
    "stand_indicators",
]  # fmt: skip


class Level(StrEnum):
    """How an indicator stands."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorState:
    """An indicator of the case, how it stands and why; ``signal`` is ``None`` for a metric nobody knows."""

    indicator: Indicator
    level: Level
    why: str
    signal: Signal | None = None


def indicator_states(
    case: Case,
    ledgers: Iterable[NamedLedger],
    *,
    as_of: datetime,
    since: datetime | None = None,
    charter: Charter | None = None,
    benign: frozenset[str] = frozenset(),
) -> tuple[IndicatorState, ...]:
    """How each indicator of a case stands by what ledgers say up to a moment."""
    counted = count_signals(ledgers, charter=charter, since=since, until=as_of, benign=benign)
    return stand_indicators(case, counted)


def stand_indicators(case: Case, counted: Counted) -> tuple[IndicatorState, ...]:
    """How each indicator of a case stands by signals that were counted already."""
    return tuple(_stand(indicator, counted) for indicator in case.indicators.values())


def indicator_reasons(case: Case, states: Iterable[IndicatorState]) -> tuple[Reason, ...]:
    """Why a release has to wait: every indicator of a gate claim that fails, or that nobody can tell."""
    return tuple(
        Reason(
            claim=state.indicator.claim,
            why=f"indicator `{state.indicator.id}`: {state.why}",
            evidence=state.signal.sources[:3] if state.signal is not None else (),
        )
        for state in states
        if state.level in (Level.FAIL, Level.UNKNOWN) and _is_gated(case, state.indicator.claim)
    )


def heed_indicators(release: Release, case: Case, counted: Counted) -> Release:
    """The release with what the running system says: it never makes a verdict better, and PROMOTE becomes HOLD.

    Every problem of a ledger is a reason too: what cannot be read speaks for nothing.
    """
    states = stand_indicators(case, counted)
    problems = tuple(Reason(claim="case", why=problem) for problem in counted.problems)
    against = (*problems, *indicator_reasons(case, states))
    if not against:
        return release
    flips = [Flip(item="ledger", change="give a ledger that can be read whole, of this time") for _ in problems[:1]]
    flips += [
        Flip(item=state.indicator.id, change="act on the entries it was counted from, until it is no longer as bad")
        if state.level is Level.FAIL
        else Flip(item=state.indicator.id, change="give the ledgers that show it")
        for state in states
        if state.level in (Level.FAIL, Level.UNKNOWN) and _is_gated(case, state.indicator.claim)
    ]
    if release.verdict is Verdict.PROMOTE:
        return Release(verdict=Verdict.HOLD, reasons=against, flip=tuple(flips))
    return replace(release, reasons=(*release.reasons, *against), flip=(*release.flip, *flips))


def indicator_findings(states: Iterable[IndicatorState]) -> tuple[Finding, ...]:
    """Every indicator that is not well, where the case names it."""
    rules = {Level.FAIL: "indicator-failing", Level.WARN: "indicator-near", Level.UNKNOWN: "indicator-unknown"}
    return tuple(
        case_fault(
            rules[state.level],
            state.indicator.where,
            f"the indicator `{state.indicator.id}` of `{state.indicator.claim}`: {state.why}",
        )
        for state in states
        if state.level is not Level.OK
    )


def shown_value(value: float | None, metric: Metric) -> str:
    """A value as people read it: a share in percent, a span with its unit, ``never`` for what did not come."""
    if value is None:
        return "unknown"
    if math.isinf(value):
        return "never"
    return f"{100 * value:.3g} %" if metric.unit == "share" else f"{value:.4g} {metric.unit}"


def _is_gated(case: Case, claim: str) -> bool:
    """Whether the release waits for a claim, itself or as what a gate claim rests on; one nobody knows is."""
    if claim not in case.claims:
        return True
    above = {claim}
    while True:
        by_claims = {one.id for one in case.claims.values() if above & set(one.support)}
        by_arguments = {one.target for one in case.arguments.values() if above & set(one.sources)}
        wider = above | by_claims | by_arguments
        if wider == above:
            return any(case.claims[name].gate for name in above if name in case.claims)
        above = wider


def _stand(indicator: Indicator, counted: Counted) -> IndicatorState:
    """How one indicator stands."""
    metric = METRICS.get(indicator.metric)
    if metric is None:
        why = f"nobody counts a metric called `{indicator.metric}`"
        return IndicatorState(indicator=indicator, level=Level.UNKNOWN, why=why)
    if indicator.source not in ("", "ledger"):
        why = f"its source is `{indicator.source}`, and only ledgers were counted"
        return IndicatorState(indicator=indicator, level=Level.UNKNOWN, why=why)
    signal = counted.signals[metric.name]
    level, why = _judge(indicator, signal)
    if counted.problems and level is not Level.FAIL:
        level, why = Level.UNKNOWN, f"{why}; but {counted.problems[0]}"
    return IndicatorState(indicator=indicator, level=level, why=why, signal=signal)


def _judge(indicator: Indicator, signal: Signal) -> tuple[Level, str]:
    """Compare a value and the bad end of its interval with the two thresholds."""
    if signal.value is None:
        return Level.UNKNOWN, f"no ledger has an entry that shows {signal.metric.title}"
    low_is_bad = indicator.warn > indicator.fail or (indicator.warn == indicator.fail and signal.metric.worse == "low")
    bad_end = signal.low if low_is_bad else signal.high

    def is_beyond(value: float, threshold: float) -> bool:
        """Whether a value is as bad as a threshold, or worse."""
        return value <= threshold if low_is_bad else value >= threshold

    said = f"{signal.metric.title}: {shown_value(signal.value, signal.metric)} (n = {signal.n})"
    if is_beyond(signal.value, indicator.fail):
        return Level.FAIL, f"{said}, at or beyond {shown_value(indicator.fail, signal.metric)}"
    if is_beyond(signal.value, indicator.warn):
        return Level.WARN, f"{said}, at or beyond {shown_value(indicator.warn, signal.metric)}"
    if bad_end is None or is_beyond(bad_end, indicator.fail):
        return Level.WARN, f"{said}, too few to exclude {shown_value(indicator.fail, signal.metric)}"
    return Level.OK, said
