"""Text from outside made safe to look at: whatever a charter, a server or a tool says, it cannot move a cursor."""

from __future__ import annotations

from pathlib import PurePath

from remit.finding import Where

__all__ = ["place", "visible"]

_LONGEST_PATH = 28
_KEPT = (0x09, 0x0A)  # a tab and a line break are what they look like
_CONTROL = {code: f"\\x{code:02x}" for code in [*range(0x20), *range(0x7F, 0xA0)] if code not in _KEPT}
_TURNING = {code: f"\\u{code:04x}" for code in [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]}
_SURROGATES = {code: f"\\u{code:04x}" for code in range(0xD800, 0xE000)}
_SPELLED = _CONTROL | _TURNING | _SURROGATES


def visible(text: str) -> str:
    """The text with control characters, lone surrogates and marks that turn the direction of writing spelled out."""
    return text if text.isprintable() else text.translate(_SPELLED)  # nothing printable is spelled out


def place(where: Where) -> str:
    """A file and line that fit a table: a long path is cut to its last part."""
    name = where.file if len(where.file) <= _LONGEST_PATH else f"…/{PurePath(where.file).name}"
    return f"{visible(name)}:{where.line}"
