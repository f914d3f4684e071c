"""Starting a run: everything around the agent stands, and is on record, before its command is executed.

The order matters: first the cgroup and the watcher that kills it, then the agent behind a closed gate, then the outlet
of its network, then the look at what was enforced, then the ledger, which no process forked before has ever seen, and
only then the gate. A daemon that is killed between any two of these leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from remit.confinement import Confinement, Degree, Enforced, Piece, Requirement, missing_of
from remit.errors import NotEnforcedError
from remit.ledger.store import Ledger
from remit.supervisor.cage.environment import environment_of
from remit.supervisor.cage.filesystem import view_of
from remit.supervisor.cage.launching import best_of, exit_status, launch, main_process, open_gate, release
from remit.supervisor.cage.order import OWN_PROCESSES, Launched, Order
from remit.supervisor.company import Company
from remit.supervisor.deadman import Watcher, start_watcher
from remit.supervisor.doors import NOTICE, notice_of, variables_of
from remit.supervisor.kernel.cgroups import Cgroup, make_cgroup
from remit.supervisor.orders import Orders
from remit.supervisor.outlet import PROXY_PORT, Outlet, end_child, start_outlet, wants_outlet
from remit.supervisor.registry import RunFolder
from remit.supervisor.residue.comparison import Inventory, before
from remit.supervisor.tether import Tether, start_of

__all__ = ["Started", "start"]

_TIDY = 2.0
_LARGEST_OUTPUT = 1 << 30  # bytes
SEALING = (Piece.PROCESSES, Piece.FILESYSTEM, Piece.NETWORK, Piece.IPC, Piece.SOCKETS)
"""What must be whole for an empty cage to mean that nothing of the agent is left anywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A run that has been started, with everything needed to stop it and to take it down.

    ``began`` is the wall-clock time in seconds since 1970; ``deadline`` is on the monotonic clock.
    """

    orders: Orders
    folder: RunFolder
    ledger: Ledger
    company: Company
    launched: Launched
    tether: Tether
    watcher: Watcher
    outlet: Outlet | None
    enforced: tuple[Enforced, ...]
    inventory: Inventory
    began: float
    deadline: float | None

    def set_free(self) -> None:
        """Open the gate: the agent's command is executed from now on."""
        open_gate(self.launched)

    def main(self) -> int | None:
        """The agent's main process, as seen from here."""
        return main_process(self.launched)

    def exit_status(self) -> int | None:
        """How the agent ended, as a shell would say it; ``None`` while it runs."""
        return exit_status(self.launched)

    def cpu_seconds(self) -> float:
        """Processor time the agent has used, in seconds; infinite where nobody can tell, so that a budget stops it."""
        try:
            return self.tether.cgroup.cpu_seconds() if self.tether.cgroup is not None else 0.0
        except OSError:
            return 0.0 if self.tether.empty() else float("inf")

    def floods(self) -> bool:
        """Whether the agent wrote more to its standard streams, where they are files here, than anybody will read."""
        outputs = (self.folder.path / "agent.out", self.folder.path / "agent.err")
        return any(path.exists() and path.stat().st_size > _LARGEST_OUTPUT for path in outputs)

    def document(self) -> dict[str, object]:
        """What the run is, as JSON values: enough for a client without the daemon to stop it."""
        launched = self.launched
        return {
            "schema": "remit.run/1",
            "run": self.orders.run,
            "command": list(self.orders.command),
            "subject": dict(self.orders.subject),
            "began": self.began,
            "backend": launched.backend,
            "requirement": self.orders.requirement,
            "role": self.orders.role,
            "part_of": Path(self.orders.part_of).name,
            "daemon": os.getpid(),
            "daemon_start": start_of(os.getpid()),
            "process": launched.process,
            "process_start": start_of(launched.process),
            "init": launched.init,
            "init_start": None if launched.init is None else start_of(launched.init),
            "namespace": launched.namespace,
            "cgroup": None if self.tether.cgroup is None else str(self.tether.cgroup.path),
            "controllers": [] if self.tether.cgroup is None else [str(at) for at in self.tether.cgroup.controllers],
            "sealed": self.tether.sealed,
            "requested": list(self.orders.confinement.requested),
            "enforced": [_enforced_document(outcome) for outcome in self.enforced],
            **self.company.document(),
        }

    def tidy(self) -> None:
        """Take down what the run stood on; the agent must have ended."""
        if self.outlet is not None:
            end_child(self.outlet.process)
        release(self.launched)
        if self.tether.cgroup is not None:
            self.tether.cgroup.remove(_TIDY)
        self.watcher.dismiss()
        self.ledger.close()


