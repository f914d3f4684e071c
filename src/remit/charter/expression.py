"""The little of CEL's surface that is read without the library: names, comprehensions, plain comparisons.

The library tells which top-level names a condition uses, not which members; a mistyped ``call.recipient`` must be an
error when the charter is read, so the words are looked at here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Token", "chains", "comparisons", "macro_depth", "macro_names", "tokenize"]

_MACROS = frozenset({"all", "exists", "exists_one", "map", "filter"})
_KEYWORDS = frozenset({"true", "false", "null", "in"})
_TOKEN = re.compile(
    r"""(?P<text>[rRbB]{0,2}(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))
    |(?P<comment>//[^\n]*)
    |(?P<number>(?:\d+\.\d+|\d+|\.\d+)(?:[eE][-+]?\d+)?u?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>&&|\|\||==|!=|<=|>=|[^\s])""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A word of an expression: ``text``, ``number``, ``name`` or ``sign``."""

    kind: str
    text: str


def tokenize(text: str) -> list[Token]:
    """The words of an expression, comments left out."""
    found = ((match.lastgroup or "sign", match[0]) for match in _TOKEN.finditer(text))
    return [Token(kind=kind, text=word) for kind, word in found if kind != "comment"]


def chains(tokens: list[Token]) -> Iterator[tuple[str, ...]]:
    """Every name with the members read from it: ``call.args.to.size()`` gives ``("call", "args", "to")``.

    Function and method names are left out, and so are the keys of written-out maps' members.
    """
    for index, token in enumerate(tokens):
        if token.kind != "name" or token.text in _KEYWORDS or _sign(tokens, index - 1) == ".":
            continue
        if _sign(tokens, index + 1) == "(":
            continue
        members = [token.text]
        at = index + 1
        while _sign(tokens, at) == "." and at + 1 < len(tokens) and tokens[at + 1].kind == "name":
            if _sign(tokens, at + 2) == "(":
                break
            members.append(tokens[at + 1].text)
            at += 2
        yield tuple(members)


def macro_names(tokens: list[Token]) -> set[str]:
    """The names comprehensions give to elements: the ``x`` of ``list.all(x, x > 1)``."""
    return {tokens[index + 2].text for index in _macros(tokens) if tokens[index + 2].kind == "name"}


def macro_depth(tokens: list[Token]) -> int:
    """How deep comprehensions are nested: 0 without one, 2 for one inside another."""
    starts = {index + 1 for index in _macros(tokens)}
    stack: list[bool] = []
    deepest = 0
    for index, token in enumerate(tokens):
        if token.kind != "sign":
            continue
        if token.text in "([{":
            stack.append(index in starts)
            deepest = max(deepest, sum(stack))
        elif token.text in ")]}" and stack:
            stack.pop()
    return deepest


def comparisons(tokens: list[Token]) -> list[tuple[str, str, object]] | None:
    """The comparisons of an expression that is nothing but ``PATH OP CONSTANT && ...``; ``None`` for any other.

    Constants are floats and texts; a lone ``false`` comes back as ``("false", "", None)``.
    """
    found: list[tuple[str, str, object]] = []
    part: list[Token] = []
    for token in [*tokens, Token(kind="sign", text="&&")]:
        if token.kind == "sign" and token.text == "&&":
            one = _comparison(part)
            if one is None:
                return None
            found.append(one)
            part = []
        else:
            part.append(token)
    return found


def _comparison(part: list[Token]) -> tuple[str, str, object] | None:
    """One ``PATH OP CONSTANT``."""
    if [token.text for token in part] == ["false"]:
        return ("false", "", None)
    path: list[str] = []
    at = 0
    while at < len(part) and part[at].kind == "name":
        path.append(part[at].text)
        at += 1
        if _sign(part, at) != ".":
            break
        at += 1
    operator = _sign(part, at)
    if not path or operator not in ("==", "<", "<=", ">", ">="):
        return None
    rest = part[at + 1 :]
    negative = bool(rest) and rest[0].text == "-"
    rest = rest[1:] if negative else rest
    if len(rest) != 1:
        return None
    if rest[0].kind == "number":
        value = float(rest[0].text.rstrip("u"))
        return (".".join(path), operator, -value if negative else value)
    if rest[0].kind == "text" and not negative and rest[0].text[0] in "'\"" and "\\" not in rest[0].text:
        return (".".join(path), operator, rest[0].text.strip(rest[0].text[0]))
    return None


def _macros(tokens: list[Token]) -> Iterator[int]:
    """Positions of the names of comprehensions: ``.all(x, ...)``."""
    for index, token in enumerate(tokens[:-2]):
        if (
            token.kind == "name"
            and token.text in _MACROS
            and _sign(tokens, index - 1) == "."
            and _sign(tokens, index + 1) == "("
        ):
            yield index


def _sign(tokens: list[Token], index: int) -> str:
    """The sign at a position, empty when there is none."""
    return tokens[index].text if 0 <= index < len(tokens) and tokens[index].kind == "sign" else ""
