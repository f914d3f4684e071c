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
from tests.assurance.views.browser import opened, started
from tests.docs.test_blocks import obstacle, run_page, runnable, state_beside

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "cases" / "sre"


def gate(folder: Path, *words: str) -> dict[str, Any]:
    """What the gate answers, as JSON."""
    command = [sys.executable, "-m", "remit.cli", "gate", "--json", *words]
    environment = {**os.environ, "XDG_STATE_HOME": state_beside(folder)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return {**answer, "code": done.returncode}


PAGES = {  # the page of each state, its verdict, and what a reader finds at the top or among what speaks against it
    "1-held.html": ("HOLD", "D-evaluation-awareness"),
    "2-blocked.html": ("BLOCK", "C-authority"),
    "3-shown.html": ("HOLD", "approvals"),
    "4-promoted.html": ("PROMOTE", "sre_lead"),
    "5-reopened.html": ("HOLD", "C-watched"),
}


def look_at(folder: Path) -> None:
    """Open the page of each state in a browser without programs; go to the verdict by keyboard, and print it."""
    with started() as browser:
        for name, (verdict, told) in PAGES.items():
            with opened(browser, folder / name, script=False) as (page, asked):
                page.keyboard.press("Tab")
                page.keyboard.press("Enter")
                page.wait_for_url("**#verdict")  # the address changes a moment after the key
                text = page.locator("main").inner_text()
                assert text.split()[0] == verdict, name
                assert told in text, name
                assert page.locator("svg.tree a").count() > 13, name
                assert len(page.pdf(prefer_css_page_size=True)) > 10_000, name
                assert asked == [(folder / name).as_uri()], name


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
    look_at(folder)
    (folder / "remit.yaml").write_text(
        (folder / "remit.yaml").read_text(encoding="utf-8").replace("12h", "13h"), encoding="utf-8"
    )
    changed = gate(folder)
    assert (changed["verdict"], changed["code"]) == ("BLOCK", 1)
