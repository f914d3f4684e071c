"""What the house tests look at: the source files, parsed once."""

import ast
import gc
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One Python file: its path inside the repository, its text and its tree."""

    path: str
    text: str
    tree: ast.Module


def read_sources(folder: Path, base: Path) -> tuple[Source, ...]:
    """Parse every Python file below ``folder``; paths are relative to ``base`` and sorted.

    The trees are kept for the whole run and hold millions of objects: none of them is looked at by the collector of
    garbage, neither while they are made nor afterwards, which takes most of the time otherwise.
    """
    gc.disable()
    try:
        sources = tuple(
            Source(path=str(path.relative_to(base)), text=text, tree=ast.parse(text, filename=str(path)))
            for path in sorted(folder.rglob("*.py"))
            for text in [path.read_text(encoding="utf-8")]
        )
        gc.freeze()
    finally:
        gc.enable()
    return sources


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def product() -> tuple[Source, ...]:
    """The files of the package, paths like ``src/remit/errors.py``."""
    return read_sources(ROOT / "src", ROOT)


@pytest.fixture(scope="session")
def written(product: tuple[Source, ...]) -> tuple[Source, ...]:
    """The files of the package and of its tests, scripts and benchmarks."""
    folders = [folder for folder in ("tests", "bench", "scripts") if (ROOT / folder).is_dir()]
    return (*product, *(source for folder in folders for source in read_sources(ROOT / folder, ROOT)))
