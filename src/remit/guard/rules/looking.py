"""Where a path leads: symbolic links are followed by whoever can see the tool's file system."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import Protocol

__all__ = ["Resolver", "as_written", "real_path"]


class Resolver(Protocol):
    """Answers where a path leads once every symbolic link on the way is followed; ``None``: that cannot be told."""

    def __call__(self, path: str, /) -> str | None:
        """The absolute path without symbolic links, or ``None``."""


def as_written(path: str, /) -> str | None:
    """The path itself: for tools whose file system has no symbolic links, or whose owner answers for them."""
    return path


def real_path(path: str, /) -> str | None:
    """Where an absolute path leads on this machine; what does not exist yet lies in its nearest existing folder.

    ``None`` for a relative path, a loop of links, and a folder that cannot be looked into.
    """
    if not path.startswith("/") or "\0" in path:
        return None
    head, tail = path, ""
    while True:
        try:
            found = os.path.realpath(head, strict=True)
        except FileNotFoundError:
            if Path(head).is_symlink():  # a link that leads nowhere yet: whoever writes to it decides where
                return None
            head, name = posixpath.split(head)
            tail = posixpath.join(name, tail) if tail else name
        except OSError:
            return None
        else:
            return posixpath.join(found, tail) if tail else found
