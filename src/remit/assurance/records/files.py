"""The bytes of a file of evidence, within bounds: no device, no pipe, no gigabyte."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from remit.assurance.records.bounds import LARGEST, text_of
from remit.errors import EvidenceError

__all__ = ["read_bytes"]

_HINT = "write one with --evidence of check, drill, eval, log verify or monitor"


def read_bytes(path: str | Path) -> bytes:
    """What a regular file of at most 16 MiB holds.

    Raises ``EvidenceError`` for anything else, before more than that is read; a pipe is never waited for.
    """
    shown = text_of(str(path))
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise EvidenceError(f"`{shown}` is no file", hint=_HINT) from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", "") or "it has no such name").lower()
        raise EvidenceError(f"`{shown}` cannot be read: {reason}") from None
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode):
        os.close(handle)
        raise EvidenceError(f"`{shown}` is no file", hint=_HINT)
    with os.fdopen(handle, "rb") as file:
        if about.st_size > LARGEST:
            raise EvidenceError(f"`{shown}` is larger than {LARGEST // 2**20} MiB", hint="keep what the claim needs")
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise EvidenceError(f"`{shown}` is larger than {LARGEST // 2**20} MiB")
    return data
