"""How a refusal is said in the protocol: a tool's answer a model can read, or an error to whoever asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from remit.errors import RemitError
from remit.proxy.frames import Frame

__all__ = ["is_modern", "plain_answer", "refused_call", "refused_question"]

_REJECTED = -1  # the number the specification's own example gives a rejected sampling request
_VERSION = "io.modelcontextprotocol/protocolVersion"


def refused_call(frame: Frame, error: RemitError) -> Frame:
    """The answer to a tool's call that was refused: a result that says so, why, and what would be allowed."""
    tool = frame.params.get("name")
    said = [f"remit refused `{tool}`: {error.message}", *_lines("because", error), *_lines("allowed", error)]
    allowed = str(getattr(error, "allowed", ""))
    said += [f"hint: {error.hint}"] if error.hint and not (allowed and allowed in error.hint) else []
    return plain_answer(frame, "\n".join(said), {"refused": document(error)}, failed=True)


def plain_answer(frame: Frame, text: str, values: Mapping[str, object], *, failed: bool = False) -> Frame:
    """The answer to a tool's call with a text for the model and the same as values; ``frame`` is the request."""
    result: dict[str, object] = {"content": [{"type": "text", "text": text}], "structuredContent": dict(values)}
    if failed:
        result["isError"] = True
    if is_modern(frame):
        result["resultType"] = "complete"
    return Frame.response(_identifier(frame), result)


def refused_question(frame: Frame, error: RemitError) -> Frame:
    """The answer to any other request that was refused: a JSON-RPC error that says why."""
    return Frame.error(frame.id, _REJECTED, f"remit refused `{frame.method}`: {error.message}", document(error))


def document(error: RemitError) -> dict[str, object]:
    """A refusal as JSON values: ``code``, ``reason``, ``because``, ``allowed`` and ``hint``."""
    parts: dict[str, object] = {"code": error.code, "reason": error.message}
    because = [str(reason) for reason in _texts(getattr(error, "because", ()))]
    allowed = str(getattr(error, "allowed", "") or "")
    parts |= {"because": because} if because else {}
    parts |= {"allowed": allowed} if allowed else {}
    parts |= {"hint": error.hint} if error.hint else {}
    return parts


def is_modern(frame: Frame) -> bool:
    """Whether a request is of the stateless era, where every request carries its version."""
    meta = frame.params.get("_meta")
    return isinstance(meta, Mapping) and _VERSION in meta


def _lines(name: str, error: RemitError) -> list[str]:
    """One part of a refusal, for reading."""
    value = document(error).get(name)
    if isinstance(value, list):
        return [f"{name}: {item}" for item in value if item != error.message]
    return [f"{name}: {value}"] if value else []


def _texts(value: object) -> Iterable[object]:
    """The reasons of an error, whatever carries them."""
    return value if isinstance(value, tuple | list) else ()


def _identifier(frame: Frame) -> int | str:
    """The id of a request, which every request has."""
    return "" if frame.id is None else frame.id
