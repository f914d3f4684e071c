"""Properties of the safety case: doubts reach exactly what rests on them, nothing improves by loss, flips are smallest."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.assurance.cases import TODAY, digest
from tests.example_counts import examples

from remit.assurance.case import (
    Argument,
    Case,
    Claim,
    ClaimKind,
    Defeater,
    DefeaterStatus,
    DefeaterType,
    Evidence,
    Result,
)
from remit.assurance.health import assess_case
from remit.assurance.record import Record
from remit.assurance.release.deeds import Deed, Kind
from remit.assurance.release.flips import deeds_wanted
from remit.assurance.release.release import judge
from remit.assurance.release.verdict import Verdict
from remit.assurance.weighing.assessment import Assessment, Health, Observed
from remit.finding import Severity, Where

CHARTER = digest("charter")
SEEDS = st.integers(0, 10**9)


def place(number: int) -> Where:
    return Where(file="case.yaml", line=number)


def small_case(seed: int, *, claims: int = 4, evidence: int = 5, doubts: int = 3) -> tuple[Case, dict[str, Observed]]:
    """A small case without dangling ids or cycles, in which anything may be wrong, and what is found in its files."""
    rng = random.Random(seed)
    names = [f"C-{number}" for number in range(rng.randint(1, claims))]
    held = {}
    for number, name in enumerate(names):
        below = [other for other in names[number + 1 :] if rng.random() < 0.5]
        held[name] = Claim(
            id=name, text=name, kind=ClaimKind.CONTROL, gate=number == 0 or rng.random() < 0.2, support=tuple(below),
            min_independence=rng.choice((1, 1, 1, 2)), ttl=rng.choice((None, timedelta(days=10))),
            where=place(100 + number),
        )  # fmt: skip
    found: dict[str, Observed] = {}
    records = {}
    for number in range(rng.randint(0, evidence)):
        item = Evidence(
            id=f"E-{number}", kind="incentive_check", file=f"{number}.json", sha256=digest(str(number)),
            subject={"charter": CHARTER}, tool="remit check", version="1", result=rng.choice((*[Result.PASS] * 4, *Result)),
            produced_at=TODAY - timedelta(days=rng.choice((1, 1, 20, 200))),
            supports=tuple(rng.sample(names, rng.randint(0, min(2, len(names))))),
            independence_group=rng.choice(("", "g")), where=place(200 + number),
        )  # fmt: skip
        records[item.id] = item
        found[item.id] = shown(item, subject=CHARTER if rng.random() < 0.8 else digest("other"))
    arguments = {}
    for number in range(rng.randint(0, 2)):
        target = rng.randrange(len(names))
        sources = [*names[target + 1 :], *records]
        if sources:
            arguments[f"A-{number}"] = Argument(
                id=f"A-{number}", sources=(rng.choice(sources),), target=names[target], scheme="", warrant="so",
                where=place(300 + number),
            )  # fmt: skip
    targets = [*names, *arguments, *records]
    defeaters = {}
    for number in range(rng.randint(0, doubts)):
        status = rng.choice(list(DefeaterStatus))
        residual = status is DefeaterStatus.ACCEPTED_RESIDUAL
        defeaters[f"D-{number}"] = Defeater(
            id=f"D-{number}", against=rng.choice(targets), type=DefeaterType.REBUTTING, status=status, text="why",
            raised_by="Alan", accepted_by="Grace" if residual else "",
            answer=rng.choice(list(records)) if records and status is DefeaterStatus.REBUTTED else "",
            expires=date(2026, rng.choice((10, 12)), 1) if residual else None, where=place(400 + number),
        )  # fmt: skip
    found["charter"] = Observed(sha256=CHARTER, record=None)
    return Case(
        file="case.yaml", id="small", version=1, charter="remit.yaml", subject={"charter": CHARTER}, claims=held,
        evidence=records, arguments=arguments, defeaters=defeaters, digest=digest("case"), where=place(1),
    ), found  # fmt: skip


def shown(item: Evidence, *, subject: str = CHARTER) -> Observed:
    record = Record(
        kind=item.kind, subject={"charter": subject}, tool=item.tool, version=item.version, produced_at=item.produced_at,
        result=item.result,
    )  # fmt: skip
    if subject != CHARTER:
        return Observed(sha256=item.sha256, record=replace(record, subject={"charter": subject}))
    return Observed(sha256=item.sha256, record=record)


def assessed(case: Case, found: Mapping[str, Observed]) -> Assessment:
    # an entry says of the subject what its record says
    honest = {
        name: replace(item, subject=record.subject) if (record := found[name].record) is not None else item
        for name, item in case.evidence.items()
    }
    return assess_case(replace(case, evidence=honest), found, as_of=TODAY)


def done(case: Case, found: Mapping[str, Observed], deeds: frozenset[Deed]) -> tuple[Case, dict[str, Observed]]:
    """The case after some things were done, without asking whether they were wise."""
    now = dict(found)
    evidence, defeaters = dict(case.evidence), dict(case.defeaters)
    for deed in deeds:
        match deed.kind:
            case Kind.RENEW:
                item = replace(evidence[deed.item], result=Result.PASS, produced_at=TODAY - timedelta(hours=1))
                evidence[deed.item] = item
                now[deed.item] = shown(item)
            case Kind.ADD:
                name = f"N-{deed.item}-{deed.number}"
                evidence[name] = Evidence(
                    id=name, kind="incentive_check", file=name, sha256=digest(name), subject={"charter": CHARTER},
                    tool="remit check", version="1", result=Result.PASS, produced_at=TODAY - timedelta(hours=1),
                    supports=(deed.item,), where=place(900),
                )  # fmt: skip
                now[name] = shown(evidence[name])
            case Kind.SETTLE:
                defeaters[deed.item] = replace(
                    defeaters[deed.item], status=DefeaterStatus.ACCEPTED_RESIDUAL, accepted_by="Ada",
                    expires=date(2027, 1, 1),
                )  # fmt: skip
            case _:
                raise AssertionError(deed)
    return replace(case, evidence=evidence, defeaters=defeaters), now


def verdict(case: Case, found: Mapping[str, Observed]) -> Verdict:
    return judge(assessed(case, found)).verdict


@pytest.mark.requirement("GATE-07")
@given(SEEDS)
@example(384332)  # a doubt off the way of the gates, whose answer is old and doubted
@settings(max_examples=examples(60))
def test_the_flips_lead_to_promote_and_nothing_smaller_does(seed: int) -> None:
    case, found = small_case(seed)
    assessment = assessed(case, found)
    if judge(assessment).verdict is Verdict.PROMOTE:
        return
    deeds, exact = deeds_wanted(assessment)
    assert exact
    assert verdict(*done(case, found, deeds)) is Verdict.PROMOTE
    every = [Deed(kind=Kind.RENEW, item=name) for name in case.evidence]
    every += [Deed(kind=Kind.ADD, item=name, number=number) for name in case.claims for number in (1, 2)]
    every += [Deed(kind=Kind.SETTLE, item=name) for name in case.defeaters]
    assert deeds <= set(every)
    size = len(deeds) - 1
    tried = itertools.islice(itertools.combinations(every, max(size, 0)), 400)
    assert not any(verdict(*done(case, found, frozenset(picked))) is Verdict.PROMOTE for picked in tried if size >= 0)


def ancestors(assessment: Assessment, start: str, *, through: bool = True) -> set[str]:
    """Everything that rests on a node, found the slow way; ``through`` evidence that does not count as well."""
    reached = {start}
    while True:
        more = {
            node.id
            for node in assessment.nodes.values()
            if node.id not in reached
            and (through or not node.objected)
            and any(name in reached for name in (*node.below, *node.doubts))
        }
        if not more:
            return reached
        reached |= more


@pytest.mark.requirement("CASE-04")
@given(SEEDS, st.sampled_from([DefeaterStatus.OPEN, DefeaterStatus.SUSTAINED]))
def test_a_doubt_reaches_its_ancestors_and_nothing_else(seed: int, status: DefeaterStatus) -> None:
    case, found = small_case(seed)
    before = assessed(case, found)
    for target in (*case.claims, *case.arguments, *case.evidence):
        doubt = Defeater(
            id="D-new", against=target, type=DefeaterType.REBUTTING, status=status, text="why", raised_by="Alan",
            where=place(999),
        )  # fmt: skip
        after = assessed(replace(case, defeaters={**case.defeaters, "D-new": doubt}), found)
        above = ancestors(after, target)
        heard_by = ancestors(after, target, through=False)
        for name, node in before.nodes.items():
            now = after.nodes[name]
            if name not in above:
                assert now == node
            assert now.health.rank >= node.health.rank, "a doubt never improves anything"
            assert now.freshness.rank >= node.freshness.rank
            heard = target in case.claims or (status is DefeaterStatus.OPEN and not before.nodes[target].objected)
            if name in heard_by and heard and name in case.claims:
                assert now.health.rank >= Health.CONTESTED.rank


@pytest.mark.requirement("CASE-05")
@given(SEEDS)
def test_losing_evidence_that_speaks_for_something_never_improves_anything(seed: int) -> None:
    case, found = small_case(seed)
    before = assessed(case, found)
    for name, item in case.evidence.items():
        node = before.nodes[name]
        if item.result is not Result.PASS or node.doubts:
            continue  # what speaks against something is taken out in the open, in a commit
        rest = {other: kept for other, kept in case.evidence.items() if other != name}
        after = assessed(replace(case, evidence=rest), found)
        for kept in after.nodes.values():
            assert kept.health.rank >= before.nodes[kept.id].health.rank


@pytest.mark.requirement("CASE-05")
@given(SEEDS, st.integers(0, 400))
def test_age_makes_nothing_fresher_and_nothing_healthier(seed: int, days: int) -> None:
    case, found = small_case(seed)
    now, later = assessed(case, found), assess_case(case, found, as_of=TODAY + timedelta(days=days))
    for name, node in now.nodes.items():
        assert later.nodes[name].freshness.rank >= node.freshness.rank or found.get(name, node) is not node
        assert later.nodes[name].health.rank >= node.health.rank


@pytest.mark.requirement("GATE-01")
@given(SEEDS)
def test_promote_implies_each_of_the_lesser_conditions(seed: int) -> None:
    case, found = small_case(seed)
    assessment = assessed(case, found)
    if judge(assessment).verdict is not Verdict.PROMOTE:
        case, found = done(case, found, deeds_wanted(assessment)[0])
        assessment = assessed(case, found)
    assert judge(assessment).verdict is Verdict.PROMOTE
    gates = [claim.id for claim in case.claims.values() if claim.gate]
    assert gates
    waiting = list(gates)
    while waiting:
        node = assessment.nodes[waiting.pop()]
        if node.id in case.claims:
            assert node.health is Health.SUPPORTED
            assert node.expires is not None
            assert node.expires >= TODAY
            waiting += node.below
    assert not [finding for finding in assessment.findings if finding.severity is Severity.ERROR]
