"""JSON from strangers as evidence: bounded in size, depth and number of values, nothing given twice, no ``NaN``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from remit.errors import EvaluationError, EvidenceError
from remit.monitor.adapters.bounded import parsed

__all__ = ["LARGEST", "entries", "json_object", "text_of"]

LARGEST = 16 * 1024 * 1024
"""Bytes of a file of evidence."""
_MOST = 1_000_000  # marks that begin or part values: what a text of this size may make in memory


def json_object(data: bytes) -> dict[str, Any]:
    """The object a file spells.

    Raises ``EvidenceError`` for anything that is no JSON object in UTF-8, and for more than is read.
    """
    if data.count(b",") + data.count(b"[") + data.count(b"{") > _MOST:
        raise EvidenceError("the file holds more values than are read", hint="split it, or keep what the claim needs")
    try:
        value = parsed(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise EvidenceError("the file is not UTF-8") from None
    except EvaluationError as error:
        raise EvidenceError(f"the file cannot be read: {error.message}") from None
    if isinstance(value, list) and value and isinstance(value[0], Mapping) and value[0].get("schema"):
        raise EvidenceError(
            f"the file holds {len(value)} records, and a file of evidence holds one",
            hint="write a file for each subject",
        )
    if not isinstance(value, dict):
        raise EvidenceError("the file holds no JSON object")
    return value


def entries(value: object, what: str) -> list[Any]:
    """A list, empty where the key is absent or null; raises ``EvidenceError`` where something else stands."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise EvidenceError(f"`{what}` is no list")
    return value


def text_of(value: object, most: int = 200) -> str:
    """A short text on one line that no terminal acts upon, empty where something else stands."""
    if not isinstance(value, str):
        return ""
    line = " ".join(value[: 4 * most].split())[:most]
    return line if line.isprintable() else "".join(sign if sign.isprintable() else "\ufffd" for sign in line)
