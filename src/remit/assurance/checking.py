"""Everything that is wrong with a safety case, with its place: form is the reader's, this is about sense."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from remit.assurance.case import Case
from remit.assurance.checks.doubts import unsettled
from remit.assurance.checks.expected import unexpected
from remit.assurance.checks.records import misread
from remit.assurance.checks.references import dangling
from remit.assurance.checks.structure import misshapen
from remit.assurance.checks.subject import changed, standing_gates
from remit.assurance.weighing.assessment import Observed
from remit.assurance.weighing.weighing import Weighed, weigh
from remit.finding import Finding

__all__ = ["check_case", "check_weighed"]


def check_case(case: Case, observed: Mapping[str, Observed], as_of: datetime) -> tuple[Finding, ...]:
    """All findings about a case as of a moment, in the order of the file."""
    return check_weighed(case, observed, as_of, weigh(case, observed, as_of))


def check_weighed(
    case: Case, observed: Mapping[str, Observed], as_of: datetime, weighed: Weighed
) -> tuple[Finding, ...]:
    """All findings about a case whose nodes are worked out already."""
    found = {
        *dangling(case),
        *misshapen(case, weighed.graph),
        *misread(case, observed, as_of, weighed),
        *unsettled(case, observed, as_of, weighed),
        *changed(case, observed, as_of),
        *unexpected(case),
        *standing_gates(case, weighed),
    }
    return tuple(sorted(found, key=lambda finding: (*finding.key, finding.message)))
