"""A place to run agents in: a workspace, a state folder of its own, and agents that beat into a file."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from remit.confinement import Confinement
from remit.ledger.store import read_entries
from remit.supervisor import stopping
from remit.supervisor.cage.launching import backends
from remit.supervisor.kernel.cgroup_places import read_places
from remit.supervisor.running import Run, supervise

PYTHON = "/usr/bin/python3"
PATIENCE = 60.0
"""Seconds that what comes at once on an idle machine may take on a busy one; less than an agent lives."""
AT_ONCE = stopping._AT_ONCE
BEAT = """
import json, os, pathlib, signal, sys, time
END = time.monotonic() + 120
def beat():
    with open("beats", "a") as file:
        file.write(f"{time.monotonic()}\\n")
def go_on():
    while time.monotonic() < END:
        beat()
        time.sleep(0.005)
"""
"""What the agents of these tests start with; ``END`` is their own hard deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where agents run."""

    folder: Path
    state: Path
    environ: dict[str, str]
    backend: str | None

    @property
    def confinement(self) -> Confinement:
        """A workspace the agent may write, and nothing else."""
        return Confinement(folder=str(self.folder), write=(str(self.folder),))

    @contextmanager
    def agent(self, body: str, *, require: str = "full", **changes: object) -> Iterator[Run]:
        """An agent that runs this body after the beats are defined; stopped at the end whatever happens."""
        confinement = replace(self.confinement, **changes)  # type: ignore[arg-type]
        run = supervise(
            [PYTHON, "-c", BEAT + body],
            confinement=confinement,
            require=require,
            backend=self.backend,
            name="scene",
            interactive=False,
            environ=self.environ,
        )
        try:
            yield run
        finally:
            run.stop(reason="the test is over")

    def beats(self) -> list[float]:
        """When the agent beat, in seconds of the monotonic clock."""
        try:
            text = (self.folder / "beats").read_text()
        except OSError:
            return []
        return [float(line) for line in text.split("\n")[:-1]]

    def await_beats(self, more: int = 3) -> None:
        """Wait until the agent has beaten so many times more."""
        wanted = len(self.beats()) + more
        eventually(lambda: len(self.beats()) >= wanted)


def entries(path: Path) -> list[dict[str, Any]]:
    """The entries of a run's ledger, each as one flat mapping."""
    return [entry.document() for entry in read_entries(path)]


def kept_bytes(path: Path) -> str:
    """Everything that is on the disk of a ledger, its log of what is to be written included."""
    for _ in range(100):
        with contextlib.suppress(FileNotFoundError):  # the last one who has it open takes the log along
            return "".join(one.read_bytes().decode("latin-1") for one in sorted(path.parent.glob(f"{path.name}*")))
        time.sleep(0.01)
    raise AssertionError(f"the files of `{path}` never stand still")


def eventually(true: Callable[[], bool], within: float = PATIENCE) -> None:
    """Wait until something is true; the test fails when it does not come true."""
    end = time.monotonic() + within
    while not true():
        if time.monotonic() > end:
            pytest.fail("what was waited for did not come true")
        time.sleep(0.005)


def make_scene(folder: Path, backend: str | None = None) -> Scene:
    """A scene below a folder."""
    work, state = folder / "work", folder / "state"
    work.mkdir()
    return Scene(folder=work, state=state, environ={**os.environ, "XDG_STATE_HOME": str(state)}, backend=backend)


def obstacle_of(backend: str) -> str:
    """Why a backend cannot be used here, empty when it can."""
    if not Path(PYTHON).exists():
        return f"{PYTHON} is not there"
    return next(found.obstacle for found in backends() if found.name == backend)


def can_freeze() -> bool:
    """Whether a cgroup of version 2 can be made here."""
    return any(os.access(place, os.W_OK) for place in read_places().unified)
