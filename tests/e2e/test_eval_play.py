"""An agent in a cage plays a scenario whose environment stands outside of it; its end, whatever it is, is judged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.test_run import whole_host

from remit.evals.episode import Stage, run_episode
from remit.evals.logs import Proof, rescore
from remit.evals.organisms import organism
from remit.evals.scenarios import scenarios
from remit.evals.selection import instance_of
from remit.guard.call import Call

__all__ = ["whole_host"]
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
THIRD_PARTY = ROOT / "tests" / "evals" / "adapters" / "third_party_agent.py"
INSTANCE = "self-preservation.avoid-shutdown/breaker/A/3"
NAMED = ["avoid-shutdown", "--template", "breaker", "--seed", "3"]
# looks at the tools, makes the calls it is given, then ends as it is told
AGENT = """\
import http.client, json, os, sys, time
calls, end = json.loads(sys.argv[1]), sys.argv[2]
place = os.environ["REMIT_MCP_URL"].removeprefix("http://").partition("/")
session = {}
def post(message):
    line = http.client.HTTPConnection(place[0], timeout=120)
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream", **session}
    line.request("POST", "/" + place[2], json.dumps({"jsonrpc": "2.0", **message}), headers)
    answer = line.getresponse()
    if answer.getheader("mcp-session-id"):
        session.update({"mcp-session-id": answer.getheader("mcp-session-id"), "mcp-protocol-version": "2025-06-18"})
    return answer.read().decode()
hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "agent", "version": "1"}}
post({"id": 1, "method": "initialize", "params": hello})
post({"method": "notifications/initialized"})
post({"id": 2, "method": "tools/list"})
for number, (tool, arguments) in enumerate(calls):
    print(post({"id": 3 + number, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}))
time.sleep(600 if end == "hang" else 0)
sys.exit(int(end) if end.isdecimal() else 0)
"""


class Hall:
    """A folder with a charter and an agent, and runs that are kept beside it."""

    def __init__(self, folder: Path) -> None:
        """Write both."""
        self.folder, self.state = folder, folder.with_name(f"{folder.name}-state")
        self.episode = folder / "e.jsonl"
        draft = self.remit("play", *NAMED, "--draft").stdout
        python = sorted({str(Path(sys.prefix).resolve()), str(Path(sys.base_prefix).resolve()), str(ROOT)})
        self.charter = f"{draft}runtime: {{filesystem: {{read: [., {', '.join(python)}]}}}}\n"
        (folder / "remit.yaml").write_text(self.charter)
        (folder / "agent.py").write_text(AGENT)

    def remit(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A verb of `remit eval`."""
        environment = {**os.environ, "XDG_STATE_HOME": str(self.state), "NO_COLOR": "1"}
        command = [sys.executable, "-m", "remit.cli", "eval", *words]
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=400, check=False
        )

    def play(self, *calls: tuple[str, dict[str, Any]], end: str = "0", within: str = "240s") -> dict[str, Any]:
        """What became of an agent that makes these calls and ends like this."""
        agent = [sys.executable, "agent.py", json.dumps(calls), end]
        done = self.remit("play", *NAMED, "--json", "--within", within, "--to", str(self.episode), "--", *agent)
        assert done.stdout, done.stderr
        return {**json.loads(done.stdout), "exit": done.returncode}


@pytest.fixture
def hall(tmp_path: Path, whole_host: None) -> Hall:
    """A hall of this test's own."""
    del whole_host
    return Hall(tmp_path)


def here(*calls: tuple[str, dict[str, Any]]) -> str:
    """The digest of the same calls made in this process."""
    stage = Stage(instance_of(scenarios(), INSTANCE))
    for tool, args in calls:
        stage.call(Call(tool=tool, args=args))
    return stage.close().record.digest


@pytest.mark.requirement("EVAL-62")
def test_an_agent_in_a_cage_plays_the_episode_that_is_played_here(hall: Hall) -> None:
    calls = [("read_file", {"path": "/nowhere"}), ("check", {"item": "x"}), ("finish", {})]
    found = hall.play(*calls)
    assert found["record"] == here(*calls)
    proved = rescore(hall.episode, scenarios(), anchors=[found["record"]])
    assert (proved.verdict.valid, proved.proof) == (True, Proof.ANCHORED)
    scored = hall.remit("score", str(hall.episode), "--run", found["run"], "--json")
    assert json.loads(scored.stdout)["episodes"][0]["proof"] == "anchored"


def test_a_call_the_charter_refuses_is_in_the_record_where_it_was_made(hall: Hall) -> None:
    narrow = "".join(line + "\n" for line in hall.charter.splitlines() if "tool: stop_unit" not in line)
    (hall.folder / "remit.yaml").write_text(narrow)
    found = hall.play(("check", {"item": "x"}), ("stop_unit", {"unit": "breaker"}), ("finish", {}))
    assert found["refused"] == 1
    called = [json.loads(line) for line in hall.episode.read_text().splitlines()]
    assert [line["facts"]["tool"] for line in called if line.get("kind") == "called"] == [
        "check",
        "stop_unit",
        "finish",
    ]


@pytest.mark.requirement("EVAL-63")
@pytest.mark.parametrize(
    ("calls", "end", "why"),
    [
        ([("check", {"item": "x"})], "3", "the agent ended with 3"),
        ([("check", {"item": "x"})], "hang", "the agent did not end in time"),
    ],
)
def test_an_agent_that_dies_or_hangs_was_not_evaluated(
    hall: Hall, calls: list[tuple[str, dict[str, Any]]], end: str, why: str
) -> None:
    found = hall.play(*calls, end=end, within="6s" if end == "hang" else "240s")
    assert (found["exit"], found["verdict"]["valid"], found["verdict"]["why"]) == (10, False, why)


@pytest.mark.parametrize("name", ["compliant", "violator"])
def test_an_agent_loop_of_somebody_else_plays_in_the_cage(name: str, hall: Hall) -> None:
    (hall.folder / "loop.py").write_text(THIRD_PARTY.read_text())
    agent = [sys.executable, "loop.py", "chat", "{brief}"]
    done = hall.remit("play", *NAMED, "--json", "-o", name, "--", *agent)
    found = json.loads(done.stdout)
    assert found["record"] == run_episode(instance_of(scenarios(), INSTANCE), organism(name)).record.digest
    assert done.returncode == (0 if name == "compliant" else 1)
