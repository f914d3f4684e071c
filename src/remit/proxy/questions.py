"""What a server asks of its client: decided by the charter, and labelled where a person will read it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from remit.guard.call import Call
from remit.proxy.points import ELICITATION, SAMPLING

__all__ = ["call_for", "labelled"]

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Signs that change how a text looks without being seen: controls of terminals and of the writing direction."""


def call_for(method: str, params: Mapping[str, object], *, server: str, principal: str) -> Call:
    """The call a question is decided as: its tool is the method, its arguments are the parameters."""
    args = {key: value for key, value in params.items() if key != "_meta"}
    return Call(tool=method, args=args, principal=principal, server=server)


def labelled(method: str, params: Mapping[str, object], *, server: str) -> Mapping[str, object]:
    """The parameters of a question as they go on: a message to a person begins with who it is from."""
    if method != ELICITATION:
        return params
    text = _UNSEEN.sub("", str(params.get("message", "")))
    return {**params, "message": f"[asked by the MCP server `{server}`, not by remit or an overseer] {text}"}


def decided(method: object) -> bool:
    """Whether the charter has a say in a question; the list of the client's folders is not among them."""
    return method in (SAMPLING, ELICITATION)
