"""The example case: from HOLD by BLOCK to PROMOTE and back, each step a real command, exactly what was undercut open again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.docs.test_blocks import obstacle, run_page, runnable, state_beside

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "cases" / "sre"


def gate(folder: Path, *words: str) -> dict[str, Any]:
    """What the gate answers, as JSON."""
    command = [sys.executable, "-m", "remit.cli", "gate", "--json", *words]
    environment = {**os.environ, "XDG_STATE_HOME": state_beside(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    answer: dict[str, Any] = json.loads(done.stdout)
    return {**answer, "code": done.returncode}


@pytest.mark.slow
@pytest.mark.requirement("CASE-27")
def test_a_case_goes_from_hold_to_promote_and_an_incident_opens_what_it_undercuts(tmp_path: Path) -> None:
    reason = obstacle()
    if reason:
        assert not os.environ.get("CI"), reason
        pytest.skip(reason)
    folder = tmp_path / "sre"
    shutil.copytree(EXAMPLE, folder)
    page = folder / "README.md"
    assert run_page(page, folder, readings=True) == (len(runnable(page)), 0)
    opened = gate(folder)
    assert (opened["verdict"], opened["code"]) == ("HOLD", 10)
    assert {reason["claim"] for reason in opened["reasons"]} == {"C-release", "C-monitoring", "approvals"}
    assert "PROMOTE" in (folder / "promoted.html").read_text(encoding="utf-8")
    (folder / "remit.yaml").write_text(
        (folder / "remit.yaml").read_text(encoding="utf-8").replace("12h", "13h"), encoding="utf-8"
    )
    changed = gate(folder)
    assert (changed["verdict"], changed["code"]) == ("BLOCK", 1)
