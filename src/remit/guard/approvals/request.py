"""What an overseer is asked to agree to: the exact bytes that will run, and what must not change meanwhile."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from remit.digest import canonical_json, sha256_digest
from remit.errors import ApprovalRefusedError
from remit.guard.call import Call

__all__ = ["LARGEST", "Request", "bind", "exact"]

LARGEST = 256 * 1024
"""The most bytes a person is asked to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question to every one of ``overseers``: may exactly this call happen?

    ``shown`` is what will run, as canonical JSON: tool, arguments, principal, server and schema. ``charter`` is the
    digest of the charter that asks, ``run`` and ``agent`` are whose call it is, ``principal`` who makes it (empty: the
    agent itself). ``effects`` and ``because`` come from the decision; ``said`` is the agent's own text, which proves
    nothing. ``id`` is new for every question, ``call`` the id of the call. Times have a time zone.
    """

    run: str
    agent: str
    principal: str
    call: str
    tool: str
    shown: bytes
    charter: str
    overseers: tuple[str, ...]
    effects: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    said: str = ""
    asked_at: datetime
    expires_at: datetime
    id: str = field(default_factory=lambda: secrets.token_hex(6))

    @classmethod
    def of(
        cls,
        call: Call,
        *,
        charter: str,
        run: str,
        agent: str,
        overseers: Sequence[str],
        now: datetime,
        life: timedelta,
        effects: Sequence[str] = (),
        because: Sequence[str] = (),
        said: str = "",
    ) -> Request:
        """The question about a call whose arguments are normalised: as it would be made, not as it was proposed.

        Raises ``ApprovalRefusedError`` for a call without a canonical spelling and for one too long to be read.
        """
        return cls(
            run=run,
            agent=agent,
            principal=call.principal,
            call=call.id,
            tool=call.tool,
            shown=exact(call),
            charter=charter,
            overseers=tuple(dict.fromkeys(overseers)),
            effects=tuple(effects),
            because=tuple(because),
            said=said,
            asked_at=now,
            expires_at=now + life,
        )

    @property
    def digest(self) -> str:
        """What an answer is bound to; see ``bind``."""
        return _bound(self.shown, charter=self.charter, run=self.run, overseers=self.overseers)

    def facts(self) -> Mapping[str, object]:
        """What the ledger's entry ``asked`` keeps; the arguments themselves stand in the intent."""
        said = {
            "request": self.id,
            "call": self.call,
            "tool": self.tool,
            "digest": self.digest,
            "charter": self.charter,
        }
        return {**said, "overseers": list(self.overseers), "expires": self.expires_at.isoformat()}


def exact(call: Call) -> bytes:
    """The exact bytes that will run: canonical JSON (RFC 8785) of tool, arguments, principal, server and schema.

    Raises ``ApprovalRefusedError`` where there is no such spelling or it has more than ``LARGEST`` bytes.
    """
    parts = {"args": dict(call.args), "principal": call.principal, "schema": call.schema, "server": call.server}
    try:
        spelled = canonical_json({**parts, "tool": call.tool})
    except (TypeError, ValueError, RecursionError) as error:
        reason = type(error).__name__ if isinstance(error, RecursionError) else str(error)
        raise ApprovalRefusedError(
            f"the call has no exact spelling to agree to: {reason}",
            code="guard.approval-refused.unspeakable",
            hint="arguments must be JSON values",
        ) from error
    if len(spelled) > LARGEST:
        raise ApprovalRefusedError(
            f"the call is {len(spelled)} bytes long, and nobody reads more than {LARGEST}",
            code="guard.approval-refused.too-long",
            hint="split it into calls a person can read",
        )
    return spelled


def bind(call: Call, *, charter: str, run: str, overseers: Sequence[str]) -> str:
    """The digest an approval is bound to: the exact bytes of the call, the charter, the run, who must agree.

    Whoever redeems an approval works it out anew from what is about to run; one changed byte gives another digest.
    Raises as ``exact``.
    """
    return _bound(exact(call), charter=charter, run=run, overseers=overseers)


def _bound(shown: bytes, *, charter: str, run: str, overseers: Sequence[str]) -> str:
    """Digest the parts, the bytes by their own digest."""
    bytes_digest = hashlib.sha256(shown).hexdigest()
    return sha256_digest({"bytes": bytes_digest, "charter": charter, "run": run, "overseers": sorted(set(overseers))})
