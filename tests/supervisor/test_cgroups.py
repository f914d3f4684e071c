import contextlib
import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.supervisor.children import (
    PATIENCE,
    beats_on,
    beats_within,
    comes_true,
    need,
    said_by_a_child,
    start_beating,
    started,
)

from remit.confinement import Degree, Piece
from remit.supervisor.kernel.bounded import finished_within
from remit.supervisor.kernel.cgroup_places import Places, places_of
from remit.supervisor.kernel.cgroups import Cgroup, cgroup_at, make_cgroup, sweep_cgroups

NUMBERS = itertools.count()
pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")  # under xdist; nothing locks here


@contextlib.contextmanager
def hanging(*files: Path) -> Iterator[None]:
    """Files whose opening for writing waits for ever; afterwards whoever waits is let go."""
    for file in files:
        os.mkfifo(file)
    yield
    readers = [os.open(file, os.O_RDONLY | os.O_NONBLOCK) for file in files]
    assert comes_true(lambda: all(thread.name != "bounded" for thread in threading.enumerate()))
    for reader in readers:
        os.close(reader)


@contextlib.contextmanager
def fresh(*, memory: int | None = None, processes: int | None = None, mount: Path | None = None) -> Iterator[Cgroup]:
    """A cgroup of its own, empty and gone afterwards."""
    run = f"test-{os.getpid()}-{next(NUMBERS)}"
    cgroup, reports = make_cgroup(run, memory=memory, processes=processes, mount=mount)
    need(cgroup is not None, f"no cgroup can be made here: {reports[0].reason}")
    assert cgroup is not None
    for report in reports:
        if report.degree is Degree.NONE:
            cgroup.remove(PATIENCE)
            need(given=False, what=str(report))
    try:
        yield cgroup
    finally:
        cgroup.kill()
        assert cgroup.wait_empty(PATIENCE)
        assert cgroup.remove(PATIENCE)


def test_a_frozen_process_stops_beating_and_a_thawed_one_goes_on(tmp_path: Path) -> None:
    beat = tmp_path / "beat"
    with fresh() as cgroup, start_beating(beat, first=cgroup.enter) as process:
        assert beats_on(beat)
        assert not cgroup.frozen()
        assert cgroup.freeze(PATIENCE)
        assert cgroup.frozen()
        assert beats_within(beat, 0.2) == 0
        assert cgroup.thaw(PATIENCE)
        assert not cgroup.frozen()
        assert beats_on(beat)
        cgroup.kill()
        assert process.wait(PATIENCE) == -9


def test_a_killed_cgroup_is_empty_with_everything_that_forked_in_it() -> None:
    script = "import os, time\nfor _ in range(4):\n    if os.fork() == 0: os.setsid()\ntime.sleep(120)\n"
    with fresh() as cgroup, started([sys.executable, "-ISc", script], first=cgroup.enter) as process:
        assert comes_true(lambda: len(cgroup.processes()) == 16)
        assert process.pid in cgroup.processes()
        assert cgroup.populated()
        assert cgroup.kill()
        assert cgroup.wait_empty(PATIENCE)
        assert not cgroup.populated()
        assert cgroup.processes() == ()


def test_a_frozen_cgroup_can_be_killed_without_thawing_it(tmp_path: Path) -> None:
    with fresh() as cgroup, start_beating(tmp_path / "beat", first=cgroup.enter) as process:
        assert beats_on(tmp_path / "beat")
        assert cgroup.freeze(PATIENCE)
        assert cgroup.kill()
        assert cgroup.wait_empty(PATIENCE)
        assert process.wait(PATIENCE) == -9


