"""Caged agents for tests: a layout on disk, and launchers of any account that put an agent into it."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from remit.supervisor.cage.launching import backends

PYTHON = "/usr/bin/python3"
HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src"
NOBODY = 65534
PATIENCE = 120.0  # seconds any wait in these tests may take
CAGES = ("bubblewrap", "namespaces")
ACCOUNTS = ("own", "nobody", "dropped")  # the caller's own; an unprivileged launcher; root's launcher, agent as nobody


def require(backend: str, account: str) -> None:
    """Skip where this host cannot build such a cage; the automatic check fails instead."""
    reason = next(found.obstacle for found in backends() if found.name == backend)
    if not Path(PYTHON).exists() or subprocess.run([PYTHON, "-c", OLD], check=False).returncode:
        reason = f"{PYTHON} is missing or older than 3.11"
    elif account != "own" and os.geteuid() != 0:
        pytest.skip("only root can start a process as another account")
    elif account == "nobody" and not all(place.stat().st_mode & 1 for place in SOURCE.resolve().parents):
        pytest.skip(f"another account cannot read {SOURCE}")
    if reason and os.environ.get("CI"):
        pytest.fail(f"the automatic check needs `{backend}`: {reason}")
    if reason:
        pytest.skip(f"`{backend}` cannot be used here: {reason}")


OLD = "import sys; sys.exit(sys.version_info < (3, 11))"


@contextmanager
def layout() -> Iterator[Path]:
    """A home with a project, keys and the registry of runs, and a secret outside; any account can look into it."""
    place = Path(tempfile.mkdtemp(prefix="remit-cage-", dir="/var/tmp"))
    home = place / "home"
    try:
        for folder in (".ssh", "shared", "project/out/deep/deeper", ".local/state/remit/runs/r1/control/inbox"):
            (home / folder).mkdir(parents=True)
        (home / ".local/state/remit/runs/r1/control/outbox").mkdir()
        (place / "outside").mkdir()
        texts = {
            ".ssh/id": "key",
            "shared/note": "seen",
            "project/out/deep/deeper/charter.yaml": "remit: 1",
            ".local/state/remit/runs/r1/overseer.key": "overseer",
            ".local/state/remit/runs/r1/control/inbox/0001.json": "{}",
            "../outside/secret": "secret",
        }
        for name, text in texts.items():
            (home / name).write_text(text)
        shutil.copy(HERE / "prober.py", home / "project" / "prober.py")
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def launcher(
    place: Path, backend: str, account: str, command: list[str], **changes: object
) -> Iterator[subprocess.Popen[str]]:
    """A process that launches a command in a cage; ended at the end, and the agent dies with it."""
    number = NOBODY if account == "nobody" else os.getuid()
    if account != "own":
        for path in (place, *place.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
    orders = {
        "source": str(SOURCE),
        "backend": backend,
        "layout": str(place),
        "user": pwd.getpwuid(NOBODY).pw_name if account == "dropped" else None,
        "command": command,
        "open": True,
        **changes,
    }
    process = subprocess.Popen(
        [PYTHON, "-I", "-S", str(HERE / "launcher.py"), json.dumps(orders)],
        env={"PATH": "/usr/bin:/bin", "HOME": str(place / "home"), "UNWANTED": "token"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **({} if number == os.getuid() else {"user": NOBODY, "group": NOBODY, "extra_groups": []}),  # type: ignore[call-overload]
    )
    try:
        yield process
    finally:
        process.kill()
        for stream in (process.stdout, process.stderr):
            with suppress(OSError):
                stream.close()
        process.wait(PATIENCE)


def said_by(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Everything a launcher says until it ends, in one mapping; what the agent printed stands under ``printed``."""
    printed, said = process.communicate(timeout=PATIENCE)
    facts: dict[str, Any] = {"printed": printed, "complaints": ""}
    for line in said.splitlines():
        if line.startswith("{"):
            facts |= json.loads(line)
        else:
            facts["complaints"] += line + "\n"
    return facts


def next_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The next thing a launcher says."""
    assert process.stderr is not None
    line = process.stderr.readline()
    assert line.startswith("{"), f"the launcher failed: {line + process.stderr.read()}"
    found: dict[str, Any] = json.loads(line)
    return found


def carrying(token: str) -> list[int]:
    """Every live process with a word in its command line, the testers themselves excepted."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with suppress(OSError):
            line = (entry / "cmdline").read_bytes()
            if token.encode() in line and "\nState:\tZ" not in (entry / "status").read_text():
                found.append(int(entry.name))
    return found
