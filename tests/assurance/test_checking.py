"""Seeded defects: each is found under its own code, at its line, with something to do about it."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.assurance.case_folder import TODAY, CaseFolder, digest
from tests.assurance.incidents.made_up import document

from remit.assurance.case import Evidence, Result
from remit.assurance.checks.records import overstated
from remit.assurance.health import assess_case
from remit.assurance.reader import parse_case
from remit.assurance.rules import case_rules
from remit.finding import Finding, Where
from remit.interval import lower_bound

Spoil = Callable[[CaseFolder], None]
DOUBT: dict[str, Any] = {"against": "C-stop", "type": "rebutting", "text": "who says so"}


def put(*path: str, value: object) -> Spoil:
    """Set one value of the case."""

    def spoil(folder: CaseFolder) -> None:
        here = folder.document
        for part in path[:-1]:
            here = here.setdefault(part, {})
        here[path[-1]] = value

    return spoil


def doubt(**said: object) -> Spoil:
    return put("defeaters", "D-x", value={**DOUBT, **said})


def incident(undercuts: list[str], *, linked: list[str]) -> Spoil:
    def spoil(folder: CaseFolder) -> None:
        (folder.root / "i.yaml").write_text(json.dumps(document(undercuts=undercuts)), encoding="utf-8")
        put("incidents", "I-1", value={"record": "i.yaml", "undercuts": linked})(folder)

    return spoil


def write(name: str, text: str) -> Spoil:
    def spoil(folder: CaseFolder) -> None:
        (folder.root / name).write_text(text, encoding="utf-8")

    return spoil


def remove(name: str) -> Spoil:
    def spoil(folder: CaseFolder) -> None:
        (folder.root / name).unlink()

    return spoil


def age(days: int) -> Spoil:
    def spoil(folder: CaseFolder) -> None:
        folder.add("E-eval", "behaviour_eval", "C-quiet", n=300, k=299, age=days)

    return spoil


def another_record(folder: CaseFolder) -> None:
    path = folder.root / "evidence/E-eval.json"
    path.write_text('{"schema": "remit.evidence/9"}', encoding="utf-8")
    folder.document["evidence"]["E-eval"]["sha256"] = digest(path)


def other_subject(**change: str) -> Spoil:
    def spoil(folder: CaseFolder) -> None:
        subject = {key: value for key, value in {**folder.subject, **change}.items() if value}
        folder.add("E-eval", "behaviour_eval", "C-quiet", n=300, k=299, subject=subject)

    return spoil


DEFECTS: dict[str, tuple[str, str, Spoil]] = {
    "a support that dangles": ("REMIT-A030", "C-top", put("claims", "C-top", "support", value=["C-stp", "C-quiet"])),
    "a hazard that dangles": ("REMIT-A031", "C-top", put("claims", "C-top", "hazards", value=["H-stop", "H-stp"])),
    "a source that dangles": ("REMIT-A032", "A-1", put("arguments", "A-1", value={"from": ["E-no"], "to": "C-stop", "warrant": "so"})),
    "a target that dangles": ("REMIT-A033", "A-1", put("arguments", "A-1", value={"from": ["E-log"], "to": "C-no", "warrant": "so"})),
    "evidence for nothing there": ("REMIT-A034", "E-log", put("evidence", "E-log", "supports", value=["C-no"])),
    "a doubt about nothing": ("REMIT-A035", "D-x", doubt(against="C-no")),
    "an answer that dangles": ("REMIT-A036", "D-x", doubt(status="rebutted", answer="E-no")),
    "an incident against nothing there": ("REMIT-A037", "I-1", put("incidents", "I-1", value={"record": "i.yaml", "undercuts": ["C-no"]})),
    "a closing that dangles": ("REMIT-A038", "I-1", put("incidents", "I-1", value={"record": "i.yaml", "undercuts": ["C-stop"], "closed_by": "E-no"})),
    "an indicator of nothing": ("REMIT-A039", "S-1", put("indicators", "S-1", value={"claim": "C-no", "metric": "m", "warn": 1.0, "fail": 2.0, "source": "ledger"})),
    "a mapping of nothing": ("REMIT-A040", "mappings", put("mappings", value=[{"claim": "C-no", "to": "NIST AI RMF:MANAGE 2.4", "relation": "informs"}])),
    "a cycle in support": ("REMIT-A041", "C-top", put("claims", "C-stop", "support", value=["C-top"])),
    "a cycle through an argument": ("REMIT-A041", "C-top", put("arguments", "A-1", value={"from": ["C-top"], "to": "C-stop", "warrant": "so"})),
    "a doubt answered by what it doubts": ("REMIT-A041", "E-log", doubt(against="E-log", type="undermining", status="rebutted", answer="E-log")),
    "a claim nobody needs": ("REMIT-A042", "C-more", put("claims", "C-more", value={"text": "beside", "kind": "process"})),
    "a claim without anything": ("REMIT-A043", "C-more", put("claims", "C-more", value={"text": "beside", "kind": "process"})),
    "a hazard nobody covers": ("REMIT-A044", "H-more", put("hazards", "H-more", value={"drive": "state-copying", "text": "copies"})),
    "no gate claim": ("REMIT-A045", "case", put("claims", "C-top", "gate", value=False)),
    "a drive there is none of": ("REMIT-A046", "H-stop", put("hazards", "H-stop", "drive", value="self-preservation.avoid-shutdwn")),
    "a hazard the profile demands": ("REMIT-A047", "case", put("case", "profile", value="bounded-tool-agent")),
    "a profile there is none of": ("REMIT-A048", "case", put("case", "profile", value="bounded-tool-agnt")),
    "an argument without a why": ("REMIT-A049", "A-1", put("arguments", "A-1", value={"from": ["E-log"], "to": "C-stop", "warrant": " "})),
    "a gate claim that does not hold": ("REMIT-A050", "C-top", doubt()),
    "no subject": ("REMIT-A051", "case", put("case", "subject", value={"model": "opus@4.5"})),
    "another charter": ("REMIT-A052", "case", put("case", "subject", "charter", value="sha256:" + "0" * 64)),
    "no charter": ("REMIT-A053", "case", remove("remit.yaml")),
    "a charter that is none": ("REMIT-A053", "case", write("remit.yaml", "remit: 7\n")),
    "other bytes of the charter": ("REMIT-A054", "case", put("case", "subject", "charter_file", value="sha256:" + "0" * 64)),
    "no envelope": ("REMIT-A055", "case", put("case", "envelope", value="prod.yaml")),
    "a review that is due": ("REMIT-A056", "case", put("case", "review_by", value="2026-01-01")),
    "nobody to approve": ("REMIT-A057", "case", put("case", "reviewers", value=["Ada"])),
    "a file that is missing": ("REMIT-A060", "E-eval", remove("evidence/E-eval.json")),
    "a file that was changed": ("REMIT-A061", "E-eval", write("evidence/E-eval.json", "{}")),
    "a file outside": ("REMIT-A062", "E-eval", put("evidence", "E-eval", "file", value="/etc/passwd")),
    "a file that is no record": ("REMIT-A063", "E-eval", another_record),
    "another result than recorded": ("REMIT-A064", "E-eval", put("evidence", "E-eval", "k", value=300)),
    "another moment than recorded": ("REMIT-A064", "E-eval", put("evidence", "E-eval", "produced_at", value="2026-11-19T00:00:00+00:00")),
    "another model": ("REMIT-A065", "E-eval", other_subject(model="haiku@3")),
    "an unsaid model": ("REMIT-A066", "E-eval", other_subject(model="")),
    "a record from the future": ("REMIT-A067", "E-eval", age(-2)),
    "an unknown kind": ("REMIT-A068", "E-eval", put("evidence", "E-eval", "kind", value="rumour")),
    "more successes than trials": ("REMIT-A069", "E-eval", put("evidence", "E-eval", "k", value=301)),
    "a bound that is too high": ("REMIT-A070", "E-eval", put("evidence", "E-eval", "bound95", value=0.9999)),
    "a stale record": ("REMIT-A071", "E-eval", age(91)),
    "a ttl that is too long": ("REMIT-A072", "C-quiet", put("claims", "C-quiet", "ttl", value="400d")),
    "evidence for nothing": ("REMIT-A074", "E-eval", put("evidence", "E-eval", "supports", value=[])),
    "a rebuttal without an answer": ("REMIT-A080", "D-x", doubt(status="rebutted")),
    "accepted by nobody": ("REMIT-A081", "D-x", doubt(status="accepted_residual", expires="2027-01-01")),
    "accepted for ever": ("REMIT-A082", "D-x", doubt(status="accepted_residual", accepted_by="Ada")),
    "an acceptance that expired": ("REMIT-A083", "D-x", doubt(status="accepted_residual", accepted_by="Ada", expires="2026-11-19")),
    "a rebuttal of evidence": ("REMIT-A084", "D-x", doubt(against="E-log")),
    "an incident without a record": ("REMIT-A090", "I-1", put("incidents", "I-1", value={"record": "i.yaml", "undercuts": ["C-stop"]})),
    "an incident closed too early": ("REMIT-A091", "I-1", put("incidents", "I-1", value={"record": "i.yaml", "undercuts": ["C-stop"], "closed_by": "E-log"})),
    "an incident against nothing": ("REMIT-A092", "I-1", put("incidents", "I-1", value={"record": "i.yaml"})),
    "an indicator without room": ("REMIT-A093", "S-1", put("indicators", "S-1", value={"claim": "C-stop", "metric": "m", "warn": 2.0, "fail": 2.0, "source": "ledger"})),
    "a row there is none of": ("REMIT-A094", "mappings", put("mappings", value=[{"claim": "C-stop", "to": "NIST AI RMF:MANAGE 99", "relation": "informs"}])),
    "an approval of something else": ("REMIT-A095", "approvals", put("approvals", value=[{"by": "Grace", "digest": "sha256:" + "0" * 64, "decision": "approve"}])),
    "an incident linked to fewer claims than its record names": ("REMIT-A103", "I-1", incident(["C-stop", "C-quiet", "C-of-another-case"], linked=["C-stop"])),
    "a doubt taken on for longer than the case holds": ("REMIT-A104", "D-x", doubt(status="accepted_residual", accepted_by="Ada", expires="2027-06-02")),
    "an approval nobody asked for": ("REMIT-A096", "approvals", put("approvals", value=[{"by": "Grace", "digest": "sha256:" + "0" * 64, "decision": "approve"}])),
}  # fmt: skip


def line_of(text: str, word: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if f'"{word}":' in line)


@pytest.mark.requirement("CASE-03")
@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_found_at_its_line(tmp_path: Path, name: str) -> None:
    code, word, spoil = DEFECTS[name]
    folder = CaseFolder(tmp_path)
    assert code not in folder.codes(), "the case as it is has no such defect"
    spoil(folder)
    found = [finding for finding in folder.assess().findings if finding.code == code]
    assert found, name
    text = folder.case.read_text(encoding="utf-8")
    assert found[0].where.file == str(folder.case)
    near = line_of(text, word)
    assert near <= found[0].where.line <= near + 1
    assert found[0].hint
    check_style(found[0])


def test_an_incident_linked_to_all_its_record_names_in_this_case_and_a_doubt_that_ends_by_the_review_are_no_fault(
    tmp_path: Path,
) -> None:
    folder = CaseFolder(tmp_path)
    incident(["C-stop", "C-of-another-case"], linked=["C-stop", "C-quiet"])(folder)
    doubt(status="accepted_residual", accepted_by="Ada", expires="2027-06-01")(folder)
    assert not {"REMIT-A090", "REMIT-A103", "REMIT-A104"} & folder.codes()


def check_style(finding: Finding) -> None:
    assert "\n" not in finding.message
    assert not finding.message.endswith(".")
    assert finding.message[0] in "`0123456789" or finding.message[0].islower()


@pytest.mark.requirement("CASE-03")
def test_at_least_twenty_five_kinds_of_defects_are_seeded() -> None:
    assert len({code for code, _, _ in DEFECTS.values()}) >= 25
    known = {rule.code for rule in case_rules().values()}
    seeded = {code for code, _, _ in DEFECTS.values()} | {"REMIT-A073"}  # two groups for one record: test_gate
    ours = {
        code for code in known if "REMIT-A030" <= code <= "REMIT-A096" or code >= "REMIT-A103"
    }  # between: frameworks, with tests of their own
    assert ours == seeded, "every code of sense has its defect"


def test_codes_and_titles_are_their_own() -> None:
    rules = list(case_rules().values())
    assert len({rule.code for rule in rules}) == len({rule.title for rule in rules}) == len(rules)
    assert [rule.code for rule in rules] == sorted(rule.code for rule in rules)
    assert all(rule.help.endswith(".") and not rule.title.endswith(".") for rule in rules)


@pytest.mark.parametrize(
    ("k", "n"), [(0, 0), (1, 1), (40, 40), (39, 40), (7, 20), (299, 300), (1, 300), (0, 9), (9_990, 10_000)]
)
def test_a_bound_is_told_as_the_exact_interval_tells_it(k: int, n: int) -> None:
    exact = lower_bound(k, n)
    assert not overstated(counted(k, n, round(exact, 6)))
    assert overstated(counted(k, n, min(1.0, exact + 1e-5)))
    assert not overstated(counted(k, n, max(0.0, exact - 0.1)))


def test_a_bound_of_very_many_trials_takes_no_time() -> None:
    assert not overstated(counted(10**15, 10**15, 1.0)), "to six digits it is 1"
    assert overstated(counted(10**15 - 10**10, 10**15, 1.0))
    assert not overstated(counted(5 * 10**14, 10**15, 0.4))
    assert overstated(counted(5 * 10**14, 10**15, 0.6))


def counted(k: int, n: int, bound: float) -> Evidence:
    return Evidence(
        id="E", kind="test_result", file="e", sha256="", subject={}, tool="t", version="1", produced_at=TODAY,
        result=Result.PASS, n=n, k=k, bound95=bound, where=Where(file="c", line=1),
    )  # fmt: skip


def test_a_very_long_chain_of_claims_is_worked_out() -> None:
    links = [f"  C-{n}: {{text: so, kind: control, support: [C-{n + 1}]}}\n" for n in range(3000)]
    links[0] = links[0].replace("}", ", gate: true}")
    chain = "".join(["case: {id: long}\nclaims:\n", *links])
    assessment = assess_case(parse_case(f"{chain}  C-3000: {{text: so, kind: control}}\n"), {}, as_of=TODAY)
    assert {node.health.value for node in assessment.nodes.values()} == {"unsupported"}
    assert len(assessment.nodes) == 3001
    circle = parse_case(f"{chain}  C-3000: {{text: so, kind: control, support: [C-0]}}\n")
    looped = assess_case(circle, {}, as_of=TODAY + timedelta(days=1))
    assert [finding.message for finding in looped.findings if finding.code == "REMIT-A041"]
