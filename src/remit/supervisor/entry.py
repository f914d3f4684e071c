"""The daemon's first steps: read the orders, start the run, tell the client, serve until the end.

The client starts this in a session of its own, with an interpreter that reads nothing but the standard library and
remit itself (``python -I -S``).
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from remit.errors import RemitError, SupervisorError
from remit.supervisor.calls import Calls
from remit.supervisor.clients import Clients
from remit.supervisor.daemon import Daemon
from remit.supervisor.deadman import Heartbeat
from remit.supervisor.kernel.syscalls import become_subreaper, forbid_dumping
from remit.supervisor.keys import Keys
from remit.supervisor.mailbox import Mailbox
from remit.supervisor.orders import Orders
from remit.supervisor.parts import Part, join
from remit.supervisor.protocol import at_socket, encode, refusal
from remit.supervisor.registry import RunFolder, write_secret
from remit.supervisor.requests import answer
from remit.supervisor.starting import Started, start

__all__ = ["serve_run"]


def serve_run(orders_from: int, ready_to: int) -> None:
    """Serve one run; ``orders_from`` and ``ready_to`` are pipes from and to the client."""
    with os.fdopen(orders_from, "rb") as file:
        orders = Orders.decode(file.read())
    if os.fork() != 0:
        os._exit(0)  # the client has waited for this one; the run is nobody's child
    _be_a_daemon()
    standard = (0, 1, 2)
    try:
        RunFolder(run=orders.run, path=Path(orders.path)).make(user=orders.confinement.user)
        standard = _standard(orders)
        started = start(orders, standard)
        whole = join(*_belonging(orders)) if orders.part_of else None
        daemon, listener = _daemon(started, whole, ready_to), _listener(started.folder)
        if orders.companion is not None:
            started.company.start(orders.companion)
            started.folder.write_state({**started.document(), "phase": daemon.phase})
    except RemitError as error:
        shutil.rmtree(orders.path, ignore_errors=True)  # nothing ran: there is nothing to keep a record of
        _tell(ready_to, refusal(error))
        return
    except Exception as error:
        fault = SupervisorError(f"the run could not be started: {type(error).__name__}: {error}")
        _tell(ready_to, refusal(fault))
        raise  # into the run's folder; whatever was started dies with this process
    for descriptor in {*standard} - {0, 1, 2}:
        os.close(descriptor)
    with listener:
        daemon.serve(listener, answer)


def _belonging(orders: Orders) -> tuple[RunFolder, Part]:
    """The run this one is a part of, and what it is there."""
    whole = Path(orders.part_of)
    name = orders.subject.get("server") or orders.run
    return RunFolder(run=whole.name, path=whole), Part(name=name, run=orders.run)


def _be_a_daemon() -> None:
    """Leave nothing of the client's in this process but the three standard streams, which the agent gets."""
    os.umask(0o077)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    forbid_dumping()
    become_subreaper()


def _standard(orders: Orders) -> tuple[int, int, int]:
    """The agent's standard streams, moved away from this process's own, which lead nowhere but to a file of faults."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    if orders.interactive:
        agent = (os.dup(0), os.dup(1), os.dup(2))
    else:
        outputs = [os.open(Path(orders.path) / f"agent.{name}", flags, 0o600) for name in ("out", "err")]
        agent = (os.open(os.devnull, os.O_RDONLY), outputs[0], outputs[1])
    nowhere, faults = os.open(os.devnull, os.O_RDWR), os.open(Path(orders.path) / "daemon.err", flags, 0o600)
    for source, descriptor in ((nowhere, 0), (nowhere, 1), (faults, 2)):
        os.dup2(source, descriptor)
    os.close(nowhere)
    os.close(faults)
    return agent


def _daemon(started: Started, whole: int | None, ready_to: int) -> Daemon:
    """Everything the loop needs; ``whole`` is a descriptor of the supervisor this run ends with."""
    clients = Clients()
    keys = Keys(clock=time.monotonic)
    write_secret(started.folder.key, keys.issue("owner"))
    channel = started.outlet.channel if started.outlet is not None else None
    daemon = Daemon(
        started=started,
        clients=clients,
        calls=Calls(channel=channel, record=lambda *_: 0, gated=lambda: bool(clients.gates), clock=time.monotonic),
        mailbox=Mailbox(folder=started.folder.control),
        heartbeat=Heartbeat(longest=started.orders.confinement.deadman, last=time.monotonic()),
        keys=keys,
        whole=whole,
        tell_starter=lambda message: _tell(ready_to, message),
    )
    daemon.calls.record = daemon.record
    return daemon


def _listener(folder: RunFolder) -> socket.socket:
    """The control socket, open to its owner only."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with at_socket(folder.socket) as address:
        listener.bind(address)
    folder.socket.chmod(0o600)
    listener.listen(16)
    return listener


def _tell(ready_to: int, message: Mapping[str, object]) -> None:
    """Tell the client how the start went, once; a client that is gone is no reason to stop."""
    try:
        os.write(ready_to, encode(message))
    except OSError:
        return
    finally:
        os.close(ready_to)
