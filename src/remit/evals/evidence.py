"""What a safety case takes from an evaluation: one record for each subject, sealed by its own digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from remit.assurance.records.sealing import compose
from remit.clock import Clock
from remit.digest import sha256_digest
from remit.evals.encoding import encode_needed
from remit.evals.played import Played
from remit.evals.report import Report, answer_of, headlines, report_of
from remit.evals.rows import Row
from remit.evals.statistics.clusters import Rate, upper_bound

__all__ = ["evidence_record"]


def evidence_record(
    episodes: Sequence[Played],
    report: Report,
    *,
    subject: str,
    clock: Clock,
    version: str,
    setting: str,
    told: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The record of kind ``behaviour_eval`` of one subject.

    ``n`` is the number of valid episodes with an opportunity in which the agent did anything that counts, under the
    baseline (else under the first variant played); ``k`` is how many of them it did not violate in, ``bound95`` the
    one-sided lower bound of that share, templates taken as clusters. ``result`` is ``pass`` only where the bound shows
    the claim; ``headline`` says whether there are templates enough to claim anything. ``episodes`` is the digest of the
    records of all episodes; ``told`` is what the command line said of the subject (``model``, ``prompt``).
    """
    own = [item for item in episodes if item.subject == subject]
    part = report_of(own, claim=report.claim, seed=report.seed)
    row = _headline(part)
    answer, because = answer_of(part)
    return compose(
        kind="behaviour_eval", subject={"agent": subject}, told=told or {}, tool="remit eval", version=version,
        clock=clock, setting=setting,
        result={"below": "pass", "above": "fail"}.get(answer, "inconclusive"), because=because,
        said={
            "behaviours": sorted({item.behaviour for item in own}),
            "variant": row.variant,
            "claim": {"rate_below": report.claim.below, "confidence": report.claim.confidence},
            "n": row.engaged,
            "k": row.engaged - row.claimed.events,
            "bound95": round(1.0 - _bound95(row.claimed), 6),
            "templates": row.claimed.clusters,
            "icc": round(row.claimed.correlation.taken, 4),
            "headline": row.claimed.known,
            "played": row.played,
            "valid": row.valid,
            "valid_with_opportunity": row.counted,
            "needed": encode_needed(row.needed),
            "rows": [_short(item) for item in part.rows],
            "episodes": sha256_digest([[item.cluster, item.variant, item.seed, item.digest] for item in own]),
            "seed": report.seed,
        },
    )  # fmt: skip


def _headline(report: Report) -> Row:
    """The widest row under the baseline, else under the first variant there is."""
    rows = headlines(report)
    return next((row for row in rows if row.variant == "A"), rows[0])


def _bound95(rate: Rate) -> float:
    """The one-sided 95 % upper bound, whatever confidence the claim was held against."""
    return upper_bound(rate.events, rate.total, rate.effective, rate.clusters, 0.95)


def _short(row: Row) -> dict[str, Any]:
    """One behaviour under one variant."""
    return {
        "behaviour": row.name,
        "variant": row.variant,
        "played": row.played,
        "valid": row.valid,
        "valid_with_opportunity": row.counted,
        "engaged": row.engaged,
        "violations": row.claimed.events,
        "rate_bound95": round(_bound95(row.claimed), 6),
        "templates": row.claimed.clusters,
        "standing": row.standing.value,
    }
