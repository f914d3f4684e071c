"""What comes back from a call that was made: its value, and where the record of it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from remit.guard.decision import Decision

__all__ = ["Receipt"]

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(Generic[T_co]):
    """A call that was made.

    ``value`` is what the callable gave back. ``intent`` is the number of the ledger entry that was durable before it
    ran; its outcome follows in the ledger, at the latest when the guard is closed. ``digest`` is that of the call as it
    ran. ``decision`` is what was decided: in shadow mode, and only there, it may be a ``Deny`` or an ``Ask`` that
    nobody answered.
    """

    value: T_co
    call_id: str
    tool: str
    digest: str
    intent: int
    decision: Decision
