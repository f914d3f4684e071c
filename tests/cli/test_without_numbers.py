"""What works where the analysis libraries are not installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.some_cases import some_of

BLOCKED = (
    "import sys\nfor name in ('numpy', 'scipy', 'numba', 'mcp'):\n    sys.modules[name] = None\n"
    "from remit.cli.main import main\nmain(sys.argv[1:])"
)


@pytest.mark.requirement("HOUSE-04")
@pytest.mark.parametrize(
    ("words", "code"),
    some_of(
        [
            ("check", 4),
            ("check --lint-only", 1),
            ("check --lint-only --json --junit out.xml", 1),
            ("check --lint-only --sarif -", 1),
            ("explain", 0),
            ("explain REMIT-C050", 0),
            ("explain REMIT-R001", 0),
            ("explain self-preservation", 0),
            ("diff remit.yaml remit.yaml --text-only", 0),
            ("diff remit.yaml remit.yaml --text-only --json", 0),
            ("schema", 0),
            ("schema --rules", 0),
            ("init --output new.yaml", 0),
            ("--version", 0),
        ],
        5,
    ),
)
def test_the_text_of_a_charter_can_be_worked_on_without_numbers(folder: Path, words: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED, *words.split()], capture_output=True, text=True, cwd=folder, check=False
    )
    assert done.returncode == code, done.stderr
    assert "should not" not in done.stderr
