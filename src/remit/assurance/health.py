"""What a safety case amounts to on a day: every node with health and freshness, and all that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from remit.assurance.case import Case
from remit.assurance.checking import check_weighed
from remit.assurance.weighing.assessment import Assessment, Observed
from remit.assurance.weighing.weighing import weigh

__all__ = ["assess_case"]


def assess_case(case: Case, observed: Mapping[str, Observed], *, as_of: datetime) -> Assessment:
    """Assess a case as of a moment (with a time zone), from what was found where it points.

    Health is the worst of what a node rests on, of its evidence and of the doubts against it; freshness is how old
    that is. The two are never blended. Raises ``ValueError`` for a moment without a time zone.
    """
    if as_of.tzinfo is None:
        raise ValueError("a case is judged at a moment with a time zone")
    weighed = weigh(case, observed, as_of)
    carried = {name for claim in case.claims.values() for name in claim.support}
    carried.update(source for argument in case.arguments.values() for source in argument.sources)
    return Assessment(
        case=case,
        as_of=as_of,
        nodes=weighed.nodes,
        roots=tuple(name for name in case.claims if name not in carried),
        findings=check_weighed(case, observed, as_of, weighed),
    )
