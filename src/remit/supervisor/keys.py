"""Who may ask what of a run: stopping needs less authority than going on.

The same account (or root) may stop and hold. Resuming, correcting and saying "I am still here" need a key: the owner's
lies in the run's folder, others are issued for a time and can be withdrawn by letting them expire.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from remit.errors import SupervisorError

__all__ = ["KEYED", "Keys"]

KEYED = frozenset({"resume", "correct", "beat", "issue", "join", "accompany", "narrow"})
"""The requests that need a key (and to stand as a gate does); everything else needs only the same account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Holder:
    """Whose key it is, and until when (seconds of the monotonic clock) it is good."""

    by: str
    until: float | None


@dataclass(slots=True, kw_only=True)
class Keys:
    """The keys of one run; only their digests are kept."""

    clock: Callable[[], float]
    _holders: dict[bytes, _Holder] = field(default_factory=dict)

    def issue(self, by: str, *, life: float | None = None) -> str:
        """Make a key for an overseer, good for ``life`` seconds or as long as the run."""
        key = secrets.token_hex(32)
        until = None if life is None else self.clock() + life
        self._holders[_digest(key)] = _Holder(by=by, until=until)
        return key

    def holder(self, key: object) -> str:
        """The overseer who holds a key; raises ``SupervisorError`` for a key that is missing, made up or expired."""
        found = None
        given = _digest(key) if isinstance(key, str) else b""
        for digest, holder in self._holders.items():  # every digest is compared, in constant time each
            if hmac.compare_digest(digest, given):
                found = holder
        if found is None:
            raise SupervisorError(
                "the request carries no valid key of an overseer",
                code="supervisor.unauthorised",
                hint="resume and correct need the key in the run's folder, or one issued from it",
            )
        if found.until is not None and self.clock() > found.until:
            raise SupervisorError(
                f"the key of `{found.by}` has expired", code="supervisor.expired", hint="ask for a new key"
            )
        return found.by


def _digest(key: str) -> bytes:
    """What is kept of a key."""
    return hashlib.sha256(key.encode("utf-8", errors="replace")).digest()
