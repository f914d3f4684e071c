"""Runs of real processes: started, held, corrected, stopped, and left by whoever started or supervised them."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.supervisor.scene import AT_ONCE, PATIENCE, PYTHON, Scene, entries, eventually, kept_bytes, make_scene

from remit.confinement import Degree, Piece, Secret
from remit.errors import NotEnforcedError, SupervisorError
from remit.supervisor import client, stopping
from remit.supervisor.registry import find_run
from remit.supervisor.report import Rung, Verdict
from remit.supervisor.running import Run, stop
from remit.supervisor.tether import start_of

SOURCE = str(Path(client.__file__).resolve().parents[2])


def processes_of(run: Run) -> list[int]:
    """Every process outside that the run's state names and that still lives."""
    state = run.folder.read_state()
    return [pid for name in ("process", "init") if isinstance(pid := state.get(name), int) and start_of(pid)]


def kinds(run: Run) -> list[object]:
    """The kinds of the entries in a run's record, in order."""
    return [entry["kind"] for entry in entries(run.folder.record)]


@pytest.mark.requirement("STOP-01")
def test_a_run_that_ends_by_itself_leaves_its_exit_status_and_nothing_else(scene: Scene) -> None:
    with scene.agent("beat(); sys.exit(7)") as run:
        assert run.wait(PATIENCE) == 7
        report = run.report()
    assert report is not None
    assert report.dead
    assert report.rung is Rung.ALREADY
    assert kinds(run)[:2] == ["started", "enforced"]
    assert kinds(run)[-1] == "exited"
    cgroup = Path(str(run.folder.read_state()["cgroup"]))
    eventually(lambda: not cgroup.exists())
    eventually(lambda: start_of(int(str(run.folder.read_state()["daemon"]))) is None)


def test_an_agent_that_dies_of_a_signal_is_reported_as_a_shell_would(scene: Scene) -> None:
    with scene.agent("os.kill(os.getpid(), signal.SIGUSR1)") as run:
        assert run.wait(PATIENCE) == 128 + signal.SIGUSR1


@pytest.mark.requirement("STOP-01")
def test_a_stop_gives_a_dead_receipt_and_nothing_beats_after_it(scene: Scene) -> None:
    body = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nif os.fork() == 0: os.setsid()\ngo_on()"
    with scene.agent(body) as run:
        scene.await_beats()
        report = stop(run)
        ended = time.monotonic()
        assert report.verdict is Verdict.DEAD
        assert report.rung is Rung.KILL
        assert report.survivors == ()
        assert len(report.proof) == 3
        assert processes_of(run) == []
        before = len(scene.beats())
        time.sleep(0.1)
        assert len(scene.beats()) == before
        assert scene.beats()[-1] <= ended
        assert run.wait(PATIENCE) == 128 + signal.SIGKILL
    again = run.stop()
    assert again.dead, "asking again changes nothing"


def test_grace_lets_an_agent_end_by_itself_and_a_deaf_one_is_killed(scene: Scene) -> None:
    polite = "signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path('safe').touch(), os._exit(0)))\ngo_on()"
    with scene.agent(polite) as run:
        scene.await_beats()
        report = run.stop(grace=PATIENCE)
        assert report.rung is Rung.TERMINATE
        assert (scene.folder / "safe").exists()
        inbox = json.loads((run.folder.control / "inbox/0001.json").read_text())
        assert inbox["kind"] == "stop"
    with scene.agent("signal.signal(signal.SIGTERM, signal.SIG_IGN)\ngo_on()") as run:
        scene.await_beats()
        report = run.stop(grace=0.2)
        assert report.rung is Rung.KILL
        assert report.dead


def test_a_second_stop_without_patience_hurries_a_patient_one(scene: Scene) -> None:
    with scene.agent("signal.signal(signal.SIGTERM, signal.SIG_IGN)\ngo_on()") as run:
        scene.await_beats()
        with client.Connection.to(run.folder) as line:
            line.send({"request": "stop", "grace": PATIENCE})
            assert line.receive(PATIENCE)["stopping"] is True
            assert run.stop().dead
            answer = line.receive(PATIENCE)
        assert answer["report"]["rung"] == "kill"  # type: ignore[index]


@pytest.mark.requirement("STOP-02")
def test_nothing_beats_while_a_run_is_held_and_only_a_key_lets_it_go_on(scene: Scene) -> None:
    with scene.agent("go_on()") as run:
        scene.await_beats()
        answer = client.hold(run.run, environ=scene.environ)
        assert answer["held"] is True
        before = scene.beats()
        time.sleep(0.1)
        assert scene.beats() == before
        for wrong in ("", "0" * 64, "wrong"):
            with pytest.raises(SupervisorError) as refused:
                client.resume(run.run, key=wrong, environ=scene.environ)
            assert refused.value.code == "supervisor.unauthorised"
        expired = client.ask(
            run.folder, {"request": "issue", "by": "ops", "life": 0.001, "key": client.key_of(run.folder)}
        )
        time.sleep(0.01)
        with pytest.raises(SupervisorError) as late:
            client.resume(run.run, key=str(expired["key"]), environ=scene.environ)
        assert late.value.code == "supervisor.expired"
        assert scene.beats() == before
        assert client.resume(run.run, environ=scene.environ)["resumed"] is True
        scene.await_beats()
        assert kinds(run).count("refused") == 4


