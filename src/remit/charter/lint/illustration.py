"""For every lint rule a part of a charter it speaks up about, and a twin it has nothing to say about."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

from remit.charter.reader import read_document

__all__ = ["Illustration", "illustrations"]

_BASE = "base.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Illustration:
    """Two parts of a charter: one a rule ``fires`` on, one it is ``silent`` about."""

    fires: str
    silent: str


@functools.cache
def illustrations() -> Mapping[str, Illustration]:
    """The examples of every rule by code, as the author of a charter would write them."""
    found: dict[str, Illustration] = {}
    folder = resources.files("remit.charter.lint") / "examples"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".yaml") and file.name != _BASE:
            document, _places = read_document(file.read_text(encoding="utf-8"), path=file.name)
            for code, pair in document.items():
                if isinstance(pair, dict):
                    found[code] = Illustration(fires=str(pair["fires"]).rstrip(), silent=str(pair["silent"]).rstrip())
    return MappingProxyType(found)
