"""May it be released? PROMOTE, BLOCK or HOLD, the reasons, and the fewest things that would change the answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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
    """One thing that has to change, and how; all flips of a release together change its verdict."""

    item: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A verdict with its reasons and the smallest set of changes that would flip it."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    flip: tuple[Flip, ...]
