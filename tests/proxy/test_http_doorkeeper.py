"""Who comes in: by the token, the Host and the Origin."""

import pytest

from remit.proxy.http.doorkeeper import ANYBODY, Doorkeeper, Refusal, fresh_token, is_loopback

KEEPER = Doorkeeper(
    tokens={"agent": "alpha-token", "other": "beta-token"},
    hosts=frozenset({"127.0.0.1", "localhost", "::1"}),
    port=4000,
)
AGENT = ("authorization", "Bearer alpha-token")


def status(*headers: tuple[str, str], keeper: Doorkeeper = KEEPER) -> int | str:
    """The caller, or the status of the refusal."""
    answer = keeper.who(headers)
    return answer.status if isinstance(answer, Refusal) else answer


@pytest.mark.parametrize("host", ["127.0.0.1:4000", "localhost:4000", "LOCALHOST", "[::1]:4000", "[::1]"])
def test_a_caller_with_a_token_comes_in_under_its_name(host: str) -> None:
    assert status(("host", host), AGENT) == "agent"
    assert status(("host", host), ("authorization", "bearer beta-token")) == "other"


@pytest.mark.requirement("PROXY-22")
@pytest.mark.parametrize(
    "value",
    ["", "alpha-token", "Basic alpha-token", "Bearer", "Bearer ", "Bearer alpha", "Bearer alpha-token2", "Bearer ÿ"],
)
def test_a_wrong_token_does_not_come_in(value: str) -> None:
    assert status(("host", "localhost"), ("authorization", value)) == 401


@pytest.mark.requirement("PROXY-22")
def test_no_token_or_two_do_not_come_in() -> None:
    assert status(("host", "localhost")) == 401
    assert status(("host", "localhost"), AGENT, AGENT) == 401


@pytest.mark.requirement("PROXY-22")
@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:4000", "127.0.0.1:81", "127.0.0.1.evil.example", "", "localhost:x", "a@localhost"],
)
def test_a_name_that_was_made_to_resolve_here_does_not_come_in(host: str) -> None:
    assert status(("host", host), AGENT) == 421


def test_no_host_or_two_are_no_request() -> None:
    assert status(AGENT) == 400
    assert status(("host", "localhost"), ("host", "localhost"), AGENT) == 400


@pytest.mark.requirement("PROXY-22")
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:4000", "http://127.0.0.1"])
def test_a_web_page_does_not_come_in(origin: str) -> None:
    assert status(("host", "localhost"), AGENT, ("origin", origin)) == 403


def test_an_origin_that_was_allowed_comes_in() -> None:
    keeper = Doorkeeper(tokens={}, hosts=frozenset({"localhost"}), origins=frozenset({"https://tools.example"}))
    assert status(("host", "localhost"), ("origin", "https://tools.example"), keeper=keeper) == ANYBODY


def test_a_body_whose_length_is_said_twice_does_not_come_in() -> None:
    both = (("content-length", "3"), ("transfer-encoding", "chunked"))
    assert status(("host", "localhost"), AGENT, *both) == 400
    assert status(("host", "localhost"), AGENT, ("content-length", "3"), ("content-length", "3")) == 400


def test_on_a_unix_socket_there_is_no_host_to_look_at() -> None:
    assert status(keeper=Doorkeeper()) == ANYBODY


def test_a_doorkeeper_does_not_show_its_tokens() -> None:
    assert "alpha-token" not in repr(KEEPER)


def test_tokens_are_long_and_never_the_same() -> None:
    tokens = {fresh_token() for _ in range(100)}
    assert len(tokens) == 100
    assert min(map(len, tokens)) >= 43


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("[::1]", True), ("localhost", True), ("0.0.0.0", False),  # noqa: S104 - that is the point
     ("10.0.0.1", False), ("example.com", False), ("localhost.example.com", False), ("::", False)],
)  # fmt: skip
def test_only_this_machine_is_loopback(host: str, *, expected: bool) -> None:
    assert is_loopback(host) is expected
