"""The import contracts of pyproject.toml: kept by the product, and broken by every violation planted here."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.some_cases import some_of

LINT = Path(sys.executable).with_name("lint-imports")


def contracts(root: Path) -> list[dict[str, Any]]:
    """The contracts as pyproject.toml states them."""
    read: list[dict[str, Any]] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
    return read


def run_lint(folder: Path, package_parent: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package below ``package_parent`` with the contracts in ``folder``."""
    environment = {**os.environ, "PYTHONPATH": str(package_parent), "COLUMNS": "200"}
    return subprocess.run(
        [str(LINT), "--no-cache"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def scratch(tmp_path: Path, root: Path) -> Path:
    """An empty package with every module the contracts name, beside a copy of pyproject.toml."""
    shutil.copy(root / "pyproject.toml", tmp_path)
    package = tmp_path / "remit"
    package.mkdir()
    (package / "__init__.py").touch()
    layers = next(contract for contract in contracts(root) if contract["type"] == "layers")["layers"]
    for name in (part.strip(" ()") for layer in layers for part in layer.split("|")):
        if name == "__main__":
            (package / "__main__.py").touch()
        else:
            (package / name).mkdir()
            (package / name / "__init__.py").touch()
    return tmp_path


@pytest.mark.requirement("HOUSE-01")
def test_the_product_keeps_every_contract(root: Path) -> None:
    result = run_lint(root, root / "src")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.requirement("HOUSE-03")
def test_an_empty_tree_keeps_every_contract(scratch: Path, root: Path) -> None:
    result = run_lint(scratch, scratch)
    assert f"{len(contracts(root))} kept, 0 broken" in result.stdout, result.stdout + result.stderr
    assert result.returncode == 0


@pytest.mark.requirement("HOUSE-03")
@pytest.mark.parametrize(
    ("module", "line", "broken"),
    some_of(
        [
            ("errors", "import remit.finding", "floors"),
            ("finding", "import remit.clock", "floors"),
            ("clock", "import remit.sarif", "floors"),
            ("theory", "import remit.charter", "floors"),
            ("charter", "import remit.theory", "floors"),
            ("charter", "def later():\n    import remit.incentives", "floors"),
            ("incentives", "import remit.cli", "floors"),
            ("guard", "import remit.incentives", "floors"),
            ("monitor", "import remit.assurance", "floors"),
            ("evals", "import remit.drills", "floors"),
            ("strange", "", "floors"),
            ("digest", "import numpy", "ground-floors"),
            ("drive", "import pydantic", "ground-floors"),
            ("theory", "import typer", "plain-mathematics"),
            ("charter", "import numpy", "light-charter"),
        ],
        7,
    ),
)
def test_a_planted_violation_breaks_its_contract(
    scratch: Path, root: Path, module: str, line: str, broken: str
) -> None:
    folder = scratch / "remit" / module
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").write_text(line, encoding="utf-8")
    result = run_lint(scratch, scratch)
    name = next(contract["name"] for contract in contracts(root) if contract["id"] == broken)
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{name} BROKEN" in " ".join(result.stdout.split())


@pytest.mark.requirement("HOUSE-03")
def test_a_planted_cycle_inside_a_pillar_is_found(scratch: Path, root: Path) -> None:
    (scratch / "remit" / "theory" / "one.py").write_text("import remit.theory.two", encoding="utf-8")
    (scratch / "remit" / "theory" / "two.py").write_text("def f():\n    import remit.theory.one", encoding="utf-8")
    result = run_lint(scratch, scratch)
    name = next(contract["name"] for contract in contracts(root) if contract["id"] == "no-cycles")
    assert result.returncode == 1
    assert f"{name} BROKEN" in " ".join(result.stdout.split())
