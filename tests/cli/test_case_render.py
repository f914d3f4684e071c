"""``remit case render`` and ``remit case diff``: files that other tools read, and changes in plain words."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from tests.assurance.case_folder import CaseFolder

Typed = Callable[..., Any]
NIGHT = {"against": "C-stop", "type": "rebutting", "status": "open", "text": "not at night", "raised_by": "Alan"}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CaseFolder:
    """A case that is PROMOTE on 20 November 2026, as the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REMIT_AS_OF", "2026-11-20T12:00:00Z")
    found = CaseFolder(tmp_path)
    found.write()
    return found


def git(folder: Path, *arguments: str) -> None:
    """Git without anybody's settings."""
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@t.example", "-c", "commit.gpgsign=false", *arguments],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip


@pytest.mark.requirement("CASE-31")
@pytest.mark.parametrize(("doubt", "verdict"), [(False, "PROMOTE"), (True, "HOLD")])
def test_every_format_is_written_at_once_and_says_the_same(
    place: CaseFolder, typed: Typed, *, doubt: bool, verdict: str
) -> None:
    if doubt:
        place.document["defeaters"]["D-1"] = NIGHT
        place.write()
    names = {"html": "a.html", "markdown": "a.md", "mermaid": "a.mmd", "gsn": "a.gsn.yaml", "sarif": "a.sarif",
             "junit": "a.xml", "in-toto": "a.json"}  # fmt: skip
    options = [word for name, file in names.items() for word in (f"--{name}", file)]
    answer = typed("case", "render", *options, "--json")
    assert answer.code == 0, answer.err
    document = json.loads(answer.out)
    assert (document["schema"], document["verdict"]) == ("remit.rendered/1", verdict)
    assert document["files"] == names
    assert f"<title>sre: {verdict}</title>" in (place.root / "a.html").read_text(encoding="utf-8")
    assert f"{verdict}: sre, version" in (place.root / "a.md").read_text(encoding="utf-8")
    assert (place.root / "a.mmd").read_text(encoding="utf-8").startswith("flowchart LR\n")
    assert '"G-C-top":' in (place.root / "a.gsn.yaml").read_text(encoding="utf-8")
    log = json.loads((place.root / "a.sarif").read_text(encoding="utf-8"))
    held = [result["ruleId"] for result in log["runs"][0]["results"] if result["ruleId"].startswith("REMIT-G")]
    assert bool(held) is doubt
    suites = ET.parse(place.root / "a.xml").getroot()  # noqa: S314 (written by us, a line above)
    assert (suites.attrib["errors"] == "0") is not doubt
    statement = json.loads((place.root / "a.json").read_text(encoding="utf-8"))
    assert statement["predicate"]["result"] == ("FAILED" if doubt else "PASSED")


@pytest.mark.requirement("CASE-31")
def test_the_page_holds_the_raw_records(place: CaseFolder, typed: Typed) -> None:
    assert typed("case", "render", "--html", "a.html").code == 0
    page = (place.root / "a.html").read_text(encoding="utf-8")
    assert page.count("<summary>The record</summary>") == 3
    assert "&quot;kind&quot;: &quot;interruption_drill&quot;" in page


def test_one_format_goes_to_standard_output(place: CaseFolder, typed: Typed) -> None:
    answer = typed("case", "render", str(place.case), "--markdown", "-")
    assert answer.code == 0
    assert answer.out.startswith("## ✔ PROMOTE: sre")
    assert typed("case", "render", "--markdown", "-").out == answer.out.replace("", "")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "name a file for at least one of --html"),
        (("--markdown", "-", "--gsn", "-"), 2, "room for one document"),
        (("--markdown", "-", "--json"), 2, "room for one document"),
        (("gone.yaml", "--html", "a.html"), 3, "gone.yaml"),
        (("--html", "gone/a.html"), 4, "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: tuple[str, ...], code: int, said: str, place: CaseFolder, typed: Typed
) -> None:
    answer = typed("case", "render", *arguments)
    assert answer.code == code
    assert said in answer.err
    assert not (place.root / "a.html").exists()


@pytest.mark.requirement("CASE-36")
def test_a_case_without_digests_has_no_statement_and_nothing_is_written(place: CaseFolder, typed: Typed) -> None:
    place.document["case"]["subject"] = {"model": "opus@4.5"}
    place.write()
    answer = typed("case", "render", "--in-toto", "a.json", "--html", "a.html")
    assert answer.code != 0
    assert "states no digest" in answer.err
    assert not (place.root / "a.html").exists()


@pytest.mark.requirement("CASE-38")
def test_a_diff_of_two_files_says_what_got_weaker(place: CaseFolder, typed: Typed) -> None:
    (place.root / "old.yaml").write_bytes(place.case.read_bytes())
    same = typed("case", "diff", "old.yaml", "case.yaml")
    assert (same.code, "nothing changed" in same.out) == (0, True)
    place.document["evidence"].pop("E-log")
    place.write()
    answer = typed("case", "diff", "old.yaml")
    assert answer.code == 1
    assert "was PROMOTE, is HOLD" in answer.out
    assert "was taken out: run record, pass" in answer.out
    assert typed("case", "diff", "old.yaml", "--fail-on", "never").code == 0


@pytest.mark.requirement("CASE-38")
def test_a_diff_reads_a_revision_of_git_with_its_own_evidence(place: CaseFolder, typed: Typed) -> None:
    git(place.root, "init", "-q")
    git(place.root, "add", ".")
    git(place.root, "commit", "-q", "-m", "first")
    record = place.root / "evidence" / "E-log.json"
    record.unlink()  # the working copy lost it; the revision has it
    answer = typed("case", "diff", "HEAD:case.yaml", "--json")
    document = json.loads(answer.out)
    assert document["schema"] == "remit.case-diff/1"
    assert (document["verdict"]["before"], document["verdict"]["after"]) == ("PROMOTE", "HOLD")
    assert answer.code == 1
    assert any(change["id"] == "E-log" and "no longer counts" in change["change"] for change in document["changes"])
    assert not record.exists()
    assert typed("case", "diff", "HEAD:case.yaml", "HEAD:case.yaml").code == 0


@pytest.mark.parametrize(
    "given",
    ["HEAD~7:case.yaml", "HEAD:gone.yaml", "--output=owned:case.yaml", "-x:case.yaml", ":case.yaml", "HEAD:../x"],
)
def test_a_revision_that_is_not_there_is_unreadable(given: str, place: CaseFolder, typed: Typed) -> None:
    git(place.root, "init", "-q")
    git(place.root, "add", ".")
    git(place.root, "commit", "-q", "-m", "first")
    answer = typed("case", "diff", "--", given)
    assert answer.code == 3, answer.err
    assert not (place.root / "owned").exists()


def test_a_revision_cannot_lead_outside_of_its_repository(place: CaseFolder, typed: Typed, tmp_path: Path) -> None:
    place.document["evidence"]["E-log"]["file"] = "../../../../../../etc/hostname"
    place.document["case"]["charter"] = ".git/config"
    place.write()
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    answer = typed("case", "diff", "HEAD:case.yaml", "HEAD:case.yaml", "--json")
    assert answer.code == 0
    assert json.loads(answer.out)["verdict"]["after"] != "PROMOTE"


def test_a_diff_outside_of_any_repository_is_unreadable(place: CaseFolder, typed: Typed) -> None:
    answer = typed("case", "diff", "HEAD:case.yaml")
    assert place.case.exists()
    assert answer.code == 3
    assert "no revision of this repository" in answer.err
