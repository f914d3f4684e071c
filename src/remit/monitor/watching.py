"""A monitor over a ledger: from the beginning to the end, or on and on while its run goes on.

A ledger that was changed, ends in the middle or holds what nobody can read is said to be so: ``Watch.doubts`` is what
keeps "no alerts" from being a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from remit.errors import LedgerError, LedgerUnavailableError
from remit.ledger.entry import Entry
from remit.monitor.alert import Alert
from remit.monitor.entries import Reading
from remit.monitor.monitor import Monitor

__all__ = ["Entries", "Watch"]

_SHOWN = 5


class Entries(Protocol):
    """Where entries come from: see ``remit.ledger.opening.Source``."""

    def entries(self, start: int = 1, stop: int | None = None) -> Iterator[Entry]:
        """The entries from number ``start`` on."""
        ...


@dataclass(slots=True, kw_only=True)
class Watch:
    """A monitor, the ledger it reads, and what stood in its way.

    ``ended`` is whether the record says that its run is over, ``problems`` what kept the ledger from being read as it
    was recorded.
    """

    monitor: Monitor
    reading: Reading
    problems: list[str] = field(default_factory=list)
    entries: int = 0
    started: bool = False
    ended: bool = False

    def look(self, source: Entries) -> Iterator[Alert]:
        """Every alert of the entries that came since the last look; stops at an entry that was changed.

        Raises ``LedgerUnavailableError`` where nothing could be read at all.
        """
        try:
            for event in self.reading.events(self._counted(source)):
                yield from self.monitor.take(event)
        except LedgerError as error:
            if not self.entries and isinstance(error, LedgerUnavailableError):
                raise
            self.problems.append(error.message)

    def follow(self, source: Entries, *, goes_on: Callable[[], bool], wait: Callable[[], None]) -> Iterator[Alert]:
        """Look again and again until the run has ended, or a problem leaves nothing to look at."""
        while True:
            last_look = self.ended or not goes_on()
            yield from self.look(source)
            if last_look or self.problems:
                return
            if not self.ended:
                wait()

    def doubts(self) -> tuple[str, ...]:
        """What keeps the absence of alerts from meaning anything."""
        found = list(self.problems)
        if self.reading.unread:
            numbers = ", ".join(map(str, self.reading.unread[:_SHOWN]))
            more = " and more" if len(self.reading.unread) > _SHOWN else ""
            found.append(f"nobody can read what these entries say: {numbers}{more}")
        if not self.entries:
            found.append("the ledger is empty: nothing was recorded")
        return tuple(found)

    def _counted(self, source: Entries) -> Iterator[Entry]:
        """The entries that came since the last look, each counted, with the end of the run noticed."""
        for entry in source.entries(self.reading.last + 1):
            self.entries += 1
            self.started = self.started or entry.kind == "started"
            over = entry.kind == "exited" or (entry.kind == "stopped" and "report" in entry.facts)
            self.ended = self.ended or (over and self.started)
            yield entry
