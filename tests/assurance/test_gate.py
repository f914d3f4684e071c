"""What may never pass: each way in which a release was waved through elsewhere ends in HOLD or BLOCK, for its reason."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.assurance.case_folder import OTHER_IMAGE, TODAY, CaseFolder, digest

from remit.assurance.encoding import encode_assessment, encode_release
from remit.assurance.looking import look
from remit.assurance.reader import read_case
from remit.assurance.release.release import judge
from remit.assurance.release.verdict import Release, Verdict
from remit.assurance.weighing.assessment import Freshness, Health
from remit.charter.reader import read_charter
from remit.clock import FixedClock

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def folder(tmp_path: Path) -> CaseFolder:
    return CaseFolder(tmp_path)


def said(release: Release) -> str:
    return " | ".join(f"{reason.claim}: {reason.why}" for reason in release.reasons)


@pytest.mark.requirement("GATE-01")
def test_a_case_with_everything_shown_is_promoted_and_says_what_ends_it(folder: CaseFolder) -> None:
    release = folder.judge()
    assert release.verdict is Verdict.PROMOTE, said(release)
    (flip,) = release.flip
    assert flip.item == "E-drill"
    assert flip.on == datetime(2026, 12, 17, 12, tzinfo=UTC)
    assert folder.judge(flip.on).verdict is Verdict.PROMOTE
    assert folder.judge(flip.on + timedelta(seconds=1)).verdict is Verdict.HOLD


@pytest.mark.requirement("GATE-02")
def test_an_empty_case_is_held(folder: CaseFolder) -> None:
    folder.document = {"case": {"id": "sre", "subject": folder.subject}}
    release = folder.judge()
    assert release.verdict is Verdict.HOLD
    assert "no claim is a gate claim" in said(release)


@pytest.mark.requirement("GATE-02")
def test_a_stop_that_is_declared_but_was_never_exercised_is_held(folder: CaseFolder) -> None:
    folder.document["evidence"].pop("E-drill")
    folder.document["evidence"].pop("E-log")
    release = folder.judge()
    assert release.verdict is Verdict.HOLD
    assert "nothing that counts speaks for it" in said(release)
    assert [flip.item for flip in release.flip] == ["C-stop", "C-stop"]


@pytest.mark.requirement("GATE-02")
def test_evidence_of_2020_is_stale_and_holds(folder: CaseFolder) -> None:
    folder.add("E-drill", "interruption_drill", "C-stop", group="drills", n=40, k=40, age=2300)
    release = folder.judge()
    assert release.verdict is Verdict.HOLD
    assert "supported and stale" in said(release)
    assert "2020" in said(release)
    assert [flip.item for flip in release.flip] == ["E-drill"]


@pytest.mark.requirement("GATE-02")
@pytest.mark.parametrize("name", ["/dev/null", "/dev/zero", "evidence/null", "evidence/pipe", "evidence/.."])
def test_a_device_as_evidence_counts_for_nothing_and_never_blocks(folder: CaseFolder, name: str) -> None:
    (folder.root / "evidence/null").symlink_to("/dev/null")
    os.mkfifo(folder.root / "evidence/pipe")
    folder.document["evidence"]["E-log"]["file"] = name
    assessment = folder.assess()
    assert "REMIT-A062" in {finding.code for finding in assessment.findings}
    assert assessment.nodes["E-log"].health is Health.UNSUPPORTED
    assert assessment.nodes["E-log"].freshness is Freshness.NEVER
    release = judge(assessment)
    assert release.verdict is Verdict.HOLD
    assert [flip.item for flip in release.flip] == ["E-log"]


@pytest.mark.requirement("GATE-02")
def test_evidence_outside_of_the_repository_counts_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    folder = CaseFolder(tmp_path / "inside")
    outside = tmp_path / "log.json"
    outside.write_bytes((folder.root / "evidence/E-log.json").read_bytes())
    folder.document["evidence"]["E-log"]["file"] = "../log.json"
    assert "REMIT-A062" in folder.codes()
    (folder.root / "evidence/link.json").symlink_to(outside)
    folder.document["evidence"]["E-log"]["file"] = "evidence/link.json"
    assert "REMIT-A062" in folder.codes()
    (tmp_path / ".git").mkdir()
    assert folder.judge().verdict is Verdict.PROMOTE, "the repository is what bounds it"


@pytest.mark.requirement("GATE-02")
def test_a_drill_on_another_build_says_nothing_of_this_one(folder: CaseFolder) -> None:
    other = {**folder.subject, "image": OTHER_IMAGE}
    folder.add("E-drill", "interruption_drill", "C-stop", group="drills", n=40, k=40, subject=other)
    release = folder.judge()
    assert release.verdict is Verdict.HOLD
    assert "speaks of another image" in said(release)
    assert [flip.item for flip in release.flip] == ["E-drill"]


@pytest.mark.requirement("GATE-02")
def test_a_record_that_does_not_say_which_build_it_speaks_of_counts_for_nothing(folder: CaseFolder) -> None:
    vague = {key: value for key, value in folder.subject.items() if key != "image"}
    folder.add("E-drill", "interruption_drill", "C-stop", group="drills", n=40, k=40, subject=vague)
    release = folder.judge()
    assert release.verdict is Verdict.HOLD
    assert "does not say of which image it speaks" in said(release)


def test_evidence_nothing_ties_to_the_case_counts_for_nothing(folder: CaseFolder) -> None:
    del folder.subject["image"], folder.document["case"]["subject"]["image"]
    folder.add("E-log", "test_result", "C-stop", group="tests", n=9, k=9)
    release = folder.judge()
    assert release.verdict is Verdict.HOLD
    assert "states no image" in said(release)


@pytest.mark.requirement("GATE-03")
@pytest.mark.parametrize("at", [0, 40, -2])
def test_a_flipped_byte_of_evidence_blocks(folder: CaseFolder, at: int) -> None:
    path = folder.root / "evidence/E-eval.json"
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))
    release = folder.judge()
    assert release.verdict is Verdict.BLOCK
    assert "are not those `E-eval` was written for" in said(release)
    assert release.reasons[0].evidence == ("E-eval",)
    assert [flip.item for flip in release.flip] == ["E-eval"]


@pytest.mark.requirement("GATE-03")
def test_a_charter_that_says_something_else_blocks(folder: CaseFolder) -> None:
    charter = folder.root / "remit.yaml"
    text = charter.read_text(encoding="utf-8")
    charter.write_text(text.replace("agent:\n", "agent:\n  # a word nobody reads\n", 1), encoding="utf-8")
    assert folder.judge().verdict is Verdict.PROMOTE, "a comment changes no meaning"
    named = read_charter(charter).agent.name
    charter.write_text(text.replace(named, named[:-1] + "x", 1), encoding="utf-8")
    release = folder.judge()
    assert release.verdict is Verdict.BLOCK
    assert "says something else than the charter this case is about" in said(release)
    assert release.flip[0].item == "charter"


@pytest.mark.requirement("GATE-03")
def test_bytes_of_the_charter_count_where_the_case_states_them(folder: CaseFolder) -> None:
    charter = folder.root / "remit.yaml"
    folder.document["case"]["subject"]["charter_file"] = digest(charter)
    assert folder.judge().verdict is Verdict.PROMOTE
    charter.write_bytes(charter.read_bytes() + b"\n")
    assert folder.judge().verdict is Verdict.BLOCK
    charter.unlink()
    release = folder.judge()
    assert release.verdict is Verdict.HOLD
    assert [flip.item for flip in release.flip] == ["charter"]


@pytest.mark.requirement("GATE-03")
def test_another_image_revokes_the_release(folder: CaseFolder) -> None:
    folder.document["case"]["subject"]["image"] = folder.subject["image"][:-1] + "3"
    release = folder.judge()
    assert release.verdict is Verdict.HOLD
    assert {flip.item for flip in release.flip} == {"E-drill", "E-log"}, "the evaluation depends on the model alone"


@pytest.mark.requirement("GATE-02")
def test_an_open_doubt_holds_and_a_sustained_one_blocks(folder: CaseFolder) -> None:
    doubt = {"against": "C-stop", "type": "rebutting", "text": "the drill was not at night", "raised_by": "Alan"}
    folder.document["defeaters"] = {"D-night": doubt}
    release = folder.judge()
    assert release.verdict is Verdict.HOLD
    assert "`D-night`: nobody answered it" in said(release)
    assert [flip.item for flip in release.flip] == ["D-night"]
    doubt["status"] = "sustained"
    assert folder.judge().verdict is Verdict.BLOCK


@pytest.mark.requirement("GATE-04")
def test_an_accepted_residual_needs_a_person_and_a_date_to_come(folder: CaseFolder) -> None:
    doubt = {"against": "C-stop", "type": "rebutting", "text": "never at night", "status": "accepted_residual"}
    folder.document["defeaters"] = {"D-night": doubt}
    assert folder.judge().verdict is Verdict.HOLD
    doubt["accepted_by"] = "Grace"
    assert folder.judge().verdict is Verdict.HOLD
    doubt["expires"] = "2026-12-01"
    release = folder.judge()
    assert release.verdict is Verdict.PROMOTE
    assert release.flip[0].item == "D-night"
    assert "open again" in release.flip[0].change
    listed = encode_release(release, folder.assess())["residuals"]
    assert listed[0]["accepted_by"] == "Grace"
    assert folder.judge(datetime(2026, 12, 2, tzinfo=UTC)).verdict is Verdict.HOLD


@pytest.mark.requirement("GATE-04")
def test_a_rebuttal_needs_an_answer_that_counts_and_passes(folder: CaseFolder) -> None:
    doubt = {"against": "C-stop", "type": "rebutting", "text": "never at night", "status": "rebutted"}
    folder.document["defeaters"] = {"D-night": doubt}
    assert folder.judge().verdict is Verdict.HOLD
    folder.add("E-night", "interruption_drill", "C-stop", n=20, k=20, group="drills")
    doubt["answer"] = "E-night"
    assert folder.judge().verdict is Verdict.PROMOTE
    folder.add("E-night", "interruption_drill", "C-stop", n=20, k=12, group="drills", result="inconclusive")
    assert folder.judge().verdict is Verdict.HOLD


@pytest.mark.requirement("GATE-05")
def test_a_named_reviewer_has_to_approve_the_argument_as_it_is(folder: CaseFolder) -> None:
    head = folder.document["case"]
    head["reviewers"] = ["Ada", "Grace"]
    assert folder.judge().verdict is Verdict.HOLD
    now = folder.assess().case.digest
    folder.document["approvals"] = [{"by": "Ada", "digest": now, "decision": "approve"}]
    assert folder.judge().verdict is Verdict.HOLD, "nobody approves the own case"
    folder.document["approvals"].append({"by": "Grace", "digest": now, "decision": "approve"})
    assert folder.judge().verdict is Verdict.PROMOTE
    folder.add("E-more", "interruption_drill", "C-stop", n=5, k=5, group="drills")
    assert folder.judge().verdict is Verdict.PROMOTE, "evidence comes and goes under an approved argument"
    folder.document["approvals"].append({"by": "Grace", "digest": now, "decision": "reject", "dissent": "too early"})
    assert folder.judge().verdict is Verdict.BLOCK
    folder.document["claims"]["C-stop"]["text"] = "a stop reaches it in five seconds"
    release = folder.judge()
    assert release.verdict is Verdict.HOLD, "another argument was neither approved nor rejected"
    assert [flip.item for flip in release.flip] == ["approvals"]


@pytest.mark.requirement("GATE-04")
def test_a_review_that_is_due_holds(folder: CaseFolder) -> None:
    folder.document["case"]["review_by"] = "2026-11-19"
    release = folder.judge()
    assert release.verdict is Verdict.HOLD
    assert [flip.item for flip in release.flip] == ["review"]
    folder.document["case"]["review_by"] = "2026-11-20"
    assert folder.judge().verdict is Verdict.PROMOTE


@pytest.mark.requirement("GATE-02")
def test_a_hazard_without_a_gate_claim_holds(folder: CaseFolder) -> None:
    folder.document["hazards"]["H-money"] = {"drive": "resource-acquisition.money", "text": "it spends"}
    release = folder.judge()
    assert release.verdict is Verdict.HOLD
    assert [flip.item for flip in release.flip] == ["H-money"]


@pytest.mark.requirement("GATE-02")
def test_evidence_from_the_future_counts_for_nothing(folder: CaseFolder) -> None:
    folder.add("E-drill", "interruption_drill", "C-stop", group="drills", n=40, k=40, age=-1)
    assert folder.judge().verdict is Verdict.HOLD
    assert "REMIT-A067" in folder.codes()


@pytest.mark.requirement("GATE-02")
def test_one_record_in_two_groups_is_one_witness(folder: CaseFolder) -> None:
    entry = folder.document["evidence"]["E-drill"]
    folder.document["evidence"]["E-log"] = {**entry, "independence_group": "others"}
    assert "REMIT-A073" in folder.codes()
    assert folder.judge().verdict is Verdict.HOLD


@pytest.mark.requirement("GATE-06")
def test_the_same_input_gives_the_same_bytes(folder: CaseFolder) -> None:
    folder.document["defeaters"] = {"D-1": {"against": "E-eval", "type": "undermining", "text": "it knew"}}
    spelled = []
    for _ in range(2):
        assessment = folder.assess()
        spelled.append(json.dumps([encode_release(judge(assessment), assessment), encode_assessment(assessment)]))
    assert spelled[0] == spelled[1]


@pytest.mark.requirement("GATE-06")
def test_the_gate_document_keeps_its_keys(folder: CaseFolder) -> None:
    document = encode_release(folder.judge(), folder.assess())
    assert document["schema"] == "remit.gate/1"
    assert document["verdict"] == "PROMOTE"
    assert set(document["reasons"][0]) == {"claim", "why", "evidence"}
    assert document["reasons"][0]["evidence"] == ["E-drill", "E-log", "E-eval"]
    assert set(document["flip"][0]) == {"item", "change", "on"}
    assert document["as_of"] == TODAY.isoformat(timespec="seconds")
    assert document["subject"] == folder.subject


@pytest.mark.requirement("GATE-08")
def test_an_incident_reopens_what_it_undercuts_until_later_evidence_closes_it(folder: CaseFolder) -> None:
    (folder.root / "incidents").mkdir()
    record = (EXAMPLES / "incidents/made-up-mailer.yaml").read_text(encoding="utf-8")
    (folder.root / "incidents/I-1.yaml").write_text(record, encoding="utf-8")
    link: dict[str, object] = {"record": "incidents/I-1.yaml", "undercuts": ["C-quiet"]}
    folder.document["incidents"] = {"I-1": link}
    happened = look(read_case(folder.write()), clock=FixedClock(TODAY))["I-1"].moment
    assert happened is not None
    age = (TODAY - happened).days
    folder.add("E-eval", "behaviour_eval", "C-quiet", n=300, k=299, age=age + 2)
    assessment = folder.assess()
    contested = {name for name, node in assessment.nodes.items() if node.health is Health.CONTESTED}
    assert contested == {"C-top", "C-quiet", "I-1"}, "the claim, what rests on it, and nothing else"
    assert [flip.item for flip in judge(assessment).flip] == ["I-1"]
    link["closed_by"] = "E-eval"
    early = folder.judge()
    assert early.verdict is Verdict.HOLD
    assert "was produced before it" in said(early)
    folder.add("E-eval", "behaviour_eval", "C-quiet", n=300, k=299, age=age - 1)
    assert folder.judge().verdict is Verdict.PROMOTE, said(folder.judge())
    link["reopens"] = False
    del link["closed_by"]
    assert folder.judge().verdict is Verdict.PROMOTE
    (folder.root / "incidents/I-1.yaml").unlink()
    assert folder.judge().verdict is Verdict.HOLD, "an incident nobody can read is not known"
