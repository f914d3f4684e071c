"""Where the proxy goes, what with, and what of that it takes out of what comes back."""

from pathlib import Path

import anyio
import httpx2
import pytest

from remit.errors import ProxyError
from remit.proxy.http.remote import Remote, client_for, scrubbed
from remit.proxy.http.upstream import over_http


@pytest.mark.requirement("PROXY-29")
@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/mcp",
        "ftp://example.com/",
        "https://user:secret@example.com/",
        "https:///mcp",
        "https://a/#x",
        "a",
    ],
)
def test_a_place_the_proxy_does_not_go_to_is_refused_at_once(url: str) -> None:
    with pytest.raises(ProxyError) as error:
        over_http(Remote(url=url))
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("name", ["Host", "mcp-session-id", "Content-Length", "Accept", "cookie"])
def test_a_header_of_the_proxys_own_is_not_taken_for_a_credential(name: str) -> None:
    with pytest.raises(ProxyError, match="proxy's own"):
        over_http(Remote(url="https://example.com/mcp", headers={name: "x"}))


def test_plain_http_to_another_machine_has_to_be_meant() -> None:
    assert callable(over_http(Remote(url="http://example.com/mcp", plain=True)))
    assert callable(over_http(Remote(url="http://127.0.0.1:1/mcp")))


def test_a_secret_is_found_with_and_without_its_scheme() -> None:
    headers = [("authorization", "Bearer long-enough-secret"), ("x-short", "abc")]
    assert scrubbed(b"Bearer long-enough-secret, long-enough-secret, abc", headers).count(b"long-enough") == 0
    assert scrubbed(b"abc", headers) == b"abc"


def test_certificates_that_cannot_be_read_are_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(ProxyError, match="cannot be read"):
        client_for(Remote(url="https://example.com/", trusted=str(tmp_path / "none.pem")))


def test_a_connection_is_given_up_long_before_servers_close_it(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, httpx2.Limits] = {}
    monkeypatch.setattr(httpx2, "AsyncClient", lambda **settings: given.update(limits=settings["limits"]))
    client_for(Remote(url="https://example.com/"))
    unused = given["limits"].keepalive_expiry
    assert unused is not None
    assert unused < 5.0 / 2  # as long as the servers of Node and of uvicorn leave an unused connection open


def test_nothing_is_sent_with_a_credential_that_has_expired() -> None:
    remote = Remote(url="https://127.0.0.1:1/mcp", headers={"authorization": "Bearer x"}, until=0.0)

    async def send() -> None:
        async with client_for(remote) as client:
            await client.get(remote.url)

    with pytest.raises(httpx2.ConnectError, match=r"the credential for https://127\.0\.0\.1:1 has expired"):
        anyio.run(send)
