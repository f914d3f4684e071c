"""A server over pipes, started in a cage of its own, so that ending it means that it has ended."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from remit.confinement import Confinement, Degree, Enforced, Piece, Requirement
from remit.errors import ProxyError, SupervisorError
from remit.supervisor.client import beat, key_of
from remit.supervisor.registry import RunFolder
from remit.supervisor.report import Verdict
from remit.supervisor.running import Run, supervise

__all__ = ["BEAT", "DEADMAN", "LoneServer", "name_of", "start_server"]

BEAT = 10.0
"""How often the proxy says that it lives, in seconds: a server whose proxy was killed ends soon after."""

DEADMAN = 45.0
"""How long a server goes on without a word of its proxy, in seconds."""

_OPEN = "pid-namespace"
_RUNNERS = frozenset("npx uvx pipx bunx pnpx node bun deno python python3 uv docker podman env sh bash sudo".split())
_WORDS = frozenset("run exec dlx tool x -m".split())
_OWN = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "http_proxy",
    "https_proxy",
)  # a run sets these itself where it has an egress proxy
_SCRIPT = Path(__file__).with_name("start.sh")
"""What starts the command of an open server: in the caller's folder, with what its own environment had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoneServer:
    """A server that runs: what reads its output and writes its input, and the run it is."""

    run: Run
    output: int
    input: int

    def beat(self) -> None:
        """Say that the proxy lives; a run that is ending needs no word."""
        with contextlib.suppress(SupervisorError):
            beat(self.run.run, key=key_of(self.run.folder), environ=self.run.environ)

    def ended(self, within: float) -> int | None:
        """How the server ended, as a shell says it; ``None`` while it runs, or where nobody knows."""
        with contextlib.suppress(TimeoutError):
            return self.run.wait(within)
        return None

    def stop(self, reason: str, within: float = 2.0) -> tuple[str, ...]:
        """End the server and everything it started; what outlived that, by name."""
        report = self.run.report() or self.run.stop(reason=reason, within=within)
        with contextlib.suppress(OSError):
            os.close(self.output)
        if report.verdict is not Verdict.SURVIVORS:
            return ()
        return tuple(f"{survivor.pid} ({survivor.command[:40]})" for survivor in report.survivors)

    def shortfall(self) -> tuple[Enforced, ...]:
        """What would make a stop less than certain on this host; nothing where the cage is whole."""
        wanted = (Piece.PROCESSES, Piece.STOP, Piece.SUPERVISION)
        return tuple(part for part in self.run.enforced if part.piece in wanted and part.degree is not Degree.FULL)


def start_server(
    command: Sequence[str],
    *,
    name: str,
    environ: Mapping[str, str],
    folder: Path,
    confinement: Confinement | None = None,
    require: str = Requirement.BEST_EFFORT,
    backend: str | None = None,
    subject: Mapping[str, str] | None = None,
    part_of: RunFolder | None = None,
    deadman: float = DEADMAN,
) -> LoneServer:
    """Start a server over pipes; its standard error is the caller's.

    Without ``confinement`` it keeps the files, the network and the environment of whoever starts it, and only a PID
    namespace (with a cgroup where one can be made) around it; a host that has no such namespace runs it without, and
    ``shortfall`` says so. With ``confinement`` it gets that cage. It ends with the run it is ``part_of``, and when
    nobody said for ``deadman`` seconds that its proxy lives (``LoneServer.beat``). Raises
    ``ProxyError`` (``proxy.error.command``) where there is no such command, and ``SupervisorError`` where it cannot be
    started.
    """
    program = str(folder / command[0]) if os.sep in command[0] else command[0]
    if confinement is None and shutil.which(program, path=environ.get("PATH")) is None:
        raise ProxyError(
            f"there is no command `{command[0]}`",
            code="proxy.error.command",
            hint="write the server's command behind `--` as you would type it in a terminal",
        )
    theirs_in, ours_in = os.pipe()
    ours_out, theirs_out = os.pipe()
    errors = os.dup(2)
    streams = (theirs_in, theirs_out, errors)
    begin = partial(
        supervise,
        name=_slug(name),
        streams=streams,
        subject={"server": name, **(subject or {})},
        role="server",
        part_of=part_of,
        environ=environ,
    )
    try:
        if confinement is not None:
            bound = replace(confinement, deadman=deadman) if confinement.deadman is None else confinement
            run = begin(command, confinement=bound, require=require, backend=backend)
        else:
            run = _start_open(begin, command, environ=environ, folder=folder, deadman=deadman)
    except BaseException:
        os.close(ours_in)
        os.close(ours_out)
        raise
    finally:
        for descriptor in streams:
            os.close(descriptor)
    return LoneServer(run=run, output=ours_out, input=ours_in)


def name_of(command: Sequence[str]) -> str:
    """What a server is called unless it has a name: the program, or what a runner such as ``npx`` is told to run."""
    for word in command:
        plain = Path(word).name if not word.startswith("@") else word
        if word.startswith("-") or plain in _RUNNERS or plain in _WORDS or "=" in word:
            continue
        bare = plain.rpartition("@")[0] or plain  # without the version
        return _slug(bare.rpartition("/")[2].removesuffix(".py").removesuffix(".js"))
    return _slug(Path(command[0]).name) if command else "server"


def _start_open(
    begin: Callable[..., Run], command: Sequence[str], *, environ: Mapping[str, str], folder: Path, deadman: float
) -> Run:
    """Start a server that keeps everything its user has."""
    confinement = Confinement(folder="/usr", variables=tuple(_variables(environ).items()), deadman=deadman)
    wrapped = ("/bin/sh", str(_SCRIPT), str(folder), *command)
    try:
        return begin(wrapped, confinement=confinement, require="best-effort", backend=_OPEN)
    except SupervisorError as error:
        if error.code != "supervisor.backend":
            raise
    return begin(wrapped, confinement=confinement, require="best-effort", backend="plain")


def _variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without what speaks to remit; what a run sets itself goes under another name."""
    kept = {name: value for name, value in environ.items() if name and not name.startswith("REMIT_")}
    return {f"REMIT_KEPT_{name}" if name in _OWN else name: value for name, value in kept.items()}


def _slug(text: str) -> str:
    """A name a run and a charter can hold."""
    kept = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "-" for sign in text)
    return kept.strip("._-")[:60] or "server"
