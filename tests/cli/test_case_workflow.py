"""``remit case``: a first case, records taken in, doubts raised and answered, signatures, a changed charter."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from remit.assurance.reader import read_case
from remit.assurance.records import compose
from remit.charter.reader import read_charter
from remit.clock import FixedClock

Typed = Callable[..., Any]


@pytest.fixture
def case(folder: Path, typed: Typed) -> Path:
    """A first case beside the example's charter."""
    assert typed("case", "init", "--subject", "model=acme@1").code == 0
    return folder / "case.yaml"


def record(folder: Path, name: str = "drill.json", *, kind: str = "interruption_drill", **changes: Any) -> Path:
    """A sealed record about the charter of the folder."""
    subject = {"charter": read_charter(folder / "remit.yaml").digest, "model": "acme@1"}
    said = {
        "kind": kind, "subject": {**subject, **changes.pop("subject", {})}, "told": {}, "tool": "remit drill",
        "version": "0.1.0", "run": "r-1", "clock": FixedClock(datetime(2026, 11, 20, tzinfo=UTC)), "setting": "here",
        "result": "pass", "because": [], "said": {"n": 9, "k": 9, "bound95": 0.7}, **changes,
    }  # fmt: skip
    path = folder / name
    path.write_text(json.dumps(compose(**said)), encoding="utf-8")
    return path


@pytest.mark.requirement("CASE-20")
def test_a_first_case_lies_beside_the_charter_and_says_what_to_do_next(folder: Path, typed: Typed) -> None:
    answer = typed("case", "init")
    assert answer.code == 0
    assert "23 hazards" in answer.err
    assert "all open" in answer.err
    assert "remit case refresh --subject model=" in answer.err
    case = read_case(folder / "case.yaml")
    assert case.subject["charter"] == read_charter(folder / "remit.yaml").digest
    assert (folder / "evidence").is_dir()


def test_a_case_that_is_there_is_left_alone_unless_forced(case: Path, typed: Typed) -> None:
    case.write_text("mine", encoding="utf-8")
    answer = typed("case", "init")
    assert (answer.code, case.read_text(encoding="utf-8")) == (2, "mine")
    assert "--force" in answer.err
    assert typed("case", "init", "--force").code == 0
    assert read_case(case).claims


def test_a_first_case_can_be_printed_and_told_as_json(folder: Path, typed: Typed) -> None:
    printed = typed("case", "init", "--output", "-")
    assert printed.code == 0
    assert printed.out.startswith("# The safety case of")
    assert not (folder / "case.yaml").exists()
    told = json.loads(typed("case", "init", "--json", "--output", "sub.yaml").out)
    assert (told["schema"], told["path"]) == ("remit.case.init/1", "sub.yaml")


def test_a_case_in_another_folder_finds_its_charter(folder: Path, typed: Typed) -> None:
    (folder / "cases").mkdir()
    assert typed("case", "init", "--output", "cases/case.yaml").code == 0
    assert read_case(folder / "cases" / "case.yaml").charter == "../remit.yaml"


@pytest.mark.parametrize("part", ["model", "charter=x", "colour=red", "model="])
def test_a_part_of_a_subject_there_is_none_of_is_a_usage_error(folder: Path, typed: Typed, part: str) -> None:
    assert typed("case", "init", "--subject", part).code == 2
    assert not (folder / "case.yaml").exists()


@pytest.mark.requirement("CASE-24")
def test_a_record_is_taken_in_for_the_claims_of_its_kind(case: Path, typed: Typed) -> None:
    given = record(case.parent)
    answer = typed("case", "add", "drill.json")
    assert answer.code == 0, answer.err
    entry = read_case(case).evidence["E-interruption-drill"]
    assert (entry.file, entry.n, entry.k, entry.bound95, entry.run) == ("drill.json", 9, 9, 0.7, "r-1")
    assert {"C-stop", "C-correction"} <= set(entry.supports)
    assert given.is_file()


