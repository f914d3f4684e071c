"""What is said where an extra is not installed: which library is missing, and what brings it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from remit.cli.extras import extra_with

WITHOUT = "import sys\nsys.modules[sys.argv[1]] = None\nfrom remit.cli.main import main\nmain(sys.argv[2:])"


@pytest.mark.parametrize(
    ("module", "extra"),
    [
        ("sqlglot", "monitor"),
        ("tree_sitter_bash", "monitor"),
        ("inspect_ai.model", "evals"),
        ("scipy", "analysis"),
        ("opentelemetry.proto", "otel"),
        ("rich", None),
        ("remit.monitor.moved", None),
        ("", None),
    ],
)
def test_the_extra_is_read_from_what_the_package_says_of_itself(module: str, extra: str | None) -> None:
    assert extra_with(module) == extra


@pytest.mark.requirement("HOUSE-04")
@pytest.mark.parametrize("library", ["sqlglot", "tree_sitter"])
def test_a_missing_extra_is_named_and_nothing_is_scored(tmp_path: Path, library: str) -> None:
    line = '{"id": "t", "steps": [{"role": "assistant", "tool": "bash", "args": {"command": "ls"}}]}\n'
    (tmp_path / "t.jsonl").write_text(line)
    words = [library, "monitor", "score", str(tmp_path / "t.jsonl"), "--json"]
    done = subprocess.run([sys.executable, "-c", WITHOUT, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert done.stdout == ""
    assert f"this needs {library}, which is not installed" in done.stderr
    assert "install `remit[monitor]`" in done.stderr