def test_a_held_run_can_be_stopped(scene: Scene) -> None:
    with scene.agent("go_on()") as run:
        scene.await_beats()
        client.hold(run.run, environ=scene.environ)
        assert run.stop(grace=0.3).dead


@pytest.mark.requirement("STOP-04")
def test_a_correction_reaches_the_agent_and_its_receipt_says_whether_it_answered(scene: Scene) -> None:
    listening = """
while time.monotonic() < END:
    beat()
    for path in pathlib.Path(os.environ["REMIT_INBOX"]).glob("*.json"):
        said = json.loads(path.read_text())
        if said["text"] == "answer me":
            answer = pathlib.Path(os.environ["REMIT_OUTBOX"]) / f"ack-{said['number']:04d}.json"
            answer.write_text(json.dumps({"number": said["number"], "understood": said["text"]}))
    time.sleep(0.005)
"""
    with scene.agent(listening) as run:
        scene.await_beats()
        receipt = client.correct(run.run, "answer me", wait=PATIENCE, environ=scene.environ)
        assert receipt["delivered"] is True
        assert receipt["acknowledged"] == {"number": 1, "understood": "answer me"}
        silent = client.correct(run.run, "do not answer", wait=0.05, environ=scene.environ)
        assert silent["acknowledged"] is None
        assert [kind for kind in kinds(run) if kind in ("instructed", "acknowledged")] == [
            "instructed",
            "acknowledged",
            "instructed",
        ]


def test_an_agent_cannot_forge_its_inbox(scene: Scene) -> None:
    body = """
try:
    (pathlib.Path(os.environ["REMIT_INBOX"]) / "0009.json").write_text("{}")
except OSError as error:
    print(type(error).__name__, flush=True)
"""
    with scene.agent(body) as run:
        assert run.wait(PATIENCE) == 0
        assert list((run.folder.control / "inbox").iterdir()) == []
        assert (run.folder.path / "agent.out").read_text().strip() in ("OSError", "PermissionError")


@pytest.mark.requirement("STOP-03")
def test_when_its_supervisor_is_killed_the_agent_dies_and_the_end_is_on_record(scene: Scene) -> None:
    with scene.agent("if os.fork() == 0: os.setsid()\ngo_on()") as run:
        scene.await_beats()
        os.kill(int(str(run.folder.read_state()["daemon"])), signal.SIGKILL)
        eventually(lambda: processes_of(run) == [])
        eventually(lambda: run.folder.read_state().get("phase") == "ended")
        report = run.report()
        assert report is not None
        assert report.dead
        assert report.by == "dead-man's switch"
        assert run.wait(PATIENCE) is None
        eventually(lambda: not Path(str(run.folder.read_state()["cgroup"])).exists())


@pytest.mark.requirement("STOP-01")
def test_a_supervisor_that_hangs_does_not_keep_a_run_from_being_stopped(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "_AT_ONCE", AT_ONCE)
    with scene.agent("go_on()") as run:
        scene.await_beats()
        daemon = int(str(run.folder.read_state()["daemon"]))
        os.kill(daemon, signal.SIGSTOP)
        report = run.stop()
        assert report.dead
        assert "did not answer" in report.reason
        assert processes_of(run) == []
        eventually(lambda: start_of(daemon) is None)
        eventually(lambda: run.folder.read_state()["phase"] == "ended")
        kept = run.report()
        assert kept is not None
        assert kept.reason == report.reason  # the watcher has nothing better to say


def test_the_supervisor_outlives_its_client(scene: Scene) -> None:
    program = f"""
import sys; sys.path.insert(0, {SOURCE!r})
from remit.confinement import Confinement
from remit.supervisor.running import supervise
run = supervise([{PYTHON!r}, "-c", sys.argv[1]], confinement=Confinement(folder=sys.argv[2], write=(sys.argv[2],)),
                backend={scene.backend!r}, interactive=False)
print(run.run, flush=True)
import os; os._exit(0)
"""
    from tests.supervisor.scene import BEAT

    started = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, BEAT + "go_on()", str(scene.folder)],
        env=scene.environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    scene.await_beats()
    assert client.stop(started.stdout.strip(), environ=scene.environ).dead


@pytest.mark.requirement("STOP-03")
def test_an_overseer_who_falls_silent_stops_the_run_and_one_who_does_not_keeps_it(scene: Scene) -> None:
    kept, longest = False, 0.0
    for silence in (0.6, 2.0, 6.0):  # whoever is kept waiting for half of it has not shown that beats keep a run alive
        with scene.agent("go_on()", deadman=silence) as run:
            kept, longest = _kept_alive(scene, run, silence)
            assert run.wait(PATIENCE) == 128 + signal.SIGKILL
            report = run.report()
            assert report is not None
            assert report.by == "dead-man's switch"
            assert "beat-missed" in kinds(run)
        if kept or longest < silence / 2:
            break
    assert kept


