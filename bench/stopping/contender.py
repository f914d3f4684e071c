"""One stop against one pattern, as whatever user this is started as: ``python3 -m bench.stopping.contender``.

Reads one JSON object from its input (the task, the mechanism, the beat file, how many processes make the pattern
ready), starts, waits until the pattern has done its trick, stops, prints when it asked and when it was done and what it
claims, and stays until its input is closed, so that nothing is ended by its own end.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from bench.stopping.mechanisms import MECHANISMS, Task

READY = 4.0  # seconds a pattern has for its trick
SETTLE = 0.02  # seconds it goes on before it is stopped


def main() -> None:
    """Play one run."""
    order: dict[str, Any] = json.loads(sys.stdin.readline())
    task = Task(
        command=tuple(order["command"]),
        folder=order["folder"],
        read=tuple(order["read"]),
        group=order["group"],
        run=order["run"],
        strict=order["strict"],
    )
    mechanism = MECHANISMS[order["mechanism"]]()
    mechanism.start(task)
    ready = wait_until_ready(Path(order["beats"]), order["processes"])
    time.sleep(SETTLE)
    asked = time.monotonic_ns()
    claim = mechanism.stop()
    done = time.monotonic_ns()
    said = {"asked": asked, "done": done, "claim": claim, "ready": ready, "notes": mechanism.notes}
    print(json.dumps(said), flush=True)
    sys.stdin.read()
    os._exit(0)


def wait_until_ready(beats: Path, processes: int) -> str:
    """``evading`` when the trick was done, ``refused`` when the system refused it, ``late`` when it took too long."""
    until = time.monotonic() + READY
    while time.monotonic() < until:
        lines = [line.split() for line in beats.read_text(encoding="ascii", errors="replace").splitlines()]
        words = {(line[1], line[2]) for line in lines if len(line) == 3}
        if sum(word == "evading" for _, word in words) >= processes:
            return "evading"
        if any(word.startswith("failed:") for _, word in words):
            return "refused"
        time.sleep(0.005)
    return "late"


if __name__ == "__main__":
    main()
