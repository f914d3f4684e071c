"""What the probe of a cage is set against: a process, sockets, a port and secrets outside, all made for it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CANARY", "Surroundings", "surroundings"]

CANARY = "REMIT_DRILL_CANARY"
_SLEEPER = "import time; time.sleep(30)"
_CHARTER = "remit: 1\nagent: {name: probed}\npurpose: {text: nothing}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The folder the agent works in (``work``), its charter there, and what it must not reach.

    ``canary`` is a value that stands in this process's environment under ``CANARY`` while the block runs.
    """

    work: Path
    charter: Path
    outside: Path
    canary: str
    victim: subprocess.Popen[bytes]
    script: Path
    result: Path

    def findings(self) -> dict[str, list[object]] | None:
        """What the probe wrote, ``None`` when it wrote nothing."""
        try:
            value = json.loads(self.result.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return value if isinstance(value, dict) else None

    def charter_changed(self) -> bool:
        """Whether the charter is not what it was."""
        try:
            return self.charter.is_symlink() or self.charter.read_text(encoding="utf-8") != _CHARTER
        except OSError:
            return True

    def aim(self, secret: tuple[str, ...]) -> None:
        """Tell the probe which files it must not be able to read."""
        plan = json.loads(self.script.read_text(encoding="utf-8"))
        self.script.write_text(json.dumps({**plan, "secret": [*plan["secret"], *secret]}), encoding="utf-8")


@contextmanager
def surroundings() -> Iterator[Surroundings]:
    """Make everything, and take it away again."""
    with ExitStack() as stack:
        base = Path(tempfile.mkdtemp(prefix="remit-cage-"))
        stack.callback(shutil.rmtree, base, ignore_errors=True)
        base.chmod(0o755)
        work, outside = base / "work", base / "outside"
        work.mkdir()
        outside.mkdir()
        charter = work / "rules" / "remit.yaml"
        charter.parent.mkdir()
        charter.write_text(_CHARTER, encoding="utf-8")
        (outside / "secret").write_text("secret", encoding="utf-8")
        canary = secrets.token_hex(16)
        stack.enter_context(_in_environment(CANARY, canary))
        abstract = f"remit-drill-{secrets.token_hex(8)}"
        paths = [work / "docker.sock", outside / "docker.sock"]
        for address in (*map(str, paths), f"\0{abstract}"):
            stack.enter_context(_listening(socket.AF_UNIX, address))
        port = stack.enter_context(_listening(socket.AF_INET, ("127.0.0.1", 0))).getsockname()[1]
        victim = stack.enter_context(_sleeper())
        script, result = work / "probe.json", work / "found.json"
        plan = {
            "canary": canary, "sockets": list(map(str, paths)), "abstract": [abstract], "ports": [port],
            "charter": str(charter), "secret": [str(outside / "secret")], "victim": victim.pid,
        }  # fmt: skip
        script.write_text(json.dumps(plan), encoding="utf-8")
        yield Surroundings(
            work=work, charter=charter, outside=outside, canary=canary, victim=victim, script=script, result=result
        )


@contextmanager
def _in_environment(name: str, value: str) -> Iterator[None]:
    """Put a variable into this process's environment while the block runs."""
    os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name, None)


@contextmanager
def _listening(family: socket.AddressFamily, address: str | tuple[str, int]) -> Iterator[socket.socket]:
    """A socket that listens while the block runs; nobody answers on it, being connected to is all that counts."""
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.bind(address)
        listener.listen(16)
        yield listener


@contextmanager
def _sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process outside that must live on; it ends by itself after half a minute."""
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", _SLEEPER], stdout=subprocess.DEVNULL) as process:  # noqa: S603
        time.sleep(0.05)
        try:
            yield process
        finally:
            process.kill()
