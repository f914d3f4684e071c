"""An evidence record: what one run of one tool showed, of which build, when (``remit.evidence/1``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from remit.assurance.case import Result

__all__ = ["Record"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a file says, whatever format it came in; a field the format has no place for is empty or ``None``.

    ``kind`` is a name of ``kinds.KINDS``. ``subject`` maps what it speaks of (``charter``, ``image``, ``model``) to
    digests or names; empty when it does not say, and then it is evidence of nothing. ``because`` are the reasons the
    tool gave for its result. ``details`` is everything else that was in it, for people to read.
    """

    kind: str
    subject: Mapping[str, str]
    tool: str
    version: str
    produced_at: datetime
    result: Result
    run: str = ""
    n: int | None = None
    k: int | None = None
    bound95: float | None = None
    setting: str = ""
    because: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
