from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from remit.errors import RemitError
from remit.incentives.report import Report

ROOT = Path(__file__).parents[2]
Typed = Callable[..., Any]


@pytest.mark.requirement("CHECK-06")
@pytest.mark.usefixtures("folder", "engine")
def test_the_first_screen_says_what_is_wrong_then_why_then_the_fix_then_the_verdict(typed: Typed) -> None:
    out = typed("check").out
    heads = ["WHAT IS WRONG", "WHY", "FIX", "VERDICT", "DRIVES", "AFFORDANCES", "ASSUMPTIONS"]
    places = [out.index(f"\n{head}  ") for head in heads]
    assert places == sorted(places)
    first = out[: out.index("\nVERDICT")]
    assert "grant itself a wider role" in first  # the witness in words
    assert "remit.yaml:14" in first  # the line that opens it
    assert "+  stop: {by: sre_lead, rate: 0.05, at: outside}" in first  # the patch
    assert "the task keeps 98.5 % of its value" in first  # what it costs
    assert len(first[first.index("WHAT IS WRONG") :].splitlines()) <= 36


@pytest.mark.parametrize("columns", [80, 100, 110])
@pytest.mark.usefixtures("folder", "engine")
def test_a_report_fits_its_terminal_and_has_no_colour_in_a_file(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    out = typed("check").out
    assert "\x1b" not in out
    assert [line for line in out.splitlines() if len(line) > columns or line != line.rstrip()] == []


@pytest.mark.usefixtures("folder", "engine")
def test_a_report_ranks_and_never_speaks_of_the_probability_of_an_agent(typed: Typed) -> None:
    out = typed("check").out
    assert "3=  " in out  # two drives share a rank
    assert "share of goals, not of agents" in out
    assert "P(agent" not in out
    assert "0.52" not in out  # shares are whole percent, with intervals


@pytest.mark.requirement("CHECK-03", "CHECK-08")
@pytest.mark.parametrize(
    ("policy", "code"),
    [("error", 1), ("warning", 1), ("affordance", 1), ("tier:T0", 0), ("tier:T1", 1), ("tier:T2", 1), ("never", 0)],
)
@pytest.mark.usefixtures("folder", "engine")
def test_each_policy_fails_on_what_it_names(typed: Typed, policy: str, code: int) -> None:
    assert typed("check", "--fail-on", policy).code == code


@pytest.mark.requirement("CHECK-03")
@pytest.mark.usefixtures("folder", "engine")
def test_usage_and_input_errors_have_codes_of_their_own(typed: Typed) -> None:
    assert typed("check", "--fail-on", "sometimes").code == 2
    assert typed("check", "--json", "--sarif", "-").code == 2
    assert typed("check", "--output", "x.yaml").code == 2
    assert typed("check", "--lint-only", "--fix").code == 2
    assert typed("check", "nowhere.yaml").code == 3
    assert typed("check", "--html", "no/such/folder/report.html").code == 4


@pytest.mark.requirement("CHECK-08")
@pytest.mark.usefixtures("engine")
def test_against_a_baseline_only_what_is_new_counts(typed: Typed, folder: Path) -> None:
    worse = (folder / "remit.yaml").read_text(encoding="utf-8")
    (folder / "old.yaml").write_text(worse.replace("at: cluster", "at: outside"), encoding="utf-8")
    (folder / "same.yaml").write_text(worse, encoding="utf-8")
    assert typed("check", "--baseline", "same.yaml").code == 0
    answer = typed("check", "--baseline", "old.yaml")
    assert answer.code == 1
    assert "`k8s.detach_stop` is a new resistance affordance (line 14)" in answer.out


@pytest.mark.requirement("CHECK-01")
@pytest.mark.usefixtures("folder", "engine")
def test_json_is_one_document_and_nothing_else(typed: Typed) -> None:
    answer = typed("check", "--json")
    document = json.loads(answer.out)
    assert document["schema"] == "remit.check/1"
    assert {finding["code"] for finding in document["findings"]} >= {"REMIT-R001", "REMIT-R002", "REMIT-C050"}
    assert answer.code == 1


@pytest.mark.requirement("CHECK-02")
@pytest.mark.usefixtures("folder", "engine")
def test_the_same_charter_and_seed_give_the_same_bytes(typed: Typed, folder: Path) -> None:
    answers = []
    for name in ("one", "two"):
        out = typed("check", "--json", "--html", f"{name}.html", "--junit", f"{name}.xml").out
        sarif = typed("check", "--sarif", "-").out
        files = [(folder / f"{name}{ending}").read_bytes() for ending in (".html", ".xml")]
        answers.append((out, sarif, *files))
    assert answers[0] == answers[1]
    assert str(folder) not in "".join(str(part) for part in answers[0])


@pytest.mark.requirement("CHECK-05")
@pytest.mark.usefixtures("folder", "engine")
def test_sarif_is_valid_and_names_every_rule(typed: Typed) -> None:
    log = json.loads(typed("check", "--sarif", "-").out)
    schema = json.loads((ROOT / "tests/vectors/sarif-2.1.0-rtm.4.json").read_text(encoding="utf-8"))
    jsonschema.validate(log, schema)
    run = log["runs"][0]
    codes = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {"REMIT-S001", "REMIT-C050", "REMIT-R001"} <= codes
    assert {result["ruleId"] for result in run["results"]} <= codes


@pytest.mark.usefixtures("folder", "engine")
def test_junit_has_a_failure_for_each_error(typed: Typed, folder: Path) -> None:
    typed("check", "--junit", "report.xml")
    root = ET.fromstring((folder / "report.xml").read_text(encoding="utf-8"))  # noqa: S314 (written above)
    assert len(root.findall(".//failure")) == int(root.attrib["failures"]) > 0
    assert len(root.findall(".//testcase")) == int(root.attrib["tests"])


@pytest.mark.usefixtures("engine")
def test_fix_shows_the_patch_writes_it_and_checks_what_it_wrote(typed: Typed, folder: Path) -> None:
    answer = typed("check", "--fix", "--fail-on", "affordance")
    text = (folder / "remit.yaml").read_text(encoding="utf-8")
    assert "at: outside" in text
    assert "ask: sre_lead}\n  - {tool: k8s.patch" in text
    assert answer.out.index("WRITING") < answer.out.index("AFTER")
    assert answer.code == 0


@pytest.mark.usefixtures("engine")
def test_fix_with_an_output_leaves_the_charter_alone(typed: Typed, folder: Path) -> None:
    before = (folder / "remit.yaml").read_bytes()
    typed("check", "--fix", "--output", "smaller.yaml")
    assert (folder / "remit.yaml").read_bytes() == before
    assert "at: outside" in (folder / "smaller.yaml").read_text(encoding="utf-8")


@pytest.mark.usefixtures("engine")
def test_the_charter_is_found_upward_and_shown_as_seen_from_here(
    typed: Typed, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "deep" / "deeper").mkdir(parents=True)
    monkeypatch.chdir(folder / "deep" / "deeper")
    assert "../../remit.yaml:14" in typed("check").out


@pytest.mark.usefixtures("folder")
def test_what_the_text_shows_is_printed_before_the_engine_answers(
    typed: Typed, engine: list[Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_named: object) -> Report:
        raise RemitError("the engine failed")

    monkeypatch.setattr(sys.modules["remit.incentives.assessment"], "assess", refuse)
    answer = typed("check")
    assert "REMIT-C050" in answer.out
    assert "the engine failed" in answer.err
    assert answer.code == 4
    assert engine == []


@pytest.mark.requirement("HOUSE-04")
def test_looking_at_the_text_only_loads_no_numbers(folder: Path) -> None:
    code = (
        "import sys\nfrom remit.cli.main import main\ntry:\n    main(['check', '--lint-only'])\nexcept SystemExit: pass\n"
        "heavy = [name for name in ('numpy', 'scipy', 'numba', 'mcp') if name in sys.modules]\nassert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr
    assert "REMIT-C050" in done.stdout


@pytest.mark.usefixtures("folder")
def test_lint_only_answers_with_its_own_json_and_holds_where_readings_are_needed(typed: Typed) -> None:
    document = json.loads(typed("check", "--lint-only", "--json").out)
    assert document["schema"] == "remit.lint/1"
    assert typed("check", "--lint-only").code == 1
    assert typed("check", "--lint-only", "--fail-on", "tier:T1").code == 10


@pytest.mark.usefixtures("folder", "engine")
def test_quiet_says_nothing_and_answers_with_its_exit_code(typed: Typed) -> None:
    answer = typed("check", "--quiet")
    assert (answer.code, answer.out, answer.err) == (1, "", "")


@pytest.mark.usefixtures("folder", "engine")
def test_a_workflow_run_gets_annotations_that_cannot_be_forged(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    lines = [line for line in typed("check").out.splitlines() if line.startswith("::")]
    assert any(line.startswith("::error file=remit.yaml,line=14,col=5,title=REMIT-R001::") for line in lines)


@pytest.mark.usefixtures("folder")
def test_a_missing_analysis_library_is_named_with_the_way_out(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "remit.incentives.assessment", raising=False)
    monkeypatch.setitem(sys.modules, "numpy", None)
    answer = typed("check")
    assert answer.code == 4
    assert "the readings need numpy, which is not installed" in answer.err
    assert "--lint-only" in answer.err


@pytest.mark.requirement("CHECK-02")
def test_the_order_of_findings_does_not_depend_on_how_python_hashes(folder: Path) -> None:
    (folder / "bad.yaml").write_text("remit: 1\npurpse: 2\n", encoding="utf-8")
    for words in (["check", "--lint-only", "--json"], ["check", "bad.yaml", "--json"]):
        said = {
            subprocess.run(
                [sys.executable, "-m", "remit.cli", *words], capture_output=True, text=True, cwd=folder, check=False,
                env={"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": seed},
            ).stdout
            for seed in ("0", "1", "2")
        }  # fmt: skip
        assert len(said) == 1
        assert '"findings"' in said.pop()


def test_a_charter_without_a_grant_is_judged_by_its_text_and_is_never_a_pass(tmp_path: Path, typed: Typed) -> None:
    charter = tmp_path / "clerk.yaml"
    charter.write_text("remit: 1\nagent: {name: clerk}\npurpose: {text: file invoices; done when none is left}\n")
    answer = typed("check", str(charter), "--fail-on", "error")
    assert answer.code == 1
    assert "no tool is granted" in answer.out
    from remit.charter.reader import read_charter
    from remit.errors import ModelError
    from remit.incentives.assessment import assess

    with pytest.raises(ModelError, match="grants no tool"):
        assess(read_charter(charter), goals=50)
