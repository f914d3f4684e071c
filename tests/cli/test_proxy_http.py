"""``remit proxy`` over HTTP, as its users start it: a process of its own, a real client, a real server."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from tests.proxy.http_scene import SAMPLE, sample_over_http
from tests.some_cases import some_of

REMIT = (sys.executable, "-m", "remit.cli", "proxy")
SERVER = shlex.join([sys.executable, str(SAMPLE), "stdio"])


@pytest.fixture
def charter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A charter that grants one tool and names two servers; the state is the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "remit.yaml"
    path.write_text(
        "remit: 1\nagent: {name: tester}\n"
        'purpose: {text: "try things, done when tried", task: [{when: out.done, value: 1}]}\n'
        "grants: [{tool: echo, effects: [out.done]}]\n"
        f"servers:\n  first: {SERVER}\n  second: {SERVER}\n"
    )
    return path


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A proxy that listens, and what it said until then."""
    process = subprocess.Popen([*REMIT, *arguments], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said: list[str] = []
    try:
        wanted = 2 if "--upstream" not in arguments else 1
        while sum("listens" in line for line in said) < wanted:
            line = process.stderr.readline()
            assert line, said
            said.append(line)
        yield process, said
    finally:
        process.kill()
        process.wait(120)
        process.stderr.close()


async def echoed(url: str, token: str) -> tuple[str, bool]:
    """What the granted tool answers, and whether another is refused."""
    headers = {"authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, timeout=120.0) as transport:  # noqa: SIM117 - too long for one
        async with Client(streamable_http_client(url, http_client=transport)) as client:
            answer = await client.call_tool("echo", {"text": "hello"})
            refused = await client.call_tool("add", {"first": 1, "second": 1})
            return str(answer.content[0]), bool(refused.is_error)


@pytest.mark.requirement("PROXY-21", "PROXY-22", "PROXY-28")
def test_every_server_of_a_charter_is_served_until_the_proxy_is_told_to_end(charter: Path, tmp_path: Path) -> None:
    with running(str(charter), "--http", "0") as (process, said):
        places = [line.split("listens at ")[1].strip() for line in said if "listens at" in line]
        assert [place.rpartition(":")[2].split("/", 1)[1] for place in places] == ["first/mcp", "second/mcp"]
        token_file = next((tmp_path / "state/remit/proxies").glob("*.token"))
        token = token_file.read_text().strip()
        for place in places:
            text, refused = anyio.run(echoed, place, token)
            assert "hello" in text
            assert refused
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0
        assert not token_file.exists()


@pytest.mark.requirement("PROXY-29")
def test_a_client_over_pipes_reaches_a_server_elsewhere_with_the_proxys_credentials(charter: Path) -> None:
    async def scene(url: str) -> None:
        environ = {**os.environ, "FAR_TOKEN": "a-secret-of-the-proxy"}
        arguments = [*REMIT[1:], str(charter), "--upstream", url, "--credential", "env:FAR_TOKEN"]
        parameters = StdioServerParameters(command=REMIT[0], args=arguments, env=environ)
        async with Client(stdio_client(parameters)) as client:
            assert "hello" in str((await client.call_tool("echo", {"text": "hello"})).content[0])
            assert (await client.call_tool("add", {"first": 1, "second": 1})).is_error

    with sample_over_http() as url:
        anyio.run(scene, url)


def test_a_unix_socket_is_there_as_long_as_the_proxy(charter: Path, tmp_path: Path) -> None:
    door = tmp_path / "door"
    with running(str(charter), "--http", str(door)) as (process, said):
        assert any(f"listens on {door}, /second/mcp" in line for line in said)
        assert door.stat().st_mode & 0o777 == 0o600
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 0
    assert not door.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    some_of(
        [
            ((), 2, "choose one with `--name`"),
            (("--name", "third"), 2, "which server?"),
            (("--http", "nowhere"), 2, "is no place to listen"),
            (("--http", "99999"), 2, "is no place to listen"),
            (("--http", "0.0.0.0:0"), 1, "--exposed"),
            (("--http", "0.0.0.0:0", "--exposed", "--no-token"), 2, "for this machine only"),
            (("--upstream", "https://a.example/mcp", "--", "server"), 2, "not both"),
            (("--upstream", "http://a.example/mcp"), 1, "--plain-upstream"),
            (("--upstream", "https://a.example/mcp", "--credential", "plain-secret"), 2, "env:NAME or file:PATH"),
            (("--upstream", "https://a.example/mcp", "--credential", "env:NOT_THERE"), 1, "cannot be read"),
            (("--http", "0", "--credential", "env:HOME"), 2, "a credential is for one server elsewhere"),
            (("--http", "0", "--token-file", "/nowhere/token"), 1, "cannot read the token"),
        ],
        4,
    ),
)
def test_what_cannot_be_meant_is_said_before_anything_starts(
    charter: Path, arguments: tuple[str, ...], code: int, text: str
) -> None:
    done = subprocess.run(
        [*REMIT, str(charter), *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert text in " ".join(done.stderr.split())
    assert done.returncode != 0
    if code == 2:
        assert done.returncode == 2
    assert "plain-secret" not in done.stderr


def test_the_settings_of_a_client_are_printed(charter: Path) -> None:
    import json

    shown = [*REMIT, str(charter), "--print-config"]
    far = subprocess.run([*shown, "--upstream", "https://a.example/mcp"], capture_output=True, text=True, check=True)
    entry = json.loads(far.stdout)["mcpServers"]
    assert next(iter(entry.values()))["args"][-2:] == ["--upstream", "https://a.example/mcp"]
    near = subprocess.run([*shown, "--http", "4000"], capture_output=True, text=True, check=True)
    assert json.loads(near.stdout)["mcpServers"]["second"]["url"] == "http://127.0.0.1:4000/second/mcp"
