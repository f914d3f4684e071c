"""A clock of the test's own: waiting takes no time, and however long the machine takes, what is due first comes first."""

import asyncio
import selectors
from collections.abc import Awaitable, Callable

import anyio


class _Jumping(selectors.DefaultSelector):
    """Where nothing is to be read, time goes on to what is due next."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready; waiting moves the clock instead."""
        ready = super().select(0 if timeout is not None else None)
        if not ready and timeout is not None and timeout > 0:
            self.now += timeout
        return ready


class _Loop(asyncio.SelectorEventLoop):
    """An event loop on its own time; nothing that runs in another thread may be waited for in it."""

    def __init__(self) -> None:
        """Start at nought."""
        self._moves = _Jumping()
        super().__init__(self._moves)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._moves.now


def played(work: Callable[[], Awaitable[None]], *, within: float) -> None:
    """Run something that takes at most ``within`` seconds of its own time."""

    async def bounded() -> None:
        with anyio.fail_after(within):
            await work()

    anyio.run(bounded, backend_options={"loop_factory": _Loop})
