"""Running an agent under a supervisor from Python, and stopping it.

::

    with remit.supervise(["python", "agent.py"], confinement=confinement) as agent:
        report = remit.stop(agent, within=2.0)
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from remit.confinement import Confinement, Degree, Enforced, Piece, Requirement, Secret
from remit.errors import NotEnforcedError, SupervisorError, SurvivorError
from remit.supervisor import client
from remit.supervisor.doors import check_names
from remit.supervisor.orders import Companion, Orders
from remit.supervisor.protocol import LONGEST_LINE
from remit.supervisor.registry import RunFolder, new_run, read_object
from remit.supervisor.report import StopReport, Verdict

__all__ = ["Run", "stop", "supervise"]

_START = 30.0
_WRITTEN = 30.0  # seconds a watcher of a busy machine may take to write down how a run ended
_ENTRY = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from remit.supervisor.entry import serve_run; serve_run(int(sys.argv[2]), int(sys.argv[3]))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run that was started here: its name, what was enforced, and the means to wait for it and to stop it.

    Leaving a ``with`` block stops a run that still goes on.
    """

    run: str
    folder: RunFolder
    enforced: tuple[Enforced, ...]
    backend: str
    environ: Mapping[str, str] = field(repr=False)

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the run to end and return the agent's exit status (128 + the signal that ended it).

        ``None`` when nobody knows it: the supervisor itself was killed. Raises ``TimeoutError`` after ``timeout``
        seconds.
        """
        with contextlib.suppress(SupervisorError), client.Connection.to(self.folder) as line:
            line.send({"request": "wait"})
            return _status(line.receive(timeout))
        deadline = time.monotonic() + _WRITTEN
        while self.folder.read_state().get("phase") != "ended" and time.monotonic() < deadline:
            time.sleep(0.005)  # the watcher is writing down how it ended
        return _status(self.folder.read_state())

    def stop(self, *, grace: float = 0.0, within: float = 2.0, reason: str = "stopped by its caller") -> StopReport:
        """Stop the run and return the receipt, whatever it says."""
        return client.stop(self.run, grace=grace, within=within, reason=reason, environ=self.environ)

    def report(self) -> StopReport | None:
        """How the run ended, ``None`` while it goes on."""
        document = read_object(self.folder.report)
        return StopReport.of(document) if document else None

    def __enter__(self) -> Self:
        """Use the run in a ``with`` statement."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop what still goes on; raises ``SurvivorError`` when something lives on."""
        if self.folder.read_state().get("phase") != "ended":
            report = self.stop(reason="the caller has left")
            if report.survivors:
                raise _survived(report)


def supervise(
    command: Sequence[str],
    *,
    confinement: Confinement,
    require: str = Requirement.FULL,
    backend: str | None = None,
    name: str = "run",
    interactive: bool = True,
    streams: tuple[int, int, int] | None = None,
    subject: Mapping[str, str] | None = None,
    role: str = "agent",
    companion: Companion | None = None,
    part_of: RunFolder | None = None,
    environ: Mapping[str, str] | None = None,
) -> Run:
    """Start a command confined under a supervisor of its own, which outlives the caller.

    ``require`` is ``full`` (refuse when the host cannot enforce what is requested, ``NotEnforcedError``) or
    ``best-effort``. ``backend`` is ``bubblewrap``, ``namespaces`` or ``plain``; by default the strongest that works.
    ``interactive``: the agent gets the caller's standard streams, otherwise files in the run's folder. ``streams`` are
    descriptors the agent gets as its standard input, output and error instead; the caller closes its own copies, and
    reads the end of a pipe once the run has ended. ``role`` is ``agent``, ``server`` or ``drill``: what the run is
    listed as. With a ``companion`` the agent starts once that says that its servers are up. A run that is ``part_of``
    another joins it before its command is executed, under the name in ``subject["server"]``, and ends with it.
    ``environ`` is where secrets and the state folder are looked up. Raises ``SupervisorError`` when the run cannot be
    started.
    """
    _must_be_linux()
    surroundings = dict(os.environ if environ is None else environ)
    if companion is not None:
        check_names(companion.doors)
    folder = new_run(name, surroundings)
    orders = Orders(
        run=folder.run,
        path=str(folder.path),
        command=tuple(command),
        confinement=confinement,
        requirement=Requirement(require),
        backend=backend,
        secrets={secret.name: read_secret(secret, surroundings) for secret in confinement.secrets},
        subject=dict(subject or {}),
        interactive=interactive or streams is not None,
        companion=companion,
        part_of="" if part_of is None else str(part_of.path),
        role=role,
    )
    answer = _start_daemon(orders, streams)
    return Run(
        run=folder.run,
        folder=folder,
        enforced=tuple(_outcome(part) for part in _list(answer.get("enforced"))),
        backend=str(answer.get("backend")),
        environ=surroundings,
    )


