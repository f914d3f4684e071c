"""Saying that a call waits for people: progress notices on the proxy's own account, where a client asked for them.

A client gives a request up after a while unless it hears something. People take longer than programs, so while a call
waits for its overseers the client is told, at once and then at regular times. The numbers are below zero and rise
towards it: progress must increase, and what the server reports once it runs starts at zero.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import anyio

from remit.errors import Interrupted, ProxyError
from remit.proxy.frames import Frame
from remit.proxy.peers import Line

__all__ = ["told_meanwhile"]

T = TypeVar("T")
_GLANCE = 0.1  # seconds between two looks whether it waits


async def told_meanwhile(
    frame: Frame, line: Line, work: Callable[[], Awaitable[T]], *, waits: Callable[[], bool], what: str
) -> T:
    """Do the work for a request, and tell whoever made it, where they asked for progress, while it ``waits``.

    ``what`` is what waits, in a word. Nobody is told any more once the other side has heard of the request. Raises
    whatever the work raises.
    """
    meta = frame.params.get("_meta")
    token = meta.get("progressToken") if isinstance(meta, Mapping) else None
    if token is None or line.back is None:
        return await work()
    found: list[T] = []
    fault: BaseException | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_tell, token, line, waits, f"{what} waits for a person to agree")
        try:
            found.append(await work())
        except (Exception, Interrupted) as error:  # noqa: BLE001 - raised again below, not as part of a group
            fault = error
        tasks.cancel_scope.cancel()
    if fault is not None:
        raise fault
    return found[0]


async def _tell(token: object, line: Line, waits: Callable[[], bool], message: str) -> None:
    """Tell now and again while it waits; a client that is gone is told nothing."""
    said, due = 0, 0.0
    await anyio.sleep(_GLANCE)  # what is decided at once is worth no word
    while line.back is not None and not line.asked:
        if waits() and anyio.current_time() >= due:
            said, due = said + 1, anyio.current_time() + line.every
            params = {"progressToken": token, "progress": -1 / said, "message": message}
            try:
                await line.back(Frame.notification("notifications/progress", params))
            except ProxyError:
                return
        await anyio.sleep(_GLANCE)
