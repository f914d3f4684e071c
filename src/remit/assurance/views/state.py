"""A case with everything a view shows of it: what its files hold, how it stands, and what the gate says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from remit.assurance.health import assess_case
from remit.assurance.looking import look
from remit.assurance.reader import read_case
from remit.assurance.release.release import judge
from remit.assurance.release.verdict import Release
from remit.assurance.weighing.assessment import Assessment, Observed
from remit.clock import Clock

__all__ = ["State", "state_of_case"]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """An assessment, the release it leads to, and what was found where the case points."""

    assessment: Assessment
    release: Release
    observed: Mapping[str, Observed]


def state_of_case(path: Path, *, clock: Clock) -> State:
    """Read a case, look at its files and judge it as of the clock's moment; raises ``CaseError`` as ``read_case``."""
    case = read_case(path)
    observed = look(case, clock=clock)
    assessment = assess_case(case, observed, as_of=clock.now())
    return State(assessment=assessment, release=judge(assessment), observed=observed)
