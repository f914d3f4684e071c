"""A session with an MCP server as it is on the wire: what is sent, and everything that came back."""

import json
import subprocess
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

PATIENCE = 180.0
MODERN_META: Mapping[str, Any] = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "recorder", "version": "1"},
}
HANDSHAKE: tuple[Mapping[str, Any], ...] = (
    {
        "id": 0,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "recorder", "version": "1"},
        },
    },
    {"method": "notifications/initialized"},
)


@dataclass(slots=True)
class Recorded:
    """Everything that came back: ``answers`` by id, and ``others`` (notifications and requests) in their order."""

    answers: dict[Any, Any] = field(default_factory=dict)
    others: list[Any] = field(default_factory=list)
    status: int | None = None
    errors: str = ""


def requests(parts: Iterable[tuple[str, Mapping[str, Any]]], *, modern: bool) -> list[Mapping[str, Any]]:
    """Messages for a list of methods and parameters, in one of the two eras."""
    meta = {"_meta": MODERN_META} if modern else {}
    made: list[Mapping[str, Any]] = [
        {"id": number, "method": method, "params": {**params, **meta}}
        for number, (method, params) in enumerate(parts, start=1)
    ]
    return made if modern else [*HANDSHAKE, *made]


def record(
    command: Sequence[str], messages: Sequence[Mapping[str, Any]], *, cwd: Path, environ: Mapping[str, str]
) -> Recorded:
    """Send messages one by one, each request once the one before it is answered, and keep what comes back."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cwd, env=dict(environ)
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    lines: Queue[bytes] = Queue()
    errors: list[bytes] = []
    readers = [
        threading.Thread(target=lambda: [lines.put(line) for line in process.stdout or ()] + [lines.put(b"")]),  # type: ignore[func-returns-value]
        threading.Thread(target=lambda: errors.extend(process.stderr or ())),
    ]
    for reader in readers:
        reader.start()
    found = Recorded()
    try:
        for message in messages:
            process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
            process.stdin.flush()
            while "id" in message and message["id"] not in found.answers:
                if not (line := lines.get(timeout=PATIENCE)):
                    readers[1].join(PATIENCE)
                    said = b"".join(errors).decode("utf-8", "replace")
                    raise AssertionError(f"the server ended before it had answered: {said[-2000:]}")
                _keep(found, line)
        process.stdin.close()
        found.status = process.wait(PATIENCE)
    finally:
        process.kill()
        process.wait()
        with suppress(OSError):
            process.stdin.close()
        for reader in readers:
            reader.join(PATIENCE)
        process.stdout.close()
        process.stderr.close()
    while not lines.empty():
        if line := lines.get():
            _keep(found, line)
    found.errors = b"".join(errors).decode("utf-8", "replace")
    return found


def _keep(found: Recorded, line: bytes) -> None:
    """Sort one line."""
    message = json.loads(line)
    if "method" in message:
        found.others.append(message)
    else:
        found.answers[message["id"]] = message
