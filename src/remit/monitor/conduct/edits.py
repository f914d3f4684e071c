"""The edits of a call, whatever it edits with: a tool for it, a stream editor, a program that puts text for text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.monitor.edits.edited import Edit, substituted
from remit.monitor.event import Event
from remit.monitor.typed.programs import is_shell, texts_of
from remit.monitor.written import edits

__all__ = ["edits_of", "replaced"]

_REPLACED = re.compile(
    r"\.replace\(\s*[rbf]?(?P<a>'{3}|\"{3}|['\"])(?P<old>.{1,200}?)(?P=a)\s*,"
    r"\s*[rbf]?(?P<b>'{3}|\"{3}|['\"])(?P<new>.{0,200}?)(?P=b)",
    re.DOTALL,
)


def edits_of(event: Event) -> Iterator[Edit]:
    """The edits of a call, those of its commands among them."""
    if is_shell(event.tool, event.args):
        for text in texts_of(event.args):
            if "sed" in text or "perl" in text:
                yield from substituted(text)
        return
    yield from edits(event)


def replaced(text: str) -> Iterator[Edit]:
    """The edits of a program that puts one text in the place of another."""
    if ".replace(" in text:
        yield from (Edit(match["old"], match["new"]) for match in _REPLACED.finditer(text))
