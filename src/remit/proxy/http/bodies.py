"""The body of a request, read within bounds of size and time."""

from __future__ import annotations

from dataclasses import dataclass

import anyio
from starlette.types import Receive

from remit.proxy.frames import LONGEST
from remit.proxy.http.replies import Reply

__all__ = ["Gone", "read_body"]

BODY_WITHIN = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The client went away before its request was whole."""


async def read_body(receive: Receive, stated: str | None, *, most: int = LONGEST) -> bytes | Reply | Gone:
    """The whole body, or why there is none to work with; ``stated`` is the value of Content-Length.

    A body of more than ``most`` bytes is refused with 413 as soon as that is known, one that takes too long with 408.
    """
    too_large = Reply.refusing(413, f"a message may have {most} bytes")
    if stated is not None and (not (stated.isascii() and stated.isdigit()) or len(stated) > 15):
        return Reply.refusing(400, "the length of the body is no number")
    if stated is not None and int(stated) > most:
        return too_large
    body = bytearray()
    with anyio.move_on_after(BODY_WITHIN):
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return Gone()
            body += message.get("body", b"")
            if len(body) > most:
                return too_large
            if not message.get("more_body", False):
                return bytes(body)
    return Reply.refusing(408, f"the body was not there within {BODY_WITHIN:g} s", headers={"connection": "close"})
