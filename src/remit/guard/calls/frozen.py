"""A call as bytes nobody can change any more: what was decided, what is approved and what runs are the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from remit.digest import canonical_json
from remit.errors import DeniedError
from remit.guard.call import Call

__all__ = ["Frozen", "freeze"]

_ARGUMENTS = 1  # their place in the bytes: tool, arguments, principal, server, schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A call's tool, arguments, principal, server and schema in canonical JSON, and the digest of these bytes.

    The arguments are those the decision was made about, after normalisation. Whoever holds the objects the call was
    made from can change them as they like: nothing looks at them again.
    """

    call_id: str
    written: bytes
    digest: str

    @property
    def tool(self) -> str:
        """The tool's name."""
        return str(json.loads(self.written)[0])

    def arguments(self) -> dict[str, object]:
        """The arguments as the ledger and the overseers are shown them, new from the bytes."""
        return cast("dict[str, object]", json.loads(self.written)[_ARGUMENTS])

    def thaw(self) -> dict[str, object]:
        """The arguments, new from the bytes, after the digest was taken again: these and no others may run.

        Raises ``DeniedError`` where bytes and digest have come apart.
        """
        if digest_of(self.written) != self.digest:
            raise DeniedError(
                "what would run is not what was decided",
                code="guard.denied.swapped",
                hint="the call was changed after its decision; propose it anew",
            )
        return self.arguments()


def freeze(call: Call, args: Mapping[str, object] | None = None) -> Frozen:
    """A call with its arguments, or the normalised ``args`` in their place, as bytes.

    The digest is ``Call.digest`` of the call with these arguments. Raises ``DeniedError`` for arguments without a
    canonical JSON spelling: what cannot be written down cannot be decided.
    """
    said = [call.tool, dict(call.args if args is None else args), call.principal, call.server, call.schema]
    try:
        written = canonical_json(said)
    except (TypeError, ValueError, RecursionError) as error:
        raise DeniedError(
            f"an argument of `{call.tool}` has no exact JSON spelling: {str(error) or 'nested too deep'}",
            code="guard.denied.unspellable",
            hint="pass texts, finite numbers, booleans, lists and mappings",
        ) from None
    return Frozen(call_id=call.id, written=written, digest=digest_of(written))


def digest_of(written: bytes) -> str:
    """The digest of bytes that are already canonical."""
    return f"sha256:{hashlib.sha256(written).hexdigest()}"