def test_a_process_whose_first_thread_has_ended_is_killed_with_the_rest() -> None:
    leaderless = (
        "import ctypes, platform, threading, time\n"
        "threading.Thread(target=time.sleep, args=(120,)).start()\n"
        "ctypes.CDLL(None).syscall({'x86_64': 60, 'aarch64': 93}[platform.machine()], 0)\n"
    )
    with fresh() as cgroup:
        child = started([sys.executable, "-I", "-S", "-c", leaderless], first=cgroup.enter)
        stat = Path(f"/proc/{child.pid}/stat")
        assert comes_true(lambda: stat.read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z")
        assert cgroup.kill()
        assert cgroup.wait_empty(PATIENCE)
        child.wait(PATIENCE)


def test_waiting_for_a_cgroup_that_lives_ends_with_no(tmp_path: Path) -> None:
    with fresh() as cgroup, start_beating(tmp_path / "beat", first=cgroup.enter):
        assert comes_true(cgroup.populated)
        assert not cgroup.wait_empty(0.05)
        assert not cgroup.remove(0.05)
        assert cgroup.path.is_dir()
        cgroup.kill()


def test_processes_in_folders_below_are_seen_and_killed(tmp_path: Path) -> None:
    with fresh() as cgroup:
        deeper = cgroup.inner / "deeper"
        deeper.mkdir()
        below = Cgroup(path=deeper, inner=deeper)
        with start_beating(tmp_path / "beat", first=below.enter) as process:
            assert comes_true(lambda: process.pid in cgroup.processes())
            assert cgroup.kill()
            assert cgroup.wait_empty(PATIENCE)
            assert process.wait(PATIENCE) == -9


@pytest.mark.requirement("STOP-06")
def test_a_freeze_that_hangs_in_the_kernel_is_given_up_and_does_not_delay_the_kill(tmp_path: Path) -> None:
    cgroup = Cgroup(path=tmp_path, inner=tmp_path)
    with hanging(tmp_path / "cgroup.freeze"), start_beating(tmp_path / "beat") as process:
        (tmp_path / "cgroup.procs").write_text(f"{process.pid}\n")
        assert not cgroup.freeze(0.05)
        assert not cgroup.thaw(0.05)
        assert not cgroup.kill(0.05)  # no cgroup.kill here: each process by itself
        assert process.wait(PATIENCE) == -9


@pytest.mark.requirement("STOP-06")
def test_a_kill_that_hangs_in_the_kernel_falls_back_to_each_process(tmp_path: Path) -> None:
    with hanging(tmp_path / "cgroup.kill"), start_beating(tmp_path / "beat") as process:
        (tmp_path / "cgroup.procs").write_text(f"{process.pid}\n")
        assert not Cgroup(path=tmp_path, inner=tmp_path).kill(0.05)
        assert process.wait(PATIENCE) == -9


def test_no_question_hangs_on_files_that_do(tmp_path: Path) -> None:
    cgroup = Cgroup(path=tmp_path, inner=tmp_path)
    names = ("cgroup.procs", "cgroup.events", "cpu.stat", "cgroup.kill", "cgroup.freeze")
    with hanging(*(tmp_path / name for name in names)):
        answers = [cgroup.frozen(), cgroup.processes(), cgroup.populated(), cgroup.wait_empty(0.02), cgroup.kill(0.02)]
        assert answers == [False, (), True, False, False]
        with pytest.raises(OSError, match="does not say what was used"):
            cgroup.cpu_seconds()


def test_a_kernel_that_cannot_be_asked_never_makes_a_cgroup_empty(tmp_path: Path) -> None:
    assert Cgroup(path=tmp_path, inner=tmp_path).populated()
    assert not Cgroup(path=tmp_path / "gone", inner=tmp_path / "gone").populated()


def test_the_processor_time_of_the_dead_counts() -> None:
    burn = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass\n"
    with fresh() as cgroup:
        subprocess.run([sys.executable, "-ISc", burn], preexec_fn=cgroup.enter, timeout=PATIENCE, check=True)
        assert cgroup.cpu_seconds() >= 0.2
        assert cgroup.cpu_seconds() == cgroup.cpu_seconds()


def test_memory_beyond_the_limit_cannot_be_used() -> None:
    take = "import sys\nheld = [bytearray(b'x' * (1 << 20)) for _ in range(int(sys.argv[1]))]\n"
    with fresh(memory=64 << 20) as cgroup:
        for amount, survives in (("10", True), ("200", False)):
            command = [sys.executable, "-ISc", take, amount]
            done = subprocess.run(command, preexec_fn=cgroup.enter, timeout=PATIENCE, check=False)
            assert (done.returncode == 0) is survives


def test_processes_beyond_the_limit_cannot_be_started() -> None:
    script = """
import os, sys, time
made = []
try:
    for _ in range(50):
        child = os.fork()
        if child == 0:
            time.sleep(60); os._exit(0)
        made.append(child)
except OSError as error:
    print(len(made), error.errno)
for child in made:
    os.kill(child, 9)
"""
    with fresh(processes=5) as cgroup:
        command = [sys.executable, "-ISc", script]
        done = subprocess.run(command, preexec_fn=cgroup.enter, timeout=PATIENCE, check=False, capture_output=True)
        assert done.stdout.split() == [b"4", b"11"]


def test_a_cgroup_is_found_again_by_its_folder(tmp_path: Path) -> None:
    with fresh(processes=50) as cgroup:
        assert cgroup_at(cgroup.path) == cgroup
        assert cgroup_at(cgroup.path, cgroup.controllers) == cgroup
    assert cgroup_at(cgroup.path) is None
    assert cgroup_at(tmp_path) is None


def test_a_folder_that_is_no_cgroup_is_left_as_it_was_and_reported(tmp_path: Path) -> None:
    cgroup, reports = make_cgroup("x", memory=1 << 20, processes=None, mount=tmp_path)
    assert cgroup is None
    assert [(report.piece, report.degree) for report in reports] == [
        (piece, Degree.NONE) for piece in (Piece.HOLD, Piece.STOP, Piece.MEMORY)
    ]
    assert f"{tmp_path} is not a cgroup" in reports[0].reason
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_may_not_be_written_is_reported(tmp_path: Path) -> None:
    _, reports = make_cgroup("x", memory=None, processes=None, mount=tmp_path / "absent")
    assert "no cgroup can be made" in reports[0].reason
    assert ("Delegate=yes" in reports[0].reason) is (os.geteuid() != 0)


def test_a_second_run_of_the_same_name_gets_no_share_of_the_first_ones_cgroup() -> None:
    with fresh() as cgroup:
        run = cgroup.path.name.removeprefix("remit-")
        again, reports = make_cgroup(run, memory=None, processes=None, mount=cgroup.path.parent)
        assert again is None
        assert "File exists" in reports[0].reason


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cgroup to make others in, so that no run of anybody else is swept."""
    with fresh() as own:
        place = own.path / "place"
        place.mkdir()
        monkeypatch.setattr("remit.supervisor.kernel.cgroups.read_places", lambda: Places(unified=(place,)))
        yield place
        place.rmdir()


def test_only_empty_and_old_cgroups_are_swept(tmp_path: Path, place: Path) -> None:
    with (
        fresh(mount=place) as living,
        start_beating(tmp_path / "beat", first=living.enter),
        fresh(mount=place) as kept,
        fresh(mount=place) as left,
    ):
        assert comes_true(living.populated)
        keep = [kept.path.name.removeprefix("remit-")]
        assert sweep_cgroups(keep=keep) == ()
        assert sweep_cgroups(keep=keep, older=0.0) == (left.path,)
        assert living.path.is_dir()
        assert kept.path.is_dir()
        living.kill()


def test_work_that_takes_too_long_is_not_waited_for() -> None:
    never = threading.Event()
    assert not finished_within(0.01, never.wait)
    never.set()
    assert finished_within(PATIENCE, lambda: True)
    assert not finished_within(PATIENCE, lambda: Path("/nowhere").stat().st_size > 0)


def test_places_on_a_hybrid_host() -> None:
    mounts = (
        "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
        "39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n"
        "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"
        "42 31 0:39 / /tmp rw - tmpfs tmpfs rw\n"
    )
    places = places_of(mounts, "8:pids:/\n4:memory:/a/b\n0::/\n")
    assert places.unified == (Path("/sys/fs/cgroup/unified"),)
    assert places.of("memory") == tuple(Path("/sys/fs/cgroup/memory") / step for step in ("a/b", "a", ""))
    assert places.of("pids") == (Path("/sys/fs/cgroup/pids"),)


def test_places_under_systemd_and_in_a_container() -> None:
    mounts = "30 24 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
    places = places_of(mounts, "0::/user.slice/run-1.scope\n")
    assert places.unified == tuple(
        map(Path, ("/sys/fs/cgroup/user.slice/run-1.scope", "/sys/fs/cgroup/user.slice", "/sys/fs/cgroup"))
    )
    assert places.legacy == ()
    inside = places_of(mounts.replace(" / /sys", r" /docker/1 /a\040b/sys"), "0::/docker/1/x\n")
    assert inside.unified == (Path("/a b/sys/fs/cgroup/x"), Path("/a b/sys/fs/cgroup"))
    elsewhere = places_of(mounts, "0::/../../other\n")
    assert elsewhere.unified == (Path("/sys/fs/cgroup"),)
    assert places_of("", "").unified == ()


def test_a_process_that_has_no_way_in_says_which_file(tmp_path: Path) -> None:
    cgroup = Cgroup(path=tmp_path, inner=tmp_path / "agent")

    def work() -> str:
        cgroup.enter()
        return "entered"

    assert "cgroup.procs" in said_by_a_child(work)
