import functools
import json
import os
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet
from tests.some_cases import some_of
from tests.supervisor.children import PATIENCE, need, said_by_a_child
from tests.supervisor.scene import eventually

from remit.confinement import Degree, Enforced, Piece
from remit.supervisor.egress.rules import Rules
from remit.supervisor.kernel import syscalls
from remit.supervisor.kernel.cgroup import Cgroup
from remit.supervisor.kernel.cgroups import make_cgroup
from remit.supervisor.probes import TRIALS, Probe, Seen, Trial, ask, asking, groups, host_has, probe_all
from remit.supervisor.probes.probe import judged
from remit.supervisor.probes.telling import seen_in

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")  # under xdist; nothing locks here

BY_NAME = {trial.name: trial for trial in TRIALS}


def nothing(*_: object, **__: object) -> None:
    """Do nothing, as a broken mechanism does."""


def yes(*_: object, **__: object) -> bool:
    """Say that it worked, as a lying one does."""
    return True


def unlimited(
    run: str, *, memory: int | None, processes: int | None, mount: Path | None = None
) -> tuple[Cgroup | None, tuple[Enforced, ...]]:
    """A cgroup that claims limits nobody set."""
    cgroup, reports = make_cgroup(run, memory=None, processes=None, mount=mount)
    claimed = {Piece.MEMORY: memory, Piece.PROCESS_COUNT: processes}
    return cgroup, (*reports, *(Enforced(piece=piece, degree=Degree.FULL) for piece in claimed))


def forward_without_asking(listener: socket.socket, _channel: object, rules: Rules) -> None:
    """A proxy that asks nobody, and has the credential."""
    host, port = rules.hosts[0].split(":")
    while True:
        with listener.accept()[0] as inside, socket.create_connection((host, int(port)), timeout=2) as outside:
            lines = inside.recv(4096).split(b"\r\n", 1)
            outside.sendall(lines[0] + b"\r\nAuthorization: Bearer held-outside\r\n" + lines[1])
            inside.sendall(outside.recv(4096))


@functools.cache
def honest(name: str) -> Probe:
    """What the trial says when nobody lies."""
    return patiently(lambda: ask(BY_NAME[name]))


def patiently(asked: Callable[[], Probe]) -> Probe:
    """What a trial says that must not be none: on a busy machine it may come too late, which is none and never more."""
    probe = asked()
    for _ in range(5):
        if probe.degree is not Degree.NONE or "too busy" in probe.proof:
            break
        probe = asked()
    return probe


def needs_root() -> None:
    need(os.geteuid() == 0, "only root has something to lose here")


