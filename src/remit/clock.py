"""Time as an argument: nothing in remit reads the clock of the machine unless it was handed one."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable


@runtime_checkable
class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime:
        """The current moment, always with a time zone."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The clock of this machine, in UTC."""

    def now(self) -> datetime:
        """The machine's current moment, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still: for tests, and for reports that must come out the same bytes twice.

    Raises ``ValueError`` when ``moment`` has no time zone: a time that may be any of 25 is not a time.
    """

    moment: datetime

    def __post_init__(self) -> None:
        """Refuse a moment without a time zone."""
        if self.moment.tzinfo is None:
            raise ValueError("a fixed clock needs a moment with a time zone")

    def now(self) -> datetime:
        """The moment it was made with."""
        return self.moment
