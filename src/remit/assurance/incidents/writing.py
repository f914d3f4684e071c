"""A record as YAML: every text is quoted, so that what a ledger holds cannot become anything else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from remit.charter.positions import CONTROL

__all__ = ["write_incident"]

_HEAD = """\
# Drafted from a ledger; nothing is known that no entry shows. Look at every line, above all at: title, setting,
# contained_by, overreach, deception, awareness, causes, gained. `remit incident classify` says what it comes to.
"""


def write_incident(document: Mapping[str, object]) -> str:
    """A record as YAML text, with a word on what to look at."""
    return _HEAD + "".join(f"{line}\n" for line in _lines(document, ""))


def _lines(value: Mapping[str, object], indent: str) -> Iterator[str]:
    """A mapping, a key to a line; lists and the innermost mappings on one line each."""
    for key, item in value.items():
        if isinstance(item, Mapping) and any(isinstance(below, Mapping) for below in item.values()):
            yield f"{indent}{key}:"
            yield from _lines(item, indent + "  ")
        elif isinstance(item, list) and item and isinstance(item[0], Mapping):
            yield f"{indent}{key}:"
            yield from (f"{indent}  - {_flow(below)}" for below in item)
        else:
            yield f"{indent}{key}: {_flow(item)}"


def _flow(value: object) -> str:
    """A value on one line, as JSON, which YAML 1.2 reads the same."""
    return CONTROL.sub("?", json.dumps(value, ensure_ascii=False, allow_nan=False))
