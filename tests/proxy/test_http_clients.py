"""Real clients and real servers over HTTP, with a proxy between them that nobody notices while all is allowed."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, CreateMessageResult, ElicitResult, TextContent
from tests.proxy.http_scene import (
    SAMPLE,
    TOKEN,
    Notes,
    body,
    events,
    http,
    listening,
    opened,
    proxied,
    sample_over_http,
    stateless,
)
from tests.proxy.scene import everything
from tests.small_charters import tiny
from tests.some_cases import some_of

from remit.charter.model import Charter
from remit.proxy.http.arranging import Served, line_to
from remit.proxy.http.remote import Remote
from remit.proxy.http.serving import listen_at
from remit.proxy.serving import Setting

EVERYTHING = Path("tests/servers/node_modules/@modelcontextprotocol/server-everything/dist/index.js").resolve()
ERAS = some_of(["auto", "legacy"], 1)
WAYS = ["local", pytest.param("remote", marks=pytest.mark.slow)]


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run one scene, which must not hang."""

    async def bounded() -> None:
        with anyio.fail_after(300):
            await work()

    anyio.run(bounded)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


@asynccontextmanager
async def under(
    charter: Charter, folder: Path, *, url: str = "", command: tuple[str, ...] = (), record: Notes | None = None
) -> AsyncIterator[str]:
    """A proxy under a charter, in front of a remote server or of one it starts itself; its address."""
    setting = Setting(
        charter=charter,
        ledger=record or Notes(),
        server="sample",
        say=lambda _line: None,
        environ=dict(os.environ),
        folder=folder,
    )
    served = Served(setting=setting, command=command, remote=Remote(url=url) if url else None)
    async with setting.guard() as guard, proxied({"sample": line_to(served, guard)}) as place:
        yield place + "/mcp"


@pytest.fixture(scope="module")
def sample() -> Iterator[str]:
    """The sample server over HTTP, one for all of this file."""
    with sample_over_http() as url:
        yield url


def way(name: str, sample: str) -> dict[str, Any]:
    """How the proxy reaches the sample server."""
    return {"command": (sys.executable, str(SAMPLE), "stdio")} if name == "local" else {"url": sample}


@asynccontextmanager
async def connected(url: str, mode: str, **callbacks: Any) -> AsyncIterator[Client]:
    """The official client."""
    async with (
        http() as transport,
        Client(streamable_http_client(url, http_client=transport), mode=mode, **callbacks) as client,
    ):
        yield client


def text_of(result: CallToolResult) -> str:
    """The first text of a tool's answer."""
    assert isinstance(result.content[0], TextContent)
    return result.content[0].text


