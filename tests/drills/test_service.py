from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from remit.drills.plan import Reply, Service
from remit.drills.service import serving


def get(address: str, method: str = "GET") -> tuple[int, str]:
    data = None if method == "GET" else b"{}"
    request = urllib.request.Request(address, method=method, data=data)  # noqa: S310 - loopback
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_every_request_is_written_down_in_order_without_its_query() -> None:
    with serving(Service(name="service")) as arrivals:
        get(f"{arrivals.address}/items?secret=1")
        get(f"{arrivals.address}/orders", "POST")
        assert [request for _at, request in arrivals.seen] == ["GET /items", "POST /orders"]
        moments = [at for at, _request in arrivals.seen]
    assert moments == sorted(moments)


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        ("/items", "GET", (200, "[1]")),
        ("/broken", "POST", (503, "no")),
        ("/else", "GET", (200, '{"method": "GET", "path": "/else"}')),
    ],
)
def test_it_answers_as_the_plan_says(path: str, method: str, expected: tuple[int, str]) -> None:
    replies = (Reply(method="GET", path="/items", body="[1]"), Reply(path="/broken", status=503, body="no"))
    with serving(Service(name="shop", replies=replies)) as arrivals:
        assert get(arrivals.address + path, method) == expected


def test_nobody_listens_any_more_when_it_is_over() -> None:
    with serving(Service(name="service")) as arrivals:
        address = arrivals.address
    with pytest.raises(OSError, match="refused"):
        get(address)
