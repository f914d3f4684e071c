"""Digests of the states of an episode."""

from __future__ import annotations

import hashlib
import marshal
import secrets

from remit.evals.environment import State
from remit.evals.record import spelling

__all__ = ["StateDigests"]


class StateDigests:
    """Digests of the states of one episode: one is asked for when it begins and ends, and again when that is checked.

    Equal bytes are spelled once. A state that holds more than JSON values has a digest that is equal to no other.
    """

    def __init__(self) -> None:
        """Know none."""
        self._known: list[tuple[bytes, str]] = []

    def of(self, state: State) -> str:
        """The digest of a state."""
        try:
            kept = marshal.dumps(state)
        except (TypeError, ValueError, RecursionError) as problem:
            return _undigested(problem)
        return self._digest(kept, state)

    def copied(self, state: State) -> tuple[State, str]:
        """A state of its own, equal to the one given, and its digest; raises ``ValueError`` for a strange one.

        What is in two places of the state is twice in the copy: the older form of the bytes knows no references.
        """
        kept = marshal.dumps(state, 2)
        copy: State = marshal.loads(kept)  # noqa: S302 (what was just written is read)
        return copy, self._digest(kept, copy)

    def _digest(self, kept: bytes, state: State) -> str:
        """The digest of the state these bytes hold."""
        for bytes_known, digest in self._known:
            if bytes_known == kept:
                return digest
        try:
            spelled = spelling(state).encode()
        except (TypeError, ValueError, RecursionError) as problem:
            return _undigested(problem)
        digest = f"sha256:{hashlib.sha256(spelled).hexdigest()}"
        self._known.append((kept, digest))
        return digest


def _undigested(problem: Exception) -> str:
    """What stands for the digest of a state that has none."""
    return f"none: {type(problem).__name__} {secrets.token_hex(8)}"
