"""What people install: the wheel and the source archive, in an environment that holds nothing else."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.requirement("HOUSE-09")]


def find_uv(root: Path) -> str:
    """The uv that ./dev uses: the one on PATH, else the one it installed."""
    return shutil.which("uv") or str(root / ".venv-dev" / "bin" / "uv")


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command to its end and return what it printed."""
    result = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, timeout=600, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """A folder with the wheel and the source archive of this tree."""
    folder = tmp_path_factory.mktemp("dist")
    run(find_uv(root), "build", "--quiet", "--out-dir", folder, cwd=root)
    return folder


@pytest.mark.parametrize("pattern", ["*.whl", "*.tar.gz"])
def test_an_archive_installs_into_a_clean_environment_and_runs(
    archives: Path, pattern: str, tmp_path: Path, root: Path
) -> None:
    import remit

    [archive] = archives.glob(pattern)
    uv = find_uv(root)
    run(uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "env", cwd=tmp_path)
    python = tmp_path / "env" / "bin" / "python"
    run(uv, "pip", "install", "--quiet", "--python", python, archive, cwd=tmp_path)
    assert remit.__version__ in run(tmp_path / "env" / "bin" / "remit", "--version", cwd=tmp_path)
    charter = root / "src" / "remit" / "charters" / "founder.yaml"
    look = run(tmp_path / "env" / "bin" / "remit", "check", "--lint-only", "--fail-on", "never", charter, cwd=tmp_path)
    assert "founder.yaml" in look
    installed = run(python, "-c", "import importlib.util as u; print(u.find_spec('numpy'))", cwd=tmp_path)
    assert installed.strip() == "None"


def test_the_wheel_carries_the_catalogue_the_types_and_the_licence(archives: Path) -> None:
    [wheel] = archives.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "remit/py.typed" in names
    assert any(name.startswith("remit/incentives/") and name.endswith(".toml") for name in names)
    assert any(name.startswith("remit/charters/") and name.endswith(".yaml") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any(name.startswith(("tests/", "bench/")) for name in names)


def test_the_source_archive_holds_the_tests_and_nothing_installed(archives: Path) -> None:
    [archive] = archives.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = ["/".join(name.split("/")[1:]) for name in opened.getnames()]
    assert "spec/requirements.toml" in names
    assert "tests/house/test_packages.py" in names
    assert not any("node_modules" in name or name.startswith(".venv") for name in names)
