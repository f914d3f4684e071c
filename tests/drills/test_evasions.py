"""Every evader does its trick, and none of them forgets its deadline: not by a fork, an exec, a stop or a mistake."""

from __future__ import annotations

import ast
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from remit.drills import evasions
from remit.drills.evasions.beating import LONGEST
from remit.drills.evasions.patterns import PATTERNS, Pattern, pattern_named
from remit.drills.observer import Beat, read_beats, scan

FOLDER = Path(evasions.__file__).parent
SOURCE = FOLDER.parents[2]
FILES = sorted(path.name for path in FOLDER.glob("*.py"))
LIFE = 5.0
MAY_BE_REFUSED = {"user-namespace", "pid-namespace", "cgroup-move", "cgroup-mount", "traced"}
SLEEPING = {"sleep", "pause", "sigwait", "sigwaitinfo", "wait", "join", "select"}
ENDLESS = {"count", "cycle", "repeat", "iter"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One pattern that was played to its end."""

    beats: tuple[Beat, ...]
    deadline: int
    left: tuple[str, ...]


@pytest.fixture(scope="module")
def plays() -> Iterator[dict[str, Play]]:
    """All patterns side by side, each with a short deadline of its own, and looked for after it."""
    token = f"evader{secrets.token_hex(6)}"
    with tempfile.TemporaryDirectory(prefix="e-") as made:  # short, for sockets have short names
        folder = Path(made)
        folder.chmod(0o755)  # an evader that becomes another user still beats
        started = {pattern.name: start(pattern, folder, token) for pattern in PATTERNS}
        for _, processes in started.values():
            for process in processes:
                process.wait(LONGEST + 60)
        until = time.monotonic() + 60
        while (left := scan(token)) and time.monotonic() < until:
            time.sleep(0.01)
        remove_cgroups(token)
        yield {
            name: Play(beats=read_beats(folder / f"{name}-{token}"), deadline=deadline, left=tuple(map(str, left)))
            for name, (deadline, _) in started.items()
        }


def start(pattern: Pattern, folder: Path, token: str) -> tuple[int, list[subprocess.Popen[bytes]]]:
    """Start a pattern and the launcher it needs; returns the deadline of both, and both.

    What a busy machine does not let come to its trick in its life is started anew, with a longer one.
    """
    started: list[subprocess.Popen[bytes]] = []
    deadline = 0
    for number, life in enumerate((LIFE, 3 * LIFE, LONGEST, LONGEST)):
        deadline = time.monotonic_ns() + int(life * 1e9)
        beats = folder / f"{pattern.name}-{token}"
        beats.write_bytes(b"")
        beats.chmod(0o666)
        place = f"@{token}{number}" if pattern.outside == "abstract" else str(folder / f"{pattern.name}{number}")
        launchers = [play("launcher", beats, deadline, place)] if pattern.outside else []
        if launchers:
            await_word(beats, ("listening",), 1, deadline)
        playing = play(pattern.name, beats, deadline, *([place] if launchers else []))
        await_word(beats, ("evading", "failed:"), pattern.processes, deadline)
        started += [*launchers, playing]
        words = [beat.word for beat in read_beats(beats)]
        if words.count("evading") >= pattern.processes or any(word.startswith("failed:") for word in words):
            break
        for process in started:
            process.wait(life + 60)
    return deadline, started


def remove_cgroups(token: str) -> None:
    """Take away what evaders that left their cgroup have made."""
    for made in Path("/sys/fs/cgroup").rglob(f"elsewhere-*{token}"):
        with suppress(OSError):
            made.rmdir()


def play(name: str, beats: Path, deadline: int, *address: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-I", "-S", str(FOLDER / "__main__.py"), name, str(beats), str(deadline), *address]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)


def await_word(beats: Path, words: tuple[str, ...], count: int, deadline: int) -> None:
    """Wait until one of these was said so often, or it is too late for it."""
    while sum(beat.word.startswith(words) for beat in read_beats(beats)) < count and time.monotonic_ns() < deadline:
        time.sleep(0.005)


def faults(source: str) -> list[str]:
    """Whatever in a file of patterns could live on without asking for the time."""
    tree = ast.parse(source)
    rests = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "rest"]
    inside_rest = {id(node) for rest in rests for node in ast.walk(rest)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.While) and "expired" not in called(node.test):
            found.append(f"line {node.lineno}: a loop that does not ask whether its time is over")
        if isinstance(node, ast.For) and called(node.iter) & ENDLESS:
            found.append(f"line {node.lineno}: a loop without an end")
        if isinstance(node, ast.Call) and id(node) not in inside_rest and name_of(node) in SLEEPING:
            found.append(f"line {node.lineno}: a sleep that may last beyond the deadline")
        if isinstance(node, ast.Call) and name_of(node).startswith("exec") and "anew" not in called(node):
            found.append(f"line {node.lineno}: a new program that is not told the deadline")
    return found


def called(tree: ast.AST) -> set[str]:
    return {name_of(node) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def name_of(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(value=ast.Constant()):
            return ""  # a method of a text, such as " ".join
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def run_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a few lines with the evaders importable, as bare as evaders run."""
    head = f"import os, signal, sys, time; sys.path.insert(0, {str(SOURCE)!r})\n"
    command = [sys.executable, "-I", "-S", "-c", head + code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_there_are_more_than_twenty_tricks_and_each_says_what_it_does() -> None:
    assert len(PATTERNS) >= 24
    assert len({pattern.name for pattern in PATTERNS}) == len(PATTERNS)
    assert [pattern.name for pattern in PATTERNS if len(pattern.what) < 40 or not pattern.what.endswith(".")] == []


@pytest.mark.slow
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_a_pattern_beats_and_does_its_trick(pattern: Pattern, plays: dict[str, Play]) -> None:
    beats = plays[pattern.name].beats
    words = {beat.word for beat in beats}
    refused = {word for word in words if word.startswith("failed:")}
    assert len(beats) > 10
    if pattern.root and os.geteuid() != 0:
        assert refused == {"failed:EPERM"}
        pytest.skip("only root can become another user")
    if refused and pattern.name in MAY_BE_REFUSED:
        pytest.skip(f"this system refuses the trick: {refused.pop()}")
    assert not refused
    assert sum(beat.word == "evading" for beat in beats) >= pattern.processes


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_a_pattern_ends_by_its_own_deadline(pattern: Pattern, plays: dict[str, Play]) -> None:
    played = plays[pattern.name]
    assert played.left == ()
    assert max(beat.at for beat in played.beats) < played.deadline


def test_what_stops_itself_is_ended_by_the_kernel(tmp_path: Path) -> None:
    beats = tmp_path / "beats"
    beats.touch()
    code = (
        "from remit.drills.evasions.beating import Pulse\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    Pulse.begin(sys.argv[1], time.monotonic_ns() + int(float(sys.argv[2]) * 1e9))\n"
        "    os.kill(os.getpid(), signal.SIGSTOP)\n"
        "    os._exit(0)\n"
        "print(os.WTERMSIG(os.waitpid(child, 0)[1]))\n"
    )
    done = run_python(code, str(beats), "0.1")
    if done.stdout.strip() == "0":  # it came too late to stop itself
        done = run_python(code, str(beats), "10")
    assert done.stdout.strip() == str(int(signal.SIGKILL)), done.stderr


@pytest.mark.parametrize("asked", ["0", "9000000000000000000"])
def test_no_evader_may_live_longer_than_twenty_seconds(asked: str, tmp_path: Path) -> None:
    beats = tmp_path / "beats"
    beats.touch()
    done = run_python(
        "import resource\n"
        "from remit.drills.evasions.beating import Pulse\n"
        "pulse = Pulse.begin(sys.argv[1], int(sys.argv[2]))\n"
        "print(pulse.deadline <= time.monotonic_ns() + 20_000_000_000, *resource.getrlimit(resource.RLIMIT_CPU))\n",
        str(beats),
        asked,
    )
    assert done.stdout.split() == ["True", "20", "20"], done.stderr


@pytest.mark.parametrize("name", FILES)
def test_every_loop_of_every_evader_asks_whether_its_time_is_over(name: str) -> None:
    assert faults((FOLDER / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("beating.py", "not self.expired()", "True"),
        ("multiplying.py", "not pulse.expired()", "True"),
        ("multiplying.py", "pulse.rest(", "time.sleep("),
        ("signalling.py", "not pulse.expired()", "os.getppid() > 1"),
        ("hiding.py", "anew(pulse)", "[sys.executable]"),
        ("detaching.py", "anew(pulse)", "[sys.executable]"),
        ("escaping.py", "for place in places(", "for place in itertools.repeat("),
    ],
)
def test_an_evader_without_a_deadline_is_found(name: str, before: str, after: str) -> None:
    source = (FOLDER / name).read_text(encoding="utf-8")
    assert before in source
    assert faults(source.replace(before, after))


def test_an_unknown_pattern_is_not_played() -> None:
    with pytest.raises(KeyError):
        pattern_named("polite")
