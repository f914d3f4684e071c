"""Drills of an agent with servers: they are started as for a run, calls of their tools are moments, they end with it."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.drills.real import PYTHON, demand_a_cage
from tests.drills.records import cell, entry

from remit.charter.reader import parse_charter
from remit.charter.runtime import confinement_of
from remit.cli.drill.servers import started_by, starting_of
from remit.drills import campaign
from remit.drills.campaign import run_campaign
from remit.drills.entry import Entry
from remit.drills.moment import Moment
from remit.drills.plan import Plan, Service
from remit.drills.report import Report, Subject, verdict_of
from remit.drills.servers import Hatch, hatched
from remit.drills.stage import Setting
from remit.drills.suite import Drill
from remit.drills.trial import Ending, Trial
from remit.supervisor.protocol import Lines, encode

AGENTS = Path(__file__).parent / "agents"
CHARTER = f"""\
remit: 1
agent: {{name: poster}}
purpose: {{text: post three lines; done when they are posted}}
servers: {{board: {PYTHON} board_server.py}}
runtime: {{filesystem: {{write: [.]}}}}
grants: [{{tool: post, effects: []}}]
"""


class Caller:
    """The other end of a hatch: asks, and reads what is answered."""

    def __init__(self, hatch: Hatch) -> None:
        """Connect."""
        self.hatch = hatch
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.line.settimeout(30.0)
        self.line.connect(str(hatch.place))
        self.lines = Lines()

    def ask(self, *calls: str) -> None:
        """Ask about calls, and let the hatch see it."""
        for call in calls:
            self.line.sendall(encode({"call": call}))
        self.hatch.look()

    def answers(self, number: int) -> list[dict[str, object]]:
        """So many answers, as they come."""
        found: list[dict[str, object]] = []
        while len(found) < number:
            found += self.lines.feed(self.line.recv(65536))
        return found


@pytest.fixture
def hatch() -> Iterator[Hatch]:
    """A hatch that is open."""
    with hatched() as opened:
        yield opened


@pytest.fixture
def called(hatch: Hatch) -> Iterator[Callable[[], Caller]]:
    """Connect to the hatch, as often as it is called."""
    callers: list[Caller] = []

    def connect() -> Caller:
        callers.append(Caller(hatch))
        return callers[-1]

    yield connect
    for caller in callers:
        caller.line.close()


def test_a_call_waits_at_the_hatch_until_it_is_answered_and_the_first_answer_stands(
    hatch: Hatch, called: Callable[[], Caller]
) -> None:
    hatch.look()  # nobody is there yet
    hatch.answer("b", proceed=False, reason="an overseer said no")
    hatch.answer("b", proceed=True)
    caller = called()
    caller.ask("a", "b", "c")
    assert caller.answers(1) == [{"call": "b", "proceed": False, "reason": "an overseer said no"}]
    hatch.answer("a", proceed=True)
    assert caller.answers(1) == [{"call": "a", "proceed": True, "reason": ""}]
    hatch.close()
    assert caller.line.recv(10) == b"", "what still waits is refused by the end of the line"


def test_nobody_is_let_in_after_the_first_and_a_line_that_talks_nonsense_is_closed(
    hatch: Hatch, called: Callable[[], Caller]
) -> None:
    caller = called()
    hatch.look()
    caller.line.sendall(b"no json\n")
    hatch.look()
    assert caller.line.recv(10) == b""
    second = called()
    second.line.settimeout(0.0)
    second.ask("a")
    hatch.answer("a", proceed=True)
    with pytest.raises(BlockingIOError):
        second.line.recv(10)


def test_a_hatch_is_for_its_own_account_alone(hatch: Hatch) -> None:
    assert hatch.place.parent.stat().st_mode & 0o077 == 0


def test_nothing_is_started_unless_that_was_asked_for_and_never_what_a_service_stands_for() -> None:
    charter = parse_charter(CHARTER.replace("{board:", "{wiki: https://wiki.example.org/mcp, board:"))
    played = Plan(services=(Service(name="service", stands_for=("wiki",)),))
    assert started_by(charter, Plan(), asked=False) == ()
    assert started_by(charter, Plan(), asked=True) == ("wiki", "board")
    assert started_by(charter, Plan(servers=True), asked=False) == ("wiki", "board")
    assert started_by(charter, played, asked=True) == ("board",)


def test_the_servers_of_a_run_work_in_its_own_folder_and_ask_at_its_hatch(tmp_path: Path) -> None:
    inside, outside = tmp_path / "desk" / "tools" / "serve", tmp_path / "other" / "serve"
    text = CHARTER.replace(f"{PYTHON} board_server.py", f"{inside} --with {outside}")
    charter = parse_charter(text, path=str(tmp_path / "desk" / "remit.yaml"))
    confinement = confinement_of(charter, folder=tmp_path / "desk")
    starting = starting_of(charter, confinement, ("board",), require="full", backend=None, life=7.0)
    assert starting is not None
    moved = confinement_of(charter, folder=tmp_path / "copy")
    companion = starting(moved, hatch=tmp_path / "asked", patience=1.5)
    document: Mapping[str, Any] = json.loads(companion.document)
    assert document["servers"][0]["command"] == [f"{tmp_path}/copy/tools/serve", "--with", str(outside)]
    assert document["confinement"]["folder"] == str(tmp_path / "copy")
    assert document["gate"] == {"place": str(tmp_path / "asked"), "patience": 1.5}
    assert document["charter"]["digest"] == charter.digest
    assert (companion.doors, document["life"]) == (("board",), 7.0)
    assert starting_of(charter, confinement, (), require="full", backend=None, life=7.0) is None


def desk(folder: Path, *, charter: str = CHARTER) -> tuple[Setting, Subject]:
    """The poster and its server in a folder, to be drilled with that server."""
    work = folder / "desk"
    work.mkdir()
    for name in ("board_agent.py", "board_server.py"):
        shutil.copy(AGENTS / name, work)
    (work / "remit.yaml").write_text(charter, encoding="utf-8")
    read = parse_charter(charter, path=str(work / "remit.yaml"))
    confinement = confinement_of(read, folder=work)
    setting = Setting(
        command=(PYTHON, "board_agent.py"),
        confinement=confinement,
        plan=Plan(timeout=60.0),
        workspace=work,
        backend="bubblewrap",
        environ={**os.environ},
        servers=starting_of(read, confinement, ("board",), require="full", backend="bubblewrap", life=60.0),
    )
    subject = Subject(
        charter="remit.yaml", charter_digest=read.digest, command=setting.command, command_digest="sha256:bb",
        agent="poster", servers=("board",), started=("board",),
    )  # fmt: skip
    return setting, subject


def drilled(folder: Path, *drills: Drill, charter: str = CHARTER) -> Report:
    """The report of some drills."""
    setting, subject = desk(folder, charter=charter)
    return run_campaign(setting, subject, drills, seed=0, progress=lambda *_: None)


@pytest.fixture
def caged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests run real processes, with a state folder of their own."""
    demand_a_cage()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.mark.slow
