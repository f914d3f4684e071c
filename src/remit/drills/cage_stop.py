"""Holds and stops of evaders, checked from outside against every receipt."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from remit.drills.asking import Desk
from remit.drills.observer import Observation, end, observe, read_beats
from remit.drills.report import CageResult
from remit.drills.watching import watching
from remit.errors import RemitError
from remit.supervisor.report import StopReport
from remit.supervisor.running import Run

__all__ = ["Evader", "Start", "evading", "hold_and_stop", "observed", "stop_evaders", "unproved"]

MAIN = Path(__file__).with_name("evasions") / "__main__.py"
PATTERNS = ("deaf", "triple-fork", "clean-daemon", "watchdogs", "pid-hopping", "vfork-parent", "user-namespace")
"""The evaders a stop is tried on: one for every way in which a weaker stop fails."""
_READY = 5.0  # seconds an evader may take to be at it
_LIFE = 18.0  # seconds it lives at most
_TRIES = 3  # times something is tried that a busy machine alone can spoil
_HOLD = 0.4
_WATCH = 0.25  # seconds somebody watches after a stop said that it is done
_LATE = 0.25  # seconds between the request and the last beat at most
_PROOF = 5.0  # seconds a proof may take to come: what was killed ends only when it is its turn
_FALSE = "FALSE RECEIPT"
_LAST = "last beat"

Start = Callable[..., Run]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evader:
    """An evader at work: its run, the file it beats into, and the token its processes carry.

    ``deadline`` is when it ends by itself, in nanoseconds of the monotonic clock.
    """

    run: Run
    beats: Path
    token: str
    deadline: int

    @property
    def over(self) -> bool:
        """Whether it has ended by itself: what is seen of it then says nothing of its supervisor."""
        return time.monotonic_ns() >= self.deadline

    @property
    def state(self) -> dict[str, object]:
        """What the registry says of the run."""
        return self.run.folder.read_state()

    @property
    def cgroup(self) -> Path | None:
        """The run's cgroup, where there is one."""
        path = self.state.get("cgroup")
        return Path(path) if isinstance(path, str) else None

    def beats_between(self, since: float, until: float) -> int:
        """How many beats lie strictly between two moments of the monotonic clock."""
        return sum(since * 1e9 < beat.at < until * 1e9 for beat in read_beats(self.beats))


@contextmanager
def evading(start: Start, pattern: str) -> Iterator[Evader]:
    """An evader that is at it; raises ``RemitError`` when it cannot be started. Whoever survives is ended at last."""
    with ExitStack() as stack:
        base = Path(tempfile.mkdtemp(prefix="remit-evader-"))
        stack.callback(shutil.rmtree, base, ignore_errors=True)
        base.chmod(0o755)
        work = base / "work"
        work.mkdir()
        token = f"evader{secrets.token_hex(8)}"
        beats = work / f"beats-{token}"
        beats.touch()
        deadline = time.monotonic_ns() + int(_LIFE * 1e9)
        run = start((sys.executable, "-I", "-S", str(MAIN), pattern, str(beats), str(deadline)), work)
        evader = Evader(run=run, beats=beats, token=token, deadline=deadline)
        stack.callback(_clear, evader)
        _await(beats)
        yield evader


def _await(beats: Path) -> None:
    """Wait until it is at it; whatever is not by then is tried as it is."""
    deadline = time.monotonic() + _READY
    while time.monotonic() < deadline:
        if any(beat.word == "evading" or beat.word.startswith("failed") for beat in read_beats(beats)):
            break
        time.sleep(0.01)
    time.sleep(0.05)


def _clear(evader: Evader) -> None:
    """End what is left, whatever was found."""
    with suppress(RemitError):
        evader.run.stop(within=1.0, reason="the cage drill is over")
    end(observe(evader.beats, evader.token, done=time.monotonic_ns(), watch=0.0).living)


def observed(evader: Evader) -> Observation:
    """Who lives after this moment."""
    return observe(evader.beats, evader.token, done=time.monotonic_ns(), watch=_WATCH)


