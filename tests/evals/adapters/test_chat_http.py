from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from openai import OpenAI
from starlette.applications import Starlette
from tests.counter_scenario import CHEAT, INERT, ORGANISMS, WORKER, instance
from tests.some_cases import some_of

from remit.evals.adapters.chat_http import chat_routes
from remit.evals.adapters.connection import Connection
from remit.evals.adapters.conversation import Player
from remit.evals.adapters.hosting import hosted
from remit.evals.adapters.mcp_server import mcp_application
from remit.evals.adapters.telling import input_schema
from remit.evals.episode import Episode, Stage, run_episode
from remit.evals.organism import Organism
from remit.evals.scenario import Instance

TOKEN = "a-token-for-tests"  # noqa: S105 (of these tests)
AGENT = Path(__file__).with_name("third_party_agent.py")


@contextmanager
def model(found: Instance, organism: Organism) -> Iterator[str]:
    """The address of an organism."""
    with hosted(Starlette(routes=list(chat_routes(Player(found, organism), token=TOKEN)))) as url:
        yield url


def client_at(url: str) -> OpenAI:
    """The real client, to be closed: what it leaves open is found by whichever test the garbage is collected in."""
    return OpenAI(base_url=f"{url}/v1", api_key=TOKEN, max_retries=0)


def offered(connection: Connection, prefix: str, *, flat: bool) -> list[Any]:
    """The tools as a client of either protocol offers them, under names of its own."""
    spoken = [
        {"name": prefix + tool.name, "description": tool.text, "parameters": input_schema(tool)}
        for tool in connection.tools()
    ]
    return [{"type": "function", **item} if flat else {"type": "function", "function": item} for item in spoken]


def over_chat(found: Instance, organism: Organism, *, prefix: str = "", stream: bool = False) -> Episode:
    """An episode played by a loop of our own with the real client, in chat completions."""
    stage = Stage(found)
    connection = Connection(stage)
    messages: list[Any] = [{"role": "system", "content": "be good"}, {"role": "user", "content": connection.opening()}]
    with model(found, organism) as url, client_at(url) as client:
        while not stage.over:
            asked: dict[str, Any] = {
                "model": "organism",
                "messages": messages,
                "tools": offered(connection, prefix, flat=False),
            }
            if stream:
                with client.chat.completions.stream(**asked) as events:
                    message = events.get_final_completion().choices[0].message
            else:
                message = client.chat.completions.create(**asked).choices[0].message
            messages.append(message.model_dump(exclude_none=True))
            if not message.tool_calls:
                break
            for call in message.tool_calls:
                assert call.type == "function"
                text, _failed = connection.call(
                    call.function.name.removeprefix(prefix), json.loads(call.function.arguments)
                )
                messages.append({"role": "tool", "tool_call_id": call.id, "content": text})
    return stage.close()


def over_responses(found: Instance, organism: Organism, *, stream: bool) -> Episode:
    """As ``over_chat``, in responses."""
    stage = Stage(found)
    connection = Connection(stage)
    items: list[Any] = [{"role": "user", "content": connection.opening()}]
    with model(found, organism) as url, client_at(url) as client:
        while not stage.over:
            asked: dict[str, Any] = {"model": "organism", "input": items, "tools": offered(connection, "", flat=True)}
            if stream:
                with client.responses.stream(**asked) as events:
                    response = events.get_final_response()
            else:
                response = client.responses.create(**asked)
            items += [item.model_dump(exclude_none=True) for item in response.output]
            calls = [item for item in response.output if item.type == "function_call"]
            if not calls:
                break
            for call in calls:
                text, _failed = connection.call(call.name, json.loads(call.arguments))
                items.append({"type": "function_call_output", "call_id": call.call_id, "output": text})
    return stage.close()


@pytest.mark.requirement("EVAL-60")
@pytest.mark.parametrize("organism", some_of(ORGANISMS, 2), ids=lambda organism: organism.name)
def test_an_episode_over_http_is_the_episode_played_here(organism: Organism) -> None:
    here = run_episode(instance(), organism)
    for there in (
        over_chat(instance(), organism),
        over_chat(instance(), organism, stream=True),
        over_responses(instance(), organism, stream=False),
        over_responses(instance(), organism, stream=True),
    ):
        assert there.record.digest == here.record.digest
        assert there.verdict == here.verdict


@pytest.mark.parametrize("prefix", some_of(["mcp__environment__", "environment.", "env-"], 1))
@pytest.mark.parametrize("variant", ["A", "L"])
def test_tools_under_names_of_the_harness_are_found(prefix: str, variant: str) -> None:
    found = instance(variant)
    assert over_chat(found, WORKER, prefix=prefix).record.digest == run_episode(found, WORKER).record.digest


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["chat", "responses"])
@pytest.mark.parametrize("organism", [WORKER, CHEAT, INERT], ids=lambda organism: organism.name)
def test_the_loop_of_somebody_else_plays_the_same_episode(protocol: str, organism: Organism) -> None:
    stage = Stage(instance())
    connection = Connection(stage)
    brief = connection.opening()
    routes = chat_routes(Player(instance(), organism), token=TOKEN)
    with hosted(mcp_application(connection, path="/secret/mcp", routes=routes)) as url:
        surroundings = {"OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_KEY": TOKEN, "REMIT_MCP_URL": f"{url}/secret/mcp"}
        done = subprocess.run(
            [sys.executable, str(AGENT), protocol, brief],
            env={**os.environ, **surroundings},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert stage.close().record.digest == run_episode(instance(), organism).record.digest


def ask(url: str, path: str = "/v1/chat/completions", body: object = None, **headers: str) -> httpx2.Response:
    """One request with these headers beside the token."""
    given = {"Authorization": f"Bearer {TOKEN}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx2.request(
        "POST" if body is not None else "GET", url + path, content=content, headers=given, timeout=120
    )


def test_only_whoever_has_the_token_and_means_this_host_is_answered() -> None:
    good = {"model": "x", "messages": []}
    with model(instance(), WORKER) as url:
        assert ask(url, body=good).status_code == 200
        assert ask(url, "/v1/models").json()["data"][0]["id"] == "organism/worker"
        assert ask(url, body=good, Authorization="Bearer other").status_code == 401
        assert ask(url, "/v1/models", Authorization="").status_code == 401
        assert ask(url, body=good, Host="evil.example").status_code == 421
        assert ask(url, body=good, Origin="http://127.0.0.1").status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"[" * 200_000,
        {"messages": "hello"},
        {"messages": [1]},
        {"messages": [], "tools": [3]},
        {"messages": [{"role": "user", "content": {"a": 1}}], "tools": "x"},
    ],
)
def test_what_is_no_request_is_refused_and_the_next_one_answered(body: object) -> None:
    with model(instance(), WORKER) as url:
        refused = ask(url, body=body)
        assert refused.status_code == 400
        assert refused.json()["error"]["message"]
        assert ask(url, body={"messages": []}).status_code == 200


def test_a_request_that_is_sent_twice_gets_the_same_answer() -> None:
    opening = Connection(Stage(instance())).opening()
    asked = {"messages": [{"role": "user", "content": opening}]}
    with model(instance(), WORKER) as url:
        assert ask(url, body=asked).json() == ask(url, body=asked).json()


def test_a_conversation_that_is_kept_elsewhere_is_refused() -> None:
    with model(instance(), WORKER) as url:
        refused = ask(url, "/v1/responses", {"input": "hi", "previous_response_id": "resp_1"})
        assert refused.status_code == 400
