"""Proofs to give away: one JSON document that shows, with nothing but a public key, that an entry was recorded.

An inclusion proof has ``schema`` = ``remit.proof.inclusion``, the entry's ``number``, its ``body`` (the spelling, as
text), the ``path`` (digests in base64, from the leaf up) and the signed ``checkpoint`` they lead to. A consistency
proof has ``schema`` = ``remit.proof.consistency``, ``old`` and ``new`` (both signed checkpoints) and the ``path``.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from remit.errors import LedgerError, TamperedError
from remit.ledger.checkpoint import Checkpoint, origin_of, stated
from remit.ledger.entry import Entry, read_entry
from remit.ledger.protocol import Store
from remit.ledger.tree import leaf_hash, verify_consistency, verify_inclusion

if TYPE_CHECKING:
    from remit.ledger.signing import PublicKey

__all__ = ["prove_consistency", "prove_inclusion", "verify_consistency_proof", "verify_inclusion_proof"]

_VERSION = 1
_LONGEST = 64


def prove_inclusion(ledger: Store, number: int, note: str) -> dict[str, object]:
    """The proof that entry ``number`` is among those a signed checkpoint speaks of.

    Raises ``LedgerError`` for an entry the checkpoint does not cover, ``TamperedError`` when the ledger does not lead
    to the checkpoint any more.
    """
    checkpoint = stated(note)
    entry = next(ledger.entries(number, number + 1), None) if number > 0 else None
    if entry is None or number > checkpoint.size:
        raise LedgerError(
            f"the checkpoint over {checkpoint.size} entries does not cover entry {number}",
            code="ledger.error.uncovered",
            hint="sign a newer checkpoint with `remit log anchor`",
        )
    path = ledger.inclusion(number, checkpoint.size)
    if not verify_inclusion(entry.leaf, number - 1, checkpoint.size, path, checkpoint.root):
        raise _refused(f"entry {number} does not lead to the checkpoint over {checkpoint.size} entries")
    return {
        "schema": "remit.proof.inclusion",
        "version": _VERSION,
        "number": number,
        "body": entry.spelled().decode(),
        "path": _encode(path),
        "checkpoint": note,
    }


def prove_consistency(ledger: Store, old: str, new: str) -> dict[str, object]:
    """The proof that the ledger of one signed checkpoint is the beginning of that of another."""
    first, second = stated(old), stated(new)
    path = ledger.consistency(first.size, second.size)
    if not verify_consistency(first.size, second.size, first.root, second.root, path):
        raise _refused(f"the checkpoints over {first.size} and {second.size} entries are of two different ledgers")
    return {
        "schema": "remit.proof.consistency",
        "version": _VERSION,
        "old": old,
        "new": new,
        "path": _encode(path),
    }


def verify_inclusion_proof(document: Mapping[str, object], public_key: PublicKey) -> tuple[Entry, Checkpoint]:
    """The entry a proof shows, and the checkpoint it stands under; needs no ledger. Raises ``TamperedError``."""
    _demand(document, "remit.proof.inclusion", {"number", "body", "path", "checkpoint"})
    number, body = document["number"], document["body"]
    if not isinstance(number, int) or isinstance(number, bool) or not isinstance(body, str):
        raise _refused("the proof has no entry")
    checkpoint = public_key.verify(str(document["checkpoint"]))
    spelled = body.encode("utf-8", errors="replace")
    path = _decode(document["path"])
    if not verify_inclusion(leaf_hash(spelled), number - 1, checkpoint.size, path, checkpoint.root):
        raise _refused(f"entry {number} does not lead to the checkpoint over {checkpoint.size} entries")
    entry = read_entry(number, spelled)
    if number == 1 and origin_of(entry.leaf) != checkpoint.origin:
        raise _refused("entry 1 is not the one the ledger is named after")
    return entry, checkpoint


def verify_consistency_proof(document: Mapping[str, object], public_key: PublicKey) -> tuple[Checkpoint, Checkpoint]:
    """The two checkpoints a proof joins; needs no ledger. Raises ``TamperedError``."""
    _demand(document, "remit.proof.consistency", {"old", "new", "path"})
    old, new = public_key.verify(str(document["old"])), public_key.verify(str(document["new"]))
    path = _decode(document["path"])
    same = old.origin == new.origin
    if not same or not verify_consistency(old.size, new.size, old.root, new.root, path):
        raise _refused(f"the checkpoints over {old.size} and {new.size} entries are of two different ledgers")
    return old, new


def _demand(document: Mapping[str, object], schema: str, fields: set[str]) -> None:
    """Demand a document of this schema, with these fields and no other."""
    if document.get("schema") != schema or document.get("version") != _VERSION:
        raise _refused(f"the document is no `{schema}` of version {_VERSION}")
    if set(document) != fields | {"schema", "version"}:
        raise _refused(f"a `{schema}` has exactly the fields {', '.join(sorted(fields))}")


def _encode(path: Sequence[bytes]) -> list[str]:
    """Digests as text."""
    return [b64encode(digest).decode() for digest in path]


def _decode(path: object) -> list[bytes]:
    """Digests from text."""
    if not isinstance(path, list) or len(path) > _LONGEST or not all(isinstance(step, str) for step in path):
        raise _refused("the path of the proof is not a list of digests")
    try:
        digests = [b64decode(step.encode("ascii"), validate=True) for step in path]
    except ValueError:
        raise _refused("the path of the proof is not a list of digests") from None
    if any(len(digest) != 32 for digest in digests) or _encode(digests) != path:
        raise _refused("the path of the proof is not a list of digests")
    return digests


def _refused(message: str) -> TamperedError:
    """The error for a proof that proves nothing."""
    return TamperedError(message, code="ledger.tampered.proof", hint="ask whoever gave you the proof for another")
