"""What other tools read: the GitHub action, the pre-commit hooks and the image call a command line that exists."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML


def read(path: Path) -> Any:
    """The YAML file as plain values."""
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def options() -> set[str]:
    """The options of `remit check`, as its help prints them."""
    result = subprocess.run(
        [str(Path(sys.executable).with_name("remit")), "check", "--help"],
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(re.findall(r"--[a-z][a-z-]+", result.stdout))


def test_the_hooks_call_options_that_exist(root: Path, options: set[str]) -> None:
    entries = [hook["entry"].split() for hook in read(root / ".pre-commit-hooks.yaml")]
    assert [entry[:2] for entry in entries] == [["remit", "check"]] * 2
    assert {word for entry in entries for word in entry if word.startswith("--")} <= options


@pytest.mark.parametrize(
    ("baseline", "expected"),
    [
        ("", "check --sarif s.sarif --html h.html -- my charter.yaml"),
        ("old.yaml", "check --sarif s.sarif --html h.html --baseline old.yaml -- my charter.yaml"),
    ],
)
def test_the_action_calls_options_that_exist_and_keeps_its_inputs_out_of_the_script(
    root: Path, tmp_path: Path, options: set[str], baseline: str, expected: str
) -> None:
    step = read(root / "action.yml")["runs"]["steps"][1]
    assert "${{" not in step["run"]
    stub = tmp_path / "remit" / "bin" / "remit"
    stub.parent.mkdir(parents=True)
    stub.write_text('#!/bin/sh\necho "$@"\n', encoding="utf-8")
    stub.chmod(0o755)
    inputs = {"CHARTER": "my charter.yaml", "BASELINE": baseline, "FAIL_ON": "", "SARIF": "s.sarif", "HTML": "h.html"}
    assert inputs.keys() == step["env"].keys()
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", step["run"]],
        env={**os.environ, **inputs, "RUNNER_TEMP": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert result.stdout.strip() == expected
    assert set(re.findall(r"--[a-z][a-z-]+", step["run"])) <= options


def test_the_image_does_not_run_as_root(root: Path) -> None:
    lines = (root / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert lines.index("USER remit") > max(number for number, line in enumerate(lines) if line.startswith("FROM"))
    assert lines.index("USER remit") < lines.index('ENTRYPOINT ["remit"]')
