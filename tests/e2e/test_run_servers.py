"""One command puts an agent and its MCP servers under a charter: two real servers, an agent in a cage, one record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.test_run import Desk, eventually, whole_host

from remit.ledger.signing import SigningKey
from remit.ledger.store import read_entries
from remit.ledger.verification import verify
from remit.supervisor.registry import RunFolder
from remit.supervisor.tether import start_of

__all__ = ["whole_host"]

BIN = Path(sys.executable).parent
CHARTER = f"""\
remit: 1
agent: {{name: clerk}}
purpose: {{text: stage what was written; done when it is staged}}
overseers: {{me: {{channels: [cli]}}}}
servers:
  time: {BIN}/mcp-server-time --local-timezone UTC
runtime: {{filesystem: {{read: [{BIN.parent}], write: [./work, ./repository]}}}}
grants:
  - {{tool: get_current_time, effects: []}}
  - {{tool: git_status, effects: []}}
  - {{tool: git_add, effects: [], ask: me}}
"""
# makes each call it finds in work/todo, in order, and writes down what came back; for at most five minutes
AGENT = """\
import http.client, json, os, pathlib, time
servers = json.loads(pathlib.Path(os.environ["REMIT_MCP"]).read_text())["mcpServers"]
sessions = {}
def post(name, message):
    line = http.client.HTTPConnection("127.0.0.1", 3129, timeout=120)
    assert servers[name]["url"] == f"http://127.0.0.1:3129/{name}/mcp" == os.environ[f"REMIT_MCP_URL_{name.upper()}"]
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    if name in sessions: headers |= {"mcp-session-id": sessions[name], "mcp-protocol-version": "2025-06-18"}
    line.request("POST", f"/{name}/mcp", json.dumps({"jsonrpc": "2.0", **message}), headers)
    answer = line.getresponse()
    sessions.setdefault(name, answer.getheader("mcp-session-id"))
    text = answer.read().decode()
    lines = [part[5:] for part in text.splitlines() if part.startswith("data:") and len(part) > 6]
    return json.loads(lines[-1] if lines else text or "{}")
def call(name, tool, arguments):
    if name not in sessions:
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "agent", "version": "1"}}
        post(name, {"id": 1, "method": "initialize", "params": hello})
        post(name, {"method": "notifications/initialized"})
    return post(name, {"id": 2, "method": "tools/call", "params": {"name": tool, "arguments": arguments}})
until, seen = time.monotonic() + 300, 0
while time.monotonic() < until:
    for path in sorted(pathlib.Path("work").glob("todo-*"))[seen:]:
        seen += 1
        try: result = call(*json.loads(path.read_text()))
        except (OSError, ValueError, http.client.HTTPException) as error: result = {"fault": repr(error)}
        draft = path.with_name("draft")
        draft.write_text(json.dumps(result))
        draft.rename(path.with_name(path.name.replace("todo", "done")))
    time.sleep(0.01)
