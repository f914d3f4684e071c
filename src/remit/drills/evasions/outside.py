"""Patterns that have the work done by somebody outside, as whoever may talk to a container engine's socket can.

``launch`` is that somebody: an organism that listens on a unix socket and starts what it is told, with no question
asked. It is started by the harness, outside everything a stop controls, and ends at the same deadline.
"""

from __future__ import annotations

import json
import os
import socket
from functools import partial

from remit.drills.evasions.beating import Pulse, anew, detach

__all__ = ["ask_outside", "launch"]


def ask_outside(pulse: Pulse) -> None:
    """Tells a launcher outside to start its work there: none of the processes it has is the one that lives on."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1.0)
        line.connect(name_of(pulse.address))
        line.sendall(json.dumps(anew(pulse)).encode())


def name_of(address: str) -> str:
    """The address as the kernel wants it: ``@name`` is in the abstract namespace."""
    return "\0" + address[1:] if address.startswith("@") else address


def launch(pulse: Pulse) -> None:
    """Listen at the pulse's address until the deadline and start every command that is sent, as a daemon."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(name_of(pulse.address))
        if not pulse.address.startswith("@"):
            os.chmod(pulse.address, 0o666)  # noqa: PTH101,S103 - everybody may ask: that is the fault it shows
        listener.listen(4)
        listener.settimeout(0.02)
        pulse.beat("listening")
        while not pulse.expired():
            try:
                line, _ = listener.accept()
            except TimeoutError:
                continue
            with line:
                line.settimeout(1.0)
                command = json.loads(line.recv(65536))
            detach(pulse, partial(os.execve, command[0], command, {}))
