"""Real clients reach their hosts through the proxy without knowing more than its address."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from http.client import HTTPConnection

import pytest
from tests.small_egress import PATIENCE, host, needs, plain, proxy, read_request

from remit.supervisor.egress.proxy import Rules


def body_back(client: socket.socket) -> bytes:
    """A host that answers with the body it was sent."""
    request = read_request(client)
    client.sendall(plain(request.partition(b"\r\n\r\n")[2] or b"nothing"))
    return request


def size_back(client: socket.socket) -> bytes:
    """A host that answers with the size of the body it was sent."""
    request = read_request(client)
    client.sendall(plain(b"%d" % len(request.partition(b"\r\n\r\n")[2])))
    return request


def test_urllib_works_through_it() -> None:
    with host(body_back) as there, proxy(Rules(hosts=(there.name,))) as running:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": f"http://127.0.0.1:{running.port}"}))
        with opener.open(f"http://{there.name}/", timeout=PATIENCE) as answer:
            assert answer.read() == b"nothing"
        with opener.open(f"http://{there.name}/", data=b"abc", timeout=PATIENCE) as answer:
            assert answer.read() == b"abc"
        with pytest.raises(urllib.error.HTTPError, match="403") as caught:
            opener.open("http://b.example/", timeout=PATIENCE)
        caught.value.close()


def test_the_plain_client_of_the_standard_library_works_through_it() -> None:
    with host(body_back) as there, proxy(Rules(hosts=(there.name,))) as running:
        client = HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE)
        headers = {"Transfer-Encoding": "chunked", "Host": there.name}
        for _ in range(2):  # the client connects again for its second request
            parts = iter([b"ab", b"cd"])
            client.request("POST", f"http://{there.name}/", body=parts, encode_chunked=True, headers=headers)
            assert client.getresponse().read() == b"2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"
        client.close()


def test_the_plain_client_of_the_standard_library_tunnels_through_it() -> None:
    with host(body_back) as there, proxy(Rules(hosts=(there.name,))) as running:
        client = HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE)
        client.set_tunnel("127.0.0.1", there.port)
        client.request("POST", "/", body=b"through", headers={"Host": there.name})
        assert client.getresponse().read() == b"through"
        client.close()


def curl(port: int, *arguments: str, data: str = "") -> subprocess.CompletedProcess[str]:
    """Run curl through the proxy."""
    command = ["curl", "-sS", "-q", "--noproxy", "", "-x", f"http://127.0.0.1:{port}", *arguments]
    settings = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        command, input=data, capture_output=True, text=True, timeout=PATIENCE, check=False, env=settings
    )


@pytest.mark.parametrize("option", ["--http1.1", "--proxytunnel", "--http1.0"])
def test_curl_uploads_through_it(option: str) -> None:
    needs(shutil.which("curl") is not None, "curl")
    with host(size_back) as there, proxy(Rules(hosts=(there.name,))) as running:
        done = curl(running.port, option, "--data-binary", "@-", f"http://{there.name}/", data="x" * 2_000_000)
        assert (done.stdout, done.stderr) == ("2000000", "")


def test_curl_is_told_that_a_host_is_not_listed() -> None:
    needs(shutil.which("curl") is not None, "curl")
    with proxy(Rules()) as running:
        denied = curl(running.port, "-w", "%{http_code}", "http://b.example/")
        assert denied.stdout.endswith("403")
        assert "denied by the charter" in denied.stdout
