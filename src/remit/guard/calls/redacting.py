"""What a charter keeps out of the record: arguments it calls secret, and whatever gives itself away as one."""

from __future__ import annotations

from remit.charter.model import Charter
from remit.ledger.redaction import USUAL, Redaction, Rule

__all__ = ["redaction_of"]


def redaction_of(charter: Charter) -> Redaction:
    """The redaction a ledger of calls under a charter is opened with.

    An argument that one grant calls secret is left out of every call: another tool may be handed the same one. Digests
    of calls are salted then, too, because from a bare one a short secret could be guessed.
    """
    names = sorted({name for grant in charter.grants for name, limits in grant.args.items() if limits.secret})
    rules = [Rule(name="secret", path=f"**.args.{name}") for name in names]
    if names:
        rules += [Rule(name="digest", path="digest"), Rule(name="digest", path="call.digest")]
    return Redaction((*rules, *USUAL))
