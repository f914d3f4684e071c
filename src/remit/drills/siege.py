"""A siege: one attack by an agent on the supervisor that holds it, judged from outside.

The harness makes everything an attack could hit (a charter, a file outside, a process of the same account, services on
sockets and on the loopback), starts the attacker under the real supervisor, asks the supervisor how it stands all the
while, looks at what is broken, and then stops the run. An attack is held when the attacker says that it failed, nothing
outside is broken, the supervisor answered in time, and the stop ended in a proof.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from remit.confinement import Confinement, Degree, Piece, Secret
from remit.drills.attacks.leaving import LATE
from remit.drills.attacks.relaying import REBOUND
from remit.drills.attacks.table import GRANTED, Attack, attack_named
from remit.drills.outworks import LONGEST_SIEGE, Outworks
from remit.errors import RemitError
from remit.supervisor import client
from remit.supervisor.running import Run, supervise

__all__ = ["Assault", "besiege", "main"]

PATIENCE = 17.0  # seconds for the attacker to say what came of it
LIFE = 15.0  # seconds the attacker lives
ANSWER = 2.0  # seconds the supervisor may take to say how the run stands
PROOF = 30.0  # seconds the proof of a stop may take on a busy machine; what it took is told
AFTERWARDS = 0.2  # seconds watched once the attacker has spoken
MAIN = Path(__file__).parent / "attacks" / "__main__.py"
STAGES = {
    "small disk": 'mount -t tmpfs -o size=8m none "$PWD"',
    "rebound name": f'echo "127.0.0.1 {REBOUND}" > "$PWD/hosts" && mount --bind "$PWD/hosts" /etc/hosts',
}
"""What root does, in mounts of its own, before a siege that needs it."""
NOBODY = 65534
PYTHON = "/usr/bin/python3"  # one that every account may read
SOURCE = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assault:
    """What came of an attack.

    ``claimed`` and ``seen`` are the attacker's word. ``broken`` is what was found broken outside, ``slowest`` the
    longest the supervisor took to answer, in seconds, ``verdict`` and ``took`` are of the stop that followed.
    """

    attack: str
    backend: str
    account: int
    claimed: bool
    seen: str
    broken: tuple[str, ...]
    slowest: float
    verdict: str
    took: float

    @property
    def succeeded(self) -> bool:
        """Whether anything of it worked."""
        return self.claimed or bool(self.broken)

    @property
    def held(self) -> bool:
        """Whether the cage held and the stop after it was proved."""
        return not self.succeeded and self.verdict == "dead"


@dataclass(slots=True, kw_only=True)
class Watch:
    """What is asked of the supervisor while the attack goes on."""

    run: Run
    slowest: float = 0.0
    missed: int = 0
    asked: int = 0

    def ask(self) -> None:
        """Ask how the run stands; an end in good order is an answer."""
        began = time.monotonic()
        self.asked += 1
        try:
            client.ask(self.run.folder, {"request": "status"}, timeout=ANSWER)
        except (RemitError, OSError):
            if self.run.folder.read_state().get("phase") != "ended":
                self.missed += 1
        self.slowest = max(self.slowest, time.monotonic() - began)


@dataclass(slots=True, kw_only=True)
class _Answers:
    """The attacker's one line."""

    claimed: bool = False
    seen: str = "it said nothing"
    spoke: bool = field(default=False)


def besiege(attack: Attack, *, backend: str, base: Path, user: str | None = None) -> Assault:
    """Play one attack in a folder of its own, which is removed, and judge it.

    ``backend`` is a name of ``remit.supervisor.cage.launching.backends``; with ``plain`` there is no cage. ``user`` is
    the account the attacker is given where the supervisor is root's. Raises ``SupervisorError`` when the run cannot be
    started.
    """
    with Outworks.built(base) as outworks, _started(attack, outworks, backend, user) as run:
        record = outworks.note_record(run.folder)
        target = outworks.target(run, life=LIFE, limited=_is_limited(run), inside=backend != "plain")
        (outworks.workspace / "target.tmp").write_text(json.dumps(target), encoding="utf-8")
        (outworks.workspace / "target.tmp").rename(outworks.workspace / "target.json")
        if attack.socket_inside == LATE:
            outworks.open_socket_inside(LATE)
        watch, answers = Watch(run=run), _Answers()
        _listen(run, outworks.workspace / "target.json.said", watch, answers)
        if attack.tell:
            _correct(run)
        end = time.monotonic() + AFTERWARDS
        while time.monotonic() < end:
            watch.ask()
            time.sleep(0.05)
        broken = outworks.broken(run, record)
        if attack.hosts == GRANTED and backend != "plain" and not outworks.services["granted"].credentials:
            broken.append("void: the credential the proxy holds was never put in")
        if watch.missed:
            broken.append(f"the supervisor did not answer {watch.missed} of {watch.asked} times")
        report = run.stop(within=PROOF)
        broken += outworks.broken_after_stop(run, record)
        return Assault(
            attack=attack.name,
            backend=run.backend,
            account=os.getuid(),
            claimed=answers.claimed,
            seen=answers.seen,
            broken=tuple(dict.fromkeys(broken)),
            slowest=round(watch.slowest, 4),
            verdict=report.verdict.value,
            took=report.took,
        )


