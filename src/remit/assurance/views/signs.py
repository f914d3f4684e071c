"""How health, freshness and a verdict are shown: always a shape and a word, so that no colour has to be seen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from remit.assurance.case import DefeaterStatus, Result
from remit.assurance.release.verdict import Verdict
from remit.assurance.weighing.assessment import Freshness, Health, Node

__all__ = [
    "CLOCKS", "HEALTH_WORDS", "RESULT_SIGNS", "SHAPES", "STATUS_WORDS", "VERDICT_SIGNS", "VERDICT_WORDS", "Anchors",
    "freshness_words", "moment",
]  # fmt: skip

SHAPES: Mapping[Health, str] = MappingProxyType(
    {
        Health.SUPPORTED: "✔",
        Health.PARTIAL: "◐",
        Health.UNSUPPORTED: "○",
        Health.CONTESTED: "?",
        Health.REFUTED: "✘",
    }
)

HEALTH_WORDS: Mapping[Health, str] = MappingProxyType(
    {
        Health.SUPPORTED: "what it rests on counts and passed",
        Health.PARTIAL: "some of what it needs is there",
        Health.UNSUPPORTED: "nothing that counts speaks for it",
        Health.CONTESTED: "a doubt about it is not answered",
        Health.REFUTED: "evidence or a doubt that was right speaks against it",
    }
)

CLOCKS: Mapping[Freshness, str] = MappingProxyType({Freshness.FRESH: "◷", Freshness.STALE: "⧖", Freshness.NEVER: "∅"})

STATUS_WORDS: Mapping[DefeaterStatus, str] = MappingProxyType(
    {
        DefeaterStatus.OPEN: "open: nobody has answered it",
        DefeaterStatus.REBUTTED: "rebutted",
        DefeaterStatus.SUSTAINED: "sustained: it was right",
        DefeaterStatus.ACCEPTED_RESIDUAL: "accepted as a residual doubt",
    }
)

RESULT_SIGNS: Mapping[Result, str] = MappingProxyType({Result.PASS: "✔", Result.FAIL: "✘", Result.INCONCLUSIVE: "◐"})

VERDICT_SIGNS: Mapping[Verdict, str] = MappingProxyType({Verdict.PROMOTE: "✔", Verdict.BLOCK: "✘", Verdict.HOLD: "◐"})

VERDICT_WORDS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.PROMOTE: "it may be released",
        Verdict.BLOCK: "it must not be released: something speaks against it",
        Verdict.HOLD: "it is not released: not enough is known",
    }
)

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Anchors:
    """Where on a page each id is explained: ``#node-C-stop``; an id that is no plain word gets a number instead."""

    numbers: Mapping[str, int]

    def of(self, identifier: str) -> str | None:
        """The name of the place, without ``#``; ``None`` for an id the page does not explain."""
        number = self.numbers.get(identifier)
        if number is None:
            return None
        return f"node-{identifier}" if _SAFE.fullmatch(identifier) else f"node~{number}"


def moment(value: datetime) -> str:
    """A moment for people: the day and the time to the minute, in UTC where it has a zone."""
    return f"{value:%Y-%m-%d %H:%M}" if value.tzinfo is None else f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def freshness_words(node: Node) -> str:
    """How old what a node rests on is, and until when that stays so."""
    match node.freshness:
        case Freshness.FRESH:
            return f"fresh until {node.expires:%Y-%m-%d}" if node.expires is not None else "fresh"
        case Freshness.STALE:
            return f"stale since {node.expires:%Y-%m-%d}" if node.expires is not None else "stale"
        case Freshness.NEVER:
            return "never shown"
