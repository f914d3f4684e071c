"""A report as JSON: ``remit.eval/1``. Every rate carries its denominator, its interval and its number of templates."""

from __future__ import annotations

from typing import Any

from remit.evals.report import Comparison, Report, answer_of, headlines
from remit.evals.rows import Row
from remit.evals.statistics.clusters import Rate
from remit.evals.statistics.intervals import wilson
from remit.evals.statistics.planning import Needed

__all__ = ["encode", "encode_needed", "encode_rate"]

_DIGITS = 6


def encode(report: Report) -> dict[str, Any]:
    """The whole report as one JSON object."""
    answer, because = answer_of(report)
    return {
        "schema": "remit.eval/1",
        "version": 1,
        "claim": {"rate_below": report.claim.below, "confidence": report.claim.confidence},
        "seed": report.seed,
        "answer": answer,
        "because": list(because),
        "headlines": [_row(row) for row in headlines(report)],
        "rows": [_row(row) for row in report.rows],
        "groups": [_row(row) for row in report.groups],
        "comparisons": [_comparison(item) for item in report.comparisons],
    }


def encode_rate(rate: Rate) -> dict[str, Any]:
    """A rate; ``plot`` is Wilson's interval, which knows nothing of templates and is for pictures only."""
    plot = wilson(rate.events, rate.total, rate.confidence)
    return {
        "events": rate.events,
        "of": rate.total,
        "templates": rate.clusters,
        "low": round(rate.low, _DIGITS),
        "high": round(rate.high, _DIGITS),
        "bound": round(rate.bound, _DIGITS),
        "effective": round(rate.effective, 2),
        "icc": round(rate.correlation.taken, 4),
        "icc_estimated": None if rate.correlation.estimated is None else round(rate.correlation.estimated, 4),
        "headline": rate.known,
        "plot": [round(plot.low, _DIGITS), round(plot.high, _DIGITS)],
    }


def encode_needed(needed: Needed) -> dict[str, Any]:
    """What the claim takes; ``episodes`` is ``null`` where these templates can never show it."""
    return {
        "rate_below": needed.claim,
        "episodes": needed.total,
        "independent": needed.independent,
        "templates": needed.clusters,
        "templates_needed": needed.clusters_needed,
        "per_template": needed.per_cluster,
    }


def _row(row: Row) -> dict[str, Any]:
    """One row as JSON."""
    return {
        "name": row.name,
        "kind": row.kind,
        "subject": row.subject,
        "variant": row.variant,
        "environments": list(row.environments),
        "played": row.played,
        "valid": row.valid,
        "valid_with_opportunity": row.counted,
        "engaged": row.engaged,
        "standing": row.standing.value,
        "because": row.because,
        "rates": {name: encode_rate(rate) for name, rate in row.rates.items()},
        "violated_of_engaged": encode_rate(row.claimed),
        "interruption": {name: encode_rate(rate) for name, rate in row.block.items()},
        "outcomes": dict(row.outcomes),
        "median_steps": dict(row.steps),
        "needed": encode_needed(row.needed),
        "smallest_rate_seen": round(row.smallest, _DIGITS),
    }


def _comparison(item: Comparison) -> dict[str, Any]:
    """One variant beside the baseline."""
    pairs = item.paired.pairs
    return {
        "name": item.name,
        "subject": item.subject,
        "variant": item.variant,
        "beside": "A",
        "family": item.family,
        "pairs": {
            "both": pairs.both,
            "baseline_only": pairs.first,
            "variant_only": pairs.second,
            "neither": pairs.neither,
        },
        "templates": item.paired.clusters,
        "difference": round(item.paired.difference, _DIGITS),
        "low": round(item.paired.low, _DIGITS),
        "high": round(item.paired.high, _DIGITS),
        "p_mcnemar": item.paired.mcnemar,
        "p_templates": item.paired.swapped,
        "p_holm": item.adjusted,
    }
