"""What a backend is asked to start, and what it started: the agent behind a closed gate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from remit.confinement import Confinement, Degree, Enforced, Piece
from remit.supervisor.cage.filesystem import View

__all__ = ["OWN_PROCESSES", "Group", "Launched", "Order", "best_of"]

OWN_PROCESSES = 2
"""Processes of the cage itself that stand in the agent's cgroup: a limit on the agent's own comes on top."""


@runtime_checkable
class Group(Protocol):
    """The control group an agent is put into before anything else is done for it."""

    def enter(self) -> None:
        """Move the calling process into the group; raises ``OSError``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One agent to start.

    ``command`` is the argument vector; ``environment`` the whole environment; ``standard`` the file descriptors that
    become its standard input, output and error. ``cgroup`` is entered by the first process, ``None``: there is none.
    ``given`` is what was enforced before (by the cgroup), so that limits are set only where they are still missing.
    ``backend`` is a name of ``remit.supervisor.cage.launching.backends``, ``None``: the first one that works here.
    """

    run: str
    command: tuple[str, ...]
    confinement: Confinement
    view: View
    environment: dict[str, str]
    standard: tuple[int, int, int] = (0, 1, 2)
    cgroup: Group | None = None
    given: tuple[Enforced, ...] = ()
    backend: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Launched:
    """An agent that is fully set up and waits behind a closed gate.

    ``process`` is the caller's own child, ``init`` the first process of the agent's PID namespace (``None``: there is
    no such namespace), ``namespace`` the inode of that namespace, ``network_of`` a process whose network namespace is
    the agent's. ``gate`` is written to by ``open_gate``; when it is closed unopened, the agent never runs.
    ``pidfd`` and ``init_pidfd`` are open until ``release``. ``enforced`` holds ``Order.given`` as well.
    """

    backend: str
    process: int
    pidfd: int
    init: int | None
    init_pidfd: int | None
    namespace: int | None
    network_of: int | None
    gate: int
    enforced: tuple[Enforced, ...]


def best_of(outcomes: Iterable[Enforced]) -> tuple[Enforced, ...]:
    """Join what several mechanisms did for the same piece: the best degree stands, equals are named together."""
    ranks = {Degree.NONE: 0, Degree.PARTIAL: 1, Degree.FULL: 2}
    best: dict[Piece, Enforced] = {}
    for outcome in outcomes:
        known = best.get(outcome.piece)
        if known is None or ranks[outcome.degree] > ranks[known.degree]:
            best[outcome.piece] = outcome
        elif outcome.degree is known.degree and outcome != known:
            best[outcome.piece] = Enforced(
                piece=known.piece,
                degree=known.degree,
                by=", ".join(dict.fromkeys(filter(None, (known.by, outcome.by)))),
                reason="; ".join(dict.fromkeys(filter(None, (known.reason, outcome.reason)))),
            )
    return tuple(best[piece] for piece in Piece if piece in best)
