"""Where a proxy listens, and the token beside it."""

import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from tests.proxy.http_scene import Scripted, guarded, http, stateless

from remit.errors import ProxyError
from remit.proxy.http.serving import listen_at, listen_on_path, read_token, serve_http, written_token

CALL: dict[str, Any] = {"name": "echo", "arguments": {"text": "x"}}
GOOD, HEADERS = stateless("tools/call", **CALL)


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run one scene."""
    anyio.run(work)


def test_a_unix_socket_serves_whoever_can_open_it(tmp_path: Path) -> None:
    async def work() -> None:
        server = Scripted()
        path = tmp_path / "door"
        listener, stop = listen_on_path(path), anyio.Event()
        assert path.stat().st_mode & 0o777 == 0o600

        async def serve(*, task_status: anyio.abc.TaskStatus[None]) -> None:
            openers = {"one": guarded(server.open, tmp_path), "two": guarded(server.open, tmp_path)}
            await serve_http(openers, listener=listener, tokens={}, stop=stop, task_status=task_status)

        async with anyio.create_task_group() as tasks:
            await tasks.start(serve)
            transport = httpx2.AsyncHTTPTransport(uds=str(path))
            async with httpx2.AsyncClient(transport=transport, headers=dict(http("").headers)) as client:
                for name, status in (("one", 200), ("two", 200), ("three", 404)):
                    answer = await client.post(f"http://proxy/{name}/mcp", content=GOOD, headers=HEADERS)
                    assert answer.status_code == status
                assert (await client.post("http://proxy/mcp", content=GOOD, headers=HEADERS)).status_code == 404
            stop.set()

    run(work)


@pytest.mark.requirement("PROXY-22")
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])  # noqa: S104 - that is the point
def test_an_address_other_machines_can_reach_is_not_listened_on_unless_that_is_meant(host: str) -> None:
    with pytest.raises(ProxyError, match="other machines"):
        listen_at(host, 0)
    if host == "0.0.0.0":  # noqa: S104 - that is the point
        listener = listen_at(host, 0, elsewhere=True)
        listener.socket.close()
        assert listener.hosts == frozenset({"0.0.0.0"})  # noqa: S104 - that is the point


def test_a_port_in_use_is_said_to_be(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ProxyError, match="already in use"):
            listen_at("127.0.0.1", taken.getsockname()[1])
    (tmp_path / "file").write_text("")
    with pytest.raises(ProxyError, match="already in use"):
        listen_on_path(tmp_path / "file")


@pytest.mark.requirement("PROXY-22")
def test_the_token_lies_in_a_file_only_its_owner_can_read_and_not_longer_than_the_proxy_runs(tmp_path: Path) -> None:
    path = tmp_path / "state" / "token"
    with written_token(path, "secret"):
        assert path.read_text() == "secret\n"
        assert path.stat().st_mode & 0o777 == 0o600
    assert not path.exists()


@pytest.mark.requirement("PROXY-22")
@pytest.mark.parametrize(
    ("text", "mode", "fault"),
    [("long-enough-to-be-one", 0o644, "others can read"), ("short", 0o600, "at least 16"), ("a b" * 9, 0o600, "at least"),
     ("grüße" * 5, 0o600, "no text")],
)  # fmt: skip
def test_a_token_file_that_protects_nothing_is_refused(tmp_path: Path, text: str, mode: int, fault: str) -> None:
    path = tmp_path / "token"
    path.write_text(text)
    path.chmod(mode)
    with pytest.raises(ProxyError, match=fault):
        read_token(path)


def test_a_token_file_of_ones_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "token"
    with pytest.raises(ProxyError, match="no such file"):
        read_token(path)
    path.write_text("long-enough-to-be-one\n")
    path.chmod(0o600)
    assert read_token(path) == "long-enough-to-be-one"