LIES = (  # the trial, what is broken, how
    ("death with the parent", "remit.supervisor.kernel.syscalls.set_parent_death_signal", nothing),
    ("pid namespace", "remit.supervisor.kernel.syscalls.unshare", nothing),
    ("user namespace", "remit.supervisor.kernel.syscalls.unshare", nothing),
    ("ipc namespace", "remit.supervisor.kernel.syscalls.unshare", nothing),
    ("network namespace", "remit.supervisor.kernel.syscalls.unshare", nothing),
    ("network namespace", "remit.supervisor.kernel.syscalls.raise_loopback", nothing),
    ("egress listener", "remit.supervisor.kernel.syscalls.unshare", nothing),
    ("egress proxy", "remit.supervisor.probes.credentials.serve", forward_without_asking),
    ("mount namespace", "remit.supervisor.kernel.syscalls.make_read_only", nothing),
    ("descriptors", "remit.supervisor.kernel.syscalls.close_all_but", nothing),
    ("dead-man's switch", "remit.supervisor.deadman.Heartbeat.missed", lambda *_: False),
    ("dead-man's switch", "remit.supervisor.deadman.Heartbeat.missed", yes),
    ("pidfd", "signal.pidfd_send_signal", nothing),
    ("wall-time budget", "signal.pidfd_send_signal", nothing),
    ("cgroup", "remit.supervisor.kernel.cgroup.Cgroup.enter", nothing),
    ("cgroup freeze", "remit.supervisor.kernel.cgroup.Cgroup.enter", nothing),
    ("cgroup freeze", "remit.supervisor.kernel.cgroup.Cgroup.freeze", yes),
    ("cgroup freeze", "remit.supervisor.kernel.cgroup.Cgroup.thaw", yes),
    ("cgroup kill", "remit.supervisor.kernel.cgroup.Cgroup.enter", nothing),
    ("cgroup kill", "remit.supervisor.kernel.cgroup.Cgroup.kill", yes),
    ("cgroup kill", "remit.supervisor.kernel.cgroup.Cgroup.wait_empty", lambda *_: False),
    ("cgroup memory", "remit.supervisor.probes.groups.make_cgroup", unlimited),
    ("cgroup memory", "remit.supervisor.kernel.cgroup.Cgroup.enter", nothing),
    ("cgroup processes", "remit.supervisor.probes.groups.make_cgroup", unlimited),
    ("cgroup processes", "remit.supervisor.kernel.cgroup.Cgroup.enter", nothing),
    ("cgroup processor time", "remit.supervisor.kernel.cgroup.Cgroup.cpu_seconds", lambda *_: 1000.0),
    ("cgroup processor time", "remit.supervisor.kernel.cgroup.Cgroup.kill", yes),
    ("seccomp", "remit.supervisor.kernel.seccomp.install", nothing),
    ("seccomp", "remit.supervisor.kernel.seccomp.filter_program", lambda **_: b"\x06\0\0\0\0\0\xff\x7f"),
    ("unix sockets denied", "remit.supervisor.kernel.seccomp.install", nothing),
    ("landlock paths", "remit.supervisor.kernel.landlock.restrict", nothing),
    ("landlock signals", "remit.supervisor.kernel.landlock.restrict", nothing),
    ("landlock signals", "remit.supervisor.kernel.landlock._SCOPES", 0),
    ("memory limit of a process", "resource.setrlimit", nothing),
    ("process limit of a user", "resource.setrlimit", nothing),
    ("control socket", "remit.supervisor.probes.host.account_of", lambda _: os.geteuid() + 1),
    ("cage without bubblewrap", "remit.supervisor.kernel.seccomp.install", nothing),
)


def named(lie: tuple[str, str, object]) -> ParameterSet:
    """One lie with its name; those that make a probe wait for what never comes run with the slow ones."""
    waits = lie[0] in {"pidfd", "wall-time budget", "egress proxy"}
    return pytest.param(*lie, id=f"{lie[0]}: {lie[1].rpartition('.')[2]}", marks=[pytest.mark.slow] if waits else [])


