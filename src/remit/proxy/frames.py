"""Messages of the Model Context Protocol as they cross a wire: read strictly, checked, and written anew.

Nothing is ever passed on in the bytes it came in. Two readers of the same bytes may disagree about a key that stands
twice, about ``NaN``, about the case of a key; so whatever they could disagree about is refused, and what goes on is
written from what was understood. The shape of a message is that of JSON-RPC 2.0, sections 4 to 6, with the rules MCP
adds (basic protocol, "Messages"): parameters are an object, an id is a text or a whole number, there are no batches.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from remit.errors import FrameError

__all__ = ["DEEPEST", "LONGEST", "MOST_VALUES", "Frame", "Identifier", "Kind", "parse"]

Identifier = int | str

LONGEST = 16 * 2**20
"""The most bytes of one message."""
DEEPEST = 100
"""The most arrays and objects within each other."""
MOST_VALUES = 500_000
"""The most values in one message, so that a small message cannot become a large memory."""

_PARSE = -32700
_INVALID = -32600
_MEMBERS = ("jsonrpc", "id", "method", "params", "result", "error")
_TEXTS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)  # linear, also where the last text is not closed


class Kind(StrEnum):
    """What a message is."""

    REQUEST = "request"
    NOTIFICATION = "notification"
    RESPONSE = "response"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One message: its kind, and the JSON values it holds. Treat ``message`` as read-only; the methods make new frames.

    ``id`` and ``method`` are ``None`` where the message has none (an error may answer nobody in particular).
    """

    kind: Kind
    message: Mapping[str, object]

    @property
    def id(self) -> Identifier | None:
        """The id of the request, or of the request it answers."""
        value = self.message.get("id")
        return value if isinstance(value, int | str) else None

    @property
    def method(self) -> str | None:
        """What a request or a notification is about."""
        value = self.message.get("method")
        return value if isinstance(value, str) else None

    @property
    def params(self) -> Mapping[str, object]:
        """The parameters of a request or a notification, empty where there are none."""
        return _object(self.message.get("params"))

    @property
    def result(self) -> Mapping[str, object]:
        """The result in a response, empty for anything else."""
        return _object(self.message.get("result"))

    @property
    def answers(self) -> bool:
        """Whether it answers a request."""
        return self.kind in (Kind.RESPONSE, Kind.ERROR)

    @classmethod
    def of(cls, message: Mapping[str, object]) -> Frame:
        """The frame of a message that was read by somebody else; raises ``FrameError`` as ``parse`` does."""
        return cls(kind=_kind_of(message), message=message)

    @classmethod
    def request(cls, identifier: Identifier, method: str, params: Mapping[str, object]) -> Frame:
        """A request for this method with these parameters."""
        message = {"jsonrpc": "2.0", "id": identifier, "method": method, "params": params}
        return cls(kind=Kind.REQUEST, message=message)

    @classmethod
    def notification(cls, method: str, params: Mapping[str, object] | None = None) -> Frame:
        """A notification, with parameters where there are any."""
        message: dict[str, object] = {"jsonrpc": "2.0", "method": method}
        return cls(kind=Kind.NOTIFICATION, message=message if params is None else {**message, "params": params})

    @classmethod
    def response(cls, identifier: Identifier, result: Mapping[str, object]) -> Frame:
        """The answer to a request."""
        return cls(kind=Kind.RESPONSE, message={"jsonrpc": "2.0", "id": identifier, "result": result})

    @classmethod
    def error(cls, identifier: Identifier | None, number: int, text: str, data: object = None) -> Frame:
        """The answer to a request that failed with a JSON-RPC error code."""
        error: dict[str, object] = {"code": number, "message": text}
        if data is not None:
            error["data"] = data
        return cls(kind=Kind.ERROR, message={"jsonrpc": "2.0", "id": identifier, "error": error})

    @classmethod
    def refusing(cls, error: FrameError) -> Frame:
        """What the sender of an unreadable message is told."""
        hint = {"hint": error.hint} if error.hint else {}
        return cls.error(error.id, error.number, error.message, {"code": error.code, **hint})

    def with_params(self, **changed: object) -> Frame:
        """The same message with some of its parameters replaced."""
        return Frame(kind=self.kind, message={**self.message, "params": {**self.params, **changed}})

    def with_result(self, **changed: object) -> Frame:
        """The same response with some members of its result replaced."""
        return Frame(kind=self.kind, message={**self.message, "result": {**self.result, **changed}})

    def with_id(self, identifier: Identifier) -> Frame:
        """The same message under another id."""
        return Frame(kind=self.kind, message={**self.message, "id": identifier})

    def encode(self) -> bytes:
        """The message as JSON in UTF-8 on one line, without the line break."""
        try:
            return _PLAIN.encode(self.message).encode()
        except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can carry
            return _ESCAPED.encode(self.message).encode()


