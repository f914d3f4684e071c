"""A verdict, its reasons, and what would change it: the words of the release gate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from remit.assurance.notebook import notebook_table

__all__ = ["Flip", "Reason", "Release", "Verdict"]


class Verdict(StrEnum):
    """PROMOTE (exit code 0), BLOCK (1) or HOLD (10): yes, no, not known."""

    PROMOTE = "PROMOTE"
    BLOCK = "BLOCK"
    HOLD = "HOLD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why the verdict is what it is: the claim (or the part of the case) it is about and the evidence it looked at."""

    claim: str
    why: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """One thing that has to change, and how; all flips of a release together change its verdict.

    ``on`` is when it changes by itself, for what ends a PROMOTE.
    """

    item: str
    change: str
    on: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A verdict with its reasons and the smallest set of changes that would flip it.

    ``smallest`` is false where the search for a smaller set was given up; the set is enough all the same.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    flip: tuple[Flip, ...]
    smallest: bool = True

    def _repr_html_(self) -> str:
        """What a notebook shows: the verdict, its reasons, and what would change it."""
        rows = [("because", reason.claim, reason.why) for reason in self.reasons]
        rows += [("would change it", flip.item, flip.change) for flip in self.flip]
        return notebook_table(self.verdict.value, ("", "about", "what"), rows)
