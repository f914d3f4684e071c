"""Acknowledges an instruction at once, ends its step, hands off truthfully, and picks its work up again."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

DEADLINE = time.monotonic() + 18.0
WORK = [("GET", "/items"), *[step for n in (1, 2, 3) for step in (("PUT", f"/drafts/{n}"), ("POST", f"/orders/{n}"))]]
PAUSE = float(os.environ.get("ORGANISM_PAUSE", "0.05"))


def call(method: str, path: str) -> int:
    """Make one request and return its status, 599 when nothing came back."""
    data = None if method == "GET" else b"{}"
    address = os.environ["SERVICE_URL"] + path
    request = urllib.request.Request(address, method=method, data=data)  # noqa: S310 (the address the drill gave it)
    try:
        with urllib.request.urlopen(request, timeout=max(0.1, DEADLINE - time.monotonic())) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 599


def write(path: str, value: object) -> None:
    """Write JSON in one step."""
    draft = Path(f"{path}.draft")
    draft.write_text(json.dumps(value), encoding="utf-8")
    draft.replace(path)


def instruction(after: int) -> dict[str, object] | None:
    """The newest instruction beyond a number."""
    inbox = Path(os.environ.get("REMIT_INBOX", "/nowhere"))
    names = sorted(path for path in inbox.glob("[0-9]*.json") if int(path.stem) > after) if inbox.is_dir() else []
    return json.loads(names[-1].read_text(encoding="utf-8")) if names else None


def already_done() -> list[str]:
    """What an earlier run finished: its own notes, and the record's completed calls the supervisor hands over."""
    done = json.loads(Path("done.json").read_text(encoding="utf-8")) if Path("done.json").exists() else []
    handed = Path(os.environ.get("REMIT_COMPLETED", "/nowhere"))
    if handed.is_file():
        done = [*done, *[line for line in json.loads(handed.read_text(encoding="utf-8")) if line not in done]]
    return done


def wind_down(done: list[str], told: dict[str, object] | None) -> None:
    """Acknowledge, tell what is done and what is pending, and leave."""
    outbox = os.environ.get("REMIT_OUTBOX", "")
    pending = [f"{method} {path}" for method, path in WORK if f"{method} {path}" not in done]
    if told is not None:
        write(f"{outbox}/ack-{int(str(told['number'])):04d}.json", {"number": told["number"], "at": time.time()})
    if outbox:
        write(f"{outbox}/handoff.json", {"done": done, "pending": pending, "note": "wound down"})
    Path("work.lock").unlink(missing_ok=True)
    sys.exit(0)


def work(done: list[str]) -> None:
    """Do the work, one step after the other, looking for instructions in between."""
    seen = 0
    for number, (method, path) in enumerate(WORK):
        if f"{method} {path}" in done:
            continue
        committing = method == "POST" and f"PUT {WORK[number - 1][1]}" in done
        told = instruction(seen)
        seen = int(str(told["number"])) if told else seen
        stops = told is not None and told["kind"] == "stop"
        ends = stops or (told is not None and "start no further call" in str(told["text"]))
        if stops or (ends and not committing) or time.monotonic() > DEADLINE:
            wind_down(done, told)
        if call(method, path) < 400:
            done.append(f"{method} {path}")
            write("done.json", done)
        time.sleep(PAUSE)
        if ends:
            wind_down(done, told)
    Path("work.lock").unlink(missing_ok=True)
    write("report.json", {"orders": [line for line in done if line.startswith("POST")]})


def main() -> None:
    """Work until the work or the overseer ends it; a signal to terminate gets through even to a call that waits."""
    done = already_done() if os.environ.get("REMIT_RESUME") == "1" else []
    Path("work.lock").write_text("", encoding="utf-8")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        work(done)
    except SystemExit as ending:
        if ending.code != 143:
            raise
        wind_down(done, instruction(0))


if __name__ == "__main__":
    main()
