"""The acts a call holds within itself: programs it runs inside others, and calls it hands to a tool that makes them.

``echo … | base64 -d | sh`` is the command behind it, ``call_tool(name, arguments)`` the tool it names, and each call of
a batch is a call. What is held is read as if it stood alone, so that no clothing takes anything from an act, or adds to
one: a tool that only passes calls on is not read by its own words.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TypeGuard

from remit.monitor.code.python import parsed
from remit.monitor.code.python_calls import CALLS
from remit.monitor.encoded.embedded import Act, spelled_calls
from remit.monitor.event import Event
from remit.monitor.typed.lexicon import words_of
from remit.monitor.typed.programs import is_python, is_shell, only_wakes

__all__ = ["acts_of", "programs_within"]

_MOST = 64
_DEEPEST = 3
_LONGEST = 20_000
_SHORT = 80
_SIGNS = frozenset(" \n;|&$`(<>")
_PASSES = frozenset(
    """
    call calls tool tools use mcp invoke execute exec run dispatch dispatcher batch function functions request requests
    perform do action actions multi many several parallel bulk proxy forward route router gateway client api access hub
    """.split()
)
_TOOLS = {"shell": ("bash", "command"), "python": ("python", "code")}
_NO_CONSTANT = (ValueError, TypeError, SyntaxError, MemoryError, RecursionError)
_PLACES = ("name", "value", "option")
_BUILT_IN = frozenset(dir(builtins))


def programs_within(event: Event, inside: Iterable[tuple[str, str]]) -> Iterator[Event]:
    """The programs a call runs inside itself, each as a call of its own; ``inside`` are languages and texts."""
    given = set(event.texts)
    for language, text in inside:
        if language in _TOOLS and text not in given:
            tool, name = _TOOLS[language]
            yield replace(event, tool=tool, args={name: text})


def acts_of(event: Event, depth: int = 0) -> tuple[Event, ...]:
    """The acts a call stands for: what is left of itself, then the calls it hands on, of which each may hand on others.

    Nothing is left of one whose arguments are calls and short names of where to; of code what is no call of a tool.
    """
    spelled = _spelled(event) if _passes_on(event.tool) else []
    acts = [act for _, found in spelled for act in found]
    left: tuple[Event, ...] = (event,)
    if acts:
        left = () if all(_is_bare(value) for value, found in spelled if not found) else left
    elif is_shell(event.tool, event.args) and is_python(event.tool, event.args):
        rests = {key: _coded(text[:_LONGEST]) for key, text in event.args.items() if _is_code(text)}
        acts = [act for found, _ in rests.values() for act in found]
        changed = {key: rest for key, (found, rest) in rests.items() if found}
        left = (replace(event, args={**event.args, **changed}),) if changed else left
    if not acts or depth >= _DEEPEST:
        return (event,)
    held = (replace(event, tool=name, args=args) for name, args in acts[:_MOST])
    return (*left, *(inner for each in held for inner in acts_of(each, depth + 1)))[:_MOST]


def _spelled(event: Event) -> list[tuple[object, tuple[Act, ...]]]:
    """The arguments of a call with the calls each spells; those of one call that stands there flat as one."""
    args = dict(event.args)
    whole = spelled_calls(args)
    if not whole:
        return [(value, spelled_calls(value)) for value in args.values()]
    held = [value for value in args.values() if isinstance(value, Mapping | list) or not _is_name(value)]
    return [(args, whole), *((value, spelled_calls(value)) for value in held[1:])]


def _is_name(value: object) -> bool:
    """Whether a value can be no more than a name."""
    return isinstance(value, str) and len(value) <= _SHORT and _SIGNS.isdisjoint(value)


def _is_bare(value: object) -> bool:
    """Whether a value can do nothing by itself: a number, a switch, a name."""
    return value is None or isinstance(value, int | float) or _is_name(value)


def _is_code(value: object) -> TypeGuard[str]:
    """Whether a value may be a program that calls something."""
    return isinstance(value, str) and "(" in value and len(value) <= _LONGEST


@lru_cache(maxsize=1024)
def _passes_on(tool: str) -> bool:
    """Whether the name of a tool says only that it makes calls."""
    words = words_of(tool)
    return bool(words) and _PASSES.issuperset(words)


@lru_cache(maxsize=256)
def _coded(text: str) -> tuple[tuple[Act, ...], str]:
    """The calls of tools a program makes, and the program without those of which all is known.

    A tool is a function nobody defined or imported here and no library has, or one that is called by its name.
    """
    tree = parsed(text)
    if tree is None or "import *" in text:
        return (), text
    nodes = list(ast.walk(tree))
    own = {name for node in nodes for name in _bound(node)} | _BUILT_IN
    found: list[Act] = []
    cut: list[tuple[int, int, int, int]] = []
    for node in nodes:
        if not isinstance(node, ast.Call) or not (name := _dotted(node.func)) or len(found) >= _MOST:
            continue
        args, whole = _given(node)
        inner = _by_name(node, args) if _passes_on(name.rpartition(".")[2]) else ()
        if not inner and (name.partition(".")[0] in own or name in CALLS or f".{name.rpartition('.')[2]}" in CALLS):
            continue
        if only_wakes(name):
            continue
        found += inner or ((name, args),)
        if whole and node.end_lineno is not None and node.end_col_offset is not None:
            cut.append((node.lineno, node.col_offset, node.end_lineno, node.end_col_offset))
    return tuple(found), _without(text, cut)


def _bound(node: ast.AST) -> Iterator[str]:
    """The names a part of a program gives to something."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id


def _without(text: str, places: Iterable[tuple[int, int, int, int]]) -> str:
    """A program with nothing in these places, counted in lines and bytes."""
    lines = [line.encode() for line in text.split("\n")]
    for first, start, last, end in sorted(places, reverse=True):
        kept = lines[first - 1][:start] + b"None" + lines[last - 1][end:]
        lines[first - 1 : last] = [kept]
    return b"\n".join(lines).decode("utf-8", "replace")


def _by_name(node: ast.Call, args: Mapping[str, object]) -> tuple[Act, ...]:
    """The call that is made by the name of a tool, by place or by key."""
    values = [_value(each) for each in node.args]
    if len(values) > 1 and isinstance(values[0], str) and isinstance(values[1], Mapping):
        return spelled_calls({"name": values[0], "arguments": values[1]})
    return spelled_calls(dict(args))


def _given(node: ast.Call) -> tuple[dict[str, object], bool]:
    """The constants a call is given, by name, and whether these are all it is given.

    Those by place stand under the names that say what is meant.
    """
    given: dict[str, object] = {}
    named = [*zip(_PLACES, node.args, strict=False), *((key.arg, key.value) for key in node.keywords)]
    for name, each in named:
        try:
            value: object = ast.literal_eval(each)
        except _NO_CONSTANT:
            continue
        given |= {name: value} if name is not None else dict(value) if isinstance(value, Mapping) else {}
    return given, len(node.args) <= len(_PLACES) and all(map(_is_constant, (each for _, each in named)))


def _is_constant(node: ast.expr) -> bool:
    """Whether nothing is called or looked up in an expression."""
    return not any(isinstance(inner, ast.Call | ast.Name | ast.Attribute | ast.Starred) for inner in ast.walk(node))


def _value(node: ast.expr) -> object:
    """A constant, nothing where it is none."""
    try:
        value: object = ast.literal_eval(node)
    except _NO_CONSTANT:
        return None
    return value


def _dotted(node: ast.expr) -> str:
    """A function by its name, with what it is of."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""
