"""What a caged agent tries and finds out; it prints everything as one JSON document. Its only argument: the layout."""

import ctypes
import json
import os
import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

HOME = Path(sys.argv[1], "home")
OUT = HOME / "project" / "out"
CHARTER = OUT / "deep" / "deeper" / "charter.yaml"
NEW_USER_NAMESPACE = 0x10000000
ATTACH = 16


def outcome(attempt: Callable[[], object]) -> str:
    """``done``, or the name of what went wrong."""
    try:
        attempt()
    except OSError as error:
        return type(error).__name__ if error.errno is None else os.strerror(error.errno)
    return "done"


def call(name: str, *arguments: int) -> Callable[[], None]:
    """A function of the C library that raises."""

    def attempt() -> None:
        library = ctypes.CDLL(None, use_errno=True)
        if getattr(library, name)(*map(ctypes.c_long, arguments)) < 0:
            raise OSError(ctypes.get_errno(), name)

    return attempt


def connect(family: int, address: tuple[str, int] | str) -> Callable[[], None]:
    """Try to connect."""

    def attempt() -> None:
        with socket.socket(family) as handle:
            handle.settimeout(2)
            handle.connect(address)

    return attempt


def status() -> dict[str, str]:
    """This process's status as the kernel gives it."""
    pairs = (line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {key: value.strip() for key, value in pairs}


def command_lines() -> list[str]:
    """What every visible process runs."""
    lines = (entry / "cmdline" for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [line.read_bytes().decode(errors="replace") for line in lines if line.exists()]


def contents(path: Path) -> str:
    """What a file holds, or why it cannot be read."""
    try:
        return path.read_text() if path.is_file() else str(sorted(entry.name for entry in path.iterdir()))
    except OSError as error:
        return os.strerror(error.errno or 0)


REACHED: dict[str, Callable[[], object]] = {
    "launcher's port": connect(socket.AF_INET, ("127.0.0.1", int(os.environ["PORT"]))),
    "another host": connect(socket.AF_INET, ("192.0.2.1", 80)),
    "abstract socket": connect(socket.AF_UNIX, f"\0remit-{os.environ['LAUNCHER']}"),
    "socket in a shared folder": connect(socket.AF_UNIX, str(HOME / "project" / "docker.sock")),
    "signal to the launcher": lambda: os.kill(int(os.environ["LAUNCHER"]), 0),
    "trace of the first process": call("ptrace", ATTACH, 1, 0, 0),
    "memory of the first process": lambda: Path("/proc/1/mem").open("r+b").close(),
    "core pattern": lambda: Path("/proc/sys/kernel/core_pattern").open("r+b").close(),
    "user namespace": call("unshare", NEW_USER_NAMESPACE),
}
WRITTEN = {
    "folder": HOME / "project" / "new",
    "home": HOME / "new",
    "system": Path("/usr/new-file-of-a-test"),
    "settings": Path("/etc/new-file-of-a-test"),
    "root": Path("/new-file-of-a-test"),
    "inbox": Path(os.environ["REMIT_INBOX"], "new"),
    "out": OUT / "new",
    "outbox": Path(os.environ["REMIT_OUTBOX"], "new"),
    "temporary": Path(os.environ["TMPDIR"], "new"),
    "own home": Path(os.environ["HOME"], "new"),
}
CHANGED: dict[str, Callable[[], object]] = {
    "write": lambda: CHARTER.write_text("mine"),
    "remove": CHARTER.unlink,
    "replace": lambda: (OUT / "new").replace(CHARTER),
    "mode": lambda: CHARTER.chmod(0o777),
    "parent renamed": lambda: CHARTER.parent.rename(OUT / "away"),
    "grandparent renamed": lambda: CHARTER.parent.parent.rename(OUT / "away"),
    "root renamed": lambda: OUT.rename(HOME / "project" / "away"),
    "second name": lambda: os.link(CHARTER, OUT / "link"),
    "inbox renamed": lambda: Path(os.environ["REMIT_INBOX"]).rename("/run/inbox"),
    "way to the inbox renamed": lambda: Path(os.environ["REMIT_INBOX"]).parent.rename("/run/away"),
}
SEEN = {
    "shadow": Path("/etc/shadow"),
    "keys": HOME / ".ssh" / "id",
    "registry": HOME / ".local/state/remit/runs/r1/overseer.key",
    "outside": Path(sys.argv[1], "outside", "secret"),
    "host settings": Path("/etc/ssh"),
    "run": Path("/run"),
    "kernel": Path("/sys"),
    "shared": HOME / "shared",
    "inbox": Path(os.environ["REMIT_INBOX"], "0001.json"),
}
FACTS = {
    "processes": len([entry for entry in Path("/proc").iterdir() if entry.name.isdigit()]),
    "commands": command_lines(),
    "status": status(),
    "interfaces": [name for _, name in socket.if_nameindex()],
    "environment": dict(os.environ),
    "descriptors": sorted(int(entry.name) for entry in Path("/proc/self/fd").iterdir()),
    "users": [os.getresuid(), os.getresgid(), os.getgroups()],
    "reached": {name: outcome(attempt) for name, attempt in REACHED.items()},
    "written": {name: outcome(partial(path.write_text, "x")) for name, path in WRITTEN.items()},
    "changed": {name: outcome(attempt) for name, attempt in CHANGED.items()},
    "seen": {name: contents(path) for name, path in SEEN.items()},
}
sys.stdout.write(json.dumps(FACTS))