def test_a_record_from_elsewhere_is_copied_beside_the_case(
    case: Path, typed: Typed, tmp_path_factory: pytest.TempPathFactory
) -> None:
    away = tmp_path_factory.mktemp("away")
    (away / "remit.yaml").write_text((case.parent / "remit.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    assert typed("case", "add", str(record(away))).code == 0
    assert read_case(case).evidence["E-interruption-drill"].file == "evidence/drill.json"
    assert (case.parent / "evidence" / "drill.json").read_bytes() == (away / "drill.json").read_bytes()
    (case.parent / "evidence" / "other.json").write_text("mine", encoding="utf-8")
    assert typed("case", "add", str(record(away, "other.json", kind="run_record"))).code == 0
    assert (case.parent / "evidence" / "other.json").read_text(encoding="utf-8") == "mine"


def test_the_entry_of_the_same_kind_and_group_is_replaced(case: Path, typed: Typed) -> None:
    record(case.parent)
    typed("case", "add", "drill.json", "--group", "a", "--supports", "C-stop")
    typed("case", "add", "drill.json", "--group", "b")
    record(case.parent, result="fail", said={"n": 9, "k": 8, "bound95": 0.5})
    answer = typed("case", "add", "drill.json", "--group", "a", "--json")
    told = json.loads(answer.out)
    assert (told["id"], told["replaced"], told["supports"], told["result"]) == (
        "E-interruption-drill-a",
        True,
        ["C-stop"],
        "fail",
    )
    assert list(read_case(case).evidence) == ["E-interruption-drill-a", "E-interruption-drill-b"]


@pytest.mark.requirement("CASE-24")
@pytest.mark.parametrize("subject", [{"charter": "sha256:" + "0" * 64}, {"model": "acme@2"}])
def test_a_record_about_another_build_is_there_and_does_not_count(
    case: Path, typed: Typed, subject: dict[str, str]
) -> None:
    record(case.parent, subject=subject)
    answer = typed("case", "add", "drill.json")
    assert answer.code == 10
    assert "it does not count" in answer.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nothing.json"], 3, "is no file"),
        (["remit.yaml"], 3, "is no evidence"),
        (["drill.json", "--supports", "C-none"], 2, "no claim `C-none`"),
        (["trace.json"], 2, "is known to want evidence of kind"),
        (["broken.json"], 3, "changed after it was sealed"),
    ],
)
def test_what_cannot_be_taken_in_leaves_the_case_as_it_was(
    case: Path, typed: Typed, words: list[str], code: int, said: str
) -> None:
    record(case.parent)
    record(case.parent, "trace.json", kind="trace")
    text = record(case.parent, "broken.json").read_text(encoding="utf-8")
    (case.parent / "broken.json").write_text(text.replace('"pass"', '"fail"'), encoding="utf-8")
    before = case.read_bytes()
    answer = typed("case", "add", *words)
    assert (answer.code, case.read_bytes()) == (code, before)
    assert said in " ".join(answer.err.split())


