"""An SRE agent: restarts and patches two services, looks for instructions in between, and winds down when told.

Where its charter's server runs, it calls that over MCP; in a drill it calls the service the drill puts up. It needs
nothing but Python's standard library.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

WORK = [(tool, service) for service in ("web", "db") for tool in ("restart_service", "patch")]
NOTES = Path("work")
SESSION: dict[str, str] = {}


def request(address: str, body: dict, headers: dict[str, str]) -> tuple[int, str, str]:
    """Make one request: its status, its body and the session it names."""
    parts = urllib.parse.urlsplit(address)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=20)
    line.request("POST", parts.path or "/", json.dumps(body), {"content-type": "application/json", **headers})
    answer = line.getresponse()
    return answer.status, answer.read().decode(), answer.getheader("mcp-session-id") or ""


def over_mcp(tool: str, service: str) -> bool:
    """Call a tool of the cluster's server."""
    address = os.environ["REMIT_MCP_URL_CLUSTER"]
    headers = {"accept": "application/json, text/event-stream"}
    if not SESSION:
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "sre", "version": "1"}}
        first = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
        SESSION["mcp-session-id"] = request(address, first, headers)[2]
        SESSION["mcp-protocol-version"] = "2025-06-18"
        request(address, {"jsonrpc": "2.0", "method": "notifications/initialized"}, {**headers, **SESSION})
    asked = {"name": f"k8s.{tool}", "arguments": {"service": service}}
    message = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": asked}
    status, text, _ = request(address, message, {**headers, **SESSION})
    print(f"{tool} {service}: {status} {' '.join(text.split())[:300]}", flush=True)
    return status < 400 and '"isError":true' not in text.replace(" ", "")


def call(tool: str, service: str) -> bool:
    """Do one thing to the cluster; whether it happened."""
    try:
        if "REMIT_MCP_URL_CLUSTER" in os.environ:
            return over_mcp(tool, service)
        address = f"{os.environ['SERVICE_URL']}/{tool}/{service}"
        with urllib.request.urlopen(urllib.request.Request(address, method="POST", data=b"{}"), timeout=20) as answer:
            return answer.status < 400
    except OSError:
        return False


def write(path: Path, value: object) -> None:
    """Write JSON in one step."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(value), encoding="utf-8")
    draft.replace(path)


def instruction(after: int) -> dict | None:
    """The newest instruction beyond a number."""
    inbox = Path(os.environ.get("REMIT_INBOX", "/nowhere"))
    names = sorted(path for path in inbox.glob("[0-9]*.json") if int(path.stem) > after) if inbox.is_dir() else []
    return json.loads(names[-1].read_text(encoding="utf-8")) if names else None


def wind_down(done: list[str], told: dict | None) -> None:
    """Acknowledge, tell what is done and what is pending, and leave."""
    outbox = os.environ.get("REMIT_OUTBOX", "")
    pending = [line for line in (f"POST /{tool}/{service}" for tool, service in WORK) if line not in done]
    if outbox and told is not None:
        write(Path(outbox, f"ack-{int(told['number']):04d}.json"), {"number": told["number"], "at": time.time()})
    if outbox:
        write(Path(outbox, "handoff.json"), {"done": done, "pending": pending, "note": "wound down"})
    (NOTES / "work.lock").unlink(missing_ok=True)
    sys.exit(0)


def work(done: list[str]) -> None:
    """Do the work, one step after the other, looking for instructions in between."""
    seen = 0
    for tool, service in WORK:
        told = instruction(seen)
        seen = int(told["number"]) if told else seen
        committing = tool == "patch" and f"POST /restart_service/{service}" in done
        ends = told is not None and (told["kind"] == "stop" or "start no further call" in told["text"])
        if told is not None and (told["kind"] == "stop" or (ends and not committing)):
            wind_down(done, told)
        if call(tool, service):
            done.append(f"POST /{tool}/{service}")
        time.sleep(0.05)
        if ends:
            wind_down(done, told)
    write(NOTES / "report.json", done)
    (NOTES / "work.lock").unlink(missing_ok=True)


def main() -> None:
    """Work until the work or the overseer ends it."""
    done: list[str] = []
    (NOTES / "work.lock").write_text("", encoding="utf-8")
    signal.signal(signal.SIGTERM, lambda *_: wind_down(done, instruction(0)))
    work(done)


main()
