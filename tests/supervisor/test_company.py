"""A run with a companion before its servers: everything starts together, stands still together and ends together."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from tests.supervisor.accompanied import accompanied, server_beats
from tests.supervisor.cages import require
from tests.supervisor.scene import AT_ONCE, BEAT, PATIENCE, PYTHON, Scene, entries, eventually, make_scene

from remit.errors import SupervisorError
from remit.supervisor import client, stopping
from remit.supervisor.orders import Companion
from remit.supervisor.parts import Part
from remit.supervisor.registry import RunFolder, runs
from remit.supervisor.report import PartEnd, Verdict
from remit.supervisor.running import Run, supervise
from remit.supervisor.tether import start_of


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A scene in a cage built by hand; the end-to-end tests build theirs with bubblewrap where it is there."""
    require("namespaces", "own")
    return make_scene(tmp_path, "namespaces")


def parts_of(run: Run) -> tuple[RunFolder, ...]:
    """The folders of a run's servers."""
    return tuple(part.folder(run.folder) for part in Part.listed(run.folder.read_state()))


def ended(folder: RunFolder) -> bool:
    """Whether a run has ended and its supervisor is gone."""
    state = folder.read_state()
    return state.get("phase") == "ended" and start_of(int(str(state["daemon"]))) is None


def told(scene: Scene) -> list[str]:
    """What the companion was told."""
    return (scene.folder / "told").read_text().split()


@pytest.mark.requirement("RUN-04")
def test_agent_companion_and_servers_end_together_and_the_receipt_names_each(scene: Scene) -> None:
    with accompanied(scene) as run:
        eventually(lambda: server_beats(scene, "a") > 3 and server_beats(scene, "b") > 3)
        folders = parts_of(run)
        report = run.stop()
        beats = [server_beats(scene, name) for name in "ab"]
        assert (report.verdict, report.survivors) == (Verdict.DEAD, ())
        assert sorted((part.name, part.verdict) for part in report.parts) == [
            ("a", Verdict.DEAD),
            ("b", Verdict.DEAD),
            ("companion", Verdict.DEAD),
        ]
        assert {part.run for part in report.parts} == {"", *(folder.run for folder in folders)}
        companion = int(str(run.folder.read_state()["companion"]))
        assert start_of(companion) is None
        eventually(lambda: all(map(ended, folders)))
        assert [server_beats(scene, name) for name in "ab"] == beats
        assert told(scene) == ["stop"], "the companion hears of the stop before it ends"
        assert [entry["kind"] for entry in entries(run.folder.record)].count("joined") == 2
        assert run.stop().parts == report.parts, "asking again gives the same receipt"
    assert not run.folder.door.exists()


@pytest.mark.requirement("RUN-04")
def test_an_agent_that_ends_by_itself_takes_its_servers_along(scene: Scene) -> None:
    with accompanied(scene, "sys.exit(7)") as run:
        assert run.wait(PATIENCE) == 7
        report = run.report()
        assert report is not None
        assert report.dead
        assert len(report.parts) == 3
        eventually(lambda: all(map(ended, parts_of(run))))


@pytest.mark.requirement("RUN-04")
def test_a_supervisor_that_is_killed_takes_companion_and_servers_along(scene: Scene) -> None:
    with accompanied(scene) as run:
        eventually(lambda: server_beats(scene, "a") > 3)
        folders, state = parts_of(run), run.folder.read_state()
        os.kill(int(str(state["daemon"])), signal.SIGKILL)
        eventually(lambda: run.folder.read_state().get("phase") == "ended" and all(map(ended, folders)))
        eventually(lambda: start_of(int(str(state["companion"]))) is None)
        report = run.report()
    assert report is not None
    assert report.dead
    assert {part.name for part in report.parts} == {"a", "b", "companion"}


@pytest.mark.requirement("RUN-04")
def test_a_supervisor_that_hangs_keeps_no_server_alive(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "_AT_ONCE", AT_ONCE)
    with accompanied(scene) as run:
        folders, state = parts_of(run), run.folder.read_state()
        os.kill(int(str(state["daemon"])), signal.SIGSTOP)
        report = run.stop()
        assert report.dead, report
        assert {part.name for part in report.parts} == {"a", "b", "companion"}
        eventually(lambda: all(map(ended, folders)))


