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


def run(tree: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run ``./dev`` in the copy with the poor PATH."""
    environment = {"PATH": str(tree.parent / "bin"), "UV_CALLS": str(tree.parent / "calls"), "HOME": str(tree.parent)}
    return subprocess.run(
        [str(tree / "dev"), *arguments],
        env=environment | settings,
        cwd=tree.parent,
        capture_output=True,
        text=True,
        timeout=240,
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


def test_what_it_starts_keeps_the_bytecode_of_what_it_imports(copy: Path) -> None:
    plant_uv(copy)
    interpreter = copy / ".venv" / "bin" / "python"
    assert run(copy, "python").returncode == 0
    interpreter.write_text('#!/bin/sh\necho "${PYTHONDONTWRITEBYTECODE-kept}"\n', encoding="utf-8")
    assert run(copy, "python", PYTHONDONTWRITEBYTECODE="1").stdout == "kept\n"


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


STUB = """#!/bin/sh
echo "${0##*/} $*" >>"$CALLS"
for part in $FAILING; do
    case "$*" in *"$part"*) exit 1 ;; esac
done
case "$*" in *--name*) echo remit@tested ;; esac
"""


def run_tests(tree: Path, failing: str = "", *, ci: str = "", words: tuple[str, ...] = ()) -> tuple[int, list[str]]:
    """Run ``./dev test`` with tools that only write down how they are called; the exit code, and the calls of Python."""
    calls = tree.parent / "tool-calls"
    (tree / ".venv" / "bin").mkdir(parents=True)
    (tree / "tests" / "servers" / "node_modules").mkdir(parents=True)
    (tree / "tests" / "servers" / "package-lock.json").write_text("{}", encoding="utf-8")
    tools = [tree / ".venv" / "bin" / name for name in ("python", "ruff", "mypy", "lint-imports")]
    for tool in (*tools, tree / "scripts" / "system-packages", tree.parent / "bin" / "npm"):
        tool.write_text(STUB, encoding="utf-8")
        tool.chmod(0o755)
    seal = "cat uv.lock pyproject.toml | cksum >.venv/.synced"
    subprocess.run(["sh", "-c", seal], cwd=tree, check=True, timeout=240)
    environment = {"PATH": str(tree.parent / "bin"), "HOME": str(tree.parent), "CALLS": str(calls), "FAILING": failing}
    result = subprocess.run(
        [str(tree / "dev"), "test", *words],
        env={**environment, **({"CI": ci} if ci else {})},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    lines = calls.read_text(encoding="utf-8").splitlines()
    return result.returncode, [line.removeprefix("python ") for line in lines if line.startswith("python ")]


def test_the_automatic_check_runs_every_test_under_the_name_of_its_tree_and_gates_our_own_case(copy: Path) -> None:
    code, calls = run_tests(copy, ci="true")
    assert code == 0
    compiled, name, tests, wrote, gated = calls
    assert compiled == "-m pytest -q -p no:cacheprovider -k test_batches.py"
    assert name == "scripts/write_own_case.py --name"
    assert "--junitxml=.case/junit.xml -o junit_suite_name=remit@tested" in tests
    assert tests.endswith("-m  --hypothesis-profile=house")  # every test, the slow ones too, each on all its examples
    assert (wrote, gated) == ("scripts/write_own_case.py --junit .case/junit.xml", "scripts/gate_own_case.py .case")


@pytest.mark.parametrize("failing", ["pytest", "gate_own_case", "--junit ", "--name", "check", "--strict"])
def test_the_automatic_check_fails_when_any_of_its_steps_does(copy: Path, failing: str) -> None:
    assert run_tests(copy, failing, ci="true")[0] == 1


def test_what_is_compiled_beforehand_decides_nothing(copy: Path) -> None:
    assert run_tests(copy, "test_batches", ci="true")[0] == 0


def test_a_run_that_leaves_slow_tests_out_is_only_told_how_our_own_case_stands(copy: Path) -> None:
    code, calls = run_tests(copy)
    assert code == 0
    (tests,) = (call for call in calls if "--junitxml" in call)
    assert "-m" not in tests.split()[2:]
    assert "--hypothesis-profile" not in tests
    assert calls[-1] == "scripts/gate_own_case.py --loose .case"


def test_chosen_tests_say_nothing_of_our_own_case(copy: Path) -> None:
    assert run_tests(copy, words=("tests/test_digest.py",)) == (0, ["-m pytest tests/test_digest.py"])
