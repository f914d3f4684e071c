"""The third answer: a question that could not be decided, which is never taken for a yes or a no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

__all__ = ["Answer", "Undecidable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecidable:
    """No answer, and why: a grant then does not grant, a limit counts as crossed."""

    reason: str

    def __bool__(self) -> NoReturn:
        """Refuse to be used as a truth value: whoever asks must say what an unknown means to them."""
        raise TypeError(f"an undecidable answer is neither true nor false: {self.reason}")


Answer = bool | Undecidable
