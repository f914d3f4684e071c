"""A run with a companion and servers, killed at any instant of its life: none of it lives on, none of it comes late."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from tests.supervisor.accompanied import accompanied, server_beats
from tests.supervisor.cages import require
from tests.supervisor.scene import PATIENCE, Scene, make_scene

from remit.errors import SupervisorError
from remit.supervisor import client, tether
from remit.supervisor.registry import RunFolder, runs
from remit.supervisor.report import Verdict
from remit.supervisor.tether import start_of

VICTIMS = ("daemon", "companion", "server")


@pytest.mark.slow
@pytest.mark.requirement("RUN-04")
def test_killed_at_any_instant_neither_agent_nor_companion_nor_server_lives_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require("namespaces", "own")
    scene = make_scene(tmp_path, "namespaces")
    path, random = os.environ["PATH"], Random(7)
    lives, scenes, killed = [_life(scene)], [scene], 0  # how long a run takes from its start to its end, here and now
    for number in range(200):
        # Whatever starts for a run, or is being started, has its state folder in its first environment.
        whole = replace(scene, state=scene.state / str(number), environ={**scene.environ})
        whole.environ["XDG_STATE_HOME"] = str(whole.state)
        whole.environ["PATH"] = f"{path}:{whole.state}"
        monkeypatch.setenv("PATH", whole.environ["PATH"])
        scenes.append(whole)
        starter = threading.Thread(target=lambda whole=whole: lives.append(_life(whole)))
        starter.start()
        time.sleep(random.uniform(0.0, lives[-1]))
        hit = _kill(whole, VICTIMS[number % 3])
        starter.join()
        killed += hit
        if hit:
            lives.pop()  # it was cut short
        dead = _stop(whole)
        beats = _beats(scene)
        _await_nobody([whole])
        assert not dead or _beats(scene) == beats, "something beat after a receipt that said dead"
        if killed == 20:
            break
    _await_nobody(scenes)
    assert killed == 20, "the instants were not spread over the life of a run"


def _life(scene: Scene) -> float:
    """Start a run with servers, which anybody may kill at any moment, and end it; how long that took, in seconds."""
    began = time.monotonic()
    with contextlib.suppress(SupervisorError), accompanied(scene):
        time.sleep(0.3)
    return time.monotonic() - began


def _kill(scene: Scene, whom: str) -> bool:
    """Kill the supervisor of the run, its companion, or the supervisor of a server; false where it is not there."""
    states = [folder.read_state() for folder in runs(scene.environ)]
    chosen = (state for state in states if bool(state.get("part_of")) == (whom == "server"))
    state = next(chosen, {})
    name = "companion" if whom == "companion" else "daemon"
    held = tether._held(state.get(name), state.get(f"{name}_start"))
    if held is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(held, signal.SIGKILL)
    os.close(held)
    return True


def _stop(scene: Scene) -> bool:
    """Stop the run, not its servers: they end with it. Whether the receipt says that all of it is dead."""
    wholes = [folder for folder in runs(scene.environ) if folder.read_state().get("part_of") == ""]
    reports = [client.stop(folder.run, environ=scene.environ) for folder in wholes]
    return bool(reports) and all(report.verdict is Verdict.DEAD for report in reports)


def _beats(scene: Scene) -> tuple[int, int, int]:
    """How often the agents and the servers of every run of the scene have beaten."""
    return len(scene.beats()), server_beats(scene, "a"), server_beats(scene, "b")


def _await_nobody(scenes: list[Scene]) -> None:
    """Wait until nothing of any scene is there, and name what stays.

    A server whose start was under way when its run was killed comes up, is not let in, and ends; one look may find it.
    What lives on does so for good, so a look that comes later finds it too.
    """
    end = time.monotonic() + PATIENCE
    while (found := [named for scene in scenes for named in _living(scene)]) and time.monotonic() < end:
        time.sleep(0.05)
    assert found == []


def _living(scene: Scene) -> list[str]:
    """Every process that speaks of this scene's state folder, or works for a run of it: its number and what it says."""
    folders = runs(scene.environ)
    marks = (str(scene.state).encode(), *(folder.run.encode() for folder in folders))
    found = [number for folder in folders if (number := _supervisor(folder)) is not None]
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid() and start_of(int(entry.name)) is not None:
            said = _read(entry / "cmdline") + _read(entry / "environ")
            found += [int(entry.name)] * any(mark in said for mark in marks)
    at = {number: Path("/proc", str(number)) for number in found}
    return [f"{number}: {_read(place / 'stat')!r} {_read(place / 'cmdline')!r}" for number, place in at.items()]


def _supervisor(folder: RunFolder) -> int | None:
    """The supervisor of a run, where it lives."""
    state = folder.read_state()
    number, start = state.get("daemon"), state.get("daemon_start")
    return number if isinstance(number, int) and start is not None and start_of(number) == start else None


def _read(path: Path) -> bytes:
    """A file below /proc, empty where it is gone or hidden."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
