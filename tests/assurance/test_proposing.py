"""Proposed mappings: only what a claim could speak to, never as supported, never twice."""

from collections import Counter
from dataclasses import replace

import pytest
from tests.assurance.cases import random_case

from remit.assurance.case import ClaimKind, Relation
from remit.assurance.frameworks.frameworks import find, kinds_for
from remit.assurance.frameworks.proposing import capabilities_of, propose


@pytest.mark.requirement("FRAMEWORK-07")
def test_nothing_is_proposed_as_supported_and_every_row_is_one_evidence_bears_on() -> None:
    case = random_case(3)
    proposals = propose(case)
    assert proposals
    assert {one.relation for one in proposals} <= {Relation.PARTIALLY_SUPPORTS, Relation.INFORMS}
    for one in proposals:
        row = find(one.to)
        assert row is not None
        assert kinds_for(row)
        claim = case.claims[one.claim]
        assert claim.gate
        assert not claim.support
        wanted = capabilities_of(claim, case)
        assert set(row.evidence_from) & wanted
        assert (one.relation is Relation.PARTIALLY_SUPPORTS) == (set(row.evidence_from) <= wanted)
    assert Counter((one.claim, one.to) for one in proposals).most_common(1)[0][1] == 1


def test_one_framework_can_be_asked_for() -> None:
    found = propose(random_case(3), framework="EU AI Act")
    assert {one.to.partition(":")[0] for one in found} == {"EU AI Act"}


def test_what_is_mapped_already_is_not_proposed_again() -> None:
    case = random_case(3)
    first = propose(case)[0]
    again = propose(replace(case, mappings=(first,)))
    assert (first.claim, first.to) not in {(one.claim, one.to) for one in again}
    assert len(again) == len(propose(replace(case, mappings=()))) - 1


def test_what_a_hazard_is_about_narrows_what_a_claim_may_speak_to() -> None:
    case = random_case(3)
    claim = replace(case.claims["C-0"], kind=ClaimKind.CONTROL, hazards=())
    assert capabilities_of(claim, case) == {"INC", "ENF", "DRL", "MON", "LOG"}
    about_stopping = replace(claim, hazards=("H-self-preservation",))
    assert capabilities_of(about_stopping, case) == {"DRL", "INC"}
