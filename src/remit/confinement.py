"""Confinement: what is asked of the operating system, and what it really gave.

Everything asked for is *requested*; what the kernel gave is *enforced*, piece by piece, to a degree and with a reason
(as rust-landlock's ``RestrictionStatus`` does). A piece is an outcome for the agent (its processes cannot outlive it,
it reaches no other host); ``by`` names the mechanisms that bring it about on this machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Confinement", "Degree", "Enforced", "Piece", "Requirement", "Secret", "missing_of"]


class Piece(StrEnum):
    """One thing the operating system can keep from an agent, or do to it."""

    PROCESSES = "processes"  # no process of the agent outlives it, none outside is visible: PID namespace
    FILESYSTEM = "filesystem"  # it sees the paths it was given and no others
    NETWORK = "network"  # it reaches the hosts it was given and no others
    IPC = "ipc"  # it shares no System V memory, no POSIX queue, no abstract socket with anybody
    SOCKETS = "sockets"  # no unix socket of the outside (docker, systemd, cron, an agent of keys) can be reached
    PRIVILEGES = "privileges"  # no capability, no set-user-id program raises it, no kernel interface beyond its needs
    DESCRIPTORS = "descriptors"  # no file of whoever started it is open in it
    ENVIRONMENT = "environment"  # only the variables the charter grants
    CREDENTIALS = "credentials"  # secrets for hosts are held outside and put into requests there
    HOLD = "hold"  # every process can be frozen at once
    STOP = "stop"  # every process can be killed at once, and it can be proved that none is left
    SUPERVISION = "supervision"  # it dies with its supervisor
    MEMORY = "memory"
    PROCESS_COUNT = "process-count"
    WALL_TIME = "wall-time"
    CPU_TIME = "cpu-time"
    DEADMAN = "dead-man's switch"  # it dies when nobody says to go on


class Degree(StrEnum):
    """How much of a piece the kernel gave."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


class Requirement(StrEnum):
    """What happens when a requested piece is not fully enforced: refuse, or run and report exactly what is missing."""

    FULL = "full"
    BEST_EFFORT = "best-effort"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enforced:
    """What became of one piece: ``by`` names the mechanisms, ``reason`` says why it is less than full."""

    piece: Piece
    degree: Degree
    by: str = ""
    reason: str = ""

    def __str__(self) -> str:
        """Return one line, such as ``hold: none (no cgroup v2 can be made here)``."""
        detail = self.by if self.degree is Degree.FULL else self.reason
        return f"{self.piece}: {self.degree}" + (f" ({detail})" if detail else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A credential the charter grants: where it comes from, and to which host it goes.

    ``source`` is ``env:NAME`` or ``file:PATH``, read outside the agent's reach. With ``host`` it never enters the
    agent: the egress proxy sets ``header`` to ``template`` with ``{secret}`` replaced. Without ``host`` it is put into
    the agent's environment as ``variable``. ``life`` is in seconds from the start of the run, ``None`` for ever.
    """

    name: str
    source: str
    variable: str = ""
    host: str = ""
    header: str = "Authorization"
    template: str = "Bearer {secret}"
    life: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """What is asked of the operating system for one run.

    ``folder`` is where relative paths start and where the command runs, absolute. ``read`` and ``write`` are absolute
    paths the agent may see and change; ``protected`` stay unchangeable even below a writable path (its charter).
    ``hosts`` are host names, ``*.domain``, ``host:port`` or ``*``; empty: none. ``memory`` is in bytes, ``wall`` and
    ``cpu`` in seconds, ``None``: not requested. ``user`` is the account to run as when the supervisor is root.
    ``deadman`` is the longest time in seconds between two heartbeats of an overseer.
    """

    folder: str
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    memory: int | None = None
    processes: int | None = None
    wall: float | None = None
    cpu: float | None = None
    user: str | None = None
    deadman: float | None = None

    @property
    def requested(self) -> tuple[Piece, ...]:
        """The pieces this confinement asks for: the fence always, sizes and times where they are set."""
        sizes = {
            Piece.MEMORY: self.memory,
            Piece.PROCESS_COUNT: self.processes,
            Piece.WALL_TIME: self.wall,
            Piece.CPU_TIME: self.cpu,
            Piece.DEADMAN: self.deadman,
        }
        held = any(secret.host for secret in self.secrets)
        return tuple(
            piece for piece in Piece if sizes.get(piece, True) is not None and (piece is not Piece.CREDENTIALS or held)
        )


def missing_of(requested: Iterable[Piece], enforced: Iterable[Enforced]) -> tuple[Enforced, ...]:
    """The requested pieces that are not fully enforced; a piece nobody reported counts as not enforced at all."""
    known = {outcome.piece: outcome for outcome in enforced}
    unreported = "nothing on this machine reported enforcing it"
    outcomes = (known.get(piece, Enforced(piece=piece, degree=Degree.NONE, reason=unreported)) for piece in requested)
    return tuple(outcome for outcome in outcomes if outcome.degree is not Degree.FULL)
