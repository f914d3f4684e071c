"""The policy points: every method of the protocol has its place, and what stands nowhere passes."""

import pytest
from mcp_types import methods

from remit.proxy.frames import Frame, Kind
from remit.proxy.points import POINTS, Side, Treatment, lookalike, treatment_of

PASSING_REQUESTS = {
    "completion/complete", "initialize", "logging/setLevel", "ping", "prompts/get", "prompts/list", "resources/list",
    "resources/read", "resources/subscribe", "resources/templates/list", "resources/unsubscribe", "server/discover",
    "subscriptions/listen", "roots/list",
}  # fmt: skip
"""Requests of the specification that pass: they read, subscribe, or set up the conversation."""


@pytest.mark.requirement("PROXY-02")
def test_every_method_of_the_specification_was_looked_at() -> None:
    client = {method for method, _ in methods.CLIENT_REQUESTS}
    server = {method for method, _ in methods.SERVER_REQUESTS}
    decided = {method for side, kind, method in POINTS if kind is Kind.REQUEST and method in client | server}
    assert decided == {"tools/call", "tools/list", "sampling/createMessage", "elicitation/create"}
    assert client | server == PASSING_REQUESTS | decided


@pytest.mark.requirement("PROXY-02")
@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("method", ["x/unheard-of", "resources/read", "notifications/x"])
def test_what_stands_in_no_row_passes_both_ways(side: Side, method: str) -> None:
    assert treatment_of(side, Frame.request(1, method, {})) is Treatment.PASS
    assert treatment_of(side, Frame.notification(method, {})) is Treatment.PASS


def test_the_side_decides_too() -> None:
    assert treatment_of(Side.SERVER, Frame.request(1, "tools/call", {})) is Treatment.PASS
    assert treatment_of(Side.CLIENT, Frame.request(1, "sampling/createMessage", {})) is Treatment.PASS


def test_an_answer_that_asks_something_is_looked_at() -> None:
    asking = {"resultType": "input_required", "inputRequests": {"a": {}}}
    assert treatment_of(Side.SERVER, Frame.response(1, asking)) is Treatment.INPUT
    assert treatment_of(Side.CLIENT, Frame.response(1, asking)) is Treatment.PASS
    assert treatment_of(Side.SERVER, Frame.notification("notifications/tasks", asking)) is Treatment.INPUT
    assert treatment_of(Side.SERVER, Frame.response(1, {"resultType": "complete"})) is Treatment.PASS


@pytest.mark.requirement("PROXY-01")
@pytest.mark.parametrize("method", ["Tools/Call", "tools/call ", " tools/call", "/tools/call", "tools/\ncall"])
def test_a_method_spelled_so_that_a_careless_server_would_take_it_is_known(method: str) -> None:
    assert lookalike(Frame.request(1, method, {}))


@pytest.mark.parametrize("method", ["tools/call", "tools/list", "tools/calls", "my/tools/call"])
def test_other_methods_are_no_lookalikes(method: str) -> None:
    assert not lookalike(Frame.request(1, method, {}))
