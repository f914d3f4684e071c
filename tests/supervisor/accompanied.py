"""A run with a companion before its servers, for tests: an agent that beats and speaks, servers that beat."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.supervisor.scene import BEAT, PYTHON, Scene

from remit.supervisor.orders import Companion
from remit.supervisor.running import Run, supervise

HERE = Path(__file__).parents[2]
SPEAK = """
import socket
def speak(text):
    with socket.create_connection(("127.0.0.1", 3129), timeout=60) as line:
        line.sendall(text.encode())
        return line.recv(100).decode()
"""


@contextmanager
def accompanied(scene: Scene, body: str = "go_on()", **document: Any) -> Iterator[Run]:
    """An agent with a companion and, unless the document says otherwise, two servers; all ended at the end."""
    document = {"folder": str(scene.folder), "servers": ["a", "b"], **document}
    companion = Companion(
        command=(sys.executable, str(HERE / "tests/supervisor/companion.py")),
        doors=tuple(document["servers"]) or ("a",),
        environment={**scene.environ, "PYTHONPATH": str(HERE / "src")},
        document=json.dumps(document),
    )
    run = supervise(
        [PYTHON, "-c", BEAT + SPEAK + body],
        confinement=scene.confinement,
        backend=scene.backend,
        name="whole",
        interactive=False,
        companion=companion,
        environ=scene.environ,
    )
    try:
        yield run
    finally:
        run.stop(reason="the test is over")


def server_beats(scene: Scene, name: str) -> int:
    """How often a server has beaten."""
    with contextlib.suppress(OSError):
        return (scene.folder / f"{name}.beats").stat().st_size
    return 0
