"""A call an agent wants to make: the tool, its arguments by name, who asks, and what binds an approval to it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from remit.digest import sha256_digest

__all__ = ["Call"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call, as proposed.

    ``args`` maps argument names to JSON values; positional arguments were bound to names before. ``principal`` is the
    agent that asks (empty: the charter's own agent; a sub-agent has its own name). ``server`` is where the tool lives
    and ``schema`` the digest of the tool's name, schema and description as listed there, both empty where unknown.
    ``id`` is new for every call.
    """

    tool: str
    args: Mapping[str, object] = field(default_factory=dict)
    principal: str = ""
    server: str = ""
    schema: str = ""
    id: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def digest(self) -> str:
        """What would be done: ``sha256:`` over tool, arguments, principal, server and schema, not the ``id``.

        Raises ``ValueError`` or ``TypeError`` for arguments without a canonical JSON spelling.
        """
        said = (self.tool, dict(self.args), self.principal, self.server, self.schema)
        return sha256_digest(list(said))
