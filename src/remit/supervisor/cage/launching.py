"""Starting an agent in its cage: the backends, tried in order, and what is done with a started agent.

A *backend* is a way to build the cage: ``bubblewrap`` (the program ``bwrap``), ``namespaces`` (the same by hand), and
``plain``, which is no cage at all and says so. Whatever the backend, the agent waits behind a gate until everything
around it stands; the supervisor looks at ``Launched.enforced`` before it opens the gate.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from remit.errors import SupervisorError
from remit.supervisor.cage import bubblewrap, namespaces, pids, plain
from remit.supervisor.cage.order import Group, Launched, Order, best_of

__all__ = [
    "Backend",
    "Group",
    "Launched",
    "Order",
    "backends",
    "best_of",
    "exit_status",
    "launch",
    "main_process",
    "open_gate",
    "release",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """One way to build a cage; ``obstacle`` says why it cannot work on this machine, empty when nothing is known."""

    name: str
    launch: Callable[[Order], Launched]
    obstacle: str


def backends() -> tuple[Backend, ...]:
    """Return every backend, the strongest first; a missing obstacle is no proof that it works: ``launch`` is."""
    return (
        Backend(name="bubblewrap", launch=bubblewrap.launch, obstacle=bubblewrap.obstacle()),
        Backend(name="namespaces", launch=namespaces.launch, obstacle=namespaces.obstacle()),
        Backend(name="plain", launch=plain.launch, obstacle=""),
    )


def launch(order: Order) -> Launched:
    """Start the agent behind a closed gate; call it from the thread that lives as long as the agent may.

    Without ``order.backend`` the backends are tried in order, and why the stronger ones failed stands in the reasons
    of ``Launched.enforced``. Raises ``SupervisorError`` when the named backend, or every one, fails, and at once when
    the command or a path of the view does not exist.
    """
    known = backends()
    if order.backend is not None:
        chosen = next((backend for backend in (*known, _BY_NAME) if backend.name == order.backend), None)
        if chosen is None:
            names = ", ".join(f"`{backend.name}`" for backend in known)
            raise SupervisorError(
                f"there is no backend `{order.backend}`", code="supervisor.backend", hint=f"the backends are {names}"
            )
        if chosen.obstacle:
            raise SupervisorError(f"the backend `{chosen.name}` cannot start here: {chosen.obstacle}")
        return chosen.launch(order)
    failures: list[str] = []
    for backend in known:
        if backend.obstacle:
            failures.append(f"{backend.name}: {backend.obstacle}")
            continue
        try:
            launched = backend.launch(order)
        except SupervisorError as error:
            if error.code != "supervisor.backend":
                raise
            failures.append(f"{backend.name}: {error.message}")
        else:
            return plain.with_reasons(launched, failures) if backend.name == "plain" else launched
    raise SupervisorError("no backend could start the command: " + "; ".join(failures), code="supervisor.backend")


_BY_NAME = Backend(name=pids.NAME, launch=pids.launch, obstacle="")
"""For programs of the user's own, which keep everything they have; never chosen for an agent."""


def open_gate(launched: Launched) -> None:
    """Let the agent run: its command is executed from now on; to be called once, it closes the gate's descriptor."""
    with contextlib.suppress(OSError):
        os.write(launched.gate, b"1")
    with contextlib.suppress(OSError):
        os.close(launched.gate)


def main_process(launched: Launched) -> int | None:
    """Return the agent's main process as seen from outside, ``None`` while the gate is closed or after its end."""
    parent = launched.process if launched.init is None else launched.init
    try:
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    except OSError:
        return None
    if launched.init is None:
        return int(children[0]) if children else None  # orphans come after the one the keeper started
    return next((int(child) for child in children if _is_second(int(child))), None)


def _is_second(process: int) -> bool:
    """Whether a process is number 2 of its own PID namespace: the first one its init started."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except OSError:
        return False
    numbers = next((line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:")), [])
    return len(numbers) > 1 and numbers[-1] == "2"


def exit_status(launched: Launched) -> int | None:
    """Return how the agent ended, ``None`` while it runs: its exit status, or 128 and the number of the signal.

    It looks without taking: it can be asked again, and no other child of the caller is touched.
    """
    try:
        found = os.waitid(os.P_PIDFD, launched.pidfd, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return 128 + signal.SIGKILL
    if found is None:
        return None
    return found.si_status if found.si_code == os.CLD_EXITED else 128 + found.si_status


def release(launched: Launched) -> None:
    """Take the ended process off the process table and close the file descriptors; the agent must have ended."""
    with contextlib.suppress(ChildProcessError, OSError):
        os.waitid(os.P_PIDFD, launched.pidfd, os.WEXITED | os.WNOHANG)
    for descriptor in (launched.pidfd, launched.init_pidfd):
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)
