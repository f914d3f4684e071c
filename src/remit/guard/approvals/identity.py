"""Who an overseer is: whoever holds the key of that name.

Each overseer has an Ed25519 key of their own. The public half is enrolled below the state folder
(``overseers/NAME.pub``) and is all a guard needs; the private half (``overseers/NAME.key``, readable by its owner only)
may lie anywhere the person keeps it. An agent that can read the key of an overseer *is* that overseer: keep the state
folder out of its reach.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from remit.errors import ApprovalRefusedError, LedgerError

if TYPE_CHECKING:
    from remit.ledger.signing import PublicKey, SigningKey

__all__ = ["Overseers", "fingerprint"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}\Z")


class Overseers:
    """The keys of the overseers, in one folder."""

    def __init__(self, folder: Path) -> None:
        """Look for keys in a folder; it is made when somebody is enrolled."""
        self.folder = folder

    def enrol(self, name: str, *, public: str | None = None) -> PublicKey:
        """Make a key for an overseer, or take in the public half of one made elsewhere (``NAME+ID+BASE64``).

        Raises ``ApprovalRefusedError`` for a name that has a key already: replacing one is done by hand, on purpose.
        """
        from remit.ledger.signing import PublicKey, SigningKey

        enrolled = self._file(name, "pub")
        if enrolled.exists():
            raise _refused(f"`{name}` has a key already", "enrolled", f"remove `{enrolled}` first, if that is meant")
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            key = (
                SigningKey.open(self._file(name, "key"), name=name).public
                if public is None
                else PublicKey.parse(public)
            )
            descriptor = os.open(enrolled, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(f"{key.text()}\n")
        except (OSError, LedgerError) as error:
            raise _refused(f"`{name}` cannot be enrolled: {_reason(error)}", "key", "see the folder's mode") from error
        return key

    def known(self) -> tuple[str, ...]:
        """The names with an enrolled key, in order."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.pub") if _NAME.match(path.stem)))

    def public(self, name: str) -> PublicKey:
        """The enrolled key of a name; raises ``ApprovalRefusedError`` where there is none that can be trusted."""
        from remit.ledger.signing import PublicKey

        path = self._file(name, "pub")
        try:
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o022 or status.st_uid not in (0, os.geteuid()):
                raise _refused(f"the key of `{name}` can be changed by others", "key", f"look at `{path}`")
            return PublicKey.parse(path.read_text(encoding="ascii"))
        except FileNotFoundError:
            raise _refused(f"`{name}` has no key", "key", f"enrol the person: remit approve --enrol {name}") from None
        except (OSError, UnicodeDecodeError, LedgerError) as error:
            raise _refused(
                f"the key of `{name}` cannot be read: {_reason(error)}", "key", f"look at `{path}`"
            ) from error

    def find(self, name: str) -> PublicKey | None:
        """The enrolled key of a name, ``None`` where there is none that can be trusted."""
        try:
            return self.public(name)
        except ApprovalRefusedError:
            return None

    def signer(self, name: str, path: Path | None = None) -> SigningKey:
        """The private key of a name, from its file or from another; raises ``ApprovalRefusedError`` without it."""
        from remit.ledger.signing import SigningKey

        file = path or self._file(name, "key")
        try:
            return SigningKey.open(file, create=False)
        except LedgerError as error:
            hint = f"enrol the person: remit approve --enrol {name}; or name the file of the key"
            raise _refused(f"there is no key to answer as `{name}` with: {_reason(error)}", "key", hint) from error

    def held(self) -> tuple[str, ...]:
        """The enrolled names whose private key lies in the folder."""
        return tuple(name for name in self.known() if os.access(self._file(name, "key"), os.R_OK))

    def _file(self, name: str, ending: str) -> Path:
        """The file of a name; raises ``ApprovalRefusedError`` for a name that could lead somewhere else."""
        if not _NAME.match(name) or ".." in name:
            raise _refused(f"`{name:.80}` is no overseer's name", "key", "letters, digits, `.`, `_` and `-`")
        return self.folder / f"{name}.{ending}"


def fingerprint(key: PublicKey) -> str:
    """What tells one key from another, whatever name stands beside it: 32 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(key.data).hexdigest()[:32]


def _reason(error: Exception) -> str:
    """What the system or the key's reader said."""
    return (getattr(error, "strerror", None) or str(error)).lower()


def _refused(message: str, code: str, hint: str) -> ApprovalRefusedError:
    """The error of an identity that cannot be shown."""
    return ApprovalRefusedError(message, code=f"guard.approval-refused.{code}", hint=hint)
