"""Every fenced block of the README and the docs runs, in the order of its page, in a folder of its own.

``yaml`` blocks that start with ``remit: 1`` must read as charters (``title=NAME`` also writes the file), other ``yaml`` must
parse; ``python`` runs; ``console`` holds commands after ``$`` and lines that their output must hold, in that order (``...``
stands for anything); ``exit=N`` is the exit code of the last command. Pages that compute readings run with the slow tests.
Pages that run agents need a host that can confine one; their runs are kept in a state folder beside the page's own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from remit.charter.reader import parse_charter, read_document
from remit.errors import CharterError
from remit.supervisor.probes import host_has

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUNNABLE = ("remit", "inspect", "cat", "echo", "cp", "mkdir", "git", "sed", "ls", "diff")
ELSEWHERE = {
    "./dev": "tests/house/test_dev.py runs the door",
    "uv": "tests/house/test_packages.py installs the wheel",
    "pip": "as uv",
    "npx": "tests/charter/importers start the real servers",
    "docker": "needs a daemon; tests/house/test_integrations.py reads the image's recipe",
}
RUNS_AGENTS = re.compile(
    r"remit (run|hold|resume|correct|beat|stop|drill|doctor|eval play)\b(?!.*(--help|--draft))|supervise\("
)
CAGE = ("user namespace", "pid namespace", "mount namespace", "network namespace", "cgroup freeze", "cgroup kill")
COMPUTES = re.compile(
    r"remit (check|demo|diff|explain \S+ \S+)(?!.*(--lint-only|--text-only|--help))|inspect eval|eval play"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block: its language, settings, text and first line."""

    language: str
    settings: dict[str, str]
    text: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for found in re.finditer(r"^```(\w+)?([^\n]*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        settings = {name: value for name, _, value in (pair.partition("=") for pair in found[2].split())}
        line = text.count("\n", 0, found.start()) + 1
        yield Block(language=found[1] or "", settings=settings, text=found[3], line=line)


def commands(block: Block) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console block with the lines expected of it."""
    command = ""
    expected: list[str] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            if command:
                yield command, expected
            command, expected = line[2:], []
        else:
            expected.append(line)
    if command:
        yield command, expected


def computes(page: Path) -> bool:
    """Whether a page computes readings."""
    return any(COMPUTES.search(block.text) for block in blocks(page) if block.language in ("console", "python"))


def run_command(command: str, expected: list[str], code: int, folder: Path, place: str) -> None:
    """Run one command of a page and compare what it says with what the page says."""
    program = command.split(maxsplit=1)[0]
    if program in ELSEWHERE:
        return
    assert program in RUNNABLE, f"{place}: `{program}` is neither run here nor said to be run elsewhere"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    settings = {key: value for key, value in os.environ.items() if not key.startswith(("REMIT_", "GITHUB_"))}
    environment = {**settings, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1", "XDG_STATE_HOME": state_beside(folder)}
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == code, f"{place}: `{command}` ended with {done.returncode}, not {code}\n{said}"
    lines = iter(line.rstrip() for line in said.splitlines())
    for wanted in (line.rstrip() for line in expected):
        if wanted.strip() not in ("", "..."):
            assert any(line == wanted for line in lines), f"{place}: `{command}` does not say `{wanted}` here\n{said}"


def state_beside(folder: Path) -> str:
    """Where the runs of a page are kept: no page sees, or stops, a run of anybody else."""
    return str(folder.with_name(f"{folder.name}-state"))


@cache
def obstacle() -> str:
    """What keeps this host from confining an agent, empty where nothing does; asked once for all pages."""
    missing = [name for name in CAGE if not host_has(name)]
    return f"this host does not give {', '.join(missing)}" if missing else ""


def runs_agents(block: Block) -> bool:
    """Whether a block runs an agent, or speaks to one that an earlier block started."""
    return block.language in ("console", "python") and RUNS_AGENTS.search(block.text) is not None


def skip_for_agents(page: Path) -> None:
    """Say that the blocks that run agents were left out; the automatic check fails instead."""
    reason = obstacle() if any(map(runs_agents, blocks(page))) else ""
    if reason:
        assert not os.environ.get("CI"), reason
        pytest.skip(f"all but the blocks that run agents were run: {reason}")


def runnable(page: Path) -> list[Block]:
    """The blocks of a page that say something a machine can check."""
    return [block for block in blocks(page) if block.language in ("yaml", "python", "console")]


def run_page(page: Path, folder: Path, *, readings: bool) -> tuple[int, int]:
    """Run a page's blocks in order; without ``readings`` only YAML is looked at after the first one that is needed.

    Gives how many blocks were run and how many were left for the slow tests.
    """
    computing = False
    ran = left = 0
    confined = not any(map(runs_agents, blocks(page))) or not obstacle()
    for block in runnable(page):
        place = f"{page.name}:{block.line}"
        computing = computing or (block.language != "yaml" and not readings and COMPUTES.search(block.text) is not None)
        skipped = block.language != "yaml" and (computing or (not confined and runs_agents(block)))
        if block.language == "yaml":
            check_yaml(block, folder, place)
        elif not skipped:
            run_block(block, folder, place)
        ran, left = ran + (not skipped), left + skipped
    return ran, left


def run_block(block: Block, folder: Path, place: str) -> None:
    """Run a block of Python or of commands."""
    if block.language == "python":
        done = subprocess.run(
            [sys.executable, "-c", block.text],
            cwd=folder,
            env={**os.environ, "XDG_STATE_HOME": state_beside(folder)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{place}\n{done.stderr}"
        return
    listed = list(commands(block))
    assert listed, f"{place}: a console block without a command"
    for number, (command, expected) in enumerate(listed, start=1):
        code = int(block.settings.get("exit", "0")) if number == len(listed) else 0
        run_command(command, expected, code, folder, place)


def check_yaml(block: Block, folder: Path, place: str) -> None:
    """A charter must read as one, anything else as YAML; a title is a file later blocks speak of."""
    plain = "\n".join(line for line in block.text.splitlines() if not line.startswith("#"))
    if plain.lstrip().startswith("remit: 1"):
        parse_charter(block.text, path=place)
    else:
        read_document(block.text, path=place)
    if "title" in block.settings:
        (folder / block.settings["title"]).write_text(block.text, encoding="utf-8")


LONG = frozenset(  # pages whose blocks take more than a few seconds
    """
    evaluate-an-agent run-an-agent put-an-mcp-server-behind-a-charter guard-python-tools watch-a-run power
    read-the-record start-from-what-you-have gate-in-ci build-a-safety-case show-a-safety-case record-an-incident
    review-after-release collect-evidence theory-by-example
    """.split()
)


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=[pytest.mark.slow] if page.stem in LONG else []) for page in PAGES],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_a_page_runs_up_to_its_first_reading(page: Path, tmp_path: Path) -> None:
    ran, left = run_page(page, tmp_path, readings=False)
    assert ran + left == len(runnable(page))
    skip_for_agents(page)
    assert left == 0 or computes(page)


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in PAGES if computes(page)], ids=lambda page: str(page.relative_to(ROOT))
)
def test_a_page_with_readings_runs_to_its_end(page: Path, tmp_path: Path) -> None:
    ran, left = run_page(page, tmp_path, readings=True)
    skip_for_agents(page)
    assert (ran, left) == (len(runnable(page)), 0)


GOOD = (
    "```console\n$ remit --version\nremit 0.1.0\n```\n```yaml title=a.yaml\na: 1\n```\n"
    "```console\n$ cat a.yaml\na: 1\n```\n```console exit=3\n$ remit explain nowhere.yaml\n```\n"
)


def test_a_page_whose_blocks_are_right_runs(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(GOOD, encoding="utf-8")
    assert run_page(page, tmp_path, readings=False) == (4, 0)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (GOOD.replace("remit 0.1.0", "remit 7"), "does not say"),
        (GOOD.replace("exit=3", "exit=0"), "ended with 3, not 0"),
        ("```console\n$ rm -rf /nowhere\n```\n", "neither run here"),
        ("```yaml\nremit: 1\npurpse: 2\n```\n", "the charter has no `"),
        ("```yaml\na: [\n```\n", "page.md"),
        ("```python\nimport remit\nassert remit.nothing\n```\n", "nothing"),
    ],
)
def test_a_block_that_is_wrong_is_found(text: str, fault: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    with pytest.raises((AssertionError, CharterError), match=re.escape(fault)):
        run_page(page, tmp_path, readings=False)
