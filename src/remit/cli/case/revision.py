"""A safety case as it was at a revision of git, with the files it points at, without touching the working copy.

Only objects are read (``git cat-file``): no filter, no hook and no driver of the repository runs, nothing is fetched.
"""

from __future__ import annotations

import os
import posixpath
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from remit.assurance.case import Case
    from remit.assurance.views.state import State
    from remit.clock import Clock

__all__ = ["state_at"]

_LARGEST = 16 * 1024 * 1024  # bytes of one file
_PATIENCE = 60.0  # seconds for one call of git


def state_at(revision: str, path: str, *, clock: Clock) -> State:
    """The case at ``path`` (from the working directory, as git has it) in a revision, judged as of the clock's moment.

    Raises ``CaseError`` where there is no such revision or file, or the case cannot be read.
    """
    from remit.assurance.health import assess_case
    from remit.assurance.looking import look
    from remit.assurance.reader import parse_case
    from remit.assurance.release.release import judge
    from remit.assurance.views.state import State

    commit = _commit(revision)
    inside = posixpath.normpath(posixpath.join(_prefix(), path))
    shown = f"{revision}:{path}"
    data = _blob(commit, inside)
    if data is None:
        raise _unreadable(f"there is no `{path}` in `{revision}`")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable(f"`{shown}` is not UTF-8") from None
    case = parse_case(text, path=shown)
    with tempfile.TemporaryDirectory(prefix="remit-case-") as folder:
        root = Path(folder)
        (root / ".git").mkdir()  # nothing outside of this folder is looked at
        _lay_out(root, commit, inside, _named(case))
        observed = look(replace(case, file=str(root / inside)), clock=clock)
    assessment = assess_case(case, observed, as_of=clock.now())
    return State(assessment=assessment, release=judge(assessment), observed=observed)


def _named(case: Case) -> Iterable[str]:
    """Every file a case points at."""
    yield case.charter
    if case.envelope:
        yield case.envelope
    yield from (item.file for item in case.evidence.values())
    yield from (link.record for link in case.incidents.values())


def _lay_out(root: Path, commit: str, inside: str, names: Iterable[str]) -> None:
    """Write the files a case points at below a folder, as they lie in the repository; what is not there is left out."""
    folder = posixpath.dirname(inside)
    (root / folder).mkdir(parents=True, exist_ok=True)
    for name in dict.fromkeys(names):
        place = posixpath.normpath(posixpath.join(folder, name))
        if place.startswith(("/", "../")) or place in ("..", ".") or ".git" in place.split("/") or "\0" in place:
            continue
        data = _blob(commit, place)
        target = root / place
        if data is not None and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


def _commit(revision: str) -> str:
    """The commit a revision names."""
    done = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if done is None:
        raise _unreadable(f"`{revision}` is no revision of this repository, and no such file exists")
    return done.decode("ascii", "replace").strip()


def _prefix() -> str:
    """The working directory as the repository has it."""
    return (_git("rev-parse", "--show-prefix") or b"").decode("utf-8", "surrogateescape").rstrip("\n")


def _blob(commit: str, place: str) -> bytes | None:
    """The bytes of a file in a commit; ``None`` where there is none, or a larger one than is read."""
    size = _git("cat-file", "-s", f"{commit}:{place}")
    if size is None or not size.strip().isdigit() or int(size) > _LARGEST:
        return None
    return _git("cat-file", "blob", f"{commit}:{place}")


def _git(*arguments: str) -> bytes | None:
    """What git answers; ``None`` when it refuses."""
    settings = {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(  # noqa: S603 (arguments are ours; a revision stands behind --end-of-options)
            ["git", *arguments],  # noqa: S607 (the user's own git)
            env=settings, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE, check=False,
        )  # fmt: skip
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _unreadable(message: str) -> Exception:
    """The error of a case that cannot be read."""
    from remit.errors import CaseError

    return CaseError(
        message, code="assurance.case.unreadable", hint="write it as REVISION:PATH, such as main:case.yaml"
    )