"""


class Office:
    """A run with an agent that makes calls on request."""

    def __init__(self, desk: Desk) -> None:
        """Start it."""
        self.desk, self.asked = desk, 0
        server = f"git={BIN}/mcp-server-git --repository ./repository"
        done = desk.typed("run", "--detach", "--server", server, "--", "python3", "-c", AGENT)
        assert done.returncode == 0, done.stderr
        self.run = done.stdout.strip()
        self.repository = str(desk.folder / "repository")
        path = Path(desk.environment["XDG_STATE_HOME"], "remit/runs", self.run)
        self.folder = RunFolder(run=self.run, path=path)

    def ask(self, server: str, tool: str, **arguments: object) -> int:
        """Have the agent make a call; its number."""
        self.asked += 1
        todo = self.desk.folder / "work" / f"todo-{self.asked}"
        todo.with_name("draft-of-a-todo").write_text(json.dumps([server, tool, arguments]))
        todo.with_name("draft-of-a-todo").rename(todo)
        return self.asked

    def answered(self, number: int) -> bool:
        """Whether a call came back."""
        return (self.desk.folder / "work" / f"done-{number}").exists()

    def answer(self, number: int) -> dict[str, Any]:
        """What a call came back with."""
        eventually(lambda: self.answered(number))
        found: dict[str, Any] = json.loads((self.desk.folder / "work" / f"done-{number}").read_text())
        return found

    def add(self, name: str) -> int:
        """Have the agent add a file to the index."""
        (self.desk.folder / "repository" / name).write_text("invoice")
        return self.ask("git", "git_add", repo_path=str(self.desk.folder / "repository"), files=[name])

    def refused(self, server: str, tool: str, **arguments: object) -> str:
        """Have the agent make a call that is refused; the code it is refused with."""
        result = self.answer(self.ask(server, tool, **arguments))["result"]
        assert result["isError"] is True
        return str(result["structuredContent"]["refused"]["code"])

    def status(self) -> str:
        """What git itself says of the repository."""
        command = ["git", "-C", str(self.desk.folder / "repository"), "status", "--porcelain"]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=240).stdout

    def kinds(self) -> list[str]:
        """The kinds of the entries on record, in order."""
        return [entry.kind for entry in read_entries(self.folder.record)]


@pytest.fixture
def desk(whole_host: None, tmp_path: Path) -> Iterator[Desk]:
    """A desk with a repository and a charter that names one server."""
    del whole_host
    folder = tmp_path / "desk"
    (folder / "work").mkdir(parents=True)
    (folder / "remit.yaml").write_text(CHARTER, encoding="utf-8")
    subprocess.run(["git", "init", "-q", str(folder / "repository")], check=True, timeout=240)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("REMIT_", "XDG_"))}
    settings = {"XDG_STATE_HOME": str(tmp_path / "state"), "COLUMNS": "100", "NO_COLOR": "1"}
    made = Desk(folder=folder, environment={**kept, **settings})
    yield made
    assert made.typed("stop", "--all").returncode == 0


@pytest.mark.slow
@pytest.mark.requirement("RUN-06")
def test_an_agent_and_two_real_servers_run_ask_hold_narrow_and_end_under_one_charter(desk: Desk) -> None:
    assert desk.typed("approve", "--enrol", "me").returncode == 0
    office = Office(desk)
    told = office.answer(office.ask("time", "get_current_time", timezone="UTC"))
    assert told["result"]["structuredContent"]["timezone"] == "UTC"
    status = office.answer(office.ask("git", "git_status", repo_path=office.repository))
    assert "No commits yet" in status["result"]["content"][0]["text"]
    assert office.refused("git", "git_commit", repo_path=office.repository, message="no") == "guard.denied"
    approve_one(desk, office)
    hold_and_resume(desk, office)
    correct(desk, office)
    stop_all(desk, office)
    shown = desk.typed("log", "show", office.run).stdout
    for words in ("get_current_time(timezone=UTC)", "git_commit", "approved", "held", "joined", "stopped"):
        assert words in shown


def approve_one(desk: Desk, office: Office) -> None:
    """A call the charter asks about waits, and is made once it is approved, as it was shown."""
    waits = office.add("approved.txt")
    eventually(lambda: "asked" in office.kinds())
    assert not office.answered(waits)
    assert office.status() == "?? approved.txt\n"
    [question] = json.loads(desk.typed("approve", "--json").stdout)["waiting"]
    assert question["run"] == office.run
    said = desk.typed("approve", question["request"], "--by", "me", "--digest", question["digest"])
    assert said.returncode == 0, said.stderr + said.stdout
    assert "staged" in office.answer(waits)["result"]["content"][0]["text"]
    assert office.status() == "A  approved.txt\n"


def hold_and_resume(desk: Desk, office: Office) -> None:
    """No call begins while the run is held, and none is lost."""
    held = desk.typed("hold", office.run)
    assert held.returncode == 0, held.stderr
    intents = office.kinds().count("intent")
    later = office.ask("time", "get_current_time", timezone="UTC")
    assert desk.typed("runs").stdout.count("held") == 1
    assert not office.answered(later)
    assert office.kinds().count("intent") == intents
    assert desk.typed("resume", office.run).returncode == 0
    assert "result" in office.answer(later)


def correct(desk: Desk, office: Office) -> None:
    """A narrower charter holds at once; a wider one is refused and changes nothing."""
    smaller = CHARTER.replace("  - {tool: get_current_time, effects: []}\n", "")
    (desk.folder / "smaller.yaml").write_text(smaller, encoding="utf-8")
    (desk.folder / "wider.yaml").write_text(CHARTER + "  - {tool: git_commit, effects: []}\n", encoding="utf-8")
    wider = desk.typed("correct", office.run, "--text", "commit too", "--charter", "wider.yaml", "--wait", "0")
    assert wider.returncode == 4, wider.stderr
    assert "it widens the charter" in wider.stderr
    narrower = desk.typed("correct", office.run, "--text", "no clock", "--charter", "smaller.yaml", "--wait", "0")
    assert narrower.returncode == 0, narrower.stderr
    assert office.refused("time", "get_current_time", timezone="UTC") == "guard.denied"
    assert "result" in office.answer(office.ask("git", "git_status", repo_path=office.repository))


def stop_all(desk: Desk, office: Office) -> None:
    """Agent, guard and servers end, a question that waited is void, and the record holds and is signed."""
    state = office.folder.read_state()
    parts = [office.folder.path.parent / str(part["run"]) for part in state["parts"]]  # type: ignore[attr-defined]
    waits = office.add("late.txt")
    eventually(lambda: office.kinds().count("asked") == 2)
    stopped = desk.typed("stop", office.run, "--json")
    report = json.loads(stopped.stdout)
    assert (stopped.returncode, report["dead"], report["survivors"]) == (0, True, [])
    assert {part["name"] for part in report["parts"]} == {"companion", "time", "git"}
    assert {part["verdict"] for part in report["parts"]} == {"dead"}
    for path in parts:
        ended = RunFolder(run=path.name, path=path).read_state()
        assert (ended["phase"], ended["verdict"]) == ("ended", "dead")
        assert start_of(int(str(ended["init"]))) is None
    if office.answered(waits):  # the agent may live long enough to be told
        told = office.answer(waits)
        assert "fault" in told or told.get("error") or told["result"]["isError"]
    assert office.status() == "A  approved.txt\n?? late.txt\n", "the call that waited was not made"
    assert json.loads(desk.typed("approve", "--json").stdout)["waiting"] == [], "nobody is asked for a run that ended"
    key = SigningKey.open(office.folder.path.parents[1] / "ledger.key", create=False)
    verified = verify(office.folder.record, public_key=key.public, thorough=True)
    assert verified.ok, verified.faults
    assert verified.signed == verified.size, "what a detached run did is signed when it is stopped"


@pytest.mark.slow
@pytest.mark.requirement("RUN-06")
def test_a_server_that_does_not_come_up_starts_no_agent_and_its_own_words_are_named(desk: Desk) -> None:
    command = ["run", "--server", f"git={BIN}/mcp-server-git --no-such-option", "--", "sh", "-c", "touch work/ran"]
    done = desk.typed(*command)
    assert done.returncode == 4
    assert "the server `git` ended before it answered" in done.stderr
    assert not (desk.folder / "work" / "ran").exists()
    [words] = Path(desk.environment["XDG_STATE_HOME"]).glob("remit/runs/clerk-*/companion.err")
    assert str(words) in done.stderr.replace("\n", "").replace(" ", "")
    assert "no-such-option" in words.read_text()


@pytest.mark.slow
@pytest.mark.requirement("RUN-06")
def test_the_end_of_a_run_says_how_many_calls_were_allowed_denied_and_asked_about_and_is_signed(desk: Desk) -> None:
    (desk.folder / "work" / "todo-1").write_text(json.dumps(["time", "get_current_time", {"timezone": "UTC"}]))
    (desk.folder / "work" / "todo-2").write_text(json.dumps(["time", "convert_time", {}]))
    agent = AGENT.replace("while time.monotonic() < until", "while seen < 2")
    done = desk.typed("run", "--", "python3", "-c", agent)
    assert done.returncode == 0, done.stderr
    assert "calls  1 allowed, 1 denied, 0 asked" in done.stderr
    [record] = Path(desk.environment["XDG_STATE_HOME"]).glob("remit/runs/clerk-*/ledger.db")
    key = SigningKey.open(record.parents[2] / "ledger.key", create=False)
    assert verify(record, public_key=key.public).signed == sum(1 for _ in read_entries(record))
