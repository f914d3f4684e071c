"""The cage drill: does the confinement hold, does a hold hold, is a stop proved, and what if the supervisor dies?

It runs before any drill, in the same confinement: an agent whose supervisor cannot stop it need not be asked. Every
check looks from outside (the observer, beat files, /proc, inotify on the cgroup) and believes no receipt.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from remit.confinement import Confinement
from remit.drills import cage_death, cage_stop
from remit.drills.report import CageResult
from remit.drills.surroundings import Surroundings, surroundings
from remit.drills.workspace import moved_to
from remit.errors import RemitError
from remit.supervisor.running import Run, supervise

__all__ = ["Cage", "drill_cage"]

SOURCE = Path(__file__).resolve().parents[2]
PROBE = Path(__file__).with_name("probe.py")
_PROBING = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cage:
    """The confinement that is tried, and how it is built."""

    confinement: Confinement
    require: str = "full"
    backend: str | None = None
    environ: Mapping[str, str] | None = None

    def start(self, command: tuple[str, ...], work: Path, *, protected: tuple[str, ...] = ()) -> Run:
        """Start a command in the cage, with a folder of its own; raises ``RemitError``."""
        moved = moved_to(self.confinement, Path(self.confinement.folder), work)
        there = [path for path in (*moved.read, *moved.write, *moved.protected) if Path(path).exists()]
        confinement = replace(
            moved,
            read=(*(path for path in moved.read if path in there), str(SOURCE)),
            write=tuple(path for path in moved.write if path in there),
            protected=(*(path for path in moved.protected if path in there), *protected),
            wall=None,
            cpu=None,
            deadman=None,
        )
        return supervise(
            command,
            confinement=confinement,
            require=self.require,
            backend=self.backend,
            name="cage",
            role="drill",
            interactive=False,
            environ=self.environ,
        )


def drill_cage(cage: Cage, progress: Callable[[str], None]) -> tuple[CageResult, ...]:
    """Every check of the cage; one that cannot be carried out is ``None``, never a pass."""
    parts: tuple[tuple[str, Callable[[Cage], Iterator[CageResult]]], ...] = (
        ("what an agent can reach", _probe),
        ("hold, resume and stop", lambda tried: cage_stop.hold_and_stop(tried.start)),
        ("stops of evaders", lambda tried: cage_stop.stop_evaders(tried.start)),
        ("the death of the supervisor", lambda tried: cage_death.supervisor_dies(tried.start)),
        ("an end that is not proved", lambda tried: cage_stop.unproved(_open(tried).start)),
    )
    found: list[CageResult] = []
    for name, part in parts:
        progress(f"cage: {name}")
        try:
            found += part(cage)
        except RemitError as error:
            found.append(CageResult(name=name, held=None, found=str(error)))
    return tuple(found)


def _open(cage: Cage) -> Cage:
    """No cage at all: nothing is asked for that would need one."""
    confinement = replace(cage.confinement, hosts=(), secrets=())
    return replace(cage, confinement=confinement, backend="plain", require="best-effort")


def _probe(cage: Cage) -> Iterator[CageResult]:
    """Try from inside to reach what lies outside."""
    with surroundings() as around:
        command = (sys.executable, "-I", "-S", str(PROBE), str(around.script), str(around.result))
        with cage.start(command, around.work, protected=(str(around.charter),)) as run:
            namespace = run.folder.read_state().get("namespace")
            status = run.wait(_PROBING)
        found = around.findings()
        if found is None:
            errors = run.folder.path / "agent.err"
            said = errors.read_text(encoding="utf-8", errors="replace")[-300:] if errors.exists() else ""
            yield CageResult(name="probe", held=None, found=f"it ended with {status} and found nothing: {said}")
            return
        yield from _judged(found, around, namespace)


def _judged(found: dict[str, list[object]], around: Surroundings, namespace: object) -> Iterator[CageResult]:
    """What the probe found, beside what is seen outside."""
    named = (
        ("environment not leaked", "canary"),
        ("no inherited descriptor", "descriptors"),
        ("no cgroup in view", "groups"),
        ("no socket of the outside", "sockets"),
        ("no network but the proxy", "network"),
        ("instructions cannot be forged", "inbox"),
        ("nothing outside can be read", "readable"),
    )
    for name, key in named:
        yield _nothing(name, found.get(key, ["not tried"]))
    changed = ["it was changed", *found["charter"]] if around.charter_changed() else []
    yield _nothing("the charter cannot be changed", changed)
    hit = ["a process outside was killed"] if around.victim.poll() is not None else []
    own = Path("/proc/self/ns/pid").stat().st_ino
    shared = ["it shares the PID namespace of the host"] if namespace in (None, own) else []
    seen = [f"it sees process {around.victim.pid}"] if around.victim.pid in found["processes"] else []
    yield _nothing("processes outside are out of reach", [*hit, *shared, *seen])


def _nothing(name: str, found: list[object]) -> CageResult:
    """A check that holds when nothing was found."""
    return CageResult(name=name, held=not found, found="; ".join(str(item) for item in found)[:400])