@pytest.mark.requirement("DOCTOR-01")
@pytest.mark.parametrize(("name", "target", "fake"), some_of(map(named, LIES), 12))
def test_a_mechanism_that_does_nothing_or_lies_is_not_green(
    name: str, target: str, fake: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trial = BY_NAME[name]
    need(honest(name).degree is not Degree.NONE, f"the mechanism works in no case here: {honest(name).proof}")

    def lied_to() -> str:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(target, fake)
        seen = seen_in(trial)
        return f"{seen.degree}: {seen.proof}"

    said = said_by_a_child(lied_to)
    assert said.startswith("none: ")
    assert "ended with" not in said


def test_capabilities_that_stay_are_not_green(monkeypatch: pytest.MonkeyPatch) -> None:
    needs_root()

    def lied_to() -> str:
        monkeypatch.setattr(syscalls, "drop_capabilities", nothing)
        return str(seen_in(BY_NAME["capabilities"]).degree)

    assert said_by_a_child(lied_to) == "none"


def with_bwrap(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch, *, start: str = asking.START) -> Probe:
    """What the probe of bubblewrap says when this is the first bwrap on PATH."""
    folder.chmod(0o755)
    fake = folder / "bwrap"
    fake.write_text(f"#!{os.path.realpath(sys.executable)} -IS\n{script}", encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return ask(BY_NAME["bubblewrap"], within=asking.LONGEST if start == asking.START else PATIENCE, start=start)


@pytest.mark.requirement("DOCTOR-01")
@pytest.mark.parametrize(
    "script",
    [
        pytest.param("", id="does nothing"),
        pytest.param("raise SystemExit(1)\n", id="fails"),
        pytest.param(
            "import os, sys\nos.execv(sys.argv[4], sys.argv[4:])\n",
            id="runs the command as it is",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_bubblewrap_that_is_none_is_not_green(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = with_bwrap(tmp_path, script, monkeypatch)
    assert probe.degree is Degree.NONE
    assert probe.advice


FORGETFUL = """
import os, sys
given, forgotten = int(sys.argv[2]), {forgotten!r}
options = os.read(given, 1 << 20).decode().split("\\0")
where = [place for place in range(len(options)) if options[place : place + len(forgotten)] == forgotten]
assert where, "the option is not there"
for place in reversed(where):
    options[place : place + len(forgotten) + {arguments}] = {instead!r}
file = os.memfd_create("options", 0)
os.write(file, "\\0".join(options).encode())
os.lseek(file, 0, 0)
os.execv({real!r}, ["bwrap", "--args", str(file), *sys.argv[3:]])
"""


GATE = ["--block-fd"]
WATCHED_FOR_LONG = asking.START.replace(  # whoever runs before the gate is opened is seen, however busy the machine is
    "; tell(", f"; from remit.supervisor.probes import cages; cages.CLOSED = {PATIENCE / 2}; tell("
)
FORGOTTEN: tuple[
    tuple[list[str], int, list[str], bool], ...
] = (  # options, how many arguments follow them, what is said instead, whether it is tried every time
    (["--unshare-user"], 0, ["--unshare-user"], True),
    (["--die-with-parent"], 0, [], True),
    (["--unshare-all"], 0, ["--unshare-pid"], False),
    (["--unshare-all"], 0, ["--unshare-net"], False),
    (["--new-session"], 0, [], False),
    (["--cap-drop", "ALL"], 0, ["--cap-add", "CAP_SYS_ADMIN"], False),
    (["--seccomp"], 1, [], False),
    (GATE, 1, [], True),
    (["--info-fd"], 1, [], False),
    (["--ro-bind"], 0, ["--bind"], True),
    (["--remount-ro", "/"], 0, [], False),
    (["--clearenv"], 0, ["--setenv", "REMIT_PROBE_OUTSIDE", "1"], False),
    (["--chdir"], 0, ["--no-such-option", "--chdir"], False),
)


@pytest.mark.parametrize(
    ("forgotten", "arguments", "instead"),
    [
        pytest.param(*row[:3], id=" ".join([*row[0], "->", *row[2]]), marks=[] if row[3] else [pytest.mark.slow])
        for row in FORGOTTEN
    ],
)
def test_a_bubblewrap_that_forgets_one_option_is_not_green(
    forgotten: list[str], arguments: int, instead: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.which("bwrap")
    need(real, "bubblewrap is not installed")
    before = honest("bubblewrap")
    need(before.degree is Degree.FULL, f"bubblewrap does not work here: {before.proof}")
    script = FORGETFUL.format(forgotten=forgotten, arguments=arguments, instead=instead, real=real)
    harmless = forgotten == instead  # the control: a wrapper that changes nothing changes nothing
    start = WATCHED_FOR_LONG if forgotten == GATE else asking.START
    probe = with_bwrap(tmp_path, script, monkeypatch, start=start)
    if harmless:
        probe = patiently(lambda: ask(BY_NAME["bubblewrap"]))
    assert probe.degree is (Degree.FULL if harmless else Degree.NONE), probe.proof


def test_a_state_folder_others_may_enter_is_not_green(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert patiently(lambda: ask(BY_NAME["state folder"])).degree is Degree.FULL
    assert list(tmp_path.iterdir()) == []
    runs = tmp_path / "remit" / "runs"
    runs.mkdir(parents=True)
    runs.chmod(0o755)
    probe = ask(BY_NAME["state folder"])
    assert probe.degree is Degree.NONE
    assert "chmod 700" in probe.advice
    assert list(runs.iterdir()) == []


def test_a_state_folder_that_cannot_be_made_is_not_green(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert ask(BY_NAME["state folder"]).degree is Degree.NONE


def test_a_freeze_that_hangs_is_not_green_and_does_not_hang_the_probe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "cgroup.freeze")
    for name in ("cgroup.procs", "cgroup.events"):
        (tmp_path / name).touch()
    cgroup = Cgroup(path=tmp_path, inner=tmp_path)
    assert said_by_a_child(lambda: str(groups.holds(cgroup).degree)) == "none"


ANY = Trial(name="any", piece=None, work=lambda: judged([("it", True)]), advice=lambda: "do something")


@pytest.mark.requirement("DOCTOR-02")
@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ("import time; time.sleep(60)", "did not finish within 0.4 s"),
        ("import os, time; os.fork() or time.sleep(60)", "did not finish within 0.4 s"),
        ("raise SystemExit(3)", "ended with 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "ended with -"),
        ("import no_such_module", "No module named 'no_such_module'"),
        ("print('full')", "did not say what it saw"),
        ('print(\'{"degree": "green", "proof": "", "advice": ""}\')', "did not say what it saw"),
        ("print('[' * 50000)", "did not say what it saw"),
        ("while True: print('x' * 5000, end='')", "did not finish within 0.4 s"),
    ],
)
def test_a_probe_that_hangs_crashes_or_talks_nonsense_is_none_with_the_reason(start: str, reason: str) -> None:
    hangs = "did not finish" in reason
    probe = ask(ANY, within=0.4 if hangs else PATIENCE, start=start)  # who ends by itself has the time to start
    assert probe.degree is Degree.NONE
    assert reason in probe.proof
    assert probe.advice == "do something"


@pytest.mark.requirement("DOCTOR-02")
def test_a_probe_that_hangs_leaves_no_process_behind(tmp_path: Path) -> None:
    file = tmp_path / "number"
    start = f"import os, time; os.fork(); open({str(file)!r}, 'a').write(f'{{os.getpid()}} '); time.sleep(60)"
    numbers: list[int] = []
    for within in (1.5, 6.0, 20.0):  # until both had the time to start
        file.write_text("", encoding="ascii")
        ask(ANY, within=within, start=start)
        numbers = [int(word) for word in file.read_text(encoding="ascii").split()]
        if len(numbers) == 2:
            break
    assert len(numbers) == 2
    eventually(lambda: not any(map(is_running, numbers)))  # a kill is done a moment after it was asked for


def is_running(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_a_child_of_a_probe_prints_is_no_answer() -> None:
    """Only the probe itself can say what was seen."""
    lie = json.dumps({"degree": "full", "proof": "lie", "advice": ""})

    def talkative() -> Seen:
        os.write(1, lie.encode() + b"\n")
        return judged([("it", False)])

    start = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from remit.supervisor.probes import telling, probe\nimport os\n"
        f"def talkative():\n    os.write(1, {lie!r}.encode() + b'\\n')\n    return probe.judged([('it', False)])\n"
        "telling.TRIALS = (probe.Trial(name='any', piece=None, work=talkative, advice=str),)\n"
        "telling.tell('any')\n"
    )
    assert talkative().degree is Degree.NONE
    assert ask(ANY, start=start).proof == "not seen: it"


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_every_probe_says_what_it_saw_or_what_to_do(trial: Trial) -> None:
    probe = patiently(lambda: ask(trial))
    assert (probe.name, probe.piece) == (trial.name, trial.piece)
    assert probe.proof
    assert bool(probe.advice) is (probe.degree is not Degree.FULL)
    assert "Traceback" not in probe.proof
    if "too busy" in probe.proof:
        pytest.skip(probe.proof)
    need(probe.degree is not Degree.NONE, str(probe))


def test_every_piece_of_a_confinement_has_a_probe() -> None:
    assert {trial.piece for trial in TRIALS} >= set(Piece)
    assert len(BY_NAME) == len(TRIALS)


def test_progress_is_told_before_each_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    two = (BY_NAME["clock"], BY_NAME["environment"])
    monkeypatch.setattr(asking, "TRIALS", two)
    told: list[tuple[int, int, str]] = []
    probes = probe_all(lambda *step: told.append(step))
    assert told == [(1, 2, "clock"), (2, 2, "environment")]
    assert [probe.name for probe in probes] == ["clock", "environment"]


def test_a_test_can_ask_what_the_host_has() -> None:
    assert any(host_has("environment", "descriptors") for _ in range(5))  # a busy machine may need another try
    assert not host_has("environment", "memory limit of a process")  # never more than partial
    with pytest.raises(KeyError):
        host_has("no such probe")


def test_a_judgement_names_what_was_not_seen() -> None:
    assert judged([("one", True), ("two", True)]).proof == "one; two"
    assert judged([("one", True), ("two", False)]) == Seen(degree=Degree.NONE, proof="not seen: two")
    assert judged([]).degree is Degree.NONE
    least = judged([("one", True)], at_most=Degree.PARTIAL, because="half")
    assert (least.degree, least.proof) == (Degree.PARTIAL, "one (half)")
    assert judged([("one", False)], at_most=Degree.PARTIAL).degree is Degree.NONE
    assert judged([("one", True), ("two", True)], short="both").proof == "both"
    assert judged([("one", True), ("two", False)], short="both").proof == "not seen: two"
