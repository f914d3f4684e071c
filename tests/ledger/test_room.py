"""A full disk, a disk that became read-only, a damaged tail: no entry is promised that is not there, and the reason is said.

Each disk is a small one in memory, mounted in a namespace of its own.
"""

import fcntl
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from remit.ledger.room import Presence, Reserve
from remit.ledger.store import Ledger, read_entries
from remit.ledger.verification import verify

pytestmark = pytest.mark.requirement("LEDGER-10")

SOURCE = Path(__file__).resolve().parents[2] / "src"
CANNOT = 77
HEAD = """
import ctypes, json, os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from remit.errors import LedgerError
from remit.ledger.store import Ledger, read_entries
from remit.ledger.verification import verify
folder, libc, user, group = Path(sys.argv[2]), ctypes.CDLL(None, use_errno=True), os.getuid(), os.getgid()
if libc.unshare(0x10020000):  # a user namespace and a mount namespace
    sys.exit(77)
try:
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")
except OSError:
    sys.exit(77)
if libc.mount(b"disk", str(folder).encode(), b"tmpfs", 0, b"size=2m"):
    sys.exit(77)
path = folder / "ledger.db"
said = {}
def fill():
    with (folder / "filler").open("wb", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                pass
def attempt(work):
    try:
        return work()
    except LedgerError as error:
        return [error.code, error.message]
"""


def on_a_small_disk(folder: Path, body: str) -> dict[str, Any]:
    """Run a script on a disk of two megabytes; what it puts into ``said`` is returned."""
    script = f"{HEAD}\n{body}\nprint(json.dumps(said))"
    command = [sys.executable, "-I", "-S", "-c", script, str(SOURCE), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode == CANNOT:
        pytest.skip("this host lets nobody mount a small disk in a namespace: full disks are not tried")
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.mark.requirement("LEDGER-01")
def test_on_a_full_disk_the_reserve_is_used_and_then_nothing_is_promised(tmp_path: Path) -> None:
    said = on_a_small_disk(
        tmp_path,
        """
ledger = Ledger.open(path)
ledger.record("message", {})
fill()
said["reserve"] = (folder / "ledger.db-reserve").exists()
numbers = []
while isinstance(number := attempt(lambda: ledger.record("message", {"text": "x" * 2000})), int) and number < 3000:
    numbers.append(number)
said["numbers"], said["error"] = numbers, number
said["reserve_after"] = (folder / "ledger.db-reserve").exists()
said["again"] = attempt(lambda: ledger.record("message", {"text": "x" * 2000}))
said["intent"] = attempt(lambda: ledger.record("intent", {"call": {"text": "x" * 200000}}))
said["kept"] = [entry.number for entry in read_entries(path)]
(folder / "filler").unlink()
said["freed"] = attempt(lambda: ledger.record("stopped", {}))
ledger.close()
said["ok"] = verify(path, thorough=True).ok
""",
    )
    assert said["reserve"]
    assert not said["reserve_after"]
    assert len(said["numbers"]) > 5  # what the reserve was for
    assert said["numbers"] == list(range(2, len(said["numbers"]) + 2))
    for error in (said["error"], said["again"], said["intent"]):
        assert error[0] == "ledger.unavailable"
        assert "full" in error[1] or "disk I/O" in error[1]
    assert said["kept"] == [1, *said["numbers"]]
    assert said["freed"] == len(said["kept"]) + 1
    assert said["ok"]


def test_a_released_reserve_is_room_for_the_last_entries(tmp_path: Path) -> None:
    said = on_a_small_disk(
        tmp_path,
        """
ledger = Ledger.open(path)
fill()
ledger.release()
said["stopped"] = attempt(lambda: ledger.record("stopped", {"report": "x" * 3000}))
ledger.close()
said["ok"] = verify(path).ok
""",
    )
    assert said == {"stopped": 1, "ok": True}


def test_a_disk_that_is_full_from_the_start_holds_no_ledger(tmp_path: Path) -> None:
    said = on_a_small_disk(
        tmp_path,
        """
fill()
said["open"] = attempt(lambda: str(Ledger.open(path)))
""",
    )
    assert said["open"][0] == "ledger.unavailable"


def test_a_disk_that_becomes_read_only_takes_nothing_and_can_be_read(tmp_path: Path) -> None:
    said = on_a_small_disk(
        tmp_path,
        """
with Ledger.open(path) as ledger:
    for turn in range(3):
        ledger.record("message", {"turn": turn})
assert libc.mount(None, str(folder).encode(), None, 0x21, None) == 0  # remounted read-only
said["open"] = attempt(lambda: str(Ledger.open(path)))
said["kept"] = [entry.number for entry in read_entries(path)]
said["ok"] = verify(path, thorough=True).ok
""",
    )
    assert said["open"][0] == "ledger.unavailable"
    assert "its disk is mounted read-only" in said["open"][1]
    assert said["kept"] == [1, 2, 3]
    assert said["ok"]


def test_a_write_ahead_log_cut_off_or_damaged_gives_back_what_is_whole(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        for turn in range(6):
            ledger.record("message", {"turn": turn})
        log = (tmp_path / "ledger.db-wal").read_bytes()
        spoilt = bytearray(log)
        spoilt[-2000] ^= 1
        found = []
        for number, left in enumerate((log, log[:-1], log[: len(log) // 2], bytes(spoilt))):
            copy = tmp_path / f"copy-{number}.db"
            shutil.copy(ledger.path, copy)
            copy.with_name(f"{copy.name}-wal").write_bytes(left)
            found.append([entry.facts["turn"] for entry in read_entries(copy)])
            with Ledger.open(copy, create=False) as again:
                assert again.record("message", {}) == len(found[-1]) + 1
            assert verify(copy, thorough=True).ok
    assert found[0] == list(range(6))
    assert found[1] == found[3] == list(range(5))  # what is lost so, an anchor tells: see test_verification.py
    assert found[2] == list(range(len(found[2])))


def test_a_reserve_is_taken_once_and_given_back_once(tmp_path: Path) -> None:
    reserve = Reserve.beside(tmp_path / "ledger.db")
    reserve.take()
    reserve.take()
    assert reserve.path.stat().st_size == 256 * 1024
    assert reserve.release()
    assert not reserve.release()


def test_a_presence_is_noticed_until_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Presence(tmp_path / "ledger.db"), Presence(tmp_path / "ledger.db")
    assert not first.alone()
    assert not second.alone()
    second.close()
    assert first.alone()
    assert first.alone()
    monkeypatch.setattr("remit.ledger.room._PATIENCE", 0.0)
    fcntl.flock(first._file, fcntl.LOCK_EX)  # somebody who was frozen while he looked
    with pytest.raises(BlockingIOError):
        Presence(tmp_path / "ledger.db")
    fcntl.flock(first._file, fcntl.LOCK_SH)
    third = Presence(tmp_path / "ledger.db")
    assert not first.alone()
    third.close()
    first.close()