def _kept_alive(scene: Scene, run: Run, silence: float) -> tuple[bool, float]:
    """Beat for twice as long as silence is borne; whether the run lived on, and the longest time between two beats."""
    begun = last = time.monotonic()
    longest = 0.0
    while time.monotonic() < begun + 2 * silence:
        with contextlib.suppress(SupervisorError):  # it has ended
            client.beat(run.run, environ=scene.environ)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
        time.sleep(silence / 20)
    return run.folder.read_state().get("phase") == "running", max(longest, time.monotonic() - last)


@pytest.mark.parametrize(("budget", "reason"), [("wall", "wall-clock"), ("cpu", "processor-time")])
def test_a_budget_of_time_that_is_used_up_ends_the_run(scene: Scene, budget: str, reason: str) -> None:
    amounts: dict[str, Any] = {budget: 0.3}
    with scene.agent("while time.monotonic() < END: pass", **amounts) as run:
        assert run.wait(PATIENCE) == 128 + signal.SIGKILL
        report = run.report()
        assert report is not None
        assert reason in report.reason


def test_a_secret_without_a_host_is_the_only_variable_of_the_caller_that_the_agent_sees(scene: Scene) -> None:
    scene.environ.update({"TOKEN_OUTSIDE": "s3cret", "OTHER": "private"})
    secret = Secret(name="token", source="env:TOKEN_OUTSIDE", variable="TOKEN")
    with scene.agent("print(json.dumps(dict(os.environ)), flush=True)", secrets=(secret,)) as run:
        assert run.wait(PATIENCE) == 0
        seen = json.loads((run.folder.path / "agent.out").read_text())
        report = run.report()
    assert seen["TOKEN"] == scene.environ["TOKEN_OUTSIDE"]
    assert "private" not in seen.values()
    assert report is not None
    assert "token" in [residue.what for residue in report.residue if residue.kind == "credential"]
    assert "s3cret" not in kept_bytes(run.folder.record) + run.folder.state_file.read_text()


def test_a_secret_that_is_not_there_starts_nothing(scene: Scene) -> None:
    secret = Secret(name="token", source="env:NOT_SET_ANYWHERE", variable="TOKEN")
    with (
        pytest.raises(SupervisorError, match="cannot be read from `env:NOT_SET_ANYWHERE`"),
        scene.agent("", secrets=(secret,)),
    ):
        pass


def test_a_command_that_does_not_exist_starts_nothing_and_leaves_nothing(scene: Scene) -> None:
    from remit.supervisor.running import supervise

    with pytest.raises(SupervisorError) as refused:
        supervise(["no-such-program"], confinement=scene.confinement, backend=scene.backend, environ=scene.environ)
    assert refused.value.code == "supervisor.command-not-found"
    assert list(client.living(scene.environ)) == []


@pytest.mark.requirement("CAGE-01")
def test_without_a_cage_a_run_is_refused_or_says_exactly_what_is_missing(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, "plain")
    with pytest.raises(NotEnforcedError, match="processes: none"), scene.agent("go_on()"):
        pass
    with scene.agent("go_on()", require="best-effort") as run:
        scene.await_beats()
        degrees = {outcome.piece: outcome.degree for outcome in run.enforced}
        assert degrees[Piece.FILESYSTEM] is Degree.NONE
        assert degrees[Piece.STOP] is not Degree.FULL
        assert all(outcome.reason for outcome in run.enforced if outcome.degree is not Degree.FULL)
        with pytest.raises(SupervisorError) as unproved:
            stop(run)
        assert unproved.value.code == "supervisor.unproved"
        assert processes_of(run) == []


@pytest.mark.requirement("STOP-05")
def test_the_stop_needs_nothing_but_the_standard_library(scene: Scene) -> None:
    with scene.agent("go_on()") as run:
        scene.await_beats()
        program = (
            f"import sys; sys.path.insert(0, {SOURCE!r}); from remit.supervisor.__main__ import main; "
            "code = main(sys.argv[1:]); "
            "print(sorted({n.split('.')[0] for n in sys.modules} - set(sys.stdlib_module_names) - {'remit'}), "
            "file=sys.stderr); sys.exit(code)"
        )
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", program, "stop", run.run],
            env=scene.environ,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["dead"] is True
        assert done.stderr.strip().removesuffix("]").removeprefix("[") in ("", "'__main__'")


def test_a_run_is_found_by_the_beginning_of_its_name_and_an_unknown_one_is_named(scene: Scene) -> None:
    with scene.agent("go_on()") as run:
        assert find_run(run.run[:-2], scene.environ).run == run.run
        assert client.status(run.run, environ=scene.environ)["phase"] == "running"
    with pytest.raises(SupervisorError, match="there is no run `nobody`"):
        client.stop("nobody", environ=scene.environ)
