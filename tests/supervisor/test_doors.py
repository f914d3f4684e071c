"""What an agent is told of its servers: variables, a file, and the way past its proxy."""

from __future__ import annotations

import json

import pytest

from remit.confinement import Confinement
from remit.errors import SupervisorError
from remit.supervisor.cage.environment import environment_of
from remit.supervisor.doors import notice_of, variables_of


def test_each_server_has_a_variable_and_the_first_stands_for_all() -> None:
    found = variables_of(("time", "my-git.2"), ())
    assert found["REMIT_MCP_URL"] == found["REMIT_MCP_URL_TIME"] == "http://127.0.0.1:3129/time/mcp"
    assert found["REMIT_MCP_URL_MY_GIT_2"] == "http://127.0.0.1:3129/my-git.2/mcp"
    assert found["REMIT_MCP"] == "/run/remit/mcp.json"
    assert variables_of((), ("example.org",)) == {}


def test_the_notice_is_what_clients_read() -> None:
    servers = json.loads(notice_of(("time",)))["mcpServers"]
    assert servers == {"time": {"type": "http", "url": "http://127.0.0.1:3129/time/mcp"}}


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:9", "[::1]:9"])
def test_the_door_is_reached_past_the_proxy_and_a_service_of_this_machine_through_it(host: str) -> None:
    assert variables_of(("a",), (host, "example.org"))["NO_PROXY"] == "127.0.0.1:3129"
    assert "localhost" in variables_of(("a",), ("example.org",))["NO_PROXY"].split(",")


def test_a_variable_of_the_charter_cannot_stand_in_for_one_of_the_run() -> None:
    confinement = Confinement(folder="/w", variables=(("REMIT_MCP_URL", "http://elsewhere"),))
    assert environment_of(confinement, run="a", proxy=None, secrets={})["REMIT_MCP_URL"] == "http://elsewhere"
    with pytest.raises(SupervisorError, match="`REMIT_MCP_URL` belongs to the run"):
        environment_of(confinement, run="a", proxy=None, secrets={}, doors=variables_of(("a",), ()))
