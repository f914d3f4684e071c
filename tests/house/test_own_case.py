"""Remit's own safety case: made of the promises and of one test run, and of nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from scripts.gate_own_case import answer, main
from scripts.write_own_case import argument, case_of, name_of, promises, read_junit, spell, written_part
from tests.own_runs import EVERYTHING, OTHER, PROMISES, TREE, junit, run_of, small_tree

from remit.assurance.reader import parse_case, read_case
from remit.assurance.records import read_record

pytestmark = pytest.mark.requirement("REVIEW-05")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A tree with a promise for each part of our argument, and nothing else."""
    return small_tree(tmp_path)


def results(folder: Path) -> dict[str, str]:
    """What the records of a case say, by promise."""
    return {name[2:]: str(one.result) for name, one in read_case(folder / "case.yaml").evidence.items()}


def test_the_case_in_the_repository_is_what_the_promises_and_the_argument_say(root: Path) -> None:
    text = (root / "case/case.yaml").read_text(encoding="utf-8")
    written = spell(argument(root), text.splitlines()[0].removeprefix("# "))
    assert text == written, "run scripts/write_own_case.py"
    case = parse_case(text, path="case/case.yaml")
    assert {promise["id"] for promise in promises(root)} < set(case.claims)
    assert all(claim.gate for claim in case.claims.values())
    assert not case.evidence


def test_every_hazard_of_remit_is_met_by_a_part_and_every_part_by_promises(root: Path) -> None:
    wrote, case = written_part(root), argument(root)
    met = {hazard for part in wrote["part"] for hazard in part["hazards"]}
    assert met == {hazard["id"] for hazard in wrote["hazard"]}
    prefixes = [prefix for part in wrote["part"] for prefix in part["prefixes"]]
    assert len(prefixes) == len(set(prefixes))
    assert {"D-one-team", "D-no-audit", "D-no-real-model", "D-linux-only", "D-kernel"} <= set(case["defeaters"])


def test_a_promise_is_shown_only_by_tests_that_ran(small: Path) -> None:
    tests = (("STOP-01", "passed"), ("STOP-02", "skipped"), ("LEDGER-01", "failure"), ("STOP-01", "passed"))
    folder = run_of(small, *tests)
    assert results(folder) == {"STOP-01": "pass", "LEDGER-01": "fail"}  # HOUSE-01 has no test, STOP-02 none that ran
    record = read_record((folder / "evidence/STOP-01.json").read_bytes(), name="STOP-01.json")
    assert (record.k, record.n) == (2, 2)
    assert record.because == ("2 of 2 tests passed",)


def test_one_failing_test_outweighs_any_that_passed_and_an_error_and_an_expected_failure_are_failures(
    small: Path,
) -> None:
    tests = (("STOP-01", "error"), ("STOP-02", "failure"), ("STOP-02", "skipped"), ("GUARD-01", "xfail"))
    folder = run_of(small, ("STOP-01", "passed"), *tests)
    assert results(folder) == {"STOP-01": "fail", "STOP-02": "fail", "GUARD-01": "fail"}


def test_a_promise_with_a_skipped_test_is_not_shown_whole_and_the_reason_is_kept(small: Path) -> None:
    folder = run_of(small, ("STOP-01", "passed"), ("STOP-01", "skipped"))
    assert results(folder) == {"STOP-01": "inconclusive"}
    record = json.loads((folder / "evidence/STOP-01.json").read_text(encoding="utf-8"))
    assert record["because"][1] == "skipped: this host has no cage"
    assert "STOP-01" in read_case(folder / "case.yaml").defeaters["D-host"].text


def test_a_run_without_a_name_is_evidence_of_nothing(small: Path) -> None:
    with pytest.raises(SystemExit, match="does not say which commit was tested"):
        read_junit(junit(small, *EVERYTHING, name="pytest"))


def test_the_case_of_a_run_speaks_of_the_tree_that_is_there_not_of_the_one_that_was_tested(small: Path) -> None:
    case, assumed, files = case_of(read_junit(junit(small, *EVERYTHING)), OTHER, small)
    assert case["case"]["subject"]["image"] != TREE
    assert {record["subject"]["image"] for record in files.values()} == {TREE}
    assert assumed["defeaters"] == {}


