"""What other tools read: the GitHub action, the pre-commit hooks and the image call a command line that exists."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.own_runs import EVERYTHING, run_of, small_tree

pytestmark = pytest.mark.requirement("REVIEW-06")

REMIT = Path(sys.executable).with_name("remit")
TODAY = datetime.now(UTC).date()
FOUNDER = Path(__file__).parents[2] / "src/remit/charters/founder.yaml"


def read(path: Path) -> Any:
    """The YAML file as plain values."""
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


@cache
def options(*verb: str) -> frozenset[str]:
    """The options of a verb, as its help prints them."""
    result = subprocess.run(
        [str(REMIT), *verb, "--help"],
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    return frozenset(re.findall(r"--[a-z][a-z-]+", result.stdout))


def test_the_hooks_call_verbs_and_options_that_exist(root: Path) -> None:
    entries = [hook["entry"].split() for hook in read(root / ".pre-commit-hooks.yaml")]
    verbs = [tuple(word for word in entry[1:] if not word.startswith("-")) for entry in entries]
    assert verbs == [("check",), ("check",), ("case", "check"), ("gate",)]
    for entry, verb in zip(entries, verbs, strict=True):
        assert entry[0] == "remit"
        assert {word for word in entry if word.startswith("--")} <= options(*verb)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a step of the action left: its exit code, what it printed, its outputs and the summary of the job."""

    code: int
    out: str
    outputs: dict[str, str]
    summary: str


def run_step(root: Path, folder: Path, name: str, *, remit: Path = REMIT, **inputs: str) -> Step:
    """Run a step of the action in a folder, as a runner would: its inputs as text, and files for what it says."""
    action = read(root / "action.yml")
    step = next(step for step in action["runs"]["steps"] if step["name"] == name)
    given = {key: str(value.get("default", "")) for key, value in action["inputs"].items()}
    given |= {key.replace("_", "-"): value for key, value in inputs.items()}
    assert given.keys() == action["inputs"].keys()
    bin_folder = folder / "runner" / "remit" / "bin"
    bin_folder.mkdir(parents=True, exist_ok=True)
    if not (bin_folder / "remit").exists():
        (bin_folder / "remit").symlink_to(remit)
    said, summary = folder / "runner" / "output", folder / "runner" / "summary"
    for file in (said, summary):
        file.write_text("", encoding="utf-8")
    result = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
        env={
            **{key: value for key, value in os.environ.items() if not key.startswith(("REMIT_", "GITHUB_"))},
            **{key: _filled(value, given) for key, value in step["env"].items()},
            "RUNNER_TEMP": str(folder / "runner"),
            "GITHUB_OUTPUT": str(said),
            "GITHUB_STEP_SUMMARY": str(summary),
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    pairs = (line.partition("=") for line in said.read_text(encoding="utf-8").splitlines())
    return Step(
        code=result.returncode,
        out=result.stdout + result.stderr,
        outputs={key: value for key, _, value in pairs},
        summary=summary.read_text(encoding="utf-8"),
    )


def _filled(value: str, given: dict[str, str]) -> str:
    """The value of an environment variable, with the inputs it names."""
    return re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda found: given[found[1]], value)


@pytest.mark.parametrize(
    ("baseline", "expected"),
    [
        ("", "check --sarif s.sarif --html h.html -- my charter.yaml"),
        ("old.yaml", "check --sarif s.sarif --html h.html --baseline old.yaml -- my charter.yaml"),
    ],
)
def test_the_check_of_the_action_says_what_it_was_given(
    root: Path, tmp_path: Path, baseline: str, expected: str
) -> None:
    stub = tmp_path / "stub"
    stub.write_text('#!/bin/sh\necho "$@"\n', encoding="utf-8")
    stub.chmod(0o755)
    inputs = {"charter": "my charter.yaml", "baseline": baseline, "sarif": "s.sarif", "html": "h.html"}
    step = run_step(root, tmp_path, "remit check", remit=stub, **inputs)
    assert (step.code, step.out.strip()) == (0, expected)


