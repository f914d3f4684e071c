"""The records in an answer: rows of a system of record, each with its fields."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

__all__ = ["records_in"]


def records_in(text: str) -> Iterator[Mapping[str, object]]:
    """The records an answer of JSON holds: itself, or those of its list; none in any other text."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return
    yield from (each for each in (value if isinstance(value, list) else [value]) if isinstance(each, Mapping))
