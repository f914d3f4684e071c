"""Headers of the stateless era: they say what the body says, or the request goes nowhere."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.shared import inbound

from remit.proxy.frames import Frame
from remit.proxy.http.headers import (
    Marked,
    decoded,
    encoded,
    marked_arguments,
    mismatch,
    modern_headers,
    parameter_headers,
    parameter_mismatch,
)

VERSION = "io.modelcontextprotocol/protocolVersion"


def call(name: object = "echo", version: object = "2026-07-28", method: str = "tools/call") -> dict[str, Any]:
    """A request of the stateless era."""
    params: dict[str, Any] = {"name": name, "arguments": {}, "_meta": {VERSION: version}}
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


RIGHT = (("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"), ("mcp-name", "echo"))


@pytest.mark.requirement("PROXY-23")
def test_headers_that_say_what_the_body_says_pass() -> None:
    assert mismatch(call(), RIGHT) is None
    assert mismatch(call("grüße"), (*RIGHT[:2], ("mcp-name", encoded("grüße")))) is None


@pytest.mark.requirement("PROXY-23")
@pytest.mark.parametrize(
    ("headers", "named"),
    [
        (RIGHT[1:], "mcp-protocol-version"),
        (RIGHT[:1], "mcp-method"),
        (RIGHT[:2], "mcp-name"),
        ((("mcp-protocol-version", "2025-11-25"), *RIGHT[1:]), "mcp-protocol-version"),
        ((RIGHT[0], ("mcp-method", "tools/list"), RIGHT[2]), "mcp-method"),
        ((RIGHT[0], ("mcp-method", "TOOLS/CALL"), RIGHT[2]), "mcp-method"),
        ((*RIGHT[:2], ("mcp-name", "add")), "mcp-name"),
        ((*RIGHT[:2], ("mcp-name", "=?base64?ZWNobw=?=")), "mcp-name"),
        ((*RIGHT, ("Mcp-Name", "echo")), "mcp-name"),
        ((*RIGHT, ("mcp-method", "tools/call")), "mcp-method"),
        ((*RIGHT, ("MCP-Protocol-Version", "2026-07-28")), "mcp-protocol-version"),
    ],
)
def test_a_header_that_differs_is_missing_or_is_there_twice_refuses(
    headers: tuple[tuple[str, str], ...], named: str
) -> None:
    found = mismatch(call(), headers)
    assert found is not None
    assert found.code == -32020
    assert named in found.message


def test_a_name_where_nothing_is_named_refuses() -> None:
    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": {VERSION: "2026-07-28"}}}
    headers = (RIGHT[0], ("mcp-method", "tools/list"), ("mcp-name", "echo"))
    found = mismatch(request, headers)
    assert found is not None
    assert "mcp-name" in found.message


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_a_text_survives_the_way_and_is_spelled_as_the_official_library_spells_it(text: str) -> None:
    assert decoded(encoded(text)) == text
    assert encoded(text) == inbound.encode_header_value(text)


@given(st.text(max_size=20) | st.from_regex(r"=\?base64\?[A-Za-z0-9+/=]{0,12}\?=", fullmatch=True))
def test_a_value_is_read_as_the_official_library_reads_it(value: str) -> None:
    assert decoded(value) == inbound.decode_header_value(value)


SCHEMA = {
    "type": "object",
    "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "count": {"type": "integer", "x-mcp-header": "Count"},
        "deep": {"type": "object", "properties": {"flag": {"type": "boolean", "x-mcp-header": "Flag"}}},
        "plain": {"type": "string"},
    },
}
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "region": st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.none(),
        "count": st.integers(-(10**12), 10**12),
        "deep": st.fixed_dictionaries({}, optional={"flag": st.booleans()}),
        "plain": st.text(max_size=4),
    },
)


@given(VALUES)
def test_marked_arguments_become_the_headers_the_official_library_sends(arguments: Mapping[str, Any]) -> None:
    ours = parameter_headers(SCHEMA, arguments)
    theirs = inbound.mcp_param_headers(inbound.x_mcp_header_map(SCHEMA), arguments)
    assert ours == {name.lower(): value for name, value in theirs.items()}
    assert parameter_mismatch(SCHEMA, arguments, tuple(ours.items())) is None


@given(VALUES, VALUES)
def test_headers_of_other_arguments_are_refused_as_the_official_library_refuses_them(
    said: Mapping[str, Any], sent: Mapping[str, Any]
) -> None:
    headers = parameter_headers(SCHEMA, said)
    ours = parameter_mismatch(SCHEMA, sent, tuple(headers.items()))
    theirs = inbound.validate_mcp_param_headers(SCHEMA, sent, headers)
    assert (ours is None) == (theirs is None)


@pytest.mark.parametrize(
    "mark",
    [
        {"type": "number", "x-mcp-header": "A"},
        {"type": "string", "x-mcp-header": "has space"},
        {"type": "string", "x-mcp-header": ""},
        {"type": "string", "x-mcp-header": 7},
        {"type": ["string"], "x-mcp-header": "A"},
    ],
)
def test_a_malformed_mark_marks_nothing(mark: dict[str, Any]) -> None:
    assert marked_arguments({"properties": {"a": mark, "b": {"type": "string", "x-mcp-header": "B"}}}) == {}


def test_a_mark_that_stands_twice_marks_nothing() -> None:
    twice = {"a": {"type": "string", "x-mcp-header": "A"}, "b": {"type": "string", "x-mcp-header": "a"}}
    assert marked_arguments({"properties": twice}) == {}


def test_what_a_server_listed_is_what_its_calls_are_sent_with() -> None:
    marked = Marked()
    marked.note({"tools": [{"name": "echo", "inputSchema": SCHEMA}, "junk", {"name": 3}]})
    frame = Frame.request(1, "tools/call", {"name": "echo", "arguments": {"region": "eu", "count": 3}})
    assert marked.headers(frame) == {"mcp-param-region": "eu", "mcp-param-count": "3"}
    assert marked.mismatch(frame, (("Mcp-Param-Region", "us"), ("Mcp-Param-Count", "3"))) is not None
    assert marked.mismatch(frame, (("mcp-param-region", "eu"), ("mcp-param-count", "3.0"))) is None
    assert marked.headers(Frame.request(1, "tools/call", {"name": "other", "arguments": {"region": "eu"}})) == {}


def test_headers_are_worked_out_from_the_body() -> None:
    body = call("grüße")
    headers = modern_headers("tools/call", body["params"])
    assert mismatch(body, tuple(headers.items())) is None
    task = {"taskId": "t-1", "_meta": {VERSION: "2026-07-28"}}
    assert modern_headers("tasks/get", task)["mcp-name"] == "t-1"
