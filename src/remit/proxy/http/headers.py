"""The headers of streamable HTTP: what they are called, how they are spelled, and that they say what the body says.

Since 2026-07-28 a request repeats its version, its method and the name of what it asks for in headers, and the
arguments a tool's schema marks with ``x-mcp-header``. Whoever routes by a header and whoever reads the body must see
the same request, so a header that differs, is missing or is there twice refuses the request.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mcp_types import PROTOCOL_VERSION_META_KEY
from mcp_types.jsonrpc import HEADER_MISMATCH, UNSUPPORTED_PROTOCOL_VERSION
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

from remit.proxy.frames import Frame

__all__ = [
    "LAST_EVENT",
    "METHOD",
    "NAME",
    "NAMED",
    "SESSION",
    "VERSION",
    "Marked",
    "Mismatch",
    "decoded",
    "encoded",
    "envelope_version",
    "marked_arguments",
    "mismatch",
    "modern_headers",
    "parameter_headers",
    "parameter_mismatch",
    "unsupported",
]

VERSION = "mcp-protocol-version"
SESSION = "mcp-session-id"
LAST_EVENT = "last-event-id"
METHOD = "mcp-method"
NAME = "mcp-name"
PARAMETER = "mcp-param-"
NAMED = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}  # method -> what its header repeats
_TASKS = dict.fromkeys(("tasks/get", "tasks/update", "tasks/cancel", "tasks/result"), "taskId")  # an extension
_MARK = "x-mcp-header"
_PLAIN = re.compile(r"[\x20-\x7e]*")
_WRAPPED = re.compile(r"=\?base64\?(?P<payload>.*)\?=")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}")
_DECIMAL = re.compile(r"-?[0-9]{1,64}(\.0{1,16})?")
_DEEPEST = 16
_MOST_TOOLS = 10_000


class Mismatch(NamedTuple):
    """Why headers and body do not go together: the JSON-RPC error to answer."""

    code: int
    message: str
    data: object = None


def encoded(text: str) -> str:
    """A text as the value of a header: plain where that survives the way, else ``=?base64?...?=``."""
    if _PLAIN.fullmatch(text) and text == text.strip() and not _WRAPPED.fullmatch(text):
        return text
    return f"=?base64?{base64.b64encode(text.encode()).decode()}?="


def decoded(value: str) -> str | None:
    """The text a header's value stands for; ``None`` when it has more than one reading."""
    wrapped = _WRAPPED.fullmatch(value)
    if wrapped is None:
        return value
    try:
        data = base64.b64decode(wrapped["payload"], validate=True)
        text = data.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return text if base64.b64encode(data).decode() == wrapped["payload"] else None


def envelope_version(params: object) -> object:
    """The protocol version a request's ``params._meta`` names; ``None`` where it names none (before 2026)."""
    meta = params.get("_meta") if isinstance(params, Mapping) else None
    return meta.get(PROTOCOL_VERSION_META_KEY) if isinstance(meta, Mapping) else None


def unsupported(version: object) -> Mismatch:
    """The answer to a protocol version this proxy does not know."""
    known = [*HANDSHAKE_PROTOCOL_VERSIONS, *MODERN_PROTOCOL_VERSIONS]
    return Mismatch(
        UNSUPPORTED_PROTOCOL_VERSION, "Unsupported protocol version", {"supported": known, "requested": version}
    )


def mismatch(body: Mapping[str, object], headers: Iterable[tuple[str, str]]) -> Mismatch | None:
    """What in the headers of a 2026 request differs from its body; ``None`` when nothing does.

    ``headers`` are the pairs as they came, so that a header that is there twice is seen.
    """
    values: dict[str, str] = {}
    for name, value in headers:
        if (lower := name.lower()) in {VERSION, METHOD, NAME} and lower in values:
            return Mismatch(HEADER_MISMATCH, f"the header {lower} is there more than once")
        values[lower] = value
    params, method = body.get("params"), str(body.get("method"))
    if values.get(VERSION) != envelope_version(params):
        return _differs(VERSION, "the protocol version in params._meta")
    if values.get(METHOD) != method:
        return _differs(METHOD, "the method")
    named = _named(method, params)
    if NAME in values and decoded(values[NAME]) != named:
        return _differs(NAME, "what the request names")
    if NAME not in values and method in NAMED and named is not None:
        return _differs(NAME, "it is missing")
    return None


def modern_headers(method: str, params: object) -> dict[str, str]:
    """The headers a 2026 request is sent with, worked out from its body."""
    headers = {VERSION: str(envelope_version(params)), METHOD: method}
    named = _named(method, params)
    if isinstance(named, str):
        headers[NAME] = encoded(named)
    return headers


def _named(method: str, params: object) -> object:
    """What a request asks for by name; ``None`` for methods that name nothing."""
    wanted = NAMED.get(method) or _TASKS.get(method)
    return params.get(wanted) if wanted and isinstance(params, Mapping) else None


