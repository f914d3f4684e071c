"""Checkpoints: one signed line of size and one of root, in the format every transparency log tool reads.

A checkpoint is a C2SP signed note (c2sp.org/signed-note) whose text is three lines (c2sp.org/tlog-checkpoint): the
origin, the number of entries, the root in base64. This file reads and writes the text; ``signing`` has the keys.
Reading is strict: a note that would be written differently by as much as a byte is refused.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256

from remit.errors import TamperedError

__all__ = ["ED25519", "Checkpoint", "Note", "Signature", "key_id", "origin_of", "parse_note", "stated"]

ED25519 = b"\x01"
"""The byte that tells an Ed25519 key from others in a note."""

_DASH = "— "  # U+2014 and a space start a signature line
_MOST = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log says of itself: it is the log ``origin``, and its first ``size`` entries have this ``root``."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{_encode(self.root)}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A line of a note: the name of a key, the first four bytes of its digest, and the signature."""

    name: str
    key: bytes
    signature: bytes

    def line(self) -> str:
        """The line as it stands in a note."""
        return f"{_DASH}{self.name} {_encode(self.key + self.signature)}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A signed note: a checkpoint and who signed it."""

    checkpoint: Checkpoint
    signatures: tuple[Signature, ...]

    def text(self) -> str:
        """The whole note."""
        return f"{self.checkpoint.text()}\n{''.join(signature.line() for signature in self.signatures)}"


def origin_of(first_leaf: bytes) -> str:
    """The origin of a ledger: ``remit.ledger/`` and the hexadecimal leaf digest of its first entry.

    A copy that went another way has the same origin and another root, which is what gives it away.
    """
    return f"remit.ledger/{first_leaf.hex()}"


def key_id(name: str, public: bytes) -> bytes:
    """The four bytes a note names an Ed25519 key by: ``SHA-256(name || 0x0A || 0x01 || public key)[:4]``."""
    return sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def parse_note(text: str) -> Note:
    """Read a note; raises ``TamperedError`` for whatever is not exactly what ``Note.text`` writes."""
    if len(text) > _MOST or any(ord(sign) < 32 and sign != "\n" for sign in text):
        raise _refused()
    body, _, lines = text.partition("\n\n")
    try:
        origin, size, root = body.split("\n")
        checkpoint = Checkpoint(origin=origin, size=int(size), root=_decode(root))
        note = Note(checkpoint=checkpoint, signatures=tuple(_signature(line) for line in lines.split("\n")[:-1]))
        exact = note.text() == text and _is_name(origin) and len(checkpoint.root) == 32 and bool(note.signatures)
        exact = exact and 0 <= checkpoint.size < 1 << 63
    except (ValueError, binascii.Error):
        raise _refused() from None
    if not exact:
        raise _refused()
    return note


def stated(text: str) -> Checkpoint:
    """What a note states, whoever signed it; raises as ``parse_note``."""
    return parse_note(text).checkpoint


def _signature(line: str) -> Signature:
    """Read one signature line."""
    name, _, value = line.removeprefix(_DASH).partition(" ")
    data = _decode(value)
    if not _is_name(name) or len(data) <= 4:
        raise ValueError
    return Signature(name=name, key=data[:4], signature=data[4:])


def _is_name(name: str) -> bool:
    """Whether a key may be called so: something, without spaces (any Unicode has) and without a plus."""
    return bool(name) and "+" not in name and not any(sign.isspace() or not sign.isprintable() for sign in name)


def _encode(data: bytes) -> str:
    """Base64 as RFC 4648 section 4 has it."""
    return b64encode(data).decode("ascii")


def _decode(text: str) -> bytes:
    """The bytes of a base64 text; raises ``ValueError`` for a sign that is none of its alphabet."""
    return b64decode(text.encode("ascii"), validate=True)


def _refused() -> TamperedError:
    """The error for a note that is none."""
    return TamperedError(
        "a checkpoint is not a signed note of origin, size and root",
        code="ledger.tampered.checkpoint",
        hint="take the checkpoint from the place it was anchored in",
    )