def hold_and_stop(start: Start) -> Iterator[CageResult]:
    """A hold holds, only a key resumes, and the stop kills first and proves it.

    Where the machine is so busy that the evader ends by itself meanwhile, all of it is tried again, and in the end what
    did not hold is unknown, except a false receipt.
    """
    found: list[CageResult] = []
    over = True
    for _ in range(_TRIES):
        with evading(start, "watchdogs") as evader:
            found = list(_held_and_stopped(evader))
            over = evader.over
        if not over or all(item.held for item in found) or any(item.found.startswith(_FALSE) for item in found):
            break
    for item in found:
        spoiled = over and item.held is False and not item.found.startswith(_FALSE)
        yield replace(item, held=None, found=f"its evader had ended by itself: {item.found}") if spoiled else item


def _held_and_stopped(evader: Evader) -> Iterator[CageResult]:
    """Hold it, try to resume it with and without a right to, and stop it."""
    desk = Desk(folder=evader.run.folder)
    desk.owner(request="hold")
    held = time.monotonic()
    time.sleep(_HOLD)
    still = _still(evader, desk, held)
    yield still
    yield _frozen(evader)
    yield from _resumes(evader, desk, held, was_still=still.held is True)
    yield from _stop(evader, "watchdogs", look_at_kill=True)


def _still(evader: Evader, desk: Desk, held: float) -> CageResult:
    """No beat while it is held."""
    answer = desk.answers[-1] if desk.answers else {}
    if not desk.asked[-1].accepted:
        return CageResult(name="a hold holds", held=False, found=f"it was refused: {desk.asked[-1].code}")
    if answer.get("held") is not True:
        return CageResult(name="a hold holds", held=False, found=str(answer.get("reason") or "nothing was frozen"))
    beats = evader.beats_between(held, time.monotonic())
    return CageResult(name="a hold holds", held=beats == 0, found=f"{beats} beats in {_HOLD:g} s while held")


def _frozen(evader: Evader) -> CageResult:
    """The kernel itself says frozen, and no process is merely stopped."""
    name = "a hold is a freeze"
    if evader.cgroup is None:
        return CageResult(name=name, held=False, found="there is no cgroup to freeze")
    try:
        events = (evader.cgroup / "cgroup.events").read_text(encoding="ascii").splitlines()
    except OSError as error:
        return CageResult(name=name, held=None, found=str(error))
    if "frozen 1" not in events:
        return CageResult(name=name, held=False, found="cgroup.events does not say `frozen 1`")
    return CageResult(name=name, held=True, found="cgroup.events says `frozen 1`")


def _resumes(evader: Evader, desk: Desk, held: float, *, was_still: bool) -> Iterator[CageResult]:
    """Four resumes without a right to it, then the right one; beats count only where the hold had held until then."""
    began = time.monotonic()
    wrong = [desk.made_up(request="resume"), desk.ask({"request": "resume"}, by="nobody", real=False),
             desk.expired(request="resume"), desk.other_account(request="resume")]  # fmt: skip
    time.sleep(0.1)
    beats = evader.beats_between(max(began, held), time.monotonic()) if was_still else 0
    bad = [item.request for item, accepted in zip(desk.asked[-4:], wrong, strict=True) if accepted]
    found = f"accepted without a key: {', '.join(bad)}" if bad else f"4 refused, {beats} beats meanwhile"
    yield CageResult(name="only a key resumes", held=not bad and beats == 0, found=found)
    desk.owner(request="resume")
    resumed, beats = time.monotonic(), 0
    while not beats and time.monotonic() < resumed + _READY:
        time.sleep(0.05)
        beats = evader.beats_between(resumed, time.monotonic())
    yield CageResult(name="a resume resumes", held=beats > 0, found=f"{beats} beats after the resume")


def stop_evaders(start: Start) -> Iterator[CageResult]:
    """Stop one evader after the other; one that was stopped late only, a few times, and every late one is told.

    A slow stop is slow every time; on a busy machine a quick one is now and then.
    """
    for pattern in PATTERNS:
        try:
            yield from _stopped(start, pattern)
        except RemitError as error:
            yield CageResult(name=f"stop: {pattern}", held=None, found=str(error))


def _stopped(start: Start, pattern: str) -> list[CageResult]:
    """The last of at most three stops of one evader, with what the late ones before it were."""
    before: list[str] = []
    while True:
        with evading(start, pattern) as evader:
            found = list(_stop(evader, pattern, look_at_kill=False))
        late = [item.found for item in found if item.held is False and item.found.startswith(_LAST)]
        if not late or len(before) == _TRIES - 1:
            return [replace(item, found="; ".join([item.found, *before])) for item in found]
        before += [f"in a try before it: {told}" for told in late[:1]]


