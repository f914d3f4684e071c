"""A transcript and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A transcript with what is known of it."""

    document: dict[str, Any]
    family: str
    held: bool
    kind: str
    steps: int

    @property
    def label(self) -> int:
        """1 for the behaviour, 0 for what only looks like it and for honest work."""
        return int(self.kind == "harmful")
