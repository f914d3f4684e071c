"""HTML and SVG put together so that text is always escaped: only `element` makes markup, and it escapes every child.

A charter's words are hostile until shown otherwise: a tool may be called ``<script>``. Text becomes ``Markup`` nowhere
else, so a page cannot hold a tag this module did not write.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from remit.incentives.legible import visible

__all__ = ["Markup", "element", "joined", "prose", "text"]

_VOID = frozenset({"meta", "br", "hr", "col", "link", "img", "line", "rect", "circle", "path"})
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9]*")


class Markup(str):
    """Text that is already markup; nothing but this module makes it."""

    __slots__ = ()


def text(value: str) -> Markup:
    """The value as markup that shows exactly it: ``Markup`` stays, everything else is spelled out and escaped."""
    return value if isinstance(value, Markup) else Markup(escape(visible(value), quote=True))


def joined(parts: Iterable[str], between: str = "") -> Markup:
    """The parts as one piece of markup."""
    return Markup(text(between).join(text(part) for part in parts))


def prose(value: str) -> Markup:
    """A sentence in which what stands in backticks becomes code; an odd backtick stays as it is."""
    pieces = value.split("`")
    if len(pieces) % 2 == 0:
        return text(value)
    return joined(element("code", piece) if number % 2 else text(piece) for number, piece in enumerate(pieces))


def element(name: str, /, *children: str, **attributes: str | float | None) -> Markup:
    """One element with its children, escaped unless they are markup.

    A trailing underscore of an attribute is dropped (``class_``), others become hyphens (``aria_label``); ``None``
    leaves an attribute out, numbers have two digits at most. Raises ``ValueError`` for a name that is no name.
    """
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"`{name}` is not the name of an element")
    head = name + "".join(_attribute(key, value) for key, value in attributes.items() if value is not None)
    if name in _VOID and not children:
        return Markup(f"<{head}/>")
    return Markup(f"<{head}>{joined(children)}</{name}>")


def _attribute(key: str, value: str | float) -> str:
    """One attribute with its value escaped."""
    written = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return f' {key.removesuffix("_").replace("_", "-")}="{escape(visible(written), quote=True)}"'
