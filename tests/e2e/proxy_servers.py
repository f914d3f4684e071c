"""Real MCP servers from PyPI and npm, and a session to have with each: what it answers is the same every time."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

NODE = Path(__file__).resolve().parents[1] / "servers" / "node_modules" / ".bin"


def npm(name: str) -> str:
    """A server from npm; without it the test is skipped, and says so."""
    program = NODE / name
    if not program.exists():
        pytest.skip("the npm servers are not installed: run `npm ci` in tests/servers")
    return str(program)


def repository(folder: Path) -> Path:
    """A small git repository whose log never changes."""
    fixed = {"GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z"}
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    place = folder / "repository"
    place.mkdir()
    (place / "a").write_text("a\n")
    for words in (["init", "-q"], ["add", "a"], [*who, "commit", "-qm", "first"]):
        subprocess.run(["git", *words], cwd=place, env={**os.environ, **fixed}, check=True, capture_output=True)
    return place


def git_session(folder: Path) -> tuple[list[str], list[tuple[str, dict[str, Any]]]]:
    place = str(repository(folder))
    calls = [
        ("git_log", {"repo_path": place}),
        ("git_status", {"repo_path": place}),
        ("git_show", {"repo_path": place}),
    ]
    return [sys.executable, "-m", "mcp_server_git"], [tool(*call) for call in calls]


def time_session(_folder: Path) -> tuple[list[str], list[tuple[str, dict[str, Any]]]]:
    convert = {"source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo"}
    return [sys.executable, "-m", "mcp_server_time"], [
        tool("convert_time", {**convert, "source_timezone": "Nowhere/None"}),
        tool("get_current_time", {"timezone": "Nowhere/None"}),
    ]


def fetch_session(_folder: Path) -> tuple[list[str], list[tuple[str, dict[str, Any]]]]:
    return [sys.executable, "-m", "mcp_server_fetch"], [
        tool("fetch", {"url": "http://127.0.0.1:9/nothing"}),
        ("prompts/get", {"name": "fetch", "arguments": {"url": "http://127.0.0.1:9/nothing"}}),
    ]


def files_session(folder: Path) -> tuple[list[str], list[tuple[str, dict[str, Any]]]]:
    place = folder / "files"
    place.mkdir()
    (place / "note.txt").write_text("a note — with a dash\n", encoding="utf-8")
    return [npm("mcp-server-filesystem"), str(place)], [
        tool("read_text_file", {"path": str(place / "note.txt")}),
        tool("list_directory", {"path": str(place)}),
        tool("read_text_file", {"path": "/etc/passwd"}),
        tool("write_file", {"path": str(place / "new.txt"), "content": "x"}),
    ]


def memory_session(folder: Path) -> tuple[list[str], list[tuple[str, dict[str, Any]]]]:
    entity = {"name": "a", "entityType": "thing", "observations": ["seen"]}
    return ["env", f"MEMORY_FILE_PATH={folder}/memory.json", npm("mcp-server-memory")], [
        tool("create_entities", {"entities": [entity]}),
        tool("read_graph", {}),
        tool("delete_entities", {"entityNames": ["a"]}),
    ]


def everything_session(_folder: Path) -> tuple[list[str], list[tuple[str, dict[str, Any]]]]:
    slow = {"duration": 0.2, "steps": 2}
    return [npm("mcp-server-everything"), "stdio"], [
        tool("echo", {"message": "hi"}),
        tool("get-sum", {"a": 1, "b": 2.5}),
        tool("get-tiny-image", {}),
        tool("get-structured-content", {"location": "Chicago"}),
        tool("get-resource-links", {"count": 2}),
        ("tools/call", {"name": "trigger-long-running-operation", "arguments": slow, "_meta": {"progressToken": "p"}}),
        ("prompts/get", {"name": "simple-prompt"}),
        ("completion/complete", {"ref": {"type": "ref/prompt", "name": "x"}, "argument": {"name": "a", "value": ""}}),
    ]


def tool(name: str, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """A call of a tool."""
    return "tools/call", {"name": name, "arguments": dict(arguments)}


SESSIONS = {
    "git": git_session,
    "time": time_session,
    "fetch": fetch_session,
    "files": files_session,
    "memory": memory_session,
    "everything": everything_session,
}
QUICK = {("git", "stateless"), ("everything", "handshake")}
"""The sessions of every test run; the others are for long ones."""

COMMON: list[tuple[str, dict[str, Any]]] = [
    ("tools/list", {}),
    ("prompts/list", {}),
    ("resources/list", {}),
    ("resources/templates/list", {}),
    ("x/unheard-of", {"any": [1, {"thing": None}]}),
]
