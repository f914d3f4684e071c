"""Where facts go: whatever happens in a run is told to a recorder before anybody acts on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

__all__ = ["Recorder"]


@runtime_checkable
class Recorder(Protocol):
    """Something that keeps entries durably and in order."""

    def record(self, kind: str, facts: Mapping[str, object]) -> int:
        """Keep an entry and return its number, counted from 1; when it returns, the entry survives a power cut.

        ``kind`` is a word such as ``intent``, ``outcome``, ``held`` or ``stopped``; ``facts`` are JSON values. Raises
        ``LedgerUnavailableError`` when the entry could not be kept: nothing may happen then that needed it.
        """
        ...
