"""Time that only goes forward: what expires stays expired, whoever sets the clock of the machine back."""

from __future__ import annotations

import time
from collections.abc import Callable

from remit.clock import Clock, SystemClock

__all__ = ["Forward", "Ticks"]

Ticks = Callable[[], float]


class Forward:
    """Seconds since 1970 that never run slower than the machine's monotonic clock since this was made.

    A clock that is set back makes it go on as if nothing had happened; one that is set forward takes it along. What an
    earlier process saw is kept by whoever keeps it, and is the least a later one may count from.
    """

    def __init__(self, clock: Clock | None = None, *, monotonic: Ticks = time.monotonic) -> None:
        """Start from what the clock says now."""
        self._clock = clock or SystemClock()
        self._monotonic = monotonic
        self._start = self._clock.now().timestamp() - monotonic()

    def seconds(self) -> float:
        """Now, in seconds since 1970."""
        return max(self.told(), self._start + self._monotonic())

    def told(self) -> float:
        """What the clock says, which may have been set back."""
        return self._clock.now().timestamp()
