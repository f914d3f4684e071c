from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[1] / "example_charter.yaml"
Typed = Callable[..., Any]


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example's charter in the place of the shipped one, and an empty folder to work in."""
    (tmp_path / "package" / "charters").mkdir(parents=True)
    (tmp_path / "package" / "charters" / "sre-agent.yaml").write_text(
        EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8"
    )
    installed = resources.files
    monkeypatch.setattr(
        "remit.cli.charter.demo.resources.files",
        lambda package: tmp_path / "package" if package == "remit" else installed(package),
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.requirement("DEMO-01")
@pytest.mark.usefixtures("engine")
def test_the_demo_shows_what_is_wrong_why_and_the_patch_then_the_smaller_charter(typed: Typed, shipped: Path) -> None:
    answer = typed("demo")
    places = [
        answer.out.index(part)
        for part in ("WHAT IS WRONG", "WHY", "FIX", "2. The same charter", "IN SHORT", "Clean: ", "3. May it be")
    ]
    assert places == sorted(places)
    assert "the task keeps 98.5 % of its value" in answer.out  # what the search says
    assert "the task keeps 98 % of its value, measured on the smaller charter" in " ".join(answer.out.split())
    assert answer.code == 0
    written = sorted(path.name for path in (shipped / "remit-demo").iterdir())
    assert written == ["case.yaml", "remit.yaml", "report.html", "smaller.yaml"]
    ending = " ".join(answer.out[answer.out.index("3. May it be") :].split())
    assert "HOLD: a charter without findings shows what the agent may do, not what it does." in ending
    assert "0 pieces of evidence" in ending
    gate = typed("gate", "remit-demo/case.yaml", "--json")
    assert (gate.code, json.loads(gate.out)["verdict"]) == (10, "HOLD")
    why = [reason["why"] for reason in json.loads(gate.out)["reasons"]]
    assert " ".join(why[0].split()) in ending, "the demo says what the gate says"
    assert "at: outside" in (shipped / "remit-demo" / "smaller.yaml").read_text(encoding="utf-8")


@pytest.mark.usefixtures("engine")
def test_the_demo_says_so_when_its_folder_cannot_be_made(typed: Typed, shipped: Path) -> None:
    (shipped / "remit-demo").write_text("in the way", encoding="utf-8")
    answer = typed("demo")
    assert answer.code == 4
    assert "choose another --folder" in answer.err


@pytest.mark.slow
@pytest.mark.requirement("DEMO-01", "DEMO-02")
def test_the_real_demo_ends_clean_and_its_patch_checks_clean(tmp_path: Path) -> None:
    remit = str(Path(sys.executable).with_name("remit"))
    without_network = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "http_proxy": "http://127.0.0.1:9"}
    demo = subprocess.run(
        [remit, "demo"], cwd=tmp_path, env=without_network, capture_output=True, text=True, check=False
    )
    assert demo.returncode == 0, demo.stdout + demo.stderr
    again = subprocess.run(
        [remit, "check", "remit-demo/smaller.yaml", "--json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    report = json.loads(again.stdout)
    assert [entry["id"] for entry in report["affordances"] if entry["class"] in ("resistance", "conflict")] == []
    assert again.returncode == 0, [entry["message"] for entry in report["findings"] if entry["severity"] == "error"]
    first = subprocess.run(
        [remit, "check", "remit-demo/remit.yaml", "--json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert first.returncode == 1
    assert json.loads(first.stdout)["least_authority"]["task_value"] >= 0.97
