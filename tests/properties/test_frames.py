"""Frames under fire: whatever bytes come, a frame or a clear error, and never another meaning than another reader's."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mcp_types import jsonrpc_message_adapter
from tests.example_counts import examples

from remit.errors import FrameError
from remit.proxy.frames import Frame, Kind, parse
from remit.proxy.points import Side, Treatment, treatment_of

TEXT = st.text(max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
IDS = st.integers(-(2**53), 2**53) | TEXT
PARAMS = st.dictionaries(TEXT, VALUES, max_size=4)
MESSAGES = st.one_of(
    st.fixed_dictionaries({"jsonrpc": st.just("2.0"), "id": IDS, "method": TEXT}, optional={"params": PARAMS}),
    st.fixed_dictionaries({"jsonrpc": st.just("2.0"), "method": TEXT}, optional={"params": PARAMS}),
    st.fixed_dictionaries({"jsonrpc": st.just("2.0"), "id": IDS, "result": PARAMS}),
    st.fixed_dictionaries(
        {
            "jsonrpc": st.just("2.0"),
            "id": IDS | st.none(),
            "error": st.fixed_dictionaries(
                {"code": st.integers(-40000, 40000), "message": TEXT}, optional={"data": VALUES}
            ),
        }
    ),
)


@pytest.mark.requirement("PROXY-01")
@given(message=MESSAGES)
@settings(max_examples=examples(300), deadline=None)
def test_a_message_comes_out_as_it_went_in(message: dict[str, Any]) -> None:
    frame = parse(json.dumps(message).encode())
    again = frame.encode()
    assert json.loads(again) == message
    assert parse(again) == frame
    assert b"\n" not in again


@pytest.mark.requirement("PROXY-01")
@given(message=MESSAGES)
@settings(max_examples=examples(200), deadline=None)
def test_the_library_of_the_protocol_reads_the_same(message: dict[str, Any]) -> None:
    data = json.dumps(message).encode()
    frame = parse(data)
    read = jsonrpc_message_adapter.validate_json(frame.encode(), by_name=False)
    kinds = {"JSONRPCRequest": Kind.REQUEST, "JSONRPCNotification": Kind.NOTIFICATION}
    kinds |= {"JSONRPCResponse": Kind.RESPONSE, "JSONRPCError": Kind.ERROR}
    assert kinds[type(read).__name__] is frame.kind
    assert getattr(read, "id", None) == frame.id
    assert getattr(read, "method", None) == frame.method


@pytest.mark.requirement("PROXY-01", "PROXY-11")
@given(data=st.binary(max_size=200))
@example(data=b'{"jsonrpc":"2.0","id":1,"method":"a","params":{"x":' + b"1" * 6000 + b"}}")
@settings(max_examples=examples(500), deadline=None)
def test_any_bytes_are_a_frame_or_a_frame_error(data: bytes) -> None:
    found: Frame | FrameError
    try:
        found = parse(data)
    except FrameError as error:
        found = error
    if isinstance(found, FrameError):
        assert found.number in (-32700, -32600, -32602)
        assert json.loads(Frame.refusing(found).encode())["error"]["message"] == found.message
    else:
        assert parse(found.encode()) == found


def first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object as a reader understands it that keeps the first of two equal keys."""
    return dict(reversed(pairs))


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """A message with some bytes changed, doubled, or taken away."""
    data = bytearray(json.dumps(draw(MESSAGES)).encode())
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        width = draw(st.integers(1, 12))
        match draw(st.sampled_from(("change", "double", "drop", "insert"))):
            case "change":
                data[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case "double":
                data[at:at] = data[at : at + width]
            case "drop":
                del data[at : at + width]
            case _:
                word = draw(st.sampled_from([b'"id":1,', b'"method":"tools/call",', b"NaN", b"[", b"\\u0000", b"\xff"]))
                data[at:at] = word
    return bytes(data)


@pytest.mark.requirement("PROXY-01", "PROXY-11")
@given(data=mangled())
@settings(max_examples=examples(500), deadline=None)
def test_what_is_read_of_a_mangled_message_every_reader_reads_alike(data: bytes) -> None:
    try:
        frame = parse(data)
    except FrameError:
        return
    assert json.loads(data) == frame.message
    assert json.loads(data, object_pairs_hook=first_wins) == frame.message
    try:
        json.dumps(frame.message, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return  # half a surrogate pair goes on as it came: the library refuses it, others do not
    jsonrpc_message_adapter.validate_json(frame.encode(), by_name=False)


@pytest.mark.requirement("PROXY-02")
@given(method=st.sampled_from(["tools/call", "tools/list", "x"]), params=PARAMS, side=st.sampled_from(list(Side)))
@settings(max_examples=examples(100), deadline=None)
def test_parameters_never_turn_a_guarded_method_into_a_passing_one(
    method: str, params: dict[str, Any], side: Side
) -> None:
    found = treatment_of(side, Frame.request(1, method, params))
    expected = {"tools/call": Treatment.CALL, "tools/list": Treatment.LISTING}.get(method, Treatment.PASS)
    assert found is (expected if side is Side.CLIENT else Treatment.PASS)
