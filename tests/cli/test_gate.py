"""The verbs `remit gate` and `remit case check`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.assurance.case_folder import CaseFolder

Typed = Callable[..., Any]
AS_OF = ("--as-of", "2026-11-20T12:00:00Z")


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CaseFolder:
    """A folder with a case that is PROMOTE, as the working directory."""
    made = CaseFolder(tmp_path)
    made.write()
    monkeypatch.chdir(tmp_path)
    return made


@pytest.mark.requirement("GATE-02", "GATE-06")
def test_an_empty_folder_is_held_and_not_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: Typed
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = typed("gate", "--json")
    document = json.loads(answer.out)
    assert answer.code == 10
    assert document["verdict"] == "HOLD"
    assert "there is no `case.yaml`" in document["reasons"][0]["why"]
    assert document["flip"][0]["change"] == "write one with `remit case init`"
    shown = typed("gate")
    assert shown.code == 10
    assert shown.out.strip().startswith("HOLD")


@pytest.mark.requirement("GATE-06")
def test_the_exit_code_is_the_verdict(made: CaseFolder, typed: Typed) -> None:
    answer = typed("gate", *AS_OF)
    assert answer.code == 0
    assert answer.out.strip().startswith("PROMOTE")
    assert "2026-12-17" in answer.out, "what ends it first"
    assert typed("gate", "--as-of", "2026-12-31", "--quiet").code == 10
    (made.root / "evidence/E-eval.json").write_text("{}", encoding="utf-8")
    blocked = typed("gate", *AS_OF)
    assert blocked.code == 1
    assert blocked.out.strip().startswith("BLOCK")
    assert "E-eval" in blocked.out


@pytest.mark.requirement("GATE-06")
def test_a_case_that_cannot_be_read_is_held_with_every_reason(made: CaseFolder, typed: Typed) -> None:
    made.document["clams"] = {}
    made.document["claims"]["C-top"]["gat"] = True
    made.write()
    answer = typed("gate", "--json", *AS_OF)
    document = json.loads(answer.out)
    assert (answer.code, document["verdict"], len(document["reasons"])) == (10, "HOLD", 2)
    assert "REMIT-A020" in document["reasons"][0]["why"]


@pytest.mark.requirement("GATE-06")
def test_hostile_text_is_shown_and_moves_no_cursor(made: CaseFolder, typed: Typed) -> None:
    made.document["defeaters"] = {
        "D-x": {"against": "C-stop", "type": "rebutting", "text": "<script>alert(1)</script>", "raised_by": "[red]x"}
    }
    made.document["evidence"]["E-eval"]["file"] = "evidence/\u202e[bold]x\u2066"
    made.write()
    for words in (("gate",), ("case", "check")):
        shown = typed(*words, *AS_OF).out
        assert "\u202e" not in shown
        assert "\x1b" not in shown
        assert "[bold]" in shown


@pytest.mark.requirement("CASE-03")
def test_check_finds_faults_with_their_place_and_fails_on_them(made: CaseFolder, typed: Typed, tmp_path: Path) -> None:
    clean = typed("case", "check", *AS_OF)
    assert (clean.code, clean.out.strip()) == (0, "case.yaml: nothing")
    made.document["claims"]["C-top"]["support"] = ["C-stp"]
    made.write()
    answer = typed("case", "check", *AS_OF, "--sarif", "found.sarif")
    assert answer.code == 1
    assert "REMIT-A030" in answer.out
    assert "did you mean `C-stop`?" in answer.out
    log = json.loads((tmp_path / "found.sarif").read_text(encoding="utf-8"))
    assert "REMIT-A030" in {result["ruleId"] for result in log["runs"][0]["results"]}
    document = json.loads(typed("case", "check", *AS_OF, "--json").out)
    assert document["schema"] == "remit.case-check/1"
    assert typed("case", "check", *AS_OF, "--fail-on", "never").code == 0
    assert typed("case", "check", "--fail-on", "sometimes").code == 2


@pytest.mark.requirement("CASE-01")
def test_check_of_what_cannot_be_read_is_exit_code_3(made: CaseFolder, typed: Typed) -> None:
    made.case.write_text("case: [\n", encoding="utf-8")
    answer = typed("case", "check")
    assert answer.code == 3
    assert "REMIT-A004" in answer.err


def test_every_code_of_a_case_is_explained(typed: Typed) -> None:
    answer = typed("explain", "REMIT-A061")
    assert answer.code == 0
    assert "bytes of a record" in answer.out