def start(orders: Orders, standard: tuple[int, int, int]) -> Started:
    """Start a run, whose folder is made, and return it with its gate still closed.

    Raises ``RemitError``, and leaves nothing behind, when it cannot be started as ordered. Call it from the main
    thread of a process that lives as long as the run and has started no other thread.
    """
    confinement = orders.confinement
    folder = RunFolder(run=orders.run, path=Path(orders.path))
    state = str(folder.path.parent.parent)
    inventory = before(confinement, orders.command, ignored=(state,))
    watcher = start_watcher(folder)
    with _undone(watcher) as undo:
        most = None if confinement.processes is None else confinement.processes + OWN_PROCESSES
        cgroup, given = make_cgroup(orders.run, memory=confinement.memory, processes=most)
        undo.append(lambda: _remove(cgroup))
        order = _order(orders, folder, standard, cgroup, given)
        launched = launch(order)
        undo.append(lambda: release(launched))
        tether = _tether(orders.run, cgroup, launched, watcher)
        undo.append(tether.kill)
        watcher.tell(tether)
        if wants_outlet(orders) and launched.network_of is None:
            _demand(orders, best_of((*launched.enforced, *_by_the_supervisor(confinement, tether, None))))
        outlet = start_outlet(orders, launched, folder) if wants_outlet(orders) else None
        if outlet is not None:
            undo.append(lambda: end_child(outlet.process))
        supervised = _by_the_supervisor(confinement, tether, outlet)
        enforced = tuple(_as_far_as_kept(launched, best_of((*launched.enforced, *supervised))))
        _demand(orders, enforced)
        ledger = Ledger.open(folder.record)
        undo.append(ledger.close)
        began, wall = time.time(), confinement.wall
        deadline = None if wall is None else time.monotonic() + wall
        started = Started(
            orders=orders,
            folder=folder,
            ledger=ledger,
            company=Company(folder=folder),
            launched=launched,
            tether=tether,
            watcher=watcher,
            outlet=outlet,
            enforced=enforced,
            inventory=inventory,
            began=began,
            deadline=deadline,
        )
        document = started.document()
        folder.write_state({**document, "phase": "running"})
        ledger.record("started", {key: document[key] for key in ("run", "command", "subject", "backend")})
        ledger.record("enforced", {"requested": document["requested"], "enforced": document["enforced"]})
    return started


@contextmanager
def _undone(watcher: Watcher) -> Iterator[list[Callable[[], None]]]:
    """Undo what was done when starting fails, the last thing first."""
    undo: list[Callable[[], None]] = []
    try:
        yield undo
    except BaseException:
        for step in reversed(undo):
            with contextlib.suppress(OSError):
                step()
        watcher.dismiss()
        raise


def _order(
    orders: Orders,
    folder: RunFolder,
    standard: tuple[int, int, int],
    cgroup: Cgroup | None,
    given: tuple[Enforced, ...],
) -> Order:
    """What the backend is asked for."""
    confinement = orders.confinement
    proxy = f"http://127.0.0.1:{PROXY_PORT}" if confinement.hosts else None
    given_to_it = {secret.name: orders.secrets[secret.name] for secret in confinement.secrets if not secret.host}
    doors = orders.companion.doors if orders.companion is not None else ()
    notices = {NOTICE: notice_of(doors)} if doors else {}
    view = view_of(confinement, orders.command, control=str(folder.control), notices=notices)
    return Order(
        run=orders.run,
        command=orders.command,
        confinement=confinement,
        view=view,
        environment=environment_of(
            confinement,
            run=orders.run,
            proxy=proxy,
            secrets=given_to_it,
            folders=view.folders,
            doors=variables_of(doors, confinement.hosts),
        ),
        standard=standard,
        cgroup=cgroup,
        given=given,
        backend=orders.backend,
    )


def _tether(run: str, cgroup: Cgroup | None, launched: Launched, watcher: Watcher) -> Tether:
    """The means to stop what was launched."""
    whole = {outcome.piece for outcome in launched.enforced if outcome.degree is Degree.FULL}
    return Tether(
        run=run,
        process=launched.pidfd,
        init=launched.init_pidfd,
        namespace=launched.namespace,
        cgroup=cgroup,
        sealed=whole.issuperset(SEALING),
        adopter=os.getpid() if launched.init is None else None,
        aside=(launched.process, watcher.process),
    )


def _by_the_supervisor(confinement: Confinement, tether: Tether, outlet: Outlet | None) -> Iterator[Enforced]:
    """What the supervisor itself enforces."""
    if confinement.wall is not None:
        yield Enforced(piece=Piece.WALL_TIME, degree=Degree.FULL, by="the supervisor's clock")
    if confinement.deadman is not None:
        yield Enforced(piece=Piece.DEADMAN, degree=Degree.FULL, by="the supervisor's clock")
    if confinement.cpu is not None and tether.cgroup is not None:
        yield Enforced(piece=Piece.CPU_TIME, degree=Degree.FULL, by="cpu.stat of the cgroup")
    elif confinement.cpu is not None:
        reason = "without a cgroup nobody counts the processor time of all its processes"
        yield Enforced(piece=Piece.CPU_TIME, degree=Degree.NONE, reason=reason)
    if outlet is not None and confinement.hosts:
        yield Enforced(piece=Piece.CREDENTIALS, degree=Degree.FULL, by="egress proxy")


def _as_far_as_kept(launched: Launched, enforced: tuple[Enforced, ...]) -> Iterator[Enforced]:
    """What is enforced, less what an agent that can leave its cgroup evades."""
    for outcome in enforced:
        if launched.namespace is None and outcome.piece in (Piece.HOLD, Piece.STOP) and outcome.degree is Degree.FULL:
            reason = "without a PID namespace a process can leave the cgroup, or start another outside it"
            yield replace(outcome, degree=Degree.PARTIAL, reason=reason)
        else:
            yield outcome


def _demand(orders: Orders, enforced: tuple[Enforced, ...]) -> None:
    """Refuse a run of which a requested piece is missing, unless missing pieces were allowed."""
    missing = missing_of(orders.confinement.requested, enforced)
    if missing and orders.requirement is Requirement.FULL:
        raise NotEnforcedError(
            "this host does not enforce what the charter asks for: " + "; ".join(map(str, missing)),
            hint="`remit doctor` says what to install; `--require best-effort` runs it and reports what is missing",
        )


def _remove(cgroup: Cgroup | None) -> None:
    """End whatever is left in a cgroup, and remove it."""
    if cgroup is not None:
        cgroup.kill()
        cgroup.remove(_TIDY)


def _enforced_document(outcome: Enforced) -> Mapping[str, object]:
    """One outcome as JSON values."""
    return {"piece": outcome.piece, "degree": outcome.degree, "by": outcome.by, "reason": outcome.reason}
