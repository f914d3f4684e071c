"""Making a run's cgroup where this host lets one be made, finding it again, and saying what it can enforce."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterable
from pathlib import Path

from remit.confinement import Degree, Enforced, Piece
from remit.supervisor.kernel.bounded import read_now, write_plain
from remit.supervisor.kernel.cgroup import INNER, PREFIX, Cgroup
from remit.supervisor.kernel.cgroup_places import Places, read_places

__all__ = ["INNER", "PREFIX", "Cgroup", "cgroup_at", "make_cgroup", "sweep_cgroups"]

# piece, controller, file of version 2, files of version 1 (a later one may be missing: swap is not always counted)
_LIMITS = (
    (Piece.MEMORY, "memory", ("memory.max",), ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes")),
    (Piece.PROCESS_COUNT, "pids", ("pids.max",), ("pids.max",)),
)
STALE_AFTER = 60.0
TRIAL = 2.0


def make_cgroup(
    run: str, *, memory: int | None, processes: int | None, mount: Path | None = None
) -> tuple[Cgroup | None, tuple[Enforced, ...]]:
    """Make ``remit-RUN/agent`` and set its limits; ``None`` where this host lets none be made.

    ``memory`` is in bytes and ``processes`` counts threads too; ``None`` is not requested and not reported. ``mount``
    is the folder of the unified hierarchy to make it in instead of searching. Reports HOLD and STOP, and MEMORY and
    PROCESS_COUNT where requested, each with the reason when it is less than full. A cgroup is returned only when a
    process forked for the purpose could join it.
    """
    places = read_places()
    if mount is not None:
        places = Places(unified=(mount,), legacy=places.legacy)
    amounts = {Piece.MEMORY: memory, Piece.PROCESS_COUNT: processes}
    wanted = {piece: amount for piece, amount in amounts.items() if amount is not None}
    name = f"{PREFIX}{run}"
    path, reason = _unified(places.unified, name, [row[1] for row in _LIMITS if row[0] in wanted])
    if path is None:
        pieces = (Piece.HOLD, Piece.STOP, *wanted)
        return None, tuple(Enforced(piece=piece, degree=Degree.NONE, reason=reason) for piece in pieces)
    outers: list[Path] = []
    reports = [_hold(path), _stop(path)]
    for piece, amount in wanted.items():
        outer, report = _limit(path, places, piece, amount)
        reports.append(report)
        outers += [outer] if outer is not None else []
    return Cgroup(path=path, inner=path / INNER, controllers=tuple(dict.fromkeys(outers))), tuple(reports)


def cgroup_at(path: Path, controllers: Iterable[Path] | None = None) -> Cgroup | None:
    """Open the cgroup of a run again from its outer folder; ``None`` when it is not there.

    ``controllers`` are its version-1 folders as the registry kept them; ``None``: those of the same name that can be
    found from where this process stands, which may be fewer.
    """
    if not (path / "cgroup.procs").exists():
        return None
    if controllers is None:
        controllers = [folder / path.name for _, folders in read_places().legacy for folder in folders]
    twins = tuple(folder for folder in dict.fromkeys(controllers) if folder.is_dir())
    return Cgroup(path=path, inner=path / INNER, controllers=twins)


def sweep_cgroups(*, keep: Iterable[str] = (), older: float = STALE_AFTER) -> tuple[Path, ...]:
    """Remove ``remit-*`` cgroups without a process that dead supervisors left behind; return what is gone.

    ``keep`` names runs to leave alone; one made less than ``older`` seconds ago may be about to be entered and stays.
    """
    places = read_places()
    kept = {f"{PREFIX}{run}" for run in keep}
    folders = dict.fromkeys((*places.unified, *(path for _, paths in places.legacy for path in paths)))
    stale = [path for folder in folders for path in folder.glob(f"{PREFIX}*") if path.name not in kept]
    gone = []
    for path in stale:
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime < older:
                continue
            cgroup = Cgroup(path=path, inner=path / INNER)
            if not cgroup.processes() and cgroup.remove(0.0):
                gone.append(path)
    return tuple(gone)


def _unified(candidates: Iterable[Path], name: str, wanted: list[str]) -> tuple[Path | None, str]:
    """Make the two folders in the first place that gives every controller wanted, else in the first that works."""
    reasons: list[str] = []
    fallback: Path | None = None
    for parent in candidates:
        for controller in wanted:
            with contextlib.suppress(OSError):
                write_plain(parent / "cgroup.subtree_control", f"+{controller}")
        path, reason = _made(parent, name)
        reasons += [reason] if reason else []
        if path is None:
            continue
        if all(_has(path, controller) for controller in wanted):
            _removed(fallback)
            return path, ""
        if fallback is None:
            fallback = path
        else:
            _removed(path)
    first = reasons[0] if reasons else "no cgroup v2 is mounted here"
    return fallback, "" if fallback is not None else first + _remedy()


def _remedy() -> str:
    """What an ordinary user can do about it; root needs another container or kernel, which no command line gives."""
    return "" if os.geteuid() == 0 else "; start under `systemd-run --user --scope -p Delegate=yes` or as root"


def _made(parent: Path, name: str) -> tuple[Path | None, str]:
    """Make both folders below ``parent`` and try whether a process can join; the path, or why not."""
    path = parent / name
    try:
        path.mkdir(mode=0o755)
    except OSError as error:
        return None, f"no cgroup can be made in {parent}: {error.strerror}"
    reason = ""
    try:
        (path / INNER).mkdir(mode=0o755)
        if not (path / INNER / "cgroup.procs").exists():
            reason = f"{parent} is not a cgroup"
        elif not _joined(Cgroup(path=path, inner=path / INNER)):
            reason = f"no process may be moved into a cgroup made in {parent}"
    except OSError as error:
        reason = f"no cgroup can be made in {parent}: {error.strerror}"
    if reason:
        _removed(path)
        return None, reason
    return path, ""


def _removed(path: Path | None) -> None:
    """Take back the folders just made."""
    if path is not None:
        Cgroup(path=path, inner=path / INNER).remove(0.5)


def _joined(cgroup: Cgroup) -> bool:
    """Fork a process that moves itself in and ends; whether it could."""
    child = os.fork()
    if child == 0:
        try:
            cgroup.enter()
        except BaseException:  # noqa: BLE001 - whatever happened, the child must end here and nowhere else
            os._exit(1)
        os._exit(0)
    descriptor = os.pidfd_open(child)
    try:
        poller = select.poll()
        poller.register(descriptor, select.POLLIN)
        if not poller.poll(TRIAL * 1000):
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            os.waitpid(child, os.WNOHANG)
            return False
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        os.close(descriptor)


def _has(path: Path, controller: str) -> bool:
    """Whether version 2 offers the limit of ``controller`` on this cgroup."""
    return all((path / file).exists() for row in _LIMITS if row[1] == controller for file in row[2])


def _hold(path: Path) -> Enforced:
    """What this cgroup can do to hold."""
    if (path / "cgroup.freeze").exists():
        return Enforced(piece=Piece.HOLD, degree=Degree.FULL, by="cgroup.freeze")
    return Enforced(piece=Piece.HOLD, degree=Degree.NONE, reason="this kernel has no cgroup.freeze (Linux 5.2)")


def _stop(path: Path) -> Enforced:
    """What this cgroup can do to end."""
    if (path / "cgroup.kill").exists():
        return Enforced(piece=Piece.STOP, degree=Degree.FULL, by="cgroup.kill")
    reason = "this kernel has no cgroup.kill (Linux 5.14): processes are killed one by one"
    return Enforced(piece=Piece.STOP, degree=Degree.PARTIAL, by="pidfd", reason=reason)


def _limit(path: Path, places: Places, piece: Piece, amount: int) -> tuple[Path | None, Enforced]:
    """Set one limit through version 2, else through version 1; the version-1 folder made, and the report."""
    _, controller, modern, legacy = next(row for row in _LIMITS if row[0] is piece)
    if _has(path, controller):
        if _set(path, modern[0], amount):
            if controller == "memory":
                _set(path, "memory.swap.max", 0)
            return None, Enforced(piece=piece, degree=Degree.FULL, by=f"cgroup v2 {modern[0]}")
        return None, Enforced(piece=piece, degree=Degree.NONE, reason=f"{modern[0]} did not take `{amount}`")
    reason = f"the {controller} controller of cgroups is not delegated here{_remedy()}"
    for parent in places.of(controller):
        known = parent / path.name
        outer, why = (known, "") if (known / INNER).is_dir() else _made(parent, path.name)
        reason = why or reason
        if outer is None:
            continue
        if _set(outer, legacy[0], amount):
            for more in legacy[1:]:
                _set(outer, more, amount)
            return outer, Enforced(piece=piece, degree=Degree.FULL, by=f"cgroup v1 {legacy[0]}")
        _removed(outer)
        reason = f"{legacy[0]} did not take `{amount}`"
    return None, Enforced(piece=piece, degree=Degree.NONE, reason=reason)


def _set(path: Path, file: str, amount: int) -> bool:
    """Write a limit and read it back; whether the kernel holds one that is no wider than asked."""
    try:
        write_plain(path / file, str(amount))
        held = read_now(path / file).strip()
    except OSError:
        return False
    return held.isdigit() and int(held) <= amount