def stop(
    run: Run | str, *, within: float = 2.0, grace: float = 0.0, reason: str = "asked for by its caller"
) -> StopReport:
    """Stop a run and return the receipt that proves that nothing of it is left.

    ``within`` and ``grace`` are in seconds. Raises ``SurvivorError`` when a process outlived the stop, and
    ``SupervisorError`` (code ``supervisor.unproved``) when nobody can tell: never a false "stopped".
    """
    environ = run.environ if isinstance(run, Run) else os.environ
    name = run.run if isinstance(run, Run) else run
    report = client.stop(name, within=within, grace=grace, reason=reason, environ=environ)
    if report.verdict is Verdict.SURVIVORS:
        raise _survived(report)
    if report.verdict is Verdict.UNKNOWN:
        raise SupervisorError(
            f"nothing of `{report.run}` was found after the stop, but nothing proves that nothing is left",
            code="supervisor.unproved",
            hint="; ".join(report.proof),
        )
    return report


def read_secret(secret: Secret, environ: Mapping[str, str]) -> str:
    """The value of a secret, from where its source says; raises ``SupervisorError`` when it is not there."""
    kind, _, name = secret.source.partition(":")
    value: str | None = None
    if kind == "env":
        value = environ.get(name)
    elif kind == "file":
        with contextlib.suppress(OSError):
            value = Path(name).read_text(encoding="utf-8").strip()
    if not value:
        ways = {"env": f"set the variable `{name}`", "file": f"put it into `{name}`"}
        raise SupervisorError(
            f"the credential `{secret.name}` cannot be read from `{secret.source}`",
            code="supervisor.credential",
            hint=ways.get(kind, "`broker:` sources are not read yet: use `env:` or `file:`"),
        )
    return value


def _must_be_linux() -> None:
    """Refuse where there is nothing to build a cage of."""
    system = platform.system()
    if system != "Linux":
        raise SupervisorError(
            f"agents are run on Linux only, and this is `{system}`",
            code="supervisor.platform",
            hint="run it in a Linux virtual machine; reading and checking a charter works here",
        )


def _start_daemon(orders: Orders, streams: tuple[int, int, int] | None) -> dict[str, object]:
    """Start the daemon in a session of its own and return what it says once the agent runs."""
    standard = streams or (None, None, None)
    orders_out, orders_in = os.pipe()
    ready_out, ready_in = os.pipe()
    source = str(Path(__file__).resolve().parents[2])
    try:
        daemon = subprocess.Popen(  # noqa: S603 (this interpreter, with this very package)
            [sys.executable, "-I", "-S", "-c", _ENTRY, source, str(orders_out), str(ready_in)],
            stdin=standard[0],
            stdout=standard[1],
            stderr=standard[2],
            pass_fds=(orders_out, ready_in),
            start_new_session=True,
            cwd="/",
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8"},
        )
    finally:
        os.close(orders_out)
        os.close(ready_in)
    with os.fdopen(orders_in, "wb") as file, contextlib.suppress(BrokenPipeError):
        file.write(orders.encode())
        file.flush()
    daemon.wait(timeout=_START)  # the first process only forks the one that serves
    with os.fdopen(ready_out, "rb") as file:
        answer = _answer(file.readline(LONGEST_LINE))
    if answer.get("ok") is not True:
        raise _refused(answer)
    return answer


def _answer(line: bytes) -> dict[str, object]:
    """What the daemon said; nothing at all is an answer too."""
    try:
        value = json.loads(line)
    except ValueError:
        value = None
    fallback: dict[str, object] = {"ok": False, "message": "the supervisor ended before the run was started"}
    return value if isinstance(value, dict) else fallback


def _refused(answer: Mapping[str, object]) -> SupervisorError:
    """The error the daemon reported."""
    code = str(answer.get("code") or "supervisor.error")
    kind = NotEnforcedError if code == NotEnforcedError.code else SupervisorError
    return kind(str(answer.get("message", "")), code=code, hint=str(answer.get("hint", "")))


def _survived(report: StopReport) -> SurvivorError:
    """The error of a stop that was outlived."""
    names = ", ".join(f"{survivor.pid} ({survivor.command[:40]})" for survivor in report.survivors[:5])
    return SurvivorError(f"{len(report.survivors)} processes of `{report.run}` outlived the stop: {names}")


def _status(answer: Mapping[str, object]) -> int | None:
    """The exit status in an answer."""
    value = answer.get("status")
    return value if isinstance(value, int) else None


def _list(value: object) -> list[dict[str, str]]:
    """The objects of a list in an answer."""
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _outcome(part: Mapping[str, str]) -> Enforced:
    """One enforced piece, read back."""
    return Enforced(piece=Piece(part["piece"]), degree=Degree(part["degree"]), by=part["by"], reason=part["reason"])
