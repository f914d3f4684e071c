"""The little of CEL's surface that is read without the library: names, comprehensions, plain comparisons.

The library tells which top-level names a condition uses, not which members; a mistyped ``call.recipient`` must be an
error when the charter is read, so the words are looked at here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Likeness", "Token", "chains", "comparisons", "likenesses", "macro_depth", "macro_names", "tokenize"]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Values an expression compares for being the same: the ``paths`` read, and the ``kinds`` of the constants."""

    paths: tuple[tuple[str, ...], ...]
    kinds: frozenset[str]


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


def likenesses(tokens: list[Token]) -> Iterator[Likeness]:
    """Every ``==``, ``!=`` and ``in [...]`` between values that are read by name and constants or each other.

    CEL calls a number and a text different without a word, so that whoever compares them has to look at the kinds.
    """
    for index, token in enumerate(tokens):
        if token.text in ("==", "!=") and token.kind == "sign":
            sides = (_path_before(tokens, index), _path_after(tokens, index))
            kinds = {_kind_at(tokens, index - 1), _kind_at(tokens, index + 1)} - {""}
        elif token.text == "in" and token.kind == "name" and _sign(tokens, index + 1) == "[":
            end = next((at for at in range(index, len(tokens)) if _sign(tokens, at) == "]"), len(tokens))
            sides = (_path_before(tokens, index), ())
            kinds = {_kind_at(tokens, at) for at in range(index + 2, end)} - {""}
        else:
            continue
        paths = tuple(side for side in sides if side)
        if paths and len(paths) + len(kinds) > 1:
            yield Likeness(paths=paths, kinds=frozenset(kinds))


def _kind_at(tokens: list[Token], index: int) -> str:
    """The kind of the constant at a position: ``text``, ``number``, ``boolean``, empty for anything else."""
    if not 0 <= index < len(tokens):
        return ""
    token = tokens[index]
    if token.kind in ("text", "number"):
        return token.kind
    if token.text == "-" and index + 1 < len(tokens) and tokens[index + 1].kind == "number":
        return "number"
    return "boolean" if token.kind == "name" and token.text in ("true", "false") else ""


def _path_before(tokens: list[Token], index: int) -> tuple[str, ...]:
    """The chain of names that ends before a position."""
    at = index - 1
    members: list[str] = []
    while at >= 0 and tokens[at].kind == "name" and tokens[at].text not in _KEYWORDS:
        members.insert(0, tokens[at].text)
        if _sign(tokens, at - 1) != ".":
            return tuple(members)
        at -= 2
    return ()


def _path_after(tokens: list[Token], index: int) -> tuple[str, ...]:
    """The chain of names that starts after a position and is not called or looked into further."""
    at = index + 1
    members: list[str] = []
    while at < len(tokens) and tokens[at].kind == "name" and tokens[at].text not in _KEYWORDS:
        members.append(tokens[at].text)
        following = _sign(tokens, at + 1)
        if following != ".":
            return () if following in ("(", "[") else tuple(members)
        at += 2
    return ()


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
