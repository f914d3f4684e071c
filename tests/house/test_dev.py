"""The one door, `./dev`: what it does where nothing is installed, and that it only works when there is work."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.requirement("HOUSE-10")

TOOLS = ("sh", "env", "cat", "cksum", "dirname", "id", "mkdir", "mktemp", "rm", "sed", "chmod")

RECORDING_UV = """#!/bin/sh
echo "$@" >>"$UV_CALLS"
[ "$1" = sync ] || exit 0
mkdir -p .venv/bin
printf '#!/bin/sh\\necho "python $*"\\n' >.venv/bin/python
chmod +x .venv/bin/python
"""


@pytest.fixture
def copy(tmp_path: Path, root: Path) -> Path:
    """A copy of the door and what it reads, beside a PATH that holds a few plain tools and nothing else."""
    tree = tmp_path / "tree"
    (tree / "scripts").mkdir(parents=True)
    for name in ("dev", "scripts/system-packages", "pyproject.toml", "uv.lock"):
        shutil.copy(root / name, tree / name)
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    return tree


def run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``./dev`` in the copy with the poor PATH."""
    environment = {"PATH": str(tree.parent / "bin"), "UV_CALLS": str(tree.parent / "calls"), "HOME": str(tree.parent)}
    return subprocess.run(
        [str(tree / "dev"), *arguments],
        env=environment,
        cwd=tree.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def plant_uv(tree: Path) -> Path:
    """Put a uv on the PATH that writes down how it is called; return where."""
    uv = tree.parent / "bin" / "uv"
    uv.write_text(RECORDING_UV, encoding="utf-8")
    uv.chmod(0o755)
    return tree.parent / "calls"


def test_without_python_and_uv_it_prints_the_one_line_to_run_and_exits_with_3(copy: Path) -> None:
    result = run(copy, "demo")
    assert result.returncode == 3
    assert "apt-get install --yes --no-install-recommends python3 python3-venv" in result.stderr


def test_it_synchronises_from_the_lock_once_and_again_when_the_lock_changes(copy: Path) -> None:
    calls = plant_uv(copy)
    assert run(copy, "python", "-V").stdout == "python -V\n"
    assert run(copy, "python").stdout == "python \n"
    assert calls.read_text(encoding="utf-8").splitlines() == ["sync --locked --quiet"]
    with (copy / "uv.lock").open("a", encoding="utf-8") as lock:
        lock.write("# changed\n")
    run(copy, "python")
    assert calls.read_text(encoding="utf-8").splitlines() == ["sync --locked --quiet"] * 2


def test_it_works_from_any_folder_and_leaves_other_environments_alone(copy: Path) -> None:
    plant_uv(copy)
    assert run(copy, "python").returncode == 0
    assert (copy / ".venv" / ".synced").is_file()
    assert not (copy.parent / ".venv").exists()


def test_an_unknown_verb_is_a_usage_error_and_help_lists_the_verbs(copy: Path) -> None:
    assert run(copy, "dance").returncode == 2
    text = run(copy, "help").stdout
    assert all(f"\n  {verb} " in text for verb in ("demo", "test", "check", "bench", "sync"))


def test_the_automatic_check_calls_the_command_of_the_readme(root: Path) -> None:
    check = (root / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert check[-1] == "exec ./dev test"
    assert "./dev test" in readme
    assert "./dev demo" in readme
    assert os.access(root / ".ci" / "run", os.X_OK)
    assert os.access(root / "dev", os.X_OK)