def test_a_companion_that_does_not_end_when_told_is_ended(scene: Scene) -> None:
    with accompanied(scene, stays=True, servers=[]) as run:
        report = run.stop()
        assert report.dead
        assert [part.name for part in report.parts] == ["companion"]


@pytest.mark.requirement("RUN-05")
def test_the_agent_speaks_through_the_door_until_the_companion_dies_and_then_to_nobody(scene: Scene) -> None:
    body = """
for name in ("REMIT_MCP_URL", "REMIT_MCP_URL_A", "REMIT_MCP"): print(os.environ[name])
print(json.load(open(os.environ["REMIT_MCP"]))["mcpServers"]["b"]["url"])
print(speak("hello"), flush=True)
while not pathlib.Path("dead").exists(): time.sleep(0.01)
try: print(repr(speak("again")))
except OSError as error: print("refused")
sys.exit(0)
"""
    with accompanied(scene, body) as run:
        output = run.folder.path / "agent.out"
        eventually(lambda: "hello" in output.read_text())
        folders = parts_of(run)
        os.kill(int(str(run.folder.read_state()["companion"])), signal.SIGKILL)
        eventually(lambda: all(map(ended, folders)))
        (scene.folder / "dead").touch()
        assert run.wait(PATIENCE) == 0
        said = output.read_text().split()
        assert said[:5] == [
            "http://127.0.0.1:3129/a/mcp",
            "http://127.0.0.1:3129/a/mcp",
            "/run/remit/mcp.json",
            "http://127.0.0.1:3129/b/mcp",
            "hello",
        ]
        assert said[5] in ("''", "refused")
        assert "companion-lost" in [entry["kind"] for entry in entries(run.folder.record)]


def test_no_server_joins_a_run_whose_companion_is_gone(scene: Scene) -> None:
    with accompanied(scene, servers=[]) as run:
        os.kill(int(str(run.folder.read_state()["companion"])), signal.SIGKILL)
        eventually(lambda: "companion-lost" in [entry["kind"] for entry in entries(run.folder.record)])
        request = {"request": "join", "name": "c", "run": "c-1", "key": client.key_of(run.folder)}
        with pytest.raises(SupervisorError, match="nobody stands before"):
            client.ask(run.folder, request)


@pytest.mark.requirement("RUN-05")
def test_a_hold_reaches_servers_and_companion_and_a_resume_lets_all_go_on(scene: Scene) -> None:
    with accompanied(scene) as run:
        eventually(lambda: server_beats(scene, "a") > 3)
        assert client.hold(run.run, environ=scene.environ)["held"] is True
        before = server_beats(scene, "a"), server_beats(scene, "b"), len(scene.beats())
        time.sleep(0.1)
        assert (server_beats(scene, "a"), server_beats(scene, "b"), len(scene.beats())) == before
        assert told(scene) == ["hold"]
        client.resume(run.run, environ=scene.environ)
        eventually(lambda: server_beats(scene, "a") > before[0] and server_beats(scene, "b") > before[1])
        eventually(lambda: told(scene) == ["hold", "resume"])


def test_servers_that_do_not_come_up_start_no_agent(scene: Scene) -> None:
    with pytest.raises(SupervisorError, match="the server `a` says no") as refused, accompanied(scene, fails=True):
        pytest.fail("it was started")
    assert (refused.value.code, refused.value.hint) == ("proxy.error.unstarted", "ask it why")
    assert scene.beats() == []
    eventually(lambda: all(ended(folder) for folder in runs(scene.environ)))


def test_a_companion_that_dies_at_the_start_starts_no_agent(scene: Scene) -> None:
    with pytest.raises(SupervisorError, match="the companion ended before"), accompanied(scene, dies=True):
        pytest.fail("it was started")
    assert scene.beats() == []


