"""A server over pipes, of the standard library alone, whose tool `post` adds a line to a file and so shows in a folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
TOOLS = [{"name": "post", "description": "add a line to the board", "inputSchema": TEXT}]


def answer(method: str, params: dict[str, Any]) -> dict[str, object]:
    """What is answered to one request."""
    match method:
        case "initialize":
            said = {"serverInfo": {"name": "board", "version": "1"}, "capabilities": {"tools": {}}}
            return {"protocolVersion": params["protocolVersion"], **said}
        case "tools/list":
            return {"tools": TOOLS}
        case "tools/call":
            with Path("board.txt").open("a", encoding="utf-8") as board:
                board.write(params["arguments"]["text"] + "\n")
            return {"content": [{"type": "text", "text": "posted"}]}
    return {}


def main() -> None:
    """Answer until nobody asks any more."""
    if "--unlicensed" in sys.argv:
        sys.exit("no licence was found")
    for line in sys.stdin:
        asked = json.loads(line)
        if "id" in asked:
            result = answer(asked["method"], asked.get("params", {}))
            sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}) + "\n")
            sys.stdout.flush()


main()
