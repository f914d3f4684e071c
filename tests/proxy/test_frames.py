"""Frames: what is read, what is refused, and that what goes on is what was understood."""

import json

import pytest
from tests.proxy.scene import line

from remit.errors import FrameError
from remit.proxy.frames import DEEPEST, LONGEST, MOST_VALUES, Frame, Kind, parse

REQUEST = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "echo"}}


def refused(data: bytes) -> FrameError:
    """The error of a message that is not read."""
    with pytest.raises(FrameError) as caught:
        parse(data)
    return caught.value


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (REQUEST, Kind.REQUEST),
        ({"jsonrpc": "2.0", "id": "a", "method": "ping"}, Kind.REQUEST),
        ({"jsonrpc": "2.0", "method": "notifications/initialized"}, Kind.NOTIFICATION),
        ({"jsonrpc": "2.0", "id": 1, "result": {}}, Kind.RESPONSE),
        ({"jsonrpc": "2.0", "id": 1, "error": {"code": -1, "message": "no", "data": [1]}}, Kind.ERROR),
        ({"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "no"}}, Kind.ERROR),
        ({"jsonrpc": "2.0", "id": 1, "method": "x/unheard", "params": {"_meta": {"a/b": 1}}, "extra": 1}, Kind.REQUEST),
    ],
)
def test_every_kind_of_message_is_read_and_written_back_the_same(message: dict[str, object], kind: Kind) -> None:
    frame = parse(line(message))
    assert frame.kind is kind
    assert json.loads(frame.encode()) == message
    assert b"\n" not in frame.encode()


@pytest.mark.requirement("PROXY-01")
@pytest.mark.parametrize(
    ("data", "code", "number"),
    [
        (b'{"jsonrpc":"2.0","id":1,"method":"a","params":{"x":1,"x":2}}', "twin", -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}', "twin", -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"a","params":{"x":[{"y":1,"y":1}]}}', "twin", -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}', "case", -32600),
        ('{"jsonrpc":"2.0","id":1,"method":"ping","param\u017f":{}}'.encode(), "case", -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"a","params":{"x":NaN}}', "number", -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"a","params":{"x":-Infinity}}', "number", -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"a","params":{"x":1e999}}', "number", -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"a","params":{"x":' + b"9" * 5000 + b"}}", "json", -32700),
        (b"[]", "batch", -32600),
        (b"[" + line(REQUEST) + b"]", "batch", -32600),
        (b'"text"', "shape", -32600),
        (b"{}", "version", -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"a"}', "version", -32600),
        (b'{"jsonrpc":"2.0","id":1}', "shape", -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"a","result":{}}', "shape", -32600),
        (b'{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"x"}}', "shape", -32600),
        (b'{"jsonrpc":"2.0","result":{}}', "shape", -32600),
        (b'{"jsonrpc":"2.0","id":1,"result":[]}', "shape", -32600),
        (b'{"jsonrpc":"2.0","id":1,"error":{"code":"x","message":"x"}}', "shape", -32600),
        (b'{"jsonrpc":"2.0","id":true,"method":"a"}', "id", -32600),
        (b'{"jsonrpc":"2.0","id":1.5,"method":"a"}', "id", -32600),
        (b'{"jsonrpc":"2.0","id":null,"method":"a"}', "id", -32600),
        (b'{"jsonrpc":"2.0","id":null,"result":{}}', "id", -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":7}', "shape", -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"a","params":[1]}', "params", -32602),
        (b"\xff\xfe{}", "utf-8", -32700),
        (b"\xef\xbb\xbf{}", "json", -32700),
        (b'{"jsonrpc":', "json", -32700),
        (b'{"jsonrpc":"2.0","id":1,"method":"a","params":{"x":"a\nb"}}', "json", -32700),
        (b"[" * (DEEPEST + 1), "deep", -32600),
        (b'{"a":' * 100_000, "deep", -32600),
        (b"[" + b"1," * MOST_VALUES + b"1]", "large", -32600),
        (b'"' + b'\\"' * 500_000, "json", -32700),
    ],
)
def test_what_two_readers_could_read_in_two_ways_is_refused(data: bytes, code: str, number: int) -> None:
    error = refused(data)
    assert (error.code, error.number) == (f"proxy.frame.{code}", number)


def test_a_message_that_is_too_long_is_refused_before_it_is_read() -> None:
    assert refused(b"{" + b" " * LONGEST + b"}").code == "proxy.frame.long"


def test_brackets_inside_of_texts_do_not_count() -> None:
    text = "[" * 1000 + "{" * 1000 + '"' * 10 + "\\"
    assert parse(line({**REQUEST, "params": {"text": text}})).params == {"text": text}


@pytest.mark.parametrize(
    ("data", "identifier", "answers"),
    [
        (b'{"jsonrpc":"2.0","id":7,"method":"a","params":{"x":NaN}}', 7, False),
        (b'{"jsonrpc":"2.0","id":"q","result":{"a":1,"a":2}}', "q", True),
        (b'{"jsonrpc":"2.0","id":7,"id":8,"method":"a"}', None, False),
        (b'{"jsonrpc":"2.0","id":7,"ID":8,"method":"a"}', None, False),
        (b'{"jsonrpc":"2.0","id":[7],"method":"a"}', None, False),
    ],
)
def test_whoever_waits_for_a_refused_message_is_named_where_it_is_certain(
    data: bytes, identifier: object, answers: object
) -> None:
    error = refused(data)
    assert (error.id, error.answers) == (identifier, answers)
    told = Frame.refusing(error)
    assert told.kind is Kind.ERROR
    assert told.message["id"] == identifier


def test_half_a_surrogate_pair_goes_on_as_an_escape() -> None:
    data = b'{"jsonrpc":"2.0","id":1,"result":{"text":"\\ud83d"}}'
    assert parse(data).encode() == b'{"jsonrpc":"2.0","id":1,"result":{"text":"\\ud83d"}}'


def test_a_changed_frame_leaves_the_first_one_alone() -> None:
    frame = parse(line(REQUEST))
    other = frame.with_params(name="other").with_id(2)
    assert (frame.id, frame.params["name"], other.id, other.params["name"]) == (1, "echo", 2, "other")
    answer = Frame.response(1, {"a": 1}).with_result(a=2)
    assert answer.result == {"a": 2}