@pytest.mark.usefixtures("caged")
def test_a_drill_holds_refuses_and_stops_an_agent_at_its_calls_of_a_servers_tool(tmp_path: Path) -> None:
    report = drilled(
        tmp_path, cell("hold/mid-step/valid"), cell("deny/before-irreversible/valid"), cell("stop/idle/valid")
    )
    assert report.baseline is not None
    calls = [call for call in report.baseline.calls if call.server]
    assert [(call.name, call.happened) for call in calls] == [("CALL post", True)] * 3
    held, denied, stopped = report.played
    assert [item.trial.fault for item in report.played] == ["", "", ""]
    assert [item.trial.reached for item in report.played] == [True] * 3
    assert (held.measures.control_yielded, held.measures.resume_ok) == (True, True)
    assert denied.measures.control_yielded is True
    kept = [call for call in denied.trial.calls if call.server]
    assert [(call.allowed, call.happened) for call in kept] == [(False, False)] * 3, "it is refused whenever it tries"
    assert not [entry for entry in denied.trial.entries if entry.kind == "file"], "nothing of it reached the server"
    assert stopped.trial.ending.verdict == "dead"
    receipt: Any = next(entry.facts["report"] for entry in reversed(stopped.trial.entries) if entry.kind == "stopped")
    ends = {part["name"]: part["verdict"] for part in receipt["parts"]}
    assert ends == {"board": "dead", "companion": "dead"}, "its server is dead as well"


@pytest.mark.slow
@pytest.mark.usefixtures("caged")
def test_a_server_that_does_not_come_up_is_told_in_its_own_words_and_is_no_pass(tmp_path: Path) -> None:
    report = drilled(tmp_path, cell("stop/idle/valid"), charter=CHARTER.replace("server.py", "server.py --unlicensed"))
    verdict, because = verdict_of(report)
    assert verdict == "inconclusive"
    assert "`board`" in because[0]
    assert "no licence was found" in because[0]
    assert (report.played, report.subject.started) == ((), ())


def test_a_host_is_taken_away_at_a_call_of_a_host_and_never_at_one_of_a_tool(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    setting, subject = desk(tmp_path)
    played: list[str] = []

    def play(_setting: Setting, drill: Drill, moment: Moment, _baseline: object) -> Trial:
        played.append(f"{drill.kind} {moment.during}")
        return Trial(drill=drill, moment=moment, run="", entries=(), fault="made up")

    def report_of(*entries: Entry) -> Report:
        baseline = Trial(drill=None, moment=None, run="r", entries=entries, ending=Ending(status=0))
        monkeypatch.setattr(campaign, "play_baseline", lambda *_: baseline)
        monkeypatch.setattr(campaign, "play_drill", play)
        drills = (cell("revoke/before-irreversible/valid"), cell("stop/before-irreversible/valid"))
        return run_campaign(setting, subject, drills, seed=0, progress=lambda *_: None)

    call = {"id": "a1", "tool": "post", "args": {}, "principal": "", "server": "board"}
    tool = (
        entry(1, 0.1, "intent", guard="g", call=call),
        entry(2, 0.2, "outcome", guard="g", intent=1, result="performed", label="ran"),
    )
    alone = report_of(*tool)
    assert played == ["stop CALL post"]
    assert alone.played[0].trial.fault.startswith("among its calls of hosts, which alone can be taken away: ")
    host = {"tool": "http.post", "method": "POST", "host": "shop", "port": 80, "path": "/orders"}
    played.clear()
    report_of(*tool, entry(3, 0.3, "intent", call=host, gated=True), entry(4, 0.4, "outcome", intent=3, status=200))
    assert played == ["revoke POST /orders", "stop CALL post"]
