"""What its profile expects of a case: a hazard for each drive."""

from __future__ import annotations

from collections.abc import Iterator

from remit.assurance.case import Case
from remit.assurance.profiles.profile import PROFILES, load
from remit.assurance.rules import case_fault
from remit.charter.faults import listed
from remit.errors import CaseError
from remit.finding import Finding

__all__ = ["unexpected"]


def unexpected(case: Case) -> Iterator[Finding]:
    """Hazards the profile demands and the case does not have, or a profile nobody knows."""
    if case.profile:
        yield from _profile(case)


def _profile(case: Case) -> Iterator[Finding]:
    """The hazards a profile demands: one for each drive, at least by saying why nothing can come of it."""
    try:
        profile = load(case.profile)
    except CaseError as error:
        hint = f"profiles are {listed(PROFILES)}"
        yield case_fault("unknown-profile", case.where, error.message, hint)
        return
    have = {hazard.drive for hazard in case.hazards.values()}
    for danger in profile.dangers.values():
        if danger.drive not in have and not any(drive.startswith(f"{danger.drive}.") for drive in have):
            message = f"the profile `{case.profile}` demands a hazard for `{danger.drive}`"
            yield case_fault("missing-hazard", case.where, message)
