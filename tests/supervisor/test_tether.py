"""Taking hold again of an agent that was written down."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.supervisor.scene import PATIENCE, Scene, eventually

from remit.supervisor.deadman import start_watcher
from remit.supervisor.kernel.cgroup import PREFIX
from remit.supervisor.kernel.cgroup_places import read_places
from remit.supervisor.registry import RunFolder
from remit.supervisor.tether import Tether, start_of


def folders(base: Path, *names: str) -> list[Path]:
    """Folders that look like cgroups."""
    made = [base / name for name in names]
    for path in made:
        path.mkdir()
        (path / "cgroup.procs").touch()
    return made


def test_a_process_whose_first_thread_has_ended_is_not_taken_for_dead() -> None:
    leaderless = (
        "import ctypes, platform, threading, time\n"
        "threading.Thread(target=time.sleep, args=(120,)).start()\n"
        "ctypes.CDLL(None).syscall({'x86_64': 60, 'aarch64': 93}[platform.machine()], 0)\n"
    )
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", leaderless])
    try:
        stat = Path(f"/proc/{process.pid}/stat")
        eventually(lambda: stat.read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z")
        assert start_of(process.pid) is not None
    finally:
        process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert start_of(process.pid) is None
    process.wait(PATIENCE)


def test_a_tether_takes_the_controllers_that_were_written_down_and_no_others(tmp_path: Path) -> None:
    cgroup, memory, pids = folders(tmp_path, "unified", "memory", "pids")
    document = {"run": "r", "cgroup": str(cgroup), "controllers": [str(memory), str(pids), str(tmp_path / "gone")]}
    held = Tether.of(document).cgroup
    assert held is not None
    assert held.controllers == (memory, pids)
    without = Tether.of({**document, "controllers": []}).cgroup
    assert without is not None
    assert without.controllers == ()


def test_a_state_written_before_controllers_were_has_them_looked_for(tmp_path: Path) -> None:
    (cgroup,) = folders(tmp_path, "remit-of-no-run")
    held = Tether.of({"run": "r", "cgroup": str(cgroup)}).cgroup
    assert held is not None
    assert held.controllers == ()


def test_the_state_of_a_run_names_every_controller_folder_made_for_it(scene: Scene) -> None:
    with scene.agent("go_on()", require="best-effort", memory=2**28, processes=64) as run:
        state = run.folder.read_state()
        made = [place / f"{PREFIX}{run.run}" for _, places in read_places().legacy for place in places]
        there = sorted(str(path) for path in made if path.is_dir())
        if not read_places().legacy:
            pytest.skip("this host has no controllers of version 1")
        assert there
        assert sorted(map(str, state["controllers"])) == there  # type: ignore[call-overload]
        held = Tether.of(state).cgroup
        assert held is not None
        assert sorted(map(str, held.controllers)) == there
    eventually(lambda: not any(path.exists() for path in made))


@pytest.mark.parametrize("answered", [False, True], ids=["before the answer", "with the answer unread"])
def test_a_watcher_whose_daemon_dies_before_it_hears_the_answer_still_ends_the_agent(
    tmp_path: Path, *, answered: bool
) -> None:
    folder = RunFolder(run="watched-1", path=tmp_path / "runs/watched-1")
    folder.make()
    agent = subprocess.Popen(["sleep", "120"], start_new_session=True)
    daemon = os.fork()
    if daemon == 0:
        watcher = start_watcher(folder)
        held = os.pidfd_open(agent.pid)
        facts: dict[str, object] = {
            "process": True,
            "init": False,
            "namespace": None,
            "sealed": False,
            "cgroup": None,
            "controllers": [],
        }
        socket.send_fds(watcher.channel, [json.dumps(facts).encode()], [held])
        if answered:
            select.select([watcher.channel], [], [], PATIENCE)
        watcher.channel.close()  # nobody is there any more to hear that it has them
        os._exit(0)
    os.waitpid(daemon, 0)
    try:
        assert agent.wait(timeout=PATIENCE) == -signal.SIGKILL
    finally:
        agent.kill()
        agent.wait()


def test_the_number_of_a_namespace_whose_init_has_ended_names_nobody() -> None:
    init = subprocess.Popen(["sleep", "120"])
    held = os.pidfd_open(init.pid)
    namespace = Path("/proc/self/ns/pid").stat().st_ino  # as if the number had been given to the namespace of this test
    tether = Tether(run="no-such-run", init=held, namespace=namespace)
    try:
        assert init.pid in [survivor.pid for survivor in tether.survivors()]
        init.kill()
        init.wait()
        assert tether.survivors() == ()
        assert Tether(run="no-such-run", namespace=namespace).survivors() == ()
    finally:
        init.kill()
        init.wait()
        os.close(held)
