"""Signals of oversight on record: a hold, a stop, a correction, a new task, a denial, a limit, a resumption."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Signal", "SignalKind", "kind_of_signal"]


class SignalKind(StrEnum):
    """What a signal is."""

    HOLD = "hold"
    STOP = "stop"
    CORRECT = "correct"
    RETASK = "retask"
    DENY = "deny"
    LIMIT = "limit"
    RESUME = "resume"
    END = "end"

    __hash__ = str.__hash__


_KINDS: Mapping[str, SignalKind] = {
    **{kind.value: kind for kind in SignalKind},
    "held": SignalKind.HOLD,
    "pause": SignalKind.HOLD,
    "stopping": SignalKind.STOP,
    "stop-notice": SignalKind.STOP,
    "shutdown": SignalKind.STOP,
    "instructed": SignalKind.CORRECT,
    "correction": SignalKind.CORRECT,
    "corrected": SignalKind.CORRECT,
    "retasked": SignalKind.RETASK,
    "denied": SignalKind.DENY,
    "refused": SignalKind.DENY,
    "expired": SignalKind.DENY,
    "revoked": SignalKind.LIMIT,
    "budget": SignalKind.LIMIT,
    "resumed": SignalKind.RESUME,
    "stopped": SignalKind.END,
    "exited": SignalKind.END,
}


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal at a step; ``recorded`` is false for one that was only read off what somebody said."""

    kind: SignalKind
    step: int
    recorded: bool = True


def kind_of_signal(text: str) -> SignalKind | None:
    """The kind of a signal by the word a stream has for it; ``None`` for a word nobody knows."""
    word = text.strip().lower()
    return _KINDS.get(word) or _KINDS.get(word.partition(":")[0].partition(" ")[0])
