"""A folder of its own for every run, copied from the agent's, so that no drill starts from what another one left."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from remit.confinement import Confinement
from remit.errors import EvaluationError

__all__ = ["command_in", "copied", "moved_to"]

LEFT_OUT = (".git", ".venv", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache")


@contextmanager
def copied(folder: Path | None) -> Iterator[Path]:
    """A copy of a folder (an empty folder for ``None``) while the block runs, removed afterwards.

    Version control, virtual environments and caches are left out; links are copied as links.
    """
    base = Path(tempfile.mkdtemp(prefix="remit-drill-"))
    place = base / "work"
    try:
        if folder is None:
            place.mkdir()
        else:
            try:
                shutil.copytree(folder, place, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
            except (OSError, shutil.Error) as error:
                raise EvaluationError(
                    f"the folder `{folder}` cannot be copied for a drill", hint="give a smaller one with --workspace"
                ) from error
        base.chmod(0o755)
        yield place
    finally:
        shutil.rmtree(base, ignore_errors=True)


def moved_to(confinement: Confinement, old: Path, new: Path) -> Confinement:
    """The same confinement with every path below ``old`` meant below ``new``; the new folder can be written."""

    def moved(path: str) -> str:
        return str(new / Path(path).relative_to(old)) if Path(path).is_relative_to(old) else path

    write = tuple(moved(path) for path in confinement.write)
    return replace(
        confinement,
        folder=str(new),
        read=tuple(moved(path) for path in confinement.read),
        write=write if str(new) in write else (*write, str(new)),
        protected=tuple(moved(path) for path in confinement.protected),
    )


def command_in(command: tuple[str, ...], old: Path, new: Path) -> tuple[str, ...]:
    """The same command for a copied folder: absolute paths below ``old`` lead to the copy.

    What was not copied (a virtual environment's interpreter) keeps its place, also where it was named from the folder.
    """

    def moved(word: str, *, program: bool) -> str:
        path = Path(word) if word.startswith("/") else old / word
        if not path.is_relative_to(old) or not (word.startswith("/") or (program and "/" in word)):
            return word
        inside = path.relative_to(old)
        if set(inside.parts) & set(LEFT_OUT):
            return str(path)
        return str(new / inside) if word.startswith("/") else word

    return tuple(moved(word, program=number == 0) for number, word in enumerate(command))
