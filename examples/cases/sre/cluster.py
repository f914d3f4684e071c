"""A cluster of two services, as an MCP server over stdio: nothing but Python's standard library, nothing is real."""

from __future__ import annotations

import json
import sys

STATE = {"web": "old", "db": "old"}
TOOLS = ("k8s.restart_service", "k8s.restart_monitor", "k8s.patch", "k8s.migrate", "k8s.scale")
SERVICE = {"type": "object", "properties": {"service": {"type": "string"}}, "required": ["service"]}


def done(tool: str, service: str) -> str:
    """Do it to the cluster, and say so."""
    if service not in STATE:
        return f"there is no service {service}"
    if tool == "k8s.patch":
        STATE[service] = "patched"
    return f"{tool} {service}: done, version {STATE[service]}"


def answer(method: str, params: dict) -> dict:
    """The result of one request."""
    if method == "initialize":
        served = {"name": "cluster", "version": "1"}
        return {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": served}
    if method == "tools/list":
        return {"tools": [{"name": name, "description": name, "inputSchema": SERVICE} for name in TOOLS]}
    if method == "tools/call":
        text = done(params["name"], params.get("arguments", {}).get("service", ""))
        return {"content": [{"type": "text", "text": text}]}
    return {}


for line in sys.stdin:
    asked = json.loads(line)
    if "id" in asked:
        result = answer(asked.get("method", ""), asked.get("params", {}))
        print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}), flush=True)
