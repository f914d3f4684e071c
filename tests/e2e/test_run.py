"""The verbs that keep a running agent in its charter, typed as people type them, on real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from remit.confinement import Degree
from remit.supervisor.probes import TRIALS, ask

CHARTER = """\
remit: 1
agent: {name: clerk}
purpose: {text: file the invoices of the day; done when none is left}
credentials: {crm: {from: "env:CRM_TOKEN", ttl: 1h}}
runtime: {filesystem: {write: [./work]}}
"""
# beats into work/beats many times a second, for at most a minute whatever happens to it
BEATING = """\
import json, os, pathlib, time
beats, until = pathlib.Path("work/beats"), time.monotonic() + 600
inbox, outbox = (pathlib.Path(os.environ[name]) for name in ("REMIT_INBOX", "REMIT_OUTBOX"))
while time.monotonic() < until:
    with beats.open("a") as file:
        file.write(".")
    for letter in inbox.glob("*.json"):
        answer = {"number": json.loads(letter.read_text())["number"], "at": "now"}
        (outbox / f"ack-{letter.name}").write_text(json.dumps(answer))
    time.sleep(0.02)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A folder with a charter, a state folder of its own, and a way to type commands there."""

    folder: Path
    environment: dict[str, str]

    def typed(self, *words: str, within: float = 240.0) -> subprocess.CompletedProcess[str]:
        """Type ``remit ...`` and wait for the end of it."""
        return subprocess.run(
            [sys.executable, "-m", "remit.cli", *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=within,
            check=False,
        )

    def start(self) -> str:
        """Start an agent that beats, in the background, and return its name once it beats."""
        done = self.typed("run", "--detach", "--", sys.executable, "-c", BEATING)
        assert done.returncode == 0, done.stderr
        eventually(lambda: self.beats() > 0)
        return done.stdout.strip()

    def beats(self) -> int:
        """How often the agent has beaten."""
        file = self.folder / "work" / "beats"
        return file.stat().st_size if file.exists() else 0


def eventually(comes_true: Callable[[], bool], within: float = 240.0) -> None:
    """Wait until something is so, and fail when it never is."""
    deadline = time.monotonic() + within
    while not comes_true():
        if time.monotonic() > deadline:
            pytest.fail("it never came about")
        time.sleep(0.02)


@pytest.fixture(scope="module")
def whole_host() -> None:
    """A host that can enforce a charter; another one skips with the reason, and the automatic check fails."""
    needed = {"user namespace", "pid namespace", "mount namespace", "network namespace", "cgroup freeze", "cgroup kill"}
    tried = [ask(trial) for trial in TRIALS if trial.name in needed]
    missing = [probe for probe in tried if probe.degree is not Degree.FULL]
    if missing:
        reason = "; ".join(map(str, missing))
        if os.environ.get("CI"):
            pytest.fail(f"the automatic check has to run on a host that enforces a charter: {reason}")
        pytest.skip(f"this host does not enforce a charter: {reason}")


@pytest.fixture
def desk(whole_host: None, tmp_path: Path) -> Iterator[Desk]:
    """A desk on a host that enforces its charter; whatever still runs there at the end is stopped."""
    del whole_host
    (tmp_path / "desk" / "work").mkdir(parents=True)
    (tmp_path / "desk" / "remit.yaml").write_text(CHARTER, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("REMIT_", "XDG_"))}
    settings = {"XDG_STATE_HOME": str(tmp_path / "state"), "CRM_TOKEN": "s3cret", "COLUMNS": "100", "NO_COLOR": "1"}
    made = Desk(folder=tmp_path / "desk", environment={**kept, **settings})
    yield made
    assert made.typed("stop", "--all").returncode == 0


@pytest.mark.requirement("RUN-01")
def test_an_agent_sees_what_its_charter_names_and_its_exit_code_is_the_verbs(desk: Desk) -> None:
    (desk.folder.parent / "beside").mkdir()
    script = (
        "cat remit.yaml | head -1; echo x >> remit.yaml; echo $CRM_TOKEN; ls ..; echo done > work/done; "
        "echo oops >&2; exit 7"
    )
    done = desk.typed("run", "--", "sh", "-c", script)
    assert done.returncode == 7, done.stderr
    assert done.stdout.splitlines() == ["remit: 1", "s3cret", "desk"]
    assert "oops" in done.stderr
    assert "pieces asked for are enforced" in done.stderr
    assert (desk.folder / "remit.yaml").read_text(encoding="utf-8") == CHARTER
    assert (desk.folder / "work" / "done").exists()


@pytest.mark.slow
@pytest.mark.requirement("RUN-01")
def test_an_agent_that_dies_of_a_signal_ends_the_verb_as_a_shell_would(desk: Desk) -> None:
    assert desk.typed("run", "--", "sh", "-c", "kill -TERM $$").returncode == 128 + signal.SIGTERM


def test_a_run_is_held_corrected_resumed_and_stopped(desk: Desk) -> None:
    name = desk.start()
    held = desk.typed("hold", name)
    assert held.returncode == 0, held.stderr
    before = desk.beats()
    assert "held" in desk.typed("runs").stdout
    assert desk.beats() == before
    assert desk.typed("resume", name[:-2]).returncode == 0
    eventually(lambda: desk.beats() > before)
    corrected = desk.typed("correct", name, "--text", "only today", "--wait", "10", "--json")
    assert json.loads(corrected.stdout)["acknowledged"]["number"] == 1
    stopped = desk.typed("stop", name, "--json")
    after = desk.beats()
    report = json.loads(stopped.stdout)
    assert (stopped.returncode, report["dead"], report["survivors"]) == (0, True, [])
    assert desk.beats() == after
    assert "stopped" in desk.typed("runs").stdout
    again = desk.typed("stop", name)
    assert (again.returncode, again.stdout.split()[0]) == (0, "dead")


@pytest.mark.slow
def test_nobody_beating_ends_a_run_and_a_terminal_that_lives_beats(desk: Desk) -> None:
    codes: list[int] = []
    for silence, length in (("600ms", 2), ("3s", 8), ("6s", 14)):  # a busy machine may keep the terminal from beating
        lives = desk.typed("run", "--deadman", silence, "--", "sh", "-c", f"sleep {length}; exit 5")
        codes.append(lives.returncode)
        if codes[-1] == 5:
            break
    assert codes[-1] == 5
    desk.typed("run", "--deadman", "300ms", "--detach", "--", "sleep", "20")
    eventually(lambda: "running" not in desk.typed("runs").stdout)


@pytest.mark.slow
def test_the_end_of_the_terminal_ends_the_run(desk: Desk) -> None:
    command = [sys.executable, "-m", "remit.cli", "run", "--", sys.executable, "-c", BEATING]
    with subprocess.Popen(command, cwd=desk.folder, env=desk.environment, stderr=subprocess.PIPE) as terminal:
        eventually(lambda: desk.beats() > 0)
        terminal.send_signal(signal.SIGTERM)
        said = terminal.communicate(timeout=240)[1].decode()
    assert terminal.returncode == 128 + signal.SIGTERM, said
    assert "stopping clerk-" in said
    assert json.loads(desk.typed("runs", "--json").stdout)["runs"][0]["verdict"] == "dead"


@pytest.mark.requirement("CAGE-01")
def test_without_a_cage_a_run_is_refused_and_nothing_starts(desk: Desk) -> None:
    done = desk.typed("run", "--backend", "plain", "--", "sh", "-c", "echo x > work/ran")
    assert done.returncode == 4
    assert "does not enforce" in done.stderr
    assert not (desk.folder / "work" / "ran").exists()


@pytest.mark.slow
@pytest.mark.requirement("CAGE-01")
def test_best_effort_runs_and_says_what_is_missing(desk: Desk) -> None:
    done = desk.typed("run", "--backend", "plain", "--require", "best-effort", "--json", "--", "sh", "-c", "exit 3")
    document = json.loads(done.stdout)
    assert done.returncode == document["status"] == 3
    assert {"processes", "filesystem", "network", "stop"} <= set(document["missing"])
    assert document["report"]["verdict"] != "dead"
    assert "without a cage" in done.stderr


def test_a_stop_of_everything_leaves_nothing_alive(desk: Desk) -> None:
    names = {desk.start(), desk.start()}
    stopped = desk.typed("stop", "--all", "--json")
    reports = json.loads(stopped.stdout)["reports"]
    assert stopped.returncode == 0
    assert {report["run"] for report in reports} == names
    before = desk.beats()
    assert "running" not in desk.typed("runs").stdout
    assert desk.beats() == before