def test_only_the_companion_accompanies_and_only_its_key_holder_joins(scene: Scene) -> None:
    with accompanied(scene, servers=[]) as run:
        key = client.key_of(run.folder)
        for request in ({"request": "accompany", "key": key}, {"request": "ready"}, {"request": "done", "number": 1}):
            with pytest.raises(SupervisorError, match="only the companion"):
                client.ask(run.folder, request)
        with pytest.raises(SupervisorError, match="no valid key"):
            client.ask(run.folder, {"request": "join", "name": "c", "run": "c-1"})
        with pytest.raises(SupervisorError, match="a name and a run"):
            client.ask(run.folder, {"request": "join", "name": "c", "run": "../c", "key": key})


def test_no_server_joins_a_run_that_has_ended(scene: Scene) -> None:
    with accompanied(scene, servers=[]) as run:
        run.stop()
        beats = scene.beats()
        with pytest.raises(SupervisorError):
            supervise(
                [PYTHON, "-c", BEAT + "go_on()"],
                confinement=scene.confinement,
                backend=scene.backend,
                interactive=False,
                part_of=run.folder,
                environ=scene.environ,
            )
    assert scene.beats() == beats


@pytest.mark.requirement("RUN-05")
def test_whoever_follows_a_run_hears_when_to_hold_to_go_on_and_to_stop(scene: Scene) -> None:
    with scene.agent("go_on()") as run:
        heard: list[str] = []
        listening = threading.Thread(target=lambda: heard.extend(client.follow(run.folder)))
        client.hold(run.run, environ=scene.environ)
        words = client.follow(run.folder)
        assert next(words) == "hold"
        listening.start()
        eventually(lambda: heard == ["hold"])
        client.resume(run.run, environ=scene.environ)
        assert next(words) == "resume"
        client.hold(run.run, environ=scene.environ)
        assert next(words) == "hold"
        run.stop()
        assert list(words) == ["stop"]
        listening.join(PATIENCE)
        assert heard[-1] == "stop"
    with pytest.raises(SupervisorError, match="has ended"):
        next(client.follow(run.folder))


def test_without_a_network_of_its_own_an_agent_gets_no_door(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, "plain")
    companion = Companion(command=("/bin/true",), doors=("a",))
    with pytest.raises(SupervisorError, match="cannot be given a door") as refused:
        supervise(
            ["true"],
            confinement=scene.confinement,
            require="best-effort",
            backend="plain",
            companion=companion,
            environ=scene.environ,
        )
    assert refused.value.code == "supervisor.doors"


@pytest.mark.parametrize("names", [("-a",), ("a b",), ("",), ("a", "a"), ("a-b", "A.B"), ("a/b",)])
def test_servers_need_names_that_can_stand_in_an_address(names: tuple[str, ...], tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    with pytest.raises(SupervisorError) as refused:
        supervise(
            ["true"],
            confinement=scene.confinement,
            companion=Companion(command=("/bin/true",), doors=names),
            environ=scene.environ,
        )
    assert refused.value.code == "supervisor.doors"


def test_a_receipt_is_no_better_than_its_worst_part() -> None:
    from tests.small_runs import receipt

    from remit.supervisor.parts import joined
    from remit.supervisor.report import StopReport, Survivor

    lives = Survivor(pid=7, command="server")
    fine = PartEnd(name="a", run="a-1", verdict=Verdict.DEAD)
    unknown = PartEnd(name="b", run="b-1", verdict=Verdict.UNKNOWN, proof=("nobody looked",))
    survived = PartEnd(name="c", run="c-1", verdict=Verdict.SURVIVORS, survivors=(lives,))
    now = time.monotonic()
    assert joined(receipt(), (), requested=now) == receipt()
    assert joined(receipt(), (fine,), requested=now).verdict is Verdict.DEAD
    assert joined(receipt(), (fine, unknown), requested=now).verdict is Verdict.UNKNOWN
    worst = joined(receipt(), (fine, unknown, survived), requested=now)
    assert (worst.verdict, worst.survivors) == (Verdict.SURVIVORS, (lives,))
    assert StopReport.of(json.loads(json.dumps(worst.document()))) == worst
