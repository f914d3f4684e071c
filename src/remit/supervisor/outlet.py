"""The process at the border of a cage: the agent's proxy to the hosts it may reach, and the door to its servers."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from dataclasses import dataclass

from remit.errors import SupervisorError
from remit.supervisor.cage.order import Launched
from remit.supervisor.doors import DOOR_PORT
from remit.supervisor.egress.proxy import listen_inside, serve
from remit.supervisor.egress.rules import HeldSecret, Rules
from remit.supervisor.orders import Orders
from remit.supervisor.registry import RunFolder

__all__ = ["PROXY_PORT", "Outlet", "end_child", "start_outlet", "wants_outlet"]

PROXY_PORT = 3128
"""Where the agent finds its egress proxy, on the loopback of a network that is its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """The process at the border, and the line to it."""

    process: int
    channel: socket.socket


def wants_outlet(orders: Orders) -> bool:
    """Whether anything may pass the border: to a host, or to a server of the run."""
    return bool(orders.confinement.hosts) or orders.companion is not None


def start_outlet(orders: Orders, launched: Launched, folder: RunFolder) -> Outlet:
    """Start the process outside, listening inside the agent's network; raises ``SupervisorError``.

    Call it from the main thread of a process that has started no other: it forks.
    """
    if launched.network_of is None:
        code, what = ("supervisor.egress", "its hosts cannot be kept to")
        hint = "leave `runtime.network.hosts` out, or use a host where namespaces can be made (`remit doctor`)"
        if orders.companion is not None:
            code, what = "supervisor.doors", "it cannot be given a door to its servers"
            hint = "use a host where namespaces can be made (`remit doctor`), or `remit proxy` without a cage"
        raise SupervisorError(
            f"the backend `{launched.backend}` gives the agent no network of its own, so {what}", code=code, hint=hint
        )
    hosts = orders.confinement.hosts
    listener = listen_inside(launched.network_of, port=PROXY_PORT) if hosts else None
    door = listen_inside(launched.network_of, port=DOOR_PORT) if orders.companion is not None else None
    rules = _rules(orders)
    ours, theirs = socket.socketpair()
    process = os.fork()
    if process == 0:
        try:
            serve(listener, theirs, rules, door=None if door is None else (door, folder.door))
        finally:
            os._exit(1)
    for sock in (theirs, listener, door):
        if sock is not None:
            sock.close()
    return Outlet(process=process, channel=ours)


def end_child(process: int) -> None:
    """End a child of the daemon and reap it."""
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def _rules(orders: Orders) -> Rules:
    """The hosts of a run and the credentials held for them; raises ``SupervisorError`` for what cannot be read."""
    held = tuple(
        HeldSecret(
            host=secret.host,
            header=secret.header,
            value=secret.template.replace("{secret}", orders.secrets[secret.name]),
            bare=orders.secrets[secret.name],
            life=secret.life,
        )
        for secret in orders.confinement.secrets
        if secret.host
    )
    return Rules(hosts=orders.confinement.hosts, secrets=held)
