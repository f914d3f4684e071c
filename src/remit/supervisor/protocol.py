"""How a client and the daemon of a run speak: one JSON object a line over the run's own socket.

A request is ``{"request": "stop", ...}``, an answer ``{"ok": true, ...}`` or ``{"ok": false, "code", "message",
"hint"}``. Lines are bounded; the account on the other end is told by the kernel (``SO_PEERCRED``), not by the client.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from remit.errors import RemitError, SupervisorError

__all__ = ["LONGEST_LINE", "Lines", "account_of", "at_socket", "encode", "process_of", "refusal"]

LONGEST_LINE = 1 << 20
_LONGEST_ADDRESS = 107  # bytes, unix(7)
_CREDENTIALS = struct.Struct("3i")  # struct ucred: pid, uid, gid (unix(7))


def encode(value: Mapping[str, object]) -> bytes:
    """The line of a message."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def refusal(error: RemitError) -> dict[str, object]:
    """The answer that carries an error."""
    return {"ok": False, "code": error.code, "message": error.message, "hint": error.hint}


@dataclass(slots=True)
class Lines:
    """Bytes as they come in, and the whole objects among them.

    Raises ``SupervisorError`` for a line that is too long or is not a JSON object.
    """

    _rest: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> Iterator[dict[str, object]]:
        """Add bytes and yield every object they complete."""
        self._rest += data
        while (end := self._rest.find(b"\n")) >= 0:
            line = bytes(self._rest[:end])
            del self._rest[: end + 1]
            yield _decode(line)
        if len(self._rest) > LONGEST_LINE:
            raise SupervisorError("a line of the control protocol is too long", code="supervisor.protocol")


def _decode(line: bytes) -> dict[str, object]:
    """Read one object."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise SupervisorError("a line of the control protocol is not JSON", code="supervisor.protocol") from error
    if not isinstance(value, dict):
        raise SupervisorError("a line of the control protocol is not an object", code="supervisor.protocol")
    return value


def account_of(connection: socket.socket) -> int:
    """The account (uid) on the other end, as the kernel knows it."""
    return _credentials_of(connection)[1]


def process_of(connection: socket.socket) -> int:
    """The process on the other end, as it was when it connected."""
    return _credentials_of(connection)[0]


def _credentials_of(connection: socket.socket) -> tuple[int, int, int]:
    """Process, account and group on the other end."""
    given = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    process, account, group = _CREDENTIALS.unpack(given)
    return int(process), int(account), int(group)


@contextmanager
def at_socket(path: Path) -> Iterator[str]:
    """An address for a socket however long its path is: one of more than 107 bytes goes through an open folder."""
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