@contextmanager
def _started(attack: Attack, outworks: Outworks, backend: str, user: str | None) -> Iterator[Run]:
    """The attacker under its supervisor; whatever happens it is stopped in the end."""
    granted, forbidden = outworks.ports
    hosts = attack.hosts.format(granted=granted, forbidden=forbidden)
    held = Secret(name="held", source="env:HELD", host=f"127.0.0.1:{granted}")
    confinement = Confinement(
        folder=str(outworks.workspace),
        read=(str(SOURCE / "remit"),),
        write=(str(outworks.workspace),),
        protected=(str(outworks.charter),),
        hosts=(hosts,) if hosts else (),
        secrets=(held,) if hosts == held.host else (),
        memory=256 << 20,
        processes=160,
        user=user,
    )
    if user is not None:
        outworks.give_workspace(user)
    if attack.socket_inside not in ("", LATE):
        outworks.open_socket_inside(attack.socket_inside)
    run = supervise(
        [sys.executable, "-I", "-S", str(MAIN), attack.name, str(outworks.workspace / "target.json")],
        confinement=confinement,
        require="best-effort",
        backend=backend,
        name=attack.name,
        role="drill",
        interactive=False,
        environ=outworks.environ,
    )
    try:
        yield run
    finally:
        if run.folder.read_state().get("phase") != "ended":
            run.stop(within=PROOF)


def _is_limited(run: Run) -> bool:
    """Whether both sizes are enforced."""
    full = {outcome.piece for outcome in run.enforced if outcome.degree is Degree.FULL}
    return {Piece.MEMORY, Piece.PROCESS_COUNT} <= full


def _listen(run: Run, said: Path, watch: Watch, answers: _Answers) -> None:
    """Wait for the attacker's line, asking the supervisor all the while."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not answers.spoke:
        watch.ask()
        with contextlib.suppress(OSError, ValueError):
            line = json.loads(said.read_text(encoding="utf-8"))
            answers.claimed, answers.seen, answers.spoke = bool(line["succeeded"]), str(line["seen"]), True
        if not answers.spoke and run.folder.read_state().get("phase") == "ended":
            answers.seen = "the run ended before it spoke"
            return
        time.sleep(0.03)


def _correct(run: Run, times: int = 60) -> None:
    """Send instructions, so that acknowledgements are looked for."""
    with contextlib.suppress(RemitError, OSError):
        for number in range(times):
            client.correct(run.run, f"instruction {number}", environ=run.environ)


def main(arguments: list[str]) -> None:
    """Play ``ATTACK BACKEND FOLDER [USER]`` and print the assault as one line of JSON."""
    name, backend, folder, *users = arguments
    base = Path(folder)
    try:
        assault = besiege(attack_named(name), backend=backend, base=base, user=next(iter(users), None))
        line: dict[str, object] = {**asdict(assault), "held": assault.held, "succeeded": assault.succeeded}
    except RemitError as error:
        line = {"attack": name, "error": error.message, "hint": error.hint}
    finally:
        shutil.rmtree(base, ignore_errors=True)
    os.write(1, json.dumps(line).encode() + b"\n")


def play(name: str, backend: str, base: Path, *, account: str = "own") -> dict[str, object]:
    """Play one attack in a process of its own and return what that printed, or ``error`` when it could not be played.

    ``account`` is ``own`` (supervisor and attacker are the caller's), ``nobody`` (both are, the caller is root) or
    ``dropped`` (the supervisor is root's, the attacker is nobody). ``base`` is made, and removed in the end.
    """
    (base / "state").mkdir(parents=True)
    number = NOBODY if account == "nobody" else None
    if number is not None:
        for folder in (base, base / "state"):
            os.chown(folder, number, number)
    stage = STAGES.get(attack_named(name).stage, "") if account != "nobody" and os.getuid() == 0 else ""
    prepared = ("unshare", "--mount", "sh", "-c", f'{stage} && cd / && exec "$@"', "sh") if stage else ()
    python = sys.executable if account == "own" else PYTHON
    code = f"import sys; sys.path.insert(0, {str(SOURCE)!r}); from remit.drills.siege import main; main(sys.argv[1:])"
    try:
        found = subprocess.run(  # noqa: S603 - this interpreter, or the system's, with this very package
            [
                *prepared,
                python,
                "-I",
                "-S",
                "-c",
                code,
                name,
                backend,
                str(base),
                *(["nobody"] * (account == "dropped")),
            ],
            capture_output=True,
            text=True,
            timeout=LONGEST_SIEGE,
            check=False,
            cwd=base / "state",
            user=number,
            group=number,
            extra_groups=None if number is None else [],
        )
    finally:
        shutil.rmtree(base, ignore_errors=True)  # what lay on a disk of its own
    try:
        value = json.loads(found.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        value = {"attack": name, "error": f"the siege ended with {found.returncode}: {found.stderr[-1500:]}"}
    return dict(value)
