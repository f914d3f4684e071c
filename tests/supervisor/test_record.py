"""The record of a run is its ledger: what cannot be recorded stops the run, and the reserve of room tells the end."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.supervisor.scene import PATIENCE, PYTHON, Scene, entries, eventually

from remit.ledger.verification import verify
from remit.supervisor import client
from remit.supervisor.tether import start_of

SOURCE = Path(__file__).resolve().parents[2] / "src"
CANNOT = 77
ON_A_SMALL_DISK = """
import ctypes, json, os, sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from remit.confinement import Confinement
from remit.errors import RemitError
from remit.ledger.store import read_entries
from remit.ledger.verification import verify
from remit.supervisor import client
from remit.supervisor.running import supervise
work, disk, backend = (Path(text) for text in sys.argv[2:5])
libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x00020000) or libc.mount(None, b"/", None, 1 << 18 | 1 << 14, None):
    sys.exit(77)
if libc.mount(b"disk", str(disk).encode(), b"tmpfs", 0, b"size=3m"):
    sys.exit(77)
environ = {**os.environ, "XDG_STATE_HOME": str(disk)}
beat = "import time\\nend = time.monotonic() + 120\\n" + (
    "while time.monotonic() < end:\\n open('beats', 'a').write('.')\\n time.sleep(0.01)"
)
run = supervise([sys.argv[5], "-c", beat], confinement=Confinement(folder=str(work), write=(str(work),)),
                backend=str(backend), interactive=False, environ=environ)
while not (work / "beats").exists():
    time.sleep(0.01)
with (disk / "filler").open("wb", buffering=0) as file:
    for size in (65536, 4096, 512, 1):
        try:
            while True:
                file.write(bytes(size))
        except OSError:
            pass
said = {"reserve": (run.folder.path / "ledger.db-reserve").exists(), "refused": 0}
with client.Connection.to(run.folder) as waiting:
    waiting.send({"request": "wait"})
    for _ in range(5000):
        try:
            client.ask(run.folder, {"request": "nonsense"})
        except RemitError as error:
            if error.code in ("supervisor.unreachable", "supervisor.ended"):
                break
            said["refused"] += 1
    said["end"] = waiting.receive(60)
before = (work / "beats").stat().st_size
time.sleep(0.1)
said["beats"] = (work / "beats").stat().st_size - before
said["kinds"] = [entry.kind for entry in read_entries(run.folder.record)]
said["ok"] = verify(run.folder.record).ok
print(json.dumps(said))
"""


def on_a_small_disk(folder: Path) -> dict[str, Any]:
    """A run whose state folder is on a disk of three megabytes that fills up; what came of it."""
    (folder / "work").mkdir()
    (folder / "disk").mkdir()
    given = [str(SOURCE), str(folder / "work"), str(folder / "disk"), "namespaces", PYTHON]
    command = [sys.executable, "-I", "-c", ON_A_SMALL_DISK, *given]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode == CANNOT:
        pytest.skip("this host lets nobody mount a small disk in a namespace: full disks are not tried")
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.mark.requirement("RUN-07")
def test_a_run_whose_record_finds_no_room_any_more_is_stopped_and_its_ledger_holds(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk around a whole supervisor")
    said = on_a_small_disk(tmp_path)
    assert said["reserve"], "room is kept while there is plenty"
    assert said["refused"] > 1
    assert said["end"]["report"]["verdict"] == "dead"
    assert said["end"]["report"]["by"] == "record"
    assert "ledger cannot be used" in said["end"]["report"]["reason"]
    assert said["beats"] == 0
    assert said["kinds"][:2] == ["started", "enforced"]
    assert set(said["kinds"][2:]) == {"refused"}, "what was kept is what was said to be kept"
    assert said["ok"]


@pytest.mark.requirement("RUN-07")
def test_no_process_of_a_run_but_its_daemon_has_the_ledger_open(scene: Scene) -> None:
    with scene.agent("go_on()", hosts=("127.0.0.1:9",)) as run:
        scene.await_beats()
        daemon = int(str(run.folder.read_state()["daemon"]))
        having = set()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and _has_open(entry, str(run.folder.record)):
                having.add(int(entry.name))
        assert having == {daemon}
        run.stop()
    assert verify(run.folder.record, thorough=True).ok


def _has_open(process: Path, path: str) -> bool:
    """Whether a process has a file, or one whose name begins like it, open or mapped."""
    try:
        links = [os.readlink(link) for link in (process / "fd").iterdir()]  # noqa: PTH115 - a gone one is no path
        mapped = (process / "maps").read_text()
    except OSError:
        return False
    return any(link.startswith(path) for link in links) or path in mapped


@pytest.mark.requirement("RUN-07")
def test_a_ledger_that_others_write_to_as_well_stays_whole(scene: Scene) -> None:
    from remit.ledger.store import Ledger

    with scene.agent("go_on()") as run:
        with Ledger.open(run.folder.record, create=False) as beside:
            for number in range(20):
                beside.record("message", {"number": number})
                client.hold(run.run, environ=scene.environ)
                client.resume(run.run, environ=scene.environ)
        run.stop()
    kept = entries(run.folder.record)
    kinds = [entry["kind"] for entry in kept]
    assert [entry["number"] for entry in kept] == list(range(1, len(kept) + 1))
    assert (kinds.count("message"), kinds.count("held"), kinds.count("resumed")) == (20, 20, 20)
    assert verify(run.folder.record, thorough=True).ok


@pytest.mark.requirement("RUN-07")
def test_a_stop_does_not_wait_for_the_ledger(scene: Scene) -> None:
    with scene.agent("go_on()") as run:
        scene.await_beats()
        with contextlib.closing(sqlite3.connect(run.folder.record, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")  # nobody else can write now
            with client.Connection.to(run.folder) as line:
                line.send({"request": "stop"})
                assert line.receive(PATIENCE)["stopping"] is True
                init = int(str(run.folder.read_state()["init"]))
                eventually(lambda: start_of(init) is None)
                kinds = [entry["kind"] for entry in entries(run.folder.record)]
                writer.execute("ROLLBACK")
                assert line.receive(PATIENCE)["report"]["dead"] is True  # type: ignore[index]
    assert kinds == ["started", "enforced"], "it was dead before a word of it was on record"
    assert [entry["kind"] for entry in entries(run.folder.record)][2:] == ["stopping", "stopped"]
