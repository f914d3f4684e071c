"""The text of an ordinary file: within a size, never from a device, never waiting for a pipe."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from remit.errors import AssuranceError
from remit.finding import Where

__all__ = ["read_text"]


def read_text(path: Path, *, most: int, refused: Callable[[str, Where, str], AssuranceError]) -> str:
    """What a UTF-8 file of at most ``most`` bytes says.

    Where it is anything else, raises what ``refused`` makes of ``unreadable``, ``too-large`` or ``not-text``, the
    place, and what is wrong.
    """
    start = Where(file=str(path), line=1)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise refused("unreadable", start, f"`{path}` is not an ordinary file")
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "error").lower()
        raise refused("unreadable", start, f"`{path}` cannot be opened: {reason}") from None
    if len(data) > most:
        raise refused("too-large", start, f"`{path}` is larger than {most >> 20} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        where = Where(file=str(path), line=before.count(b"\n") + 1, column=error.start - (before.rfind(b"\n") + 1) + 1)
        raise refused("not-text", where, f"the byte 0x{data[error.start]:02x} is not UTF-8") from None
