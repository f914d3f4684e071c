"""Messages between a guard and another process: a length, then canonical JSON, over a socket pair nobody else has."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping

from remit.digest import canonical_json
from remit.errors import RefusedError

__all__ = ["LARGEST", "receive", "send"]

LARGEST = 16 * 1024 * 1024
"""The most bytes a message may have."""

_HEAD = struct.Struct(">I")


def send(channel: socket.socket, message: Mapping[str, object]) -> None:
    """Send one message; raises ``RefusedError`` for one that is too large, ``OSError`` when nobody listens."""
    body = canonical_json(message)
    if len(body) > LARGEST:
        raise _broken(f"a message of {len(body)} bytes is too large")
    channel.sendall(_HEAD.pack(len(body)) + body)


def receive(channel: socket.socket) -> dict[str, object] | None:
    """The next message, ``None`` when the other side is gone; raises ``RefusedError`` for what is no message."""
    head = _exactly(channel, _HEAD.size)
    if head is None:
        return None
    (length,) = _HEAD.unpack(head)
    if length > LARGEST:
        raise _broken(f"a message of {length} bytes is announced")
    body = _exactly(channel, length)
    if body is None:
        return None
    try:
        message = json.loads(body)
        canonical = canonical_json(message) == body
    except (ValueError, RecursionError):
        raise _broken("what came is not JSON") from None
    if not isinstance(message, dict) or not canonical:
        raise _broken("what came is not canonical JSON")
    return message


def _exactly(channel: socket.socket, length: int) -> bytes | None:
    """That many bytes, ``None`` when the other side is gone before."""
    parts: list[bytes] = []
    while length:
        part = channel.recv(min(length, 1 << 20))
        if not part:
            return None
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _broken(reason: str) -> RefusedError:
    """Say what is wrong with the line."""
    return RefusedError(reason, code="guard.refused.wire", hint="the other side does not speak this protocol")
