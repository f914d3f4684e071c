"""An agent that posts three lines with a server's tool and, between two of them, looks whether it was told to stop."""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

SESSION: dict[str, str] = {}


def post(message: dict[str, object]) -> dict[str, Any]:
    """Send a message to the server and return what it says."""
    line = http.client.HTTPConnection("127.0.0.1", 3129, timeout=60)
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream", **SESSION}
    line.request("POST", "/board/mcp", json.dumps({"jsonrpc": "2.0", **message}), headers)
    answer = line.getresponse()
    if session := answer.getheader("mcp-session-id"):
        SESSION.update({"mcp-session-id": session, "mcp-protocol-version": "2025-06-18"})
    text = answer.read().decode()
    parts = [part[5:] for part in text.splitlines() if part.startswith("data:") and len(part) > 6]
    found: dict[str, Any] = json.loads(parts[-1] if parts else text or "{}")
    return found


def told_to_end() -> bool:
    """Whether an overseer said so; acknowledged where it was."""
    for place in sorted(Path(os.environ["REMIT_INBOX"]).glob("*.json")):
        letter = json.loads(place.read_text(encoding="utf-8"))
        if letter["kind"] in ("correct", "stop"):
            seen = Path(os.environ["REMIT_OUTBOX"], f"ack-{letter['number']:04d}.json")
            seen.write_text(json.dumps({"number": letter["number"], "at": time.time()}), encoding="utf-8")
            return True
    return False


hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "agent", "version": "1"}}
post({"id": 1, "method": "initialize", "params": hello})
post({"method": "notifications/initialized"})
for number in range(3):
    time.sleep(0.3)
    if told_to_end():
        sys.exit(0)
    arguments = {"name": "post", "arguments": {"text": str(number)}}
    post({"id": 2 + number, "method": "tools/call", "params": arguments})
