"""One home per foreign library, and no library without a home."""

import ast
import sys
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path
from typing import Protocol

import pytest
from tests.house.trees import nodes

# Library -> the only places that may import it. A library that is not listed may not be imported at all.
HOMES = {
    "cel": ("src/remit/charter/condition.py",),
    "mcp": ("src/remit/charter/importers/mcp.py", "src/remit/evals/adapters/mcp_server.py"),
    "mcp_types": (  # the other half of mcp
        "src/remit/charter/importers/mcp.py",
        "src/remit/proxy/*",
        "src/remit/evals/adapters/mcp_server.py",
    ),
    "anyio": ("src/remit/charter/importers/mcp.py", "src/remit/guard/*", "src/remit/proxy/*", "src/remit/evals/*"),
    "cryptography": ("src/remit/ledger/signing.py",),
    "httpx2": ("src/remit/proxy/*",),
    "opentelemetry": ("src/remit/ledger/telemetry.py",),
    "psycopg": ("src/remit/ledger/postgres*.py",),
    "starlette": ("src/remit/proxy/*", "src/remit/evals/adapters/*"),
    "uvicorn": ("src/remit/proxy/*", "src/remit/evals/adapters/*"),
    "zstandard": ("src/remit/monitor/adapters/inspect_logs.py",),
    "gymnasium": ("src/remit/theory/formats/libraries.py",),
    "ray": ("src/remit/theory/solvers/engines.py",),
    "inspect_ai": ("src/remit/evals/inspect/*",),
    "inspect_sentinel": ("src/remit/evals/inspect/sentinel.py",),
    "sqlglot": ("src/remit/monitor/requests/sql_statements.py", "src/remit/monitor/requests/sql_tables.py"),
    "tree_sitter": ("src/remit/monitor/shell/*",),
    "tree_sitter_bash": ("src/remit/monitor/shell/*",),
    "llvmlite": ("src/remit/theory/kernels/*",),  # the other half of numba
    "numba": ("src/remit/theory/kernels/*",),
    "numpy": ("src/remit/theory/*", "src/remit/incentives/*", "src/remit/monitor/sequential/*", "src/remit/evals/*"),
    "scipy": ("src/remit/theory/*", "src/remit/incentives/*", "src/remit/evals/*"),
    "pydantic": ("src/remit/*/schema.py",),
    "rich": ("src/remit/cli/*",),
    "ruamel": ("src/remit/charter/reader.py", "src/remit/charter/patch.py"),
    "typer": ("src/remit/cli/*",),
}


class File(Protocol):
    """A parsed file with its path in the repository."""

    @property
    def path(self) -> str:
        """The path inside the repository."""

    @property
    def tree(self) -> ast.Module:
        """The parsed file."""


def imported(tree: ast.Module) -> set[str]:
    """The top-level names of everything a file imports, wherever in the file the import stands."""
    names: set[str] = set()
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").partition(".")[0])
    return names - sys.stdlib_module_names - {"remit"}


def strays(sources: Iterable[File]) -> list[str]:
    """Each foreign library found away from its home, as ``path imports library``."""
    return [
        f"{source.path} imports {library}"
        for source in sources
        for library in sorted(imported(source.tree))
        if not any(fnmatch(source.path, home) for home in HOMES.get(library, ()))
    ]


@pytest.mark.requirement("HOUSE-02")
def test_every_foreign_library_is_imported_in_its_home_only(product: tuple[File, ...]) -> None:
    assert strays(product) == []


@pytest.mark.requirement("HOUSE-02")
def test_every_home_is_in_use(product: tuple[File, ...]) -> None:
    used = {library for source in product for library in imported(source.tree)}
    assert sorted(HOMES.keys() - used - {"anyio", "rich"}) == []


class Planted:
    """A file that exists only in this test."""

    def __init__(self, path: str, text: str) -> None:
        """Parse the text as if it stood at the path."""
        self.path = path
        self.tree = ast.parse(text)


@pytest.mark.requirement("HOUSE-03")
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/remit/theory/solvers/values.py", "import numba"),
        ("src/remit/theory/solvers/values.py", "def f():\n    from numba import njit"),
        ("src/remit/charter/model.py", "from pydantic import BaseModel"),
        ("src/remit/charter/lint/rule.py", "from ruamel.yaml import YAML"),
        ("src/remit/incentives/worlds/world.py", "import mcp.client.stdio"),
        ("src/remit/charter/reader.py", "import cel"),
        ("src/remit/charter/reader.py", "import numpy as np"),
        ("src/remit/incentives/report.py", "import rich.table"),
        ("src/remit/errors.py", "import attrs"),
    ],
)
def test_a_planted_stray_import_is_found(path: str, text: str) -> None:
    assert len(strays([Planted(path, text)])) == 1


@pytest.mark.requirement("HOUSE-02")
def test_the_core_does_not_depend_on_numerical_libraries(root: Path) -> None:
    import tomllib

    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    core = " ".join(project["dependencies"])
    assert not any(library in core for library in ("numpy", "scipy", "numba"))
    assert {"numpy", "scipy", "numba"} == {
        line.partition(">")[0] for line in project["optional-dependencies"]["analysis"]
    }