def parse(data: bytes) -> Frame:
    """Read one message.

    Raises ``FrameError``: for bytes that are no UTF-8 or no JSON, for a message that is too long, too deep or holds
    too many values, for a key that stands twice, for numbers JSON has no word for, for batches, and for what is neither
    a request, a notification, a response nor an error. Its ``number`` is the JSON-RPC error code, its ``id`` that of
    the message where it can be told.
    """
    _measure(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise _bad("utf-8", f"byte {problem.start} of the message is not UTF-8", number=_PARSE) from problem
    try:
        value = _DECODER.decode(text)
    except FrameError as error:
        raise _with_sender(error, text) from None
    except json.JSONDecodeError as problem:
        message = f"the message is not JSON: {problem.msg.lower()} at character {problem.pos}"
        raise _bad("json", message, number=_PARSE) from problem
    except (ValueError, RecursionError) as problem:
        raise _bad("json", "the message holds a number nobody can read", number=_PARSE) from problem
    if isinstance(value, list):
        hint = "send the messages one by one: batches were taken out of the protocol in 2025-06-18"
        raise _bad("batch", "a batch of messages is not passed on", hint=hint)
    if not isinstance(value, dict):
        raise _bad("shape", "a message is an object")
    try:
        return Frame.of(value)
    except FrameError as error:
        raise _with_sender(error, text) from None


def _measure(data: bytes) -> None:
    """Refuse what would take too much memory or too deep a stack to read; brackets inside of texts do not count."""
    if len(data) > LONGEST:
        raise _bad("long", f"a message may have {LONGEST} bytes, this one has {len(data)}")
    opened, parted = data.count(b"[") + data.count(b"{"), data.count(b",")
    if opened <= DEEPEST and opened + parted < MOST_VALUES:
        return
    bare = _TEXTS.sub(b"", data)
    if bare.count(b"[") + bare.count(b"{") + bare.count(b",") >= MOST_VALUES:
        raise _bad("large", f"a message may hold {MOST_VALUES} values, this one holds more")
    depth = 0
    for sign in re.findall(rb"[\[\]{}]", bare):
        depth += 1 if sign in b"[{" else -1
        if depth > DEEPEST:
            raise _bad("deep", f"a message may be {DEEPEST} levels deep, this one is deeper")


def _kind_of(message: Mapping[str, object]) -> Kind:
    """What a message is; raises ``FrameError`` where two readers could give two answers."""
    for key in message:
        if key not in _MEMBERS and key.casefold() in _MEMBERS:
            raise _bad("case", f"the key `{_short(key)}` differs from `{key.casefold()}` by its case only")
    if message.get("jsonrpc") != "2.0":
        raise _bad("version", "`jsonrpc` must be the text 2.0")
    if "id" in message and not _is_identifier(message["id"]) and not (message["id"] is None and "error" in message):
        raise _bad("id", "`id` must be a text or a whole number")
    told = [name for name in ("method", "result", "error") if name in message]
    match told:
        case ["method"]:
            return _kind_of_question(message)
        case ["result"] if "id" in message and isinstance(message["result"], dict):
            return Kind.RESPONSE
        case ["error"] if "id" in message and _is_error(message["error"]):
            return Kind.ERROR
        case ["result" | "error"]:
            raise _bad("shape", f"an answer has an `id`, and its `{told[0]}` is an object of the right form")
        case []:
            raise _bad("shape", "a message has one of `method`, `result` and `error`")
        case _:
            raise _bad("shape", f"a message has only one of {', '.join(f'`{name}`' for name in told)}")


def _kind_of_question(message: Mapping[str, object]) -> Kind:
    """A request or a notification."""
    if not isinstance(message["method"], str):
        raise _bad("shape", "`method` must be a text")
    if "params" in message and not isinstance(message["params"], dict):
        raise _bad("params", "`params` must be an object", number=-32602)
    return Kind.REQUEST if "id" in message else Kind.NOTIFICATION


def _is_identifier(value: object) -> bool:
    """Whether a value can be an id; ``true`` is a number in Python only."""
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))


def _is_error(value: object) -> bool:
    """Whether a value is the error of JSON-RPC section 5.1."""
    if not isinstance(value, dict):
        return False
    number = value.get("code")
    return isinstance(number, int) and not isinstance(number, bool) and isinstance(value.get("message"), str)


def _object(value: object) -> Mapping[str, object]:
    """The value where it is an object, else nothing."""
    return value if isinstance(value, dict) else {}


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object of its keys and values; raises ``FrameError`` when a key stands twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        counted = Counter(key for key, _ in pairs)
        twin = next(key for key, times in counted.items() if times > 1)
        raise _bad("twin", f"the key `{_short(twin)}` stands twice in one object")
    return found


def _finite(text: str) -> float:
    """A number with a fraction or an exponent; raises ``FrameError`` when it is too large to be one."""
    value = float(text)
    if not math.isfinite(value):
        raise _bad("number", f"the number `{_short(text)}` is too large", number=_PARSE)
    return value


def _no_number(word: str) -> NoReturn:
    """Refuse ``NaN`` and the infinities, which are not JSON."""
    raise _bad("number", f"`{word}` is not JSON", number=_PARSE)


class _Pairs(list[tuple[str, object]]):
    """An object as it was written, every key kept."""


def _with_sender(error: FrameError, text: str) -> FrameError:
    """The error with the id of the refused message, where it is certain: so that whoever waits for it is told."""
    try:
        pairs = json.loads(text, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return error
    if not isinstance(pairs, _Pairs):
        return error
    named = [value for key, value in pairs if key.casefold() == "id"]
    if len(named) == 1 and _is_identifier(named[0]):
        error.id = named[0] if isinstance(named[0], int | str) else None
        error.answers = all(key.casefold() != "method" for key, _ in pairs)
    return error


def _bad(code: str, message: str, *, number: int = _INVALID, hint: str = "") -> FrameError:
    """The error of a message that is not passed on."""
    error = FrameError(message, code=f"proxy.frame.{code}", hint=hint)
    error.number = number
    return error


def _short(text: str) -> str:
    """A piece of a message to show: at most 40 characters, without line breaks."""
    return " ".join(text.split())[:40]


_DECODER = json.JSONDecoder(object_pairs_hook=_without_twins, parse_float=_finite, parse_constant=_no_number)
_PLAIN = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_ESCAPED = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False)
