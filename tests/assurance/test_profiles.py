"""Profiles: every hazard is answered, nothing starts green, and the charter decides which profile it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path

import pytest

from remit.assurance.case import Case, DefeaterStatus
from remit.assurance.editing import put_entry
from remit.assurance.health import assess_case
from remit.assurance.kinds import KINDS
from remit.assurance.looking import look
from remit.assurance.profiles import PROFILES, choose, claims_for, draft_case
from remit.assurance.profiles.drafting import PLACEHOLDER
from remit.assurance.profiles.profile import load, together
from remit.assurance.profiles.reach import reach_of
from remit.assurance.reader import parse_case, read_case
from remit.assurance.weighing.assessment import Health
from remit.charter.importers.templates import template_text
from remit.charter.model import Charter
from remit.charter.plain_lines import read_plainly
from remit.charter.positions import DocumentBuilder
from remit.charter.reader import parse_charter, read_document
from remit.clock import FixedClock
from remit.drive import PRESSURES, part_ids
from remit.errors import CaseError

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
EVERY = {*part_ids(), *(pressure.id for pressure in PRESSURES)}
STANDING = {
    "D-evaluation-awareness", "D-drill-representative", "D-monitor-shares-model", "D-stop-shares-fate",
    "D-credential-outlives-run", "D-prompt-only",
}  # fmt: skip
SHIPPED = ["coding-agent", "founder", "purchasing-agent", "research-agent", "sre-agent", "support-email"]
HOSTILE = 'x{y} {agent} <script>alert(1)</script> # no "quoted" \' : - [\u2028 \u00e9'


def shipped(name: str) -> Charter:
    text = (resources.files("remit") / "charters" / f"{name}.yaml").read_text(encoding="utf-8")
    return parse_charter(text)


def drafted(charter: Charter, profile: str | None = None) -> Case:
    return parse_case(draft_case(charter, profile=profile, today=TODAY))


@pytest.mark.requirement("CASE-20")
@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_answers_every_drive_part_and_pressure_and_brings_the_six_standing_doubts(name: str) -> None:
    profile = load(name)
    assert set(profile.dangers) == EVERY
    assert all(danger.claims and danger.text for danger in profile.dangers.values())
    assert set(profile.doubts) >= STANDING
    claims, arguments = set(profile.claims), set(profile.arguments)
    assert {claim for danger in profile.dangers.values() for claim in danger.claims} <= claims
    assert {doubt.against for doubt in profile.doubts.values()} <= claims | arguments
    assert {kind for claim in profile.claims.values() for kind in claim.evidence} <= set(KINDS)
    assert all(one.scheme and one.warrant and one.assumptions for one in profile.arguments.values())


@pytest.mark.parametrize("name", PROFILES)
def test_every_claim_of_a_profile_leads_to_the_release_and_ends_in_evidence(name: str) -> None:
    profile = load(name)
    below = {
        claim: {s for a in profile.arguments.values() if a.target == claim for s in a.sources}
        for claim in profile.claims
    }
    reached, waiting = set[str](), {"C-release"}
    while waiting:
        reached |= waiting
        waiting = {child for claim in waiting for child in below[claim]} - reached
    assert reached == set(profile.claims)
    assert all(below[claim.id] or claim.evidence for claim in profile.claims.values())


@pytest.mark.parametrize("name", PROFILES)
def test_a_drafted_case_covers_every_hazard_by_a_gate_claim_and_nothing_in_it_is_green(name: str) -> None:
    charter = parse_charter(template_text(name))
    case = drafted(charter, name)
    assert {hazard.drive for hazard in case.hazards.values()} == EVERY
    gated = {hazard for claim in case.claims.values() if claim.gate for hazard in claim.hazards}
    assert gated == set(case.hazards)
    assert all(doubt.status is DefeaterStatus.OPEN for doubt in case.defeaters.values())
    assert case.subject["charter"] == charter.digest
    assert case.review_by == date(2027, 2, 19)
    assert not case.evidence
    assert not case.approvals


@pytest.mark.requirement("CASE-21")
def test_no_claim_of_a_drafted_case_is_supported_beside_its_charter(tmp_path: Path) -> None:
    (tmp_path / "remit.yaml").write_text(template_text("coding-agent"), encoding="utf-8")
    charter = parse_charter(template_text("coding-agent"))
    (tmp_path / "case.yaml").write_text(draft_case(charter, profile=None, today=TODAY), encoding="utf-8")
    case = read_case(tmp_path / "case.yaml")
    assessment = assess_case(case, look(case, clock=FixedClock(NOW)), as_of=NOW)
    assert not [name for name in case.claims if assessment.nodes[name].health is Health.SUPPORTED]
    for name in ("C-behaviour", "C-stop", "C-scope", "C-monitoring", "C-release"):
        assert assessment.nodes[name].health is Health.CONTESTED, name


@pytest.mark.parametrize("name", PROFILES)
def test_the_template_of_a_kind_of_agent_gets_the_profile_of_that_kind(name: str) -> None:
    choice = choose(parse_charter(template_text(name)))
    assert (choice.name, bool(choice.because)) == (name, True)


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        (name, {"coding-agent": "coding-agent", "research-agent": "multi-agent"}.get(name, "bounded-tool-agent"))
        for name in SHIPPED
    ],
)
def test_what_a_shipped_charter_grants_decides_its_profile(name: str, profile: str) -> None:
    assert choose(shipped(name)).name == profile


def test_a_tool_that_does_not_say_what_it_does_is_not_taken_to_read_only() -> None:
    head = "remit: 1\nagent: {name: a}\npurpose: {text: t}\ngrants:\n"
    assert choose(parse_charter(head + "  - {tool: files.read, effects: [info.x]}\n")).name == "read-only-assistant"
    assert choose(parse_charter(head + "  - {tool: files.read}\n")).name == "bounded-tool-agent"
    assert (
        choose(parse_charter(head + "  - {tool: wire, effects: [info.x, out.funds_moved]}\n")).name
        == "bounded-tool-agent"
    )


def test_an_agent_of_two_kinds_gets_the_claims_of_both() -> None:
    text = template_text("multi-agent").replace(
        "limits:", "  - {tool: bash, kind: shell, effects: [info.out]}\nlimits:", 1
    )
    charter = parse_charter(text)
    choice = choose(charter)
    assert (choice.name, choice.also) == ("multi-agent", ("coding-agent",))
    case = drafted(charter)
    assert {"C-children", "C-cage"} <= set(case.claims)
    assert case.profile == "multi-agent@1"
    assert set(together("multi-agent", ["coding-agent"]).claims) == set(case.claims)


def test_a_hazard_names_the_acts_that_bring_it_into_reach_or_says_why_none_does() -> None:
    charter = shipped("sre-agent")
    case, reach = drafted(charter), reach_of(charter)
    assert "containers.delete_stop_job" in case.hazards["H-self-preservation.avoid-shutdown"].text
    assert "not in reach: no tool of a kind" in case.hazards["H-resource-acquisition.money"].text
    assert "shared_host is false" in case.hazards["H-self-preservation.resource-defence"].text
    assert "this needs no tool" in case.hazards["H-capability-concealment"].text
    for part in EVERY:
        assert bool(reach[part].acts) != bool(reach[part].why_not), part


def test_a_hazard_out_of_reach_is_answered_by_the_claim_about_what_the_permissions_make_possible() -> None:
    case = drafted(shipped("sre-agent"))
    answering = [claim.id for claim in case.claims.values() if "H-resource-acquisition.money" in claim.hazards]
    assert answering == ["C-scope"]


def test_a_model_nobody_named_is_a_placeholder_that_no_record_speaks_of() -> None:
    assert drafted(shipped("sre-agent")).subject["model"] == PLACEHOLDER
    named = draft_case(shipped("sre-agent"), profile=None, today=TODAY, subject={"model": "m@1", "image": "sha256:aa"})
    assert parse_case(named).subject == {"charter": shipped("sre-agent").digest, "model": "m@1", "image": "sha256:aa"}


def test_owner_and_reviewers_are_the_overseers_and_never_the_owner_alone() -> None:
    case = drafted(shipped("sre-agent"))
    assert (case.owner, case.reviewers) == ("sre_lead", ("ops",))
    alone = parse_case(draft_case(shipped("sre-agent"), profile=None, today=TODAY, owner="lena"))
    assert (alone.owner, alone.reviewers) == ("lena", ("sre_lead", "ops"))
    nobody = drafted(
        parse_charter("remit: 1\nagent: {name: a}\npurpose: {text: t}\noverseers: {me: {channels: [cli]}}\n")
    )
    assert (nobody.owner, nobody.reviewers) == ("me", ("somebody-else",))


@pytest.mark.requirement("CASE-22")
@pytest.mark.parametrize("name", SHIPPED)
def test_the_same_charter_and_day_give_the_same_bytes(name: str) -> None:
    assert draft_case(shipped(name), profile=None, today=TODAY) == draft_case(shipped(name), profile=None, today=TODAY)


@pytest.mark.requirement("CASE-06")
@pytest.mark.parametrize("name", SHIPPED)
def test_a_first_case_and_what_is_written_into_it_need_no_yaml_parser(name: str) -> None:
    raised = {
        "against": "C-stop",
        "type": "rebutting",
        "status": "open",
        "text": 'it says: "no\\yes"\n',
        "raised_by": "sam",
    }
    first = draft_case(shipped(name), profile=None, today=TODAY)
    for text in (first, put_entry(first, "defeaters", "D-mine", raised)):
        builder = DocumentBuilder()
        assert read_plainly(text, path="case.yaml", builder=builder)
        assert (builder.root, builder.places) == read_document(text, path="case.yaml")


@pytest.mark.parametrize("profile", [None, *PROFILES])
def test_hostile_words_stay_words(profile: str | None) -> None:
    text = draft_case(shipped("sre-agent"), profile=profile, today=TODAY, owner=HOSTILE, subject={"model": HOSTILE})
    case = parse_case(text)
    assert (case.owner, case.subject["model"]) == (HOSTILE, HOSTILE)
    assert HOSTILE[:40] in case.defeaters["D-evaluation-awareness"].text
    assert set(case.claims) == set(drafted(shipped("sre-agent"), profile).claims)


@pytest.mark.parametrize(("name", "message"), [("nothing", "is not a profile"), ("multi-agent@9", "no version `9`")])
def test_a_profile_there_is_none_of_is_refused(name: str, message: str) -> None:
    with pytest.raises(CaseError, match=message):
        load(name)


def test_the_claims_of_a_kind_of_evidence_are_known() -> None:
    assert claims_for("interruption_drill") == ("C-stop", "C-correction", "C-cage", "C-children")
    assert claims_for("trace") == ()