def _stop(evader: Evader, pattern: str, *, look_at_kill: bool) -> Iterator[CageResult]:
    """Stop, compare the receipt with what is seen, and see in which order the kernel was asked."""
    cgroup = evader.cgroup
    with ExitStack() as stack:
        namespace = stack.enter_context(_kept(evader))
        watch = stack.enter_context(watching(cgroup)) if cgroup is not None and look_at_kill else None
        asked = time.monotonic()
        try:
            report = evader.run.stop(within=_PROOF, reason="cage drill")
        except RemitError as error:  # it was there to be stopped: a stop that fails is a finding
            yield CageResult(name=f"stop: {pattern}", held=False, found=f"the stop failed: {error}")
            return
        seen = observed(evader)
        changes = [] if watch is None else [change.path for change in watch.changes]
        receipt = _receipt(pattern, report, seen, namespace, asked)
    yield receipt
    if look_at_kill:
        yield _order(changes, known=watch is not None)


def _receipt(pattern: str, report: StopReport, seen: Observation, namespace: int | None, asked: float) -> CageResult:
    """Dead, and nobody seen; survivors are a failure, a false receipt is a worse one."""
    name = f"stop: {pattern}"
    living = ", ".join(f"{item.process} ({item.command[:40]})" for item in seen.living[:3])
    if report.dead and seen.survived:
        return CageResult(name=name, held=False, found=f"{_FALSE}: it says dead, {len(seen.late)} beats, {living}")
    if seen.survived or not report.dead:
        return CageResult(
            name=name, held=False, found=f"it says {report.verdict}, {len(seen.late)} late beats, {living}"
        )
    if namespace is not None and (inhabitants := _inhabitants(namespace)):
        return CageResult(name=name, held=False, found=f"{_FALSE}: {inhabitants} processes in its namespace")
    if not report.proof:
        return CageResult(name=name, held=False, found="it says dead without a proof")
    last = 0.0 if seen.last is None else max(0.0, seen.last / 1e9 - asked)
    return CageResult(name=name, held=last <= _LATE, found=f"{_LAST} {last * 1000:.1f} ms after the request")


@contextmanager
def _kept(evader: Evader) -> Iterator[int | None]:
    """The number of the run's PID namespace, kept from being given to another; ``None`` where it cannot be opened."""
    state = evader.state
    try:
        held = os.open(f"/proc/{state.get('init')}/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    try:
        number = os.fstat(held).st_ino
        yield number if number == state.get("namespace") else None
    finally:
        os.close(held)


def _inhabitants(namespace: int) -> int:
    """How many living processes are in a PID namespace."""
    count = 0
    for name in os.listdir("/proc"):  # noqa: PTH208 - names are all that is needed
        if name.isdecimal():
            with suppress(OSError):
                place = Path("/proc", name)
                state = (place / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
                count += (place / "ns/pid").stat().st_ino == namespace and state not in "ZX"
    return count


def _order(changes: list[str], *, known: bool) -> CageResult:
    """Nothing is frozen before it is killed: where a freeze hangs, a kill that waits for it never comes."""
    name = "a kill waits for nothing"
    if not known:
        return CageResult(name=name, held=None, found="there is no cgroup to watch")
    freezes = [place for place, path in enumerate(changes) if path.endswith("cgroup.freeze")]
    kills = [place for place, path in enumerate(changes) if path.endswith("cgroup.kill")]
    if not kills:
        return CageResult(name=name, held=False, found="cgroup.kill was not used although there is a cgroup")
    late = bool(freezes) and freezes[0] < kills[0]
    return CageResult(name=name, held=not late, found="it froze before it killed" if late else "it killed at once")


def unproved(start: Start) -> Iterator[CageResult]:
    """Without a cage nobody can know that nothing is left: a stop must not say so."""
    name = "an unproved end is not called dead"
    with evading(start, "plain") as evader:
        report = evader.run.stop(within=1.0, reason="cage drill")
        found = f"without a cage it says `{report.verdict}`"
        yield CageResult(name=name, held=not report.dead, found=found)