def test_an_entry_that_is_refused_leaves_the_record_of_the_old_one(case: Path, typed: Typed) -> None:
    record(case.parent)
    away = case.parent.parent / "away"
    away.mkdir(exist_ok=True)
    (away / "remit.yaml").write_text((case.parent / "remit.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    assert typed("case", "add", str(record(away))).code == 0
    kept = (case.parent / "evidence" / "drill.json").read_bytes()
    before = case.read_bytes()
    answer = typed("case", "add", str(record(away, run="r-2")), "--group", "x" * 400)
    assert (answer.code, case.read_bytes()) == (3, before)
    again = typed("case", "add", str(record(away, run="r-2")), "--id", "E-interruption-drill", "--group", "x" * 400)
    assert (again.code, case.read_bytes()) == (3, before)
    assert (case.parent / "evidence" / "drill.json").read_bytes() == kept


def test_what_a_person_looked_at_is_evidence_under_their_name(case: Path, typed: Typed) -> None:
    answer = typed("case", "attest", "C-response", "--by", "ops", "--found", "held it in\n12 minutes")
    assert answer.code == 0, answer.err
    entry = read_case(case).evidence["E-review-response"]
    assert (entry.kind, entry.supports, entry.independence_group) == ("review", ("C-response",), "review by ops")
    assert json.loads((case.parent / entry.file).read_text(encoding="utf-8"))["because"] == ["held it in 12 minutes"]
    assert typed("case", "attest", "C-none", "--by", "ops", "--found", "x").code == 2
    assert typed("case", "attest", "C-stop", "--by", " ", "--found", "x").code == 2


@pytest.mark.requirement("CASE-25")
def test_a_doubt_is_raised_answered_taken_on_sustained_and_opened_again(case: Path, typed: Typed) -> None:
    assert typed("case", "doubt", "D-load", "--against", "C-stop", "--by", "sam", "--text", 'busy: "never"').code == 0
    raised = read_case(case).defeaters["D-load"]
    assert (raised.status.value, raised.text, raised.raised_by) == ("open", 'busy: "never"', "sam")
    record(case.parent)
    typed("case", "add", "drill.json")
    assert typed("case", "answer", "D-load", "--with", "E-interruption-drill").code == 0
    assert read_case(case).defeaters["D-load"].answer == "E-interruption-drill"
    assert typed("case", "answer", "D-load", "--accept-residual", "--by", "lena", "--until", "2027-02-19").code == 0
    taken = read_case(case).defeaters["D-load"]
    assert (taken.status.value, taken.answer, taken.accepted_by, str(taken.expires)) == (
        "accepted_residual",
        "",
        "lena",
        "2027-02-19",
    )
    assert typed("case", "answer", "D-load", "--sustain").code == 0
    assert read_case(case).defeaters["D-load"].accepted_by == ""
    told = json.loads(typed("case", "answer", "D-load", "--reopen", "--json").out)
    assert (told["id"], told["status"]) == ("D-load", "open")


@pytest.mark.parametrize(
    "words",
    [
        ["answer", "D-none", "--sustain"],
        ["answer", "D-prompt-only"],
        ["answer", "D-prompt-only", "--sustain", "--reopen"],
        ["answer", "D-prompt-only", "--with", "E-none"],
        ["answer", "D-prompt-only", "--accept-residual", "--by", "lena"],
        ["answer", "D-prompt-only", "--accept-residual", "--by", "lena", "--until", "soon"],
        ["doubt", "D-x", "--against", "C-none", "--by", "sam", "--text", "x"],
        ["doubt", "D-prompt-only", "--against", "C-stop", "--by", "sam", "--text", "x"],
        ["doubt", "D-x", "--against", "C-stop", "--by", "sam", "--text", "x", "--type", "vague"],
    ],
)
def test_a_doubt_nobody_can_mean_is_a_usage_error(case: Path, typed: Typed, words: list[str]) -> None:
    before = case.read_bytes()
    assert (typed("case", *words).code, case.read_bytes()) == (2, before)


@pytest.mark.requirement("CASE-25")
def test_a_signature_is_of_the_argument_and_a_changed_argument_is_another_one(case: Path, typed: Typed) -> None:
    assert typed("case", "sign", "--by", "sam", "--role", "lead", "--dissent", "no load").code == 0
    signed = read_case(case)
    assert (signed.approvals[0].digest, signed.approvals[0].decision, signed.approvals[0].dissent) == (
        signed.digest,
        "approve",
        "no load",
    )
    record(case.parent)
    typed("case", "add", "drill.json")
    assert read_case(case).digest == signed.digest
    answer = typed("case", "answer", "D-prompt-only", "--sustain")
    assert read_case(case).digest != signed.digest
    assert "signatures of the old one" in answer.err
    typed("case", "sign", "--by", "sam", "--role", "lead", "--reject")
    assert [one.decision for one in read_case(case).approvals] == ["approve", "reject"]


@pytest.mark.requirement("CASE-26")
def test_after_a_change_of_the_charter_the_evidence_about_the_old_one_counts_no_more(case: Path, typed: Typed) -> None:
    record(case.parent)
    typed("case", "add", "drill.json")
    assert "nothing changed" in typed("case", "refresh").err
    charter = case.parent / "remit.yaml"
    charter.write_text(charter.read_text(encoding="utf-8") + "evidence: {drill: 29d}\n", encoding="utf-8")
    told = json.loads(typed("case", "refresh", "--subject", "image=sha256:ab", "--json").out)
    assert told["changed"] == ["charter", "image"]
    assert told["no_longer_counts"] == ["E-interruption-drill"]
    held = read_case(case)
    assert held.subject == {"charter": read_charter(charter).digest, "model": "acme@1", "image": "sha256:ab"}
    assert told["worded_otherwise"] == {}, "nothing a first case says depends on how old a drill may be"
    assert typed("case", "add", "drill.json").code == 10


def test_a_refresh_says_what_a_case_written_now_would_say_otherwise_and_leaves_the_words(
    case: Path, typed: Typed
) -> None:
    own = case.read_text(encoding="utf-8").replace(
        read_case(case).claims["C-stop"].text, "a stop reaches it, as Ada put it"
    )
    case.write_text(own, encoding="utf-8")
    charter = case.parent / "remit.yaml"
    wider = charter.read_text(encoding="utf-8") + "context: {rules: writable}\n"
    charter.write_text(
        wider.replace("grants:\n", "grants:\n  - {tool: cloud.create_vm, kind: cloud, effects: [compute.acquire]}\n"),
        encoding="utf-8",
    )
    answer = typed("case", "refresh", "--json")
    told = json.loads(answer.out)["worded_otherwise"]
    assert told["C-stop"].startswith("says: ")
    assert any("in reach by cloud." in words for name, words in told.items() if name.startswith("H-")), told
    assert read_case(case).claims["C-stop"].text == "a stop reaches it, as Ada put it"


@pytest.mark.usefixtures("case")
def test_the_bare_word_lists_claims_and_doubts(typed: Typed) -> None:
    answer = typed("case")
    assert answer.code == 0
    assert "C-release" in answer.out
    assert "D-prompt-only" in answer.out
    assert "supported" not in answer.out.replace("unsupported", "")


def test_without_a_case_it_says_how_to_write_one(folder: Path, typed: Typed) -> None:
    answer = typed("case", "--case", str(folder / "none.yaml"))
    assert answer.code == 3
    assert typed("case").code == 3
    assert "remit case init" in typed("case").err


@pytest.mark.requirement("CASE-28")
def test_an_incident_is_linked_to_what_it_speaks_against_and_closed_by_evidence(case: Path, typed: Typed) -> None:
    incidents = case.parent / "incidents"
    incidents.mkdir()
    published = Path(__file__).parents[2] / "examples" / "incidents" / "01-replit-freeze.yaml"
    (incidents / "I-1.yaml").write_text(published.read_text(encoding="utf-8"), encoding="utf-8")
    answer = typed("case", "incident", "incidents/I-1.yaml", "--undercuts", "C-watched", "--json")
    assert answer.code == 0, answer.err
    told = json.loads(answer.out)
    assert (told["record"], told["undercuts"], told["closed_by"]) == ("incidents/I-1.yaml", ["C-watched"], "")
    record(case.parent)
    typed("case", "add", "drill.json")
    assert typed("case", "incident", told["id"], "--closed-by", "E-interruption-drill").code == 0
    assert read_case(case).incidents[told["id"]].closed_by == "E-interruption-drill"
    for words in (["incidents/I-1.yaml"], [told["id"], "--undercuts", "C-none"], [told["id"], "--closed-by", "E-none"]):
        assert typed("case", "incident", *words).code == 2
    assert typed("case", "incident", "remit.yaml", "--undercuts", "C-stop").code == 3


def test_an_incident_speaks_against_every_claim_its_record_names(case: Path, typed: Typed) -> None:
    incidents = case.parent / "incidents"
    incidents.mkdir()
    published = Path(__file__).parents[2] / "examples" / "incidents" / "01-replit-freeze.yaml"
    text = published.read_text(encoding="utf-8") + "\nundercuts: [C-stop, C-of-another-case]\n"
    (incidents / "I-1.yaml").write_text(text, encoding="utf-8")
    told = json.loads(typed("case", "incident", "incidents/I-1.yaml", "--undercuts", "C-watched", "--json").out)
    assert told["undercuts"] == ["C-watched", "C-stop"]


def test_an_incident_outside_of_the_folder_of_the_case_is_not_linked(case: Path, typed: Typed) -> None:
    published = Path(__file__).parents[2] / "examples" / "incidents" / "01-replit-freeze.yaml"
    before = case.read_bytes()
    answer = typed("case", "incident", str(published), "--undercuts", "C-stop")
    assert (answer.code, case.read_bytes()) == (2, before)
    assert "lies outside" in answer.err
