"""What an agent can reach from its cage, tried from inside: ``python3 -I -S probe.py SCRIPT RESULT``.

SCRIPT is a JSON file with what to try (paths, sockets, a port), RESULT is where the findings go, as JSON. It changes
what it can change: whoever starts it looks at the outside afterwards. It ends by itself within 15 seconds.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

DEADLINE = time.monotonic() + 15.0


def tried(what: Callable[[], object]) -> str:
    """Nothing when an attempt was refused, what came of it otherwise."""
    if time.monotonic() > DEADLINE:
        return "the time was up before it was tried"
    try:
        return repr(what() or "it worked")[:200]
    except (OSError, ValueError):
        return ""


def connects(address: str | bytes | tuple[str, int]) -> str:
    """Whether a connection to an address is made."""
    family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX

    def connect() -> str:
        with socket.socket(family, socket.SOCK_STREAM) as line:
            line.settimeout(1.0)
            line.connect(address)
            return f"connected to {address!r}"

    return tried(connect)


def spoils(path: str) -> list[str]:
    """Every way in which a file, or what stands in its place, could be changed."""
    place = Path(path)
    attempts: list[Callable[[], object]] = [
        lambda: place.open("ab").write(b"# changed\n"),
        lambda: place.write_text("changed\n", encoding="utf-8"),
        lambda: place.chmod(0o666),
        lambda: place.rename(f"{path}.moved"),
        place.unlink,
        lambda: (
            (place.parent / ".new").write_text("changed\n", encoding="utf-8") and (place.parent / ".new").replace(path)
        ),
        lambda: place.parent.rename(f"{place.parent}.moved"),
    ]
    return [outcome for attempt in attempts if (outcome := tried(attempt))]


def descriptors() -> list[str]:
    """The open files beyond the three standard ones, with what they lead to."""
    found = []
    for name in sorted(os.listdir("/proc/self/fd"), key=int):  # noqa: PTH208 - names are all that is needed
        if int(name) > 2:
            try:
                found.append(f"{name}: {Path(f'/proc/self/fd/{name}').readlink()}")
            except OSError:
                continue  # the listing's own
    return found


def groups() -> list[str]:
    """Files that steer a cgroup, found in the view."""
    found = [line.split()[1] for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
             if " cgroup" in line]  # fmt: skip
    base = Path("/sys/fs/cgroup")
    if base.is_dir():
        found += [str(path) for path in (*base.glob("*.procs"), *base.glob("*/cgroup.procs"))][:20]
    return found


def instructions() -> list[str]:
    """What of the inbox can be changed."""
    inbox = Path(os.environ.get("REMIT_INBOX", "/run/remit/inbox"))
    wrote = tried(lambda: (inbox / "0001.json").write_text("{}", encoding="utf-8"))
    moved = tried(lambda: inbox.rename(inbox.with_name("gone")))
    return [outcome for outcome in (wrote, moved) if outcome]


def kill(process: int) -> str:
    """Kill a process of the outside by its number there."""
    os.kill(process, signal.SIGKILL)
    return f"killed {process}"


def main(script: str, result: str) -> None:
    """Try everything in the script."""
    plan = json.loads(Path(script).read_text(encoding="utf-8"))
    sockets = [*plan["sockets"], *("\0" + name for name in plan["abstract"])]
    found = {
        "environment": sorted(os.environ),
        "canary": [name for name, value in os.environ.items() if plan["canary"] in value],
        "descriptors": descriptors(),
        "groups": groups(),
        "sockets": [outcome for address in sockets if (outcome := connects(address))],
        "network": [outcome for port in plan["ports"] if (outcome := connects(("127.0.0.1", port)))],
        "charter": spoils(plan["charter"]),
        "inbox": instructions(),
        "readable": [path for path in plan["secret"] if tried(Path(path).read_bytes)],
        "processes": [int(name) for name in os.listdir("/proc") if name.isdecimal()],  # noqa: PTH208
        "killed": tried(lambda: kill(plan["victim"])),
    }
    draft = Path(f"{result}.draft")
    draft.write_text(json.dumps(found), encoding="utf-8")
    draft.replace(result)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
