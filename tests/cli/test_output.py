"""What is printed arrives: in every encoding, and without blanks at the ends of lines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from remit.cli.output import Output
from remit.errors import CharterError
from remit.finding import Finding, Severity, Where

CHARTER = "remit: 1\nagent: {name: clerk}\npurpose: {text: 'größer … ✓: done when none is left'}\n"


def typed_in(encoding: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Type a command where the streams have an encoding."""
    (folder / "remit.yaml").write_text(CHARTER, encoding="utf-8")
    environ = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "remit", *arguments]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=False)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_report_is_printed_where_the_locale_lacks_its_signs(encoding: str, tmp_path: Path) -> None:
    told = typed_in(encoding, tmp_path, "explain")
    assert (told.returncode, told.stderr) == (0, b"")
    assert b"?: done when none is left" in told.stdout


def test_json_is_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    told = typed_in("ascii", tmp_path, "explain", "--json")
    assert told.returncode == 0
    assert "größer … ✓" in json.loads(told.stdout.decode("utf-8"))["text"]


def test_what_is_said_on_standard_error_has_no_blanks_at_the_ends_of_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    finding = Finding(
        code="REMIT-S001",
        severity=Severity.ERROR,
        where=Where(file="remit.yaml", line=1, column=1),
        message="there is no such file " * 6,
        hint="write one with `remit init` " * 6,
    )
    output = Output(quiet=True)
    unreadable = CharterError("unreadable")
    unreadable.findings = (finding,)
    output.refused(unreadable)
    output.error("it cannot be read " * 6, "choose another file")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) > 6
    assert [line for line in lines if line != line.rstrip()] == []