def marked_arguments(schema: object) -> dict[tuple[str, ...], tuple[str, str]]:
    """Which arguments of a tool go into headers: path of properties -> (the header's token, the type).

    Empty when a mark is malformed, stands where the specification forbids it or is there twice: such a schema marks
    nothing.
    """
    found: dict[tuple[str, ...], tuple[str, str]] = {}
    for path, part in _properties(schema, (), 0):
        token, kind = part.get(_MARK), part.get("type")
        if _MARK not in part:
            continue
        taken = {other.lower() for other, _ in found.values()}
        sound = isinstance(token, str) and _TOKEN.fullmatch(token) and token.lower() not in taken
        if not (path and sound) or not isinstance(kind, str) or kind not in {"string", "integer", "boolean"}:
            return {}
        found[path] = (str(token), str(kind))
    return found


def parameter_headers(schema: object, arguments: object) -> dict[str, str]:
    """The ``Mcp-Param-*`` headers for a call with these arguments."""
    headers = {}
    for path, (token, _) in marked_arguments(schema).items():
        text = _rendered(_at(arguments, path))
        if text is not None:
            headers[PARAMETER + token.lower()] = encoded(text)
    return headers


def parameter_mismatch(schema: object, arguments: object, headers: Iterable[tuple[str, str]]) -> Mismatch | None:
    """What in the ``Mcp-Param-*`` headers differs from the arguments; ``None`` when nothing does.

    Headers the schema does not ask for are let be: they are not sent on.
    """
    pairs = [(name.lower(), value) for name, value in headers]
    for path, (token, kind) in marked_arguments(schema).items():
        name = PARAMETER + token.lower()
        values = [value for other, value in pairs if other == name]
        value = _at(arguments, path)
        expected = _rendered(value)
        if len(values) > 1:
            return Mismatch(HEADER_MISMATCH, f"the header {name} is there more than once")
        if not values and expected is None:
            continue
        said = decoded(values[0]) if values else None
        if expected is None or said is None or not _same(kind, value, expected, said):
            return _differs(name, f"the argument {'.'.join(path)}")
    return None


def _properties(
    schema: object, path: tuple[str, ...], depth: int
) -> Iterator[tuple[tuple[str, ...], Mapping[str, object]]]:
    """The schema and the properties reached from it through ``properties`` alone, with their paths."""
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return
    yield path, schema
    inner = schema.get("properties")
    if isinstance(inner, Mapping):
        for name, part in inner.items():
            yield from _properties(part, (*path, str(name)), depth + 1)


def _at(arguments: object, path: tuple[str, ...]) -> object:
    """The argument a path leads to."""
    for name in path:
        arguments = arguments.get(name) if isinstance(arguments, Mapping) else None
    return arguments


def _rendered(value: object) -> str | None:
    """A scalar as a header says it; ``None`` for what goes into no header."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) else None


def _same(kind: str, value: object, expected: str, said: str) -> bool:
    """Whether a header says an argument; whole numbers are compared as numbers."""
    if kind == "integer" and not isinstance(value, str | bool) and _DECIMAL.fullmatch(said):
        return said.partition(".")[0] == expected
    return said == expected


def _differs(header: str, what: str) -> Mismatch:
    """The mismatch between a header and a part of the body."""
    return Mismatch(HEADER_MISMATCH, f"the header {header} does not say what the body says: {what}")


@dataclass(slots=True)
class Marked:
    """The arguments of each tool that go into headers, as the server listed its tools last."""

    _schemas: dict[str, object] = field(default_factory=dict)

    def note(self, result: Mapping[str, object]) -> None:
        """Note the tools of a ``tools/list`` result."""
        tools = result.get("tools")
        for tool in tools if isinstance(tools, list) else ():
            name = tool.get("name") if isinstance(tool, Mapping) else None
            if isinstance(name, str) and (name in self._schemas or len(self._schemas) < _MOST_TOOLS):
                schema = tool.get("inputSchema")
                self._schemas[name] = schema if marked_arguments(schema) else None

    def headers(self, frame: Frame) -> dict[str, str]:
        """The ``Mcp-Param-*`` headers a request is sent with."""
        schema = self._schemas.get(str(frame.params.get("name"))) if frame.method == "tools/call" else None
        return parameter_headers(schema, frame.params.get("arguments"))

    def mismatch(self, frame: Frame, headers: Iterable[tuple[str, str]]) -> Mismatch | None:
        """What in a client's ``Mcp-Param-*`` headers differs from its call; ``None`` for a tool not listed yet."""
        schema = self._schemas.get(str(frame.params.get("name"))) if frame.method == "tools/call" else None
        return parameter_mismatch(schema, frame.params.get("arguments"), headers)
