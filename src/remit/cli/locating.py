"""Which charter a verb speaks of, under the name its user would give it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from remit.charter.model import Charter

__all__ = ["locate", "open_charter"]


def locate(given: Path | None) -> Path:
    """The charter's path: the one given, or the nearest ``remit.yaml`` looking upward, as seen from here.

    A folder stands for the ``remit.yaml`` in it. Raises ``CharterError`` when nothing is found.
    """
    from remit.charter.reader import find_charter

    if given is None:
        found = find_charter(Path.cwd())
        return _relative(found)
    return given / "remit.yaml" if given.is_dir() else given


def open_charter(given: Path | None) -> Charter:
    """Read the charter a verb speaks of; raises ``CharterError`` with every fault found."""
    from remit.charter.reader import read_charter

    return read_charter(locate(given))


def _relative(path: Path) -> Path:
    """The path as seen from the working directory: climbing with ``..`` where the charter lies above it."""
    import os

    return Path(os.path.relpath(path))
