"""What a cage of namespaces keeps from an agent, piece by piece, as the report of what was enforced says it."""

from __future__ import annotations

from collections.abc import Iterator

from remit.confinement import Degree, Enforced, Piece
from remit.supervisor.cage.order import Order
from remit.supervisor.kernel import seccomp

__all__ = ["fence_of"]

OF_EVERY_CAGE = (
    (Piece.PROCESSES, "PID namespace"),
    (Piece.FILESYSTEM, "mount namespace with a view of its own"),
    (Piece.NETWORK, "network namespace"),
    (Piece.IPC, "IPC and network namespaces"),
    (Piece.SOCKETS, "seccomp: no unix socket that could reach another can be made"),
    (Piece.PRIVILEGES, "no capability, no_new_privs, user namespace, seccomp"),
    (Piece.DESCRIPTORS, "all closed before the start"),
    (Piece.ENVIRONMENT, "built from the charter"),
    (Piece.STOP, "the first process of the PID namespace"),
    (Piece.SUPERVISION, "parent-death signals of the PID namespace's first process and its parent"),
)

WITHOUT_A_FILTER = (
    (Piece.NETWORK, Degree.PARTIAL, "vsock, the way to a virtual machine's host, is in no network namespace"),
    (Piece.SOCKETS, Degree.NONE, "nothing denies unix sockets"),
    (Piece.PRIVILEGES, Degree.PARTIAL, "the whole interface of the kernel can be called"),
)
"""What a cage lacks where no system calls can be filtered."""


def fence_of(order: Order, *, by: str) -> Iterator[Enforced]:
    """Every piece a finished cage gives; ``by`` names who built it."""
    unfiltered = seccomp.obstacle()
    lacking = {piece for piece, _, _ in WITHOUT_A_FILTER} if unfiltered else set()
    for piece, means in OF_EVERY_CAGE:
        if piece not in lacking:
            yield Enforced(piece=piece, degree=Degree.FULL, by=f"{means} ({by})")
    for piece, degree, reason in WITHOUT_A_FILTER if unfiltered else ():
        yield Enforced(piece=piece, degree=degree, reason=f"{reason}: {unfiltered}")
    if all(outcome.piece is not Piece.HOLD for outcome in order.given):
        yield Enforced(piece=Piece.HOLD, degree=Degree.NONE, reason="there is no cgroup to freeze")
    if order.confinement.memory is not None:
        reason = "a limit on the addresses of each process (RLIMIT_AS), not on their sum"
        yield Enforced(piece=Piece.MEMORY, degree=Degree.PARTIAL, by="RLIMIT_AS", reason=reason)
