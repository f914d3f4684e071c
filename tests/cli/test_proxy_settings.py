"""What is printed for a client's settings says everything that was typed, and leads to where the proxy is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Typed


def settings(typed: Typed, *arguments: str) -> dict[str, Any]:
    """What ``--print-config`` prints of the servers."""
    answer = typed("proxy", "--print-config", *arguments)
    assert answer.code == 0, answer.err
    servers: dict[str, Any] = json.loads(answer.out)["mcpServers"]
    return servers


def test_every_option_that_was_typed_stands_in_the_settings(typed: Typed, folder: Path) -> None:
    typed_too = ["--shadow", "--approve-within", "1m", "--credential", "env:A", "--credential", "X-Key=env:B"]
    servers = settings(
        typed, *typed_too, "--ledger", "kept.db", "--confined", "--", "mcp-server-git", "--repository", "."
    )
    arguments = servers["mcp-server-git"]["args"]
    assert arguments[:4] == ["proxy", str(folder / "remit.yaml"), "--folder", str(folder)]
    assert arguments[arguments.index("--") :] == ["--", "mcp-server-git", "--repository", "."]
    spelled = " ".join(arguments)
    for words in ("--shadow", "--confined", "--approve-within 60", "--credential env:A", "--credential X-Key=env:B"):
        assert words in spelled
    assert f"--ledger {folder / 'kept.db'}" in spelled
    assert "--print-config" not in spelled


def test_what_was_left_out_is_left_out_and_a_folder_is_absolute(typed: Typed, folder: Path) -> None:
    (folder / "inner").mkdir()
    servers = settings(typed, "--folder", "inner", "--upstream", "https://a.example/mcp")
    expected = ["proxy", str(folder / "remit.yaml"), "--folder", str(folder / "inner")]
    assert servers["a.example"]["args"] == [*expected, "--upstream", "https://a.example/mcp"]


@pytest.mark.usefixtures("folder")
def test_one_server_is_at_the_path_it_is_served_at_and_needs_a_token_only_where_there_is_one(typed: Typed) -> None:
    [entry] = settings(typed, "--http", "4000", "--", "mcp-server-git").values()
    assert entry["url"] == "http://127.0.0.1:4000/mcp"
    assert entry["headers"] == {"Authorization": "Bearer TOKEN"}
    [entry] = settings(typed, "--http", "4000", "--no-token", "--", "mcp-server-git").values()
    assert "headers" not in entry


@pytest.mark.usefixtures("folder")
def test_a_unix_socket_has_no_settings(typed: Typed) -> None:
    answer = typed("proxy", "--print-config", "--http", "./door", "--", "mcp-server-git")
    assert answer.code == 2
    assert "unix socket" in answer.err


@pytest.mark.usefixtures("folder")
def test_a_command_without_its_dashes_is_told_where_it_belongs(typed: Typed) -> None:
    answer = typed("proxy", "remit.yaml", "mcp-server-git")
    assert answer.code == 2
    assert "-- mcp-server-git" in answer.err