@pytest.mark.parametrize(
    ("step", "verbs"), [("remit check", [("check",)]), ("remit gate", [("gate",), ("case", "render")])]
)
def test_the_action_calls_options_that_exist_and_keeps_its_inputs_out_of_the_script(
    root: Path, step: str, verbs: list[tuple[str, ...]]
) -> None:
    script = next(one for one in read(root / "action.yml")["runs"]["steps"] if one["name"] == step)["run"]
    assert "${{" not in script
    known = frozenset[str]().union(*(options(*verb) for verb in verbs))
    assert set(re.findall(r"--[a-z][a-z-]+", script)) <= known


def test_the_check_of_the_action_leaves_findings_for_code_scanning(root: Path, tmp_path: Path) -> None:
    (tmp_path / "remit.yaml").write_bytes(FOUNDER.read_bytes())
    step = run_step(root, tmp_path, "remit check")
    assert step.code in (0, 1), step.out
    assert '"version": "2.1.0"' in (tmp_path / "remit.sarif").read_text(encoding="utf-8")
    assert (tmp_path / "remit.html").is_file()


@pytest.mark.parametrize(
    ("fail_on_hold", "code"),
    [
        ("true", 10),
        ("false", 0),
        pytest.param("", 10, marks=pytest.mark.slow),
        pytest.param("no", 10, marks=pytest.mark.slow),
    ],
)
def test_the_gate_of_the_action_fails_on_hold_unless_it_is_told_not_to(
    root: Path, tmp_path: Path, fail_on_hold: str, code: int
) -> None:
    folder = run_of(small_tree(tmp_path), *EVERYTHING)
    step = run_step(root, folder, "remit gate", fail_on_hold=fail_on_hold)
    assert (step.code, step.outputs) == (code, {"verdict": "HOLD"})
    assert "HOLD" in step.summary
    assert "**D-no-audit**" in step.summary
    assert '"version": "2.1.0"' in (folder / "remit-case.sarif").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_gate_of_the_action_promotes_what_is_shown_and_holds_it_on_a_later_day(root: Path, tmp_path: Path) -> None:
    folder = run_of(small_tree(tmp_path), *EVERYTHING)
    step = run_step(root, folder, "remit gate", case="assumed.yaml", as_of=TODAY.isoformat())
    assert (step.code, step.outputs) == (0, {"verdict": "PROMOTE"})
    later = run_step(root, folder, "remit gate", case="assumed.yaml", as_of=(TODAY + timedelta(days=365)).isoformat())
    assert (later.code, later.outputs) == (10, {"verdict": "HOLD"})


def test_the_gate_of_the_action_fails_on_block_whatever_it_is_told(root: Path, tmp_path: Path) -> None:
    folder = run_of(small_tree(tmp_path), *EVERYTHING, ("STOP-01", "failure"))
    step = run_step(root, folder, "remit gate", fail_on_hold="false")
    assert (step.code, step.outputs) == (1, {"verdict": "BLOCK"})


def test_a_folder_without_a_case_and_a_day_that_is_none_are_no_pass(root: Path, tmp_path: Path) -> None:
    empty = run_step(root, tmp_path, "remit gate")
    assert (empty.code, empty.outputs) == (10, {"verdict": "HOLD"})
    assert "cannot be shown" in empty.summary
    odd = run_step(root, tmp_path, "remit gate", as_of="--quiet", fail_on_hold="false")
    assert odd.code not in (0, 10)
    assert odd.outputs == {"verdict": "none"}


def test_the_image_does_not_run_as_root(root: Path) -> None:
    lines = (root / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert lines.index("USER remit") > max(number for number, line in enumerate(lines) if line.startswith("FROM"))
    assert lines.index("USER remit") < lines.index('ENTRYPOINT ["remit"]')