def test_the_same_run_gives_the_same_bytes(small: Path) -> None:
    first = {path.name: path.read_bytes() for path in run_of(small, *EVERYTHING).rglob("*") if path.is_file()}
    again = {path.name: path.read_bytes() for path in run_of(small, *EVERYTHING).rglob("*") if path.is_file()}
    assert first == again
    assert len(first) == 3 + len(PROMISES)


def test_any_changed_byte_of_the_tree_is_another_tree(small: Path) -> None:
    before = name_of(small)
    assert name_of(small) == before
    with (small / "case/argument.toml").open("a", encoding="utf-8") as file:
        file.write("# one more\n")
    assert name_of(small) != before


def test_a_promise_that_no_part_takes_in_is_refused(small: Path) -> None:
    with (small / "spec/requirements.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[requirement]]\nid = "MAGIC-01"\nsentence = "it does magic"\nsource = "x"\n')
    with pytest.raises(SystemExit, match="takes `MAGIC-01` in"):
        argument(small)


def said(tmp_path: Path, case: tuple[str, int], assumed: tuple[str, int]) -> Sequence[str]:
    """A command that stands for `remit` and gives these verdicts and exit codes."""
    script = tmp_path / "remit-that-says"
    lines = ["#!/bin/sh", 'case "$2" in']
    for name, (verdict, code) in (("case", case), ("assumed", assumed)):
        told = json.dumps({"verdict": verdict, "reasons": [{"claim": "C", "why": f"because {name}"}]})
        lines.append(f"*/{name}.yaml) echo '{told}'; exit {code} ;;")
    script.write_text("\n".join([*lines, "esac"]), encoding="utf-8")
    script.chmod(0o755)
    return (str(script),)


@pytest.mark.parametrize(
    ("case", "assumed", "fine"),
    [
        (("PROMOTE", 0), ("BLOCK", 1), True),
        (("HOLD", 10), ("PROMOTE", 0), True),
        (("HOLD", 10), ("HOLD", 10), False),
        (("HOLD", 10), ("BLOCK", 1), False),
        (("BLOCK", 1), ("PROMOTE", 0), False),
        (("PROMOTE", 10), ("PROMOTE", 0), False),  # the words and the exit code disagree
        (("HOLD", 0), ("PROMOTE", 0), False),
    ],
)
def test_nothing_but_the_named_residuals_may_hold_the_release_of_remit(
    small: Path, tmp_path: Path, case: tuple[str, int], assumed: tuple[str, int], *, fine: bool
) -> None:
    folder = run_of(small, *EVERYTHING)
    stands, lines = answer(folder, said(tmp_path, case, assumed))
    assert stands is fine
    assert lines


@pytest.mark.parametrize(
    ("tests", "verdict", "fine"),
    [
        (EVERYTHING, "HOLD, with nothing but its named residuals", True),
        pytest.param(
            (*EVERYTHING, ("STOP-01", "skipped")),
            "HOLD, with nothing but its named residuals",
            True,
            marks=pytest.mark.slow,
        ),
        ((*EVERYTHING, ("STOP-01", "failure")), "BLOCK", False),
        (EVERYTHING[:-1], "HOLD, and without its named residuals still HOLD", False),
    ],
)
def test_remits_own_gate_holds_for_the_named_residuals_and_fails_for_anything_else(
    small: Path, tests: tuple[tuple[str, str], ...], verdict: str, *, fine: bool
) -> None:
    stands, lines = answer(run_of(small, *tests))
    assert lines[0] == f"remit's own case: {verdict}"
    assert stands is fine


@pytest.mark.slow
def test_a_run_of_another_commit_holds_the_release_whatever_it_showed(small: Path) -> None:
    folder = run_of(small, *EVERYTHING, name=OTHER)
    assert answer(folder)[1][0] == "remit's own case: HOLD, and without its named residuals still HOLD"
    assert main([str(folder)]) == 1
    assert main([str(folder), "--loose"]) == 0


def test_each_test_says_in_its_report_which_promises_it_shows(request: pytest.FixtureRequest) -> None:
    assert ("requirement", "REVIEW-05") in request.node.user_properties
