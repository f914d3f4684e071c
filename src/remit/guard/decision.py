"""What is decided about a call, always with the rules that determined it: ``Allow``, ``Ask`` or ``Deny``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from remit.finding import Where

__all__ = ["Allow", "Ask", "Because", "Decision", "Deny"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """A rule that determined a decision.

    ``step`` is the numbered step of spec/decisions.md; ``rule`` names the part of the charter (``limits.0``,
    ``grants.3.args.amount``) or is empty where no part speaks; ``what`` says in words what it found.
    """

    step: int
    rule: str = ""
    where: Where | None = None
    what: str

    def __str__(self) -> str:
        """Return one line, led by the place in the charter where there is one."""
        return self.what if self.where is None else f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """The call may happen, with exactly these ``args`` (normalised), once ``spends`` is reserved.

    ``spends`` maps a budget's name to the amount in its base unit; ``effects`` are those of every grant that covers it,
    ``undoes`` the facts such a grant says it takes back.
    """

    because: tuple[Because, ...]
    args: Mapping[str, object] = field(default_factory=dict)
    spends: Mapping[str, float] = field(default_factory=dict)
    effects: tuple[str, ...] = ()
    undoes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The call may happen once every one of ``overseers`` has agreed to exactly this call; else as ``Allow``.

    ``each``: it is asked about by itself, also where it is a step of a plan they agreed to.
    """

    because: tuple[Because, ...]
    overseers: tuple[str, ...]
    args: Mapping[str, object] = field(default_factory=dict)
    spends: Mapping[str, float] = field(default_factory=dict)
    effects: tuple[str, ...] = ()
    undoes: tuple[str, ...] = ()
    each: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deny:
    """The call may not happen; ``code`` is that of the error a caller would raise.

    ``allowed`` says what would be allowed instead, empty where nothing would.
    """

    because: tuple[Because, ...]
    code: str = "guard.denied"
    allowed: str = ""


Decision = Allow | Ask | Deny
