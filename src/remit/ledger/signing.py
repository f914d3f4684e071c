"""Ed25519 keys for checkpoints: made, kept in a file of their own, used to sign notes and to verify them.

Keys are written as the signed-note tools write them: ``NAME+ID+BASE64`` for the public half and
``PRIVATE+KEY+NAME+ID+BASE64`` for the private one. In a note the key goes by the origin of the ledger, as
c2sp.org/tlog-checkpoint recommends; the name in the file is for people.
"""

from __future__ import annotations

import binascii
import os
import stat
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from remit.errors import LedgerUnavailableError, TamperedError
from remit.ledger.checkpoint import ED25519, Checkpoint, Note, Signature, key_id, parse_note

__all__ = ["PublicKey", "SigningKey"]

_NAME = "remit.ledger"
_PRIVATE = "PRIVATE+KEY+"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """What anybody needs to verify checkpoints: 32 bytes, and a name for people."""

    data: bytes
    name: str = _NAME

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """Read ``NAME+ID+BASE64``; raises ``LedgerUnavailableError`` for anything else."""
        name, data = _parse(text.strip())
        key = cls(data=data, name=name)
        if key.text() != text.strip():
            raise _no_key()
        return key

    def text(self, name: str = "") -> str:
        """The key as text, under its own name or another (a ledger's origin: what other tools are to be given)."""
        name = name or self.name
        return f"{name}+{key_id(name, self.data).hex()}+{b64encode(ED25519 + self.data).decode()}"

    def verify(self, text: str) -> Checkpoint:
        """The checkpoint of a note this key signed under the note's origin; raises ``TamperedError`` otherwise.

        Signatures of other keys are ignored, as c2sp.org/signed-note demands.
        """
        note = parse_note(text)
        origin = note.checkpoint.origin
        known = key_id(origin, self.data)
        signed = [line for line in note.signatures if (line.name, line.key) == (origin, known)]
        try:
            for line in signed:
                Ed25519PublicKey.from_public_bytes(self.data).verify(line.signature, note.checkpoint.text().encode())
        except InvalidSignature:
            signed = []
        if not signed:
            raise TamperedError(
                f"the checkpoint over {note.checkpoint.size} entries is not signed by the key `{self.text()}`",
                code="ledger.tampered.signature",
                hint="compare the public key with the one its owner shows you",
            )
        return note.checkpoint

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether this key signed exactly these bytes (RFC 8032)."""
        try:
            Ed25519PublicKey.from_public_bytes(self.data).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


class SigningKey:
    """A key that signs checkpoints; whoever holds its file can sign in its name."""

    def __init__(self, seed: bytes, *, name: str = _NAME) -> None:
        """Take the 32 bytes an Ed25519 private key is (RFC 8032)."""
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._seed = seed
        data = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public = PublicKey(data=data, name=name)

    @classmethod
    def open(cls, path: Path, *, create: bool = True, name: str = _NAME) -> SigningKey:
        """Read the key in a file, or make one there (mode 0600, called ``name``) where ``create`` allows.

        Raises ``LedgerUnavailableError`` for a file that is missing, is no key, or that others can read or change.
        """
        try:
            if create and not path.exists():
                return cls._make(path, name)
            status = path.stat()
            if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o077 or status.st_uid not in (0, os.geteuid()):
                raise LedgerUnavailableError(
                    f"the key `{path}` can be read or changed by others",
                    code="ledger.unavailable.key",
                    hint="make a new one: a key somebody else could read signs nothing",
                )
            text = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise LedgerUnavailableError(
                f"the key `{path}` cannot be read: {getattr(error, 'strerror', None) or 'it is not text'}",
                code="ledger.unavailable.key",
            ) from error
        name, seed = _parse(text.removeprefix(_PRIVATE))
        key = cls(seed, name=name)
        if key._text() != text:  # the ID of another key
            raise _no_key()
        return key

    def sign(self, checkpoint: Checkpoint) -> str:
        """The note of a checkpoint, signed under its origin."""
        signature = self._key.sign(checkpoint.text().encode())
        origin = checkpoint.origin
        line = Signature(name=origin, key=key_id(origin, self.public.data), signature=signature)
        return Note(checkpoint=checkpoint, signatures=(line,)).text()

    def sign_bytes(self, message: bytes) -> bytes:
        """The signature of any other message; what it says must make clear that it is no checkpoint."""
        return self._key.sign(message)

    @classmethod
    def _make(cls, path: Path, name: str) -> SigningKey:
        """Make a key; whoever makes one at the same time decides which it is."""
        key = cls(os.urandom(32), name=name)
        draft = path.with_name(f"{path.name}.{os.getpid()}.new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, key._text().encode() + b"\n")
            os.fsync(descriptor)
            path.hardlink_to(draft)
        except FileExistsError:
            return cls.open(path, create=False)
        finally:
            os.close(descriptor)
            draft.unlink()
        return key

    def _text(self) -> str:
        """The key as it stands in its file."""
        name = self.public.name
        seed = b64encode(ED25519 + self._seed).decode()
        return f"{_PRIVATE}{name}+{key_id(name, self.public.data).hex()}+{seed}"


def _parse(text: str) -> tuple[str, bytes]:
    """The name and the 32 bytes of a key."""
    name, _, rest = text.partition("+")
    _, _, value = rest.partition("+")
    try:
        data = b64decode(value.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        raise _no_key() from None
    if not name or len(data) != 33 or data[:1] != ED25519:
        raise _no_key()
    return name, data[1:]


def _no_key() -> LedgerUnavailableError:
    """The error for a text that is no key."""
    return LedgerUnavailableError(
        "what was given is no Ed25519 key as signed notes have them",
        code="ledger.unavailable.key",
        hint="a public key reads `NAME+ID+BASE64`; `remit log key` prints it",
    )
