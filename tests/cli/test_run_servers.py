"""The servers of a run: what is typed and what the charter says, what stands before them is told, what was called."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.small_runs import CHARTER, Stage, play

from remit.charter.reader import parse_charter
from remit.cli.runs.run_tally import Tally, tally_of
from remit.ledger.store import Ledger
from remit.supervisor.orders import read_confinement

Typed = Callable[..., Any]
SERVERS = "servers: {time: mcp-server-time --local-timezone UTC, far: https://tools.acme.example/mcp}\n"


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A folder with a charter that names two servers, and a run that ends at once."""
    (tmp_path / "remit.yaml").write_text(CHARTER + SERVERS + "budget: {wall: 1h}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return play(monkeypatch, tmp_path)


def servers(stage: Stage) -> dict[str, tuple[list[str], str]]:
    """The servers the companion is told of, by name."""
    document = json.loads(stage.asked["companion"].document)
    return {server["name"]: (server["command"], server["url"]) for server in document["servers"]}


@pytest.mark.requirement("RUN-06")
def test_a_run_without_servers_has_no_companion(typed: Typed, stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "remit.yaml").write_text(CHARTER, encoding="utf-8")
    assert typed("run", "--", "agent").code == 0
    assert stage.asked["companion"] is None


@pytest.mark.requirement("RUN-06")
def test_the_servers_of_the_charter_and_those_typed_start_with_the_agent(typed: Typed, stage: Stage) -> None:
    typed("run", "--server", "git=mcp-server-git --repository 'a b'", "--server", "time=other-time", "--", "agent")
    assert servers(stage) == {
        "time": (["other-time"], ""),
        "far": ([], "https://tools.acme.example/mcp"),
        "git": (["mcp-server-git", "--repository", "a b"], ""),
    }
    companion = stage.asked["companion"]
    assert companion.doors == ("time", "far", "git")
    assert companion.command == (sys.executable, "-P", "-m", "remit.proxy.companion")


def test_a_server_gets_the_cage_of_the_agent_for_as_long_as_the_run(typed: Typed, stage: Stage, tmp_path: Path) -> None:
    typed("run", "--deadman", "1m", "--", "agent")
    agents = stage.asked["confinement"]
    document = json.loads(stage.asked["companion"].document)
    theirs = read_confinement(document["confinement"])
    assert (agents.wall, agents.deadman, theirs.wall, theirs.deadman) == (3600, 60, None, None)
    assert (theirs.folder, theirs.write, theirs.hosts) == (str(tmp_path), agents.write, agents.hosts)
    told = document["charter"]
    assert parse_charter(told["source"], path=told["path"]).digest == told["digest"]


SECRETS = """\
credentials:
  own: {from: "env:OWN", ttl: 1h}
  clock: {from: "env:CLOCK", ttl: 1h, servers: time}
  tools: {from: "file:tools.key", ttl: 1h, host: tools.acme.example, servers: [far]}
"""


def test_no_server_gets_a_secret_of_the_agent_or_of_another_server(typed: Typed, stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "remit.yaml").write_text(CHARTER + SERVERS + SECRETS, encoding="utf-8")
    assert typed("run", "--", "agent").code == 0
    document = json.loads(stage.asked["companion"].document)
    held = {server["name"]: [secret["name"] for secret in server["secrets"]] for server in document["servers"]}
    assert held == {"time": ["clock"], "far": ["tools"]}
    assert read_confinement(document["confinement"]).secrets == ()
    assert [secret.name for secret in stage.asked["confinement"].secrets] == ["own"]


def test_a_secret_for_a_server_nobody_starts_begins_no_run(typed: Typed, stage: Stage, tmp_path: Path) -> None:
    credentials = 'credentials: {crm: {from: "env:CRM", ttl: 1h, servers: crm}}\n'
    (tmp_path / "remit.yaml").write_text(CHARTER + credentials, encoding="utf-8")
    answer = typed("run", "--", "agent")
    assert (answer.code, stage.asked) == (2, {})
    assert "`crm` is for the server `crm`, and this run has no servers" in " ".join(answer.err.replace("│", "").split())
    assert typed("run", "--server", "crm=crm-server", "--", "agent").code == 0


def test_servers_in_the_environment_stand_on_lines(typed: Typed, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REMIT_SERVERS", "a=one --two three\n\nb=https://b.example/mcp\n")
    assert typed("run", "--", "agent").code == 0
    assert servers(stage)["a"] == (["one", "--two", "three"], "")
    assert servers(stage)["b"] == ([], "https://b.example/mcp")


@pytest.mark.parametrize(
    "text", ["git", "a b=command", "FAR=command", "=command", "git=", "git=http://far.example/mcp", "git='unbalanced"]
)
def test_what_is_no_server_is_a_usage_error_and_starts_nothing(typed: Typed, stage: Stage, text: str) -> None:
    answer = typed("run", "--server", text, "--", "agent")
    assert answer.code == 2
    assert "--server" in answer.err
    assert stage.asked == {}


def test_what_was_called_is_counted_from_the_record(tmp_path: Path) -> None:
    record = tmp_path / "ledger.db"
    assert tally_of(record) is None
    call = {"tool": "t", "args": {}}
    with Ledger.open(record) as ledger:
        for decision in ("allow", "allow", "ask"):
            ledger.record("intent", {"call": call, "decision": decision})
        ledger.record("asked", {"call": call})
        ledger.record("asked", {"call": call})
        ledger.record("denied", {"call": call, "code": "guard.denied"})
        number = ledger.record("intent", {"call": {"host": "a.example"}, "gated": False})
        ledger.record("denied", {"intent": number, "reason": "no"})
    found = tally_of(record)
    assert found == Tally(allowed=2, asked=2, agreed=1, denied=1, requests=1, refused=1)
    assert found.lines() == (
        ("calls", "2 allowed, 1 denied, 2 asked (1 agreed to)"),
        ("hosts", "1 requests, 1 denied"),
    )
    assert Tally().lines() == ()
