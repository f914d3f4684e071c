"""The observer finds what lives, wherever it carries its mark, and takes nobody's word for it."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.supervisor.scene import eventually

from remit.drills.observer import Seen, end, observe, read_beats, scan, start_of

LONG = "import sys, time\nprint('up', flush=True)\ntime.sleep(120)"


@contextmanager
def living(
    code: str = LONG, *arguments: str, folder: Path | None = None, environ: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that said it is up; it ends after two minutes, or with this block."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", code, *arguments],
        cwd=folder,
        env=environ if environ is not None else {},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.wait(60)
        process.stdout.close()


@pytest.fixture
def token() -> str:
    return f"marked{secrets.token_hex(6)}"


def ids(found: tuple[Seen, ...]) -> list[int]:
    return [seen.process for seen in found]


def test_a_process_is_found_by_its_command_line(token: str) -> None:
    with living(LONG, token) as process:
        (seen,) = scan(token)
        assert (seen.process, seen.mark, seen.started) == (process.pid, "cmdline", start_of(process.pid))
        assert token in seen.command
    assert scan(token) == ()


def test_a_process_is_found_by_its_environment(token: str) -> None:
    with living(environ={"MARK": token}) as process:
        assert [(seen.process, seen.mark) for seen in scan(token)] == [(process.pid, "environ")]


def test_a_process_is_found_by_the_folder_it_works_in(token: str, tmp_path: Path) -> None:
    folder = tmp_path / token
    folder.mkdir()
    with living(folder=folder) as process:
        assert [(seen.process, seen.mark) for seen in scan(token)] == [(process.pid, "folder")]


@pytest.mark.parametrize(
    ("take", "mark"),
    [
        ("kept = open(0, 'rb', closefd=False)", "file"),
        ("import mmap; kept = mmap.mmap(0, 1, access=mmap.ACCESS_READ); os.close(0)", "maps"),
    ],
)
def test_a_process_is_found_by_a_file_it_holds_open_or_mapped(take: str, mark: str, token: str, tmp_path: Path) -> None:
    path = tmp_path / token
    path.write_text("x", encoding="utf-8")
    code = f"import os, sys\n{take}\n{LONG}"
    with path.open("rb") as file:
        process = subprocess.Popen([sys.executable, "-I", "-S", "-c", code], stdin=file, stdout=subprocess.PIPE, env={})
    assert process.stdout is not None
    try:
        process.stdout.readline()
        assert [(seen.process, seen.mark) for seen in scan(token, besides={os.getpid()})] == [(process.pid, mark)]
    finally:
        process.kill()
        process.communicate(timeout=60)


def test_a_zombie_is_dead_but_one_with_a_living_thread_is_not(token: str) -> None:
    ended = subprocess.Popen([sys.executable, "-I", "-S", "-c", "pass", token])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    assert scan(token) == ()
    ended.wait(60)
    leaderless = (
        "import ctypes, platform, threading, time\n"
        "def work():\n"
        "    time.sleep(0.1)\n"
        "    print('up', flush=True)\n"
        "    time.sleep(120)\n"
        "threading.Thread(target=work).start()\n"
        "ctypes.CDLL(None).syscall({'x86_64': 60, 'aarch64': 93}[platform.machine()], 0)\n"
    )
    with living(leaderless, token) as process:
        stat = Path(f"/proc/{process.pid}/stat")
        eventually(lambda: stat.read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z")
        assert ids(scan(token)) == [process.pid]


def test_what_is_excepted_or_older_is_not_counted(token: str) -> None:
    with living(LONG, token) as process:
        assert scan(token, besides={process.pid}) == ()
        assert scan(token, since=start_of(process.pid) + 1) == ()
        assert ids(scan(token, since=start_of(process.pid))) == [process.pid]


def test_a_kill_spares_a_process_that_only_has_the_same_number(token: str) -> None:
    with living(LONG, token) as process:
        (seen,) = scan(token)
        end([Seen(process=seen.process, started=seen.started - 1, command="", mark="cmdline")])
        assert process.poll() is None
        end([seen])
        assert process.wait(60) == -9


def test_a_line_that_a_kill_cut_off_is_no_beat(tmp_path: Path) -> None:
    path = tmp_path / "beats"
    path.write_text("100 7 started\n200 7 beat\n\n30x 7 beat\n300 7", encoding="ascii")
    assert [(beat.at, beat.process, beat.word) for beat in read_beats(path)] == [(100, 7, "started"), (200, 7, "beat")]


def test_one_beat_after_the_claim_is_a_survivor_and_one_before_is_not(token: str, tmp_path: Path) -> None:
    path = tmp_path / "beats"
    path.write_text("100 7 beat\n200 7 beat\n", encoding="ascii")
    quiet = observe(path, token, done=200, watch=0.0)
    assert (quiet.survived, quiet.late, quiet.last) == (False, (), 200)
    late = observe(path, token, done=199, watch=0.0)
    assert late.survived
    assert [beat.at for beat in late.late] == [200]


def test_a_silent_process_is_a_survivor_too(token: str, tmp_path: Path) -> None:
    path = tmp_path / "beats"
    path.touch()
    with living(LONG, token) as process:
        seen = observe(path, token, done=time.monotonic_ns(), watch=0.01)
        assert seen.survived
        assert ids(seen.living) == [process.pid]
        assert seen.last is None
    assert not observe(path, token, done=time.monotonic_ns(), watch=0.0).survived
