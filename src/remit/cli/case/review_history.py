"""What the history of a repository says of a case: earlier records of drills, and when an id was first written down."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from remit.assurance.review.review import Dated

__all__ = ["earlier_records", "first_written"]

_MOST = 300
_LARGEST = 16 * 1024 * 1024
_SECONDS = 20


def earlier_records(case: Path, *, drills: Iterable[str]) -> Iterator[Dated]:
    """Earlier versions of the files of drills, and every record that lies in ``evidence/``, as far as they can be read.

    Only git's own history is asked, nothing is run from it; without a repository there is only the folder.
    """
    from remit.assurance.records import read_record
    from remit.assurance.review.review import Dated
    from remit.errors import EvidenceError

    folder = case.parent
    names = dict.fromkeys([*drills, *(f"evidence/{path.name}" for path in sorted(folder.glob("evidence/*.json")))])
    read = 0
    for name in list(names)[:_MOST]:
        for source, data in _versions(folder, name):
            read += 1
            if read > _MOST:
                return
            try:
                yield Dated(source=source, record=read_record(data, name=name))
            except EvidenceError:
                continue  # what cannot be read is no drill on record


def first_written(case: Path, ids: Iterable[str]) -> dict[str, datetime]:
    """When each id was first written into the case's file, for those the history knows."""
    found = {}
    for name in list(ids)[:_MOST]:
        told = _git(case.parent, "log", "--format=%cI", "-S", f"{name}:", "--", case.name)
        lines = told.decode("ascii", errors="replace").split()
        if lines:
            found[name] = datetime.fromisoformat(lines[-1])
    return found


def _versions(folder: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """The file as it is, then as commits had it, each with how it is cited."""
    path = folder / name
    if path.is_file() and not path.is_symlink() and path.stat().st_size <= _LARGEST:
        yield name, path.read_bytes()
    told = _git(folder, "log", f"-{_MOST}", "--format=%H", "--", name).decode("ascii", errors="replace")
    for commit in told.split():
        if re.fullmatch(r"[0-9a-f]{40,64}", commit):
            data = _git(folder, "show", f"{commit}:./{name}")
            if data:
                yield f"{name} at {commit[:9]}", data


def _git(folder: Path, *arguments: str) -> bytes:
    """What git says of a folder, nothing where there is no git, no repository, or no answer in time."""
    command = ["git", "--no-pager", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=True)  # noqa: S603 - no shell
    except (OSError, subprocess.SubprocessError):
        return b""
    return done.stdout[:_LARGEST]