@pytest.mark.requirement("PROXY-30")
@pytest.mark.parametrize("mode", ERAS)
@pytest.mark.parametrize("name", WAYS)
def test_the_official_client_works_as_without_a_proxy(tmp_path: Path, sample: str, mode: str, name: str) -> None:
    record = Notes()
    heard: list[float] = []

    async def progress(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001 - its form
        heard.append(progress)

    async def work(url: str) -> None:
        async with connected(url, mode) as client:
            assert client.protocol_version == ("2025-11-25" if mode == "legacy" else "2026-07-28")
            assert {tool.name for tool in (await client.list_tools()).tools} >= {"echo", "add", "steps"}
            assert text_of(await client.call_tool("echo", {"text": "grüße 🎉"})) == "grüße 🎉"
            assert (await client.call_tool("add", {"first": 2, "second": 3})).structured_content == {"result": 5}
            assert (await client.call_tool("fail", {})).is_error
            assert text_of(await client.call_tool("steps", {"count": 5}, progress_callback=progress)) == "done"
            assert (await client.read_resource("sample://note")).contents
            assert (await client.get_prompt("greet", {"name": "Ada"})).messages
            many: list[str] = []

            async def one(number: int) -> None:
                many.append(text_of(await client.call_tool("echo", {"text": str(number)})))

            async with anyio.create_task_group() as tasks:
                for number in range(20):
                    tasks.start_soon(one, number)
            assert sorted(many, key=int) == [str(number) for number in range(20)]

    async def scene() -> None:
        async with under(everything(), tmp_path, record=record, **way(name, sample)) as url:
            await work(url)

    run(scene)
    assert heard == [1.0, 2.0, 3.0, 4.0, 5.0]
    kinds = [kind for kind, _ in record.entries]
    assert kinds.count("intent") == kinds.count("outcome") == 24


@pytest.mark.requirement("PROXY-21")
@pytest.mark.parametrize("mode", ERAS)
def test_what_the_charter_does_not_grant_is_refused_over_http_too(tmp_path: Path, sample: str, mode: str) -> None:
    record = Notes()
    charter = tiny(grants=[{"tool": "echo", "effects": ["out.done"]}])

    async def scene() -> None:
        async with under(charter, tmp_path, record=record, url=sample) as url, connected(url, mode) as client:
            assert text_of(await client.call_tool("echo", {"text": "x"})) == "x"
            refused = await client.call_tool("add", {"first": 1, "second": 1})
            assert refused.is_error
            assert "remit refused `add`" in text_of(refused)

    run(scene)
    assert [facts["call"]["tool"] for kind, facts in record.entries if kind == "intent"] == ["echo"]
    assert any(kind == "denied" for kind, _ in record.entries)


Script = list[tuple[str, dict[str, Any]]]
PLAYED: Script = [
    ("tools/list", {}),
    ("tools/call", {"name": "echo", "arguments": {"text": "a — b"}}),
    ("tools/call", {"name": "add", "arguments": {"first": 1, "second": 2}}),
    ("tools/call", {"name": "fail", "arguments": {}}),
    ("tools/call", {"name": "steps", "arguments": {"count": 3}, "_meta": {"progressToken": "t-1"}}),
    ("resources/list", {}),
    ("resources/templates/list", {}),
    ("resources/read", {"uri": "sample://note"}),
    ("resources/read", {"uri": "sample://none"}),
    ("prompts/list", {}),
    ("prompts/get", {"name": "greet", "arguments": {"name": "Ada"}}),
    (
        "completion/complete",
        {"ref": {"type": "ref/prompt", "name": "greet"}, "argument": {"name": "name", "value": "A"}},
    ),
    ("nothing/of/the/kind", {"x": 1}),
]


async def played(url: str, era: str, client: httpx2.AsyncClient) -> list[list[dict[str, Any]]]:
    """Every message that comes back for every message of the script."""
    named = await opened(client, url) if era == "handshake" else {}
    found = []
    for number, (method, params) in enumerate(PLAYED):
        data, headers = body(method, id=number, **params), named
        if era == "stateless":
            data, headers = stateless(method, id=number, **params)
            if method == "resources/read":
                headers["mcp-name"] = params["uri"]
        answer = await client.post(url, content=data, headers=headers)
        is_json = answer.headers["content-type"].startswith("application/json")
        found.append([answer.json()] if is_json else events(answer.text))
    return found


@pytest.mark.requirement("PROXY-30")
@pytest.mark.parametrize("era", ["handshake", "stateless"])
@pytest.mark.parametrize("name", [pytest.param("local", marks=pytest.mark.slow), "remote"])
def test_a_recorded_session_is_the_same_message_by_message(tmp_path: Path, sample: str, era: str, name: str) -> None:
    async def scene() -> None:
        async with httpx2.AsyncClient(headers=dict(http("").headers), timeout=120.0) as client:
            expected = await played(sample, era, client)
        async with under(everything(), tmp_path, **way(name, sample)) as url, http() as client:
            found = await played(url, era, client)
        assert found == expected
        assert len(expected[4]) == 4  # three notices of progress, and the answer

    run(scene)


@contextmanager
def everything_over_http() -> Iterator[str]:
    """The reference server of the protocol's authors, over HTTP; its address."""
    words = ["sh", "-c", 'PORT="$0" exec node "$1" streamableHttp']
    with listening(lambda port: [*words, str(port), str(EVERYTHING)]) as url:
        yield url


needs_node = pytest.mark.skipif(
    shutil.which("node") is None or not EVERYTHING.exists(), reason="needs node and `npm ci` in tests/servers"
)


async def sampled(_context: object, _params: object) -> CreateMessageResult:
    """What the client's model says."""
    return CreateMessageResult(role="assistant", content=TextContent(type="text", text="forty-two"), model="none")


async def elicited(_context: object, _params: object) -> ElicitResult:
    """What the client's user says."""
    return ElicitResult(action="decline")


@needs_node
@pytest.mark.requirement("PROXY-30")
@pytest.mark.parametrize("name", WAYS)
def test_the_reference_server_works_with_all_it_can_do(tmp_path: Path, name: str) -> None:
    heard: list[float] = []

    async def progress(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001 - its form
        heard.append(progress)

    async def work(url: str) -> None:
        async with connected(url, "legacy", sampling_callback=sampled, elicitation_callback=elicited) as client:
            tools = {tool.name for tool in (await client.list_tools()).tools}
            assert "echo" in tools
            assert "hello" in text_of(await client.call_tool("echo", {"message": "hello"}))
            steps = {"duration": 0.4, "steps": 4}
            result = await client.call_tool("trigger-long-running-operation", steps, progress_callback=progress)
            assert "completed" in text_of(result)
            assert len((await client.list_resources()).resources) > 0
            assert len((await client.list_prompts()).prompts) > 0
            sampling = await client.call_tool("trigger-sampling-request", {"prompt": "?", "maxTokens": 10})
            assert "forty-two" in text_of(sampling)
            asked = await client.call_tool("trigger-elicitation-request", {})
            assert "declined" in text_of(asked).lower()

    async def scene() -> None:
        if name == "local":
            async with under(everything(), tmp_path, command=("node", str(EVERYTHING), "stdio")) as url:
                await work(url)
        else:
            with everything_over_http() as far:
                async with under(everything(), tmp_path, url=far) as url:
                    await work(url)

    run(scene)
    assert heard == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.requirement("PROXY-30")
@pytest.mark.parametrize("mode", ERAS)
def test_a_server_may_ask_over_http_and_a_tool_it_changes_is_held(tmp_path: Path, mode: str) -> None:
    asked: list[str] = []

    async def elicit(_context: object, params: Any) -> ElicitResult:
        asked.append(params.message)
        return ElicitResult(action="accept", content={"sure": True})

    async def scene() -> None:
        command = (sys.executable, str(SAMPLE.with_name("asking_server.py")))
        async with (
            under(everything(), tmp_path, command=command) as url,
            connected(url, mode, elicitation_callback=elicit, sampling_callback=sampled) as client,
        ):
            assert text_of(await client.call_tool("delete", {"thing": "x"})) == "x: True, 1"
            assert text_of(await client.call_tool("think", {"question": "why"})) == "why: forty-two"
            assert text_of(await client.call_tool("change", {})) == "changed"
            tools = {tool.name: tool for tool in (await client.list_tools(cache_mode="bypass")).tools}
            assert "Held for review" in (tools["delete"].description or "")
            assert (await client.call_tool("delete", {"thing": "y"})).is_error

    run(scene)
    assert asked[0].startswith("[asked by the MCP server `sample`")


@pytest.mark.parametrize("mode", ERAS)
def test_a_client_over_pipes_can_have_a_server_far_away(tmp_path: Path, sample: str, mode: str) -> None:
    script = tmp_path / "bridge.py"
    script.write_text(
        "import os, sys\nfrom pathlib import Path\n"
        "from tests.proxy.scene import everything\nfrom tests.proxy.http_scene import Notes\n"
        "from remit.proxy.http.arranging import Served, run_stdio\nfrom remit.proxy.http.remote import Remote\n"
        "from remit.proxy.serving import Setting\n"
        "setting = Setting(charter=everything(), ledger=Notes(), server='far', say=print, folder=Path.cwd())\n"
        "ended = run_stdio(Served(setting=setting, remote=Remote(url=sys.argv[1])))\n"
        "print(ended.by, file=sys.stderr)\n"
    )

    async def scene() -> None:
        from mcp import StdioServerParameters
        from mcp.client.stdio import stdio_client

        environ = {**os.environ, "PYTHONPATH": str(Path.cwd())}
        parameters = StdioServerParameters(command=sys.executable, args=[str(script), sample], env=environ)
        async with Client(stdio_client(parameters), mode=mode) as client:
            assert client.protocol_version == ("2025-11-25" if mode == "legacy" else "2026-07-28")
            assert text_of(await client.call_tool("echo", {"text": "far away"})) == "far away"
            assert (await client.call_tool("add", {"first": 2, "second": 3})).structured_content == {"result": 5}
            with anyio.move_on_after(0.3) as cancelled:
                await client.call_tool("linger", {"seconds": 30})
            assert cancelled.cancelled_caught
            assert text_of(await client.call_tool("echo", {"text": "still there"})) == "still there"

    run(scene)


@pytest.mark.requirement("PROXY-28")
def test_ending_a_session_leaves_no_process_of_its_server(tmp_path: Path) -> None:
    marker = f"sample-{secrets.token_hex(8)}"

    def alive() -> list[str]:
        found = subprocess.run(["pgrep", "-f", marker], capture_output=True, text=True, check=False)
        return found.stdout.split()

    async def scene() -> None:
        command = (sys.executable, str(SAMPLE), "stdio", marker)
        async with under(everything(), tmp_path, command=command) as url, http() as client:
            named = await opened(client, url)
            assert alive() != []
            assert (await client.delete(url, headers=named)).status_code == 204
            assert alive() == []
            await opened(client, url)
            assert alive() != []
        assert alive() == []

    run(scene)


def headers_of(mapping: Mapping[str, str]) -> str:
    """Headers, to look at."""
    return json.dumps(dict(mapping)).lower()


@pytest.mark.requirement("PROXY-29")
def test_the_clients_token_never_reaches_the_server(tmp_path: Path) -> None:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    shown: list[str] = []

    async def endpoint(request: Request) -> JSONResponse:
        shown.append(headers_of(request.headers))
        message = await request.json()
        return JSONResponse({"jsonrpc": "2.0", "id": message["id"], "result": {"tools": [], "resultType": "complete"}})

    async def scene() -> None:
        app = Starlette(routes=[Route("/mcp", endpoint, methods=["POST"])])
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        listener = listen_at("127.0.0.1", 0)  # whoever connects before the server is up waits in line
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(server._serve, [listener.socket])
            async with under(everything(), tmp_path, url=listener.place + "/mcp") as url, http() as client:
                data, headers = stateless("tools/list")
                assert (await client.post(url, content=data, headers=headers)).status_code == 200
            server.should_exit = True
        assert shown
        assert all(TOKEN not in text and "authorization" not in text for text in shown)

    run(scene)
