"""A copy of our source with a fault in it, and the cage drill of that copy, in a net nobody leaves alive.

Safety first, for a sown fault lets agents out. Every evader ends by its own deadline. Besides, the whole drill runs in
a cgroup made for it, in which the supervisor under trial makes its own: that cgroup is killed whole at the end, and what
cannot be ended by then is an error. Launchers an agent may reach are sockets of the drill, on which nobody answers.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remit.supervisor.kernel.cgroup import INNER, Cgroup
from remit.supervisor.kernel.cgroup_places import read_places

__all__ = ["SOURCE", "Edit", "Fault", "Found", "changed", "drilled", "judged", "net", "sown"]

SOURCE = Path(__file__).parents[2] / "src"
ENTER = """
import os, sys
with open(sys.argv[1], "w") as file:
    file.write("0")
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""
LONGEST = 240.0  # seconds a drill of the cage may take on a busy machine
GONE = 60.0  # seconds; no evader lives half as long, whatever it did
CHARTER = """remit: 1
agent: {name: sown}
purpose: {text: nothing}
runtime:
  filesystem: {read: [.], write: [.]}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One replacement: ``file`` lies below ``src/remit/supervisor``, ``old`` stands in it exactly once."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: ``finding`` is the check that must fail, with ``says`` in what it found.

    ``besides`` are checks the same fault may fail as well; no other may. ``cages`` are the backends it is sown in:
    where it is only one, the other has no such part, or another fault stands for it.
    """

    name: str
    what: str
    edits: tuple[Edit, ...]
    finding: str
    says: str = ""
    besides: tuple[str, ...] = ()
    cages: tuple[str, ...] = ("bubblewrap",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the drill of one copy found: its verdict and exit code, and what it says of each check that did not hold."""

    code: int
    verdict: str
    failed: dict[str, str]
    unknown: dict[str, str]
    checks: int


def changed(edits: tuple[Edit, ...]) -> dict[str, str]:
    """The changed text of every file; raises ``LookupError`` for a text that does not stand there exactly once."""
    texts: dict[str, str] = {}
    for edit in edits:
        path = SOURCE / "remit" / "supervisor" / edit.file
        text = texts.get(edit.file) or path.read_text(encoding="utf-8")
        if text.count(edit.old) != 1:
            raise LookupError(f"{edit.file} holds {text.count(edit.old)} times: {edit.old}")
        texts[edit.file] = text.replace(edit.old, edit.new)
        compile(texts[edit.file], str(path), "exec")
    return texts


@contextmanager
def sown(edits: tuple[Edit, ...]) -> Iterator[Path]:
    """A copy of the source with the edits made; raises ``LookupError`` as ``changed`` does."""
    texts = changed(edits)
    with tempfile.TemporaryDirectory(prefix="faults-", dir="/tmp") as base:
        copy = Path(base, "src")
        shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        Path(base).chmod(0o755)
        for file, text in texts.items():
            (copy / "remit" / "supervisor" / file).write_text(text, encoding="utf-8")
        yield copy


@contextmanager
def net() -> Iterator[Cgroup]:
    """A cgroup that holds whoever enters it and all it starts; whatever is left in it at the end is killed."""
    path = read_places().unified[0] / f"faults-{secrets.token_hex(6)}"
    path.mkdir()
    group = Cgroup(path=path, inner=path / INNER)
    group.inner.mkdir()
    try:
        yield group
    finally:
        group.kill()
        empty = group.wait_empty(GONE)
        if not group.remove(GONE) or not empty:
            raise RuntimeError(f"processes are left in {path}: {group.processes()}")


def drilled(copy: Path, cage: str, program: tuple[str, ...] = ()) -> Found:
    """Run the cage drill of a copy, or another program that prints its JSON, against one backend."""
    with tempfile.TemporaryDirectory(prefix="faults-", dir="/tmp") as base, net() as group:
        folder = Path(base, "agent")
        folder.mkdir()
        charter = folder / "remit.yaml"
        charter.write_text(CHARTER, encoding="utf-8")
        command = program or ("-m", "remit.cli", "drill", str(charter), "--cage-only", "--json", "--backend", cage)
        known = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        with subprocess.Popen(
            [sys.executable, "-c", ENTER, str(group.inner / "cgroup.procs"), *command],
            cwd=folder,
            env={**known, "PYTHONPATH": str(copy), "XDG_STATE_HOME": f"{base}/state", "TMPDIR": "/tmp"},  # noqa: S108
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as drill:
            try:
                said, complained = drill.communicate(timeout=LONGEST)
            except subprocess.TimeoutExpired:
                drill.send_signal(signal.SIGKILL)
                raise
    return read(said, complained, drill.returncode)


def read(said: str, complained: str, code: int) -> Found:
    """What a drill printed."""
    try:
        document: dict[str, Any] = json.loads(said)
    except ValueError:
        raise RuntimeError(f"the drill ended with {code} and said: {said[-500:]} {complained[-1500:]}") from None
    cage: list[dict[str, Any]] = document["cage"]
    return Found(
        code=code,
        verdict=document["verdict"],
        failed=_said(cage, held=False),
        unknown=_said(cage, held=None),
        checks=len(cage),
    )


def _said(cage: list[dict[str, Any]], *, held: bool | None) -> dict[str, str]:
    """Each check of one outcome, and what it found; where there are several of a name, all they found."""
    found: dict[str, str] = {}
    for item in cage:
        if item["held"] is held:
            found[item["check"]] = "; ".join(filter(None, (found.get(item["check"]), item["found"])))
    return found


def judged(fault: Fault, found: Found) -> list[str]:
    """Why a fault does not count as found; nothing when it does."""
    wrong = []
    if fault.finding not in found.failed:
        wrong.append(f"`{fault.finding}` held")
    elif fault.says not in found.failed[fault.finding]:
        wrong.append(f"`{fault.finding}` found {found.failed[fault.finding]}")
    strange = found.failed.keys() - {fault.finding, *fault.besides}
    wrong += [f"`{name}` failed as well: {found.failed[name]}" for name in sorted(strange)]
    wrong += [f"`{name}` could not be tried: {why}" for name, why in found.unknown.items()]
    if found.code != 1 or found.verdict != "fail":
        wrong.append(f"the drill ended with {found.code}, `{found.verdict}`")
    return wrong
