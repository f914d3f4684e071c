"""Foreign text made safe for a charter: one visible line for a comment, one scalar for a value.

Names and descriptions come from servers and files nobody has vetted. In a comment they must not start a new line or
hide themselves (control characters, bidirectional overrides); as a value they must not become YAML syntax.
"""

import re
import textwrap
import unicodedata

__all__ = ["comment", "is_plain_name", "one_line", "scalar", "slug"]

COMMENT_WIDTH = 112
DESCRIPTION_LIMIT = 220

_PLAIN = re.compile(r"(?:\.|(?:\./|/|[A-Za-z_])[A-Za-z0-9_./@+-]*)")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_RESERVED = frozenset("true false null yes no on off y n nan inf".split())
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/@-]{0,127}")
_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def is_plain_name(name: str) -> bool:
    """Whether a name (of a tool, an argument) fits into a charter: 128 letters, digits and ``_ . : / @ -`` at most."""
    return _NAME.fullmatch(name) is not None


def one_line(text: str, *, limit: int = DESCRIPTION_LIMIT) -> str:
    r"""``text`` on one line of visible characters, cut to ``limit`` characters.

    White space of any kind becomes one space; every other character that is not visible (control, format, surrogate,
    unassigned) is written as ``\uXXXX``, so that a reader sees it is there.
    """
    head = " ".join(text[: limit * 4].split())
    visible = "".join(char if _is_visible(char) else _escape(char) for char in head)
    cut = len(visible) > limit or len(text) > limit * 4
    return visible[: limit - 1].rstrip() + "…" if cut else visible


def comment(text: str, *, indent: int = 0) -> list[str]:
    """``text`` as wrapped comment lines, each led by ``indent`` spaces and ``#``; ``text`` is made visible first."""
    lead = " " * indent + "# "
    safe = one_line(text, limit=4 * DESCRIPTION_LIMIT)
    return textwrap.wrap(
        safe,
        width=COMMENT_WIDTH,
        initial_indent=lead,
        subsequent_indent=lead,
        break_long_words=True,
        break_on_hyphens=False,
    ) or [lead.rstrip()]


def scalar(value: object) -> str:
    """``value`` as one YAML 1.2 scalar or flow list that reads back as the same value.

    Text is plain where that is safe and quoted otherwise. Raises ``TypeError`` for anything but text, numbers,
    booleans and lists of them.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(scalar(item) for item in value) + "]"
    if not isinstance(value, str):
        raise TypeError(f"`{type(value).__name__}` is not a scalar")
    if _DIGEST.fullmatch(value) or (_PLAIN.fullmatch(value) and value.lower() not in _RESERVED):
        return value
    if ('"' in value or "\\" in value) and all(_is_visible(char) for char in value):
        return "'" + value.replace("'", "''") + "'"  # easier to read where double quotes would need escapes
    return (
        '"'
        + "".join(_SHORT_ESCAPES.get(char) or (char if _is_visible(char) else _escape(char)) for char in value)
        + '"'
    )


def slug(text: str, *, fallback: str) -> str:
    """``text`` as lower-case words joined by hyphens (at most 40 characters), or ``fallback`` when nothing is left."""
    words = re.findall(r"[a-z0-9]+", text[:400].lower())
    joined = "-".join(words)[:40].strip("-").lstrip("0123456789-")
    return joined or fallback


def _is_visible(char: str) -> bool:
    """Whether a character shows itself on a line and leaves its order alone."""
    return char == " " or (unicodedata.category(char)[0] not in "CZ" and char not in "\u0085\ufeff")


def _escape(char: str) -> str:
    """The escape YAML's double quotes and a human reader both understand."""
    code = ord(char)
    if 0xD800 <= code <= 0xDFFF:
        return "\\uFFFD"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
