"""Which code a scorer is made of: the functions its marks name, and all that those read, down to the last constant.

One list serves two ends: its digest says whether a scorer changed since it was measured, and faults are planted into
just these parts to see whether its tests notice.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cache, partial
from types import CodeType, FunctionType, ModuleType

from remit.digest import sha256_digest
from remit.evals import scoring
from remit.evals.scenario import Scenario

__all__ = ["CodePart", "own_parts", "parts_digest", "scorer_digest", "shared_parts"]

_PACKAGE = "remit.evals"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePart:
    """A function, a constant or a ``Marks(…)`` of a module, by the line it stands on and the kind of its node."""

    module: str
    name: str
    line: int
    column: int
    node: ast.AST


def own_parts(scenario: Scenario) -> tuple[CodePart, ...]:
    """The parts of a scenario's scorer, without those every scorer shares, by module and line."""
    found: dict[tuple[str, int, int], CodePart] = {}
    for item in fields(scenario.marks):
        for function in _functions(getattr(scenario.marks, item.name)):
            for part in _reached(function):
                found[part.module, part.line, part.column] = part
    draw = inspect.getmodule(next(_functions(scenario.templates[0].draw)))
    for module in {part.module for part in found.values()} | {draw.__name__ if draw else ""}:
        for part in _marks_in(module):
            found.setdefault((part.module, part.line, part.column), part)
    shared = {(part.module, part.line, part.column) for part in shared_parts()}
    return tuple(found[place] for place in sorted(found.keys() - shared))


@cache
def shared_parts() -> tuple[CodePart, ...]:
    """The parts every scorer shares: what makes a verdict of marks."""
    methods = (item for item in vars(scoring.Marks).values() if _is_written(item))
    parts = (part for function in (scoring.score, *methods) for part in _reached(_function(function)))
    found = {(part.module, part.line, part.column): part for part in parts}
    return tuple(found[place] for place in sorted(found))


def scorer_digest(scenario: Scenario) -> str:
    """The digest of a scorer's code: the syntax of its parts without comments and docstrings, as ``sha256:``."""
    return parts_digest((*shared_parts(), *own_parts(scenario)))


def parts_digest(parts: Iterable[CodePart]) -> str:
    """The digest of some parts, as ``sha256:``."""
    return sha256_digest([[part.module, part.name, _syntax(part.node)] for part in parts])


def _is_written(value: object) -> bool:
    """Whether a member of a class is a function somebody wrote into its module."""
    return isinstance(value, FunctionType) and value.__code__.co_filename == scoring.__file__


def _function(value: object) -> FunctionType:
    """A plain function."""
    assert isinstance(value, FunctionType)  # noqa: S101 (only functions are handed in)
    return value


def _functions(value: object) -> Iterator[FunctionType]:
    """The functions behind a callable: itself, what a partial or a wrapper holds, or the methods of its class."""
    while isinstance(value, partial):
        value = value.func
    value = inspect.unwrap(value) if callable(value) else value
    if inspect.ismethod(value):
        value = value.__func__
    if isinstance(value, FunctionType):
        yield value
    elif callable(value):
        yield from (item for item in vars(type(value)).values() if isinstance(item, FunctionType))


def _reached(start: FunctionType) -> Iterator[CodePart]:
    """A function and every function and constant of its package that can be reached from there."""
    waiting, seen = [start], set[CodeType]()
    home = _home(start.__module__)
    while waiting:
        function = waiting.pop()
        if function.__code__ in seen or _home(function.__module__ or "") not in {home, _PACKAGE}:
            continue
        seen.add(function.__code__)
        yield _part_of_function(function)
        for cell in function.__closure__ or ():
            waiting += list(_held(cell.cell_contents))
        for name in _names(function.__code__):
            if name in function.__globals__:
                value = function.__globals__[name]
                waiting += list(_held(value))
                yield from _part_of_constant(function.__module__, name, value)
            for module in _modules(function):
                if isinstance(found := vars(module).get(name), FunctionType):
                    waiting.append(found)


def _home(module: str) -> str:
    """The package whose code belongs to a scorer: this one, or that of whoever wrote a scenario of their own."""
    return _PACKAGE if module.startswith(_PACKAGE) else module.rpartition(".")[0] or module


def _held(value: object) -> Iterator[FunctionType]:
    """The functions in a value that a function reads: the value, or the items of a tuple or mapping."""
    if isinstance(value, FunctionType):
        yield value
    elif isinstance(value, tuple | list):
        yield from (item for item in value if isinstance(item, FunctionType))
    elif isinstance(value, dict):
        yield from (item for item in value.values() if isinstance(item, FunctionType))


def _modules(function: FunctionType) -> Iterator[ModuleType]:
    """The modules a function reads by name (``channel.is_over``)."""
    for name in _names(function.__code__):
        value = function.__globals__.get(name)
        if isinstance(value, ModuleType):
            yield value


def _names(code: CodeType) -> Iterator[str]:
    """The names a function reads, and those the functions inside it read."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _part_of_function(function: FunctionType) -> CodePart:
    """Where a function stands in the syntax of its module."""
    line = function.__code__.co_firstlineno
    for node in ast.walk(_tree(function.__module__)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and line in _first_lines(node):
            name = getattr(node, "name", "a function without a name")
            if name == function.__name__ or isinstance(node, ast.Lambda):
                return _part(function.__module__, name, node)
    raise LookupError(f"`{function.__qualname__}` is not in the text of its module")


def _part_of_constant(module: str, name: str, value: object) -> Iterator[CodePart]:
    """The assignment of a constant, where it is one of this very module."""
    if callable(value) or isinstance(value, ModuleType):
        return
    for node in _tree(module).body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                yield _part(module, name, node)


def _marks_in(module: str) -> Iterator[CodePart]:
    """Every ``Marks(…)`` a module writes, and what it hands to a ``Scenario(…)`` as its marks."""
    if not module or module == scoring.__name__:
        return
    for node in ast.walk(_tree(module)):
        called = ast.unparse(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and called == "Marks":
            yield _part(module, "Marks", node)
        if isinstance(node, ast.Call) and called == "Scenario":
            given = next((keyword.value for keyword in node.keywords if keyword.arg == "marks"), None)
            if isinstance(given, ast.Name):
                yield from _part_of_constant(module, given.id, None)
            elif given is not None and not ast.unparse(given).startswith("Marks("):
                yield _part(module, "marks", given)


def _part(module: str, name: str, node: ast.stmt | ast.expr) -> CodePart:
    """A part by its node."""
    return CodePart(module=module, name=name, line=node.lineno, column=node.col_offset, node=node)


def _first_lines(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[int]:
    """The lines a function may be said to begin on: its own, and that of its first decorator."""
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    return {node.lineno, *(item.lineno for item in decorators)}


@cache
def _tree(module: str) -> ast.Module:
    """The syntax of a module."""
    import sys

    return ast.parse(inspect.getsource(sys.modules[module]))


def _syntax(value: object) -> str:
    """A node's syntax without docstrings, places and empty fields: the same in every version of Python.

    ``ast.dump`` writes empty fields before Python 3.13 only, and fields are added (``type_params``).
    """
    if isinstance(value, list):
        return f"[{','.join(map(_syntax, value))}]"
    if not isinstance(value, ast.AST):
        return repr(value)
    fields = dict(ast.iter_fields(value))
    if isinstance(value, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(value):
        fields["body"] = value.body[1:]
    spelled = (f"{name}={_syntax(item)}" for name, item in fields.items() if item is not None and item != [])
    return f"{type(value).__name__}({','.join(spelled)})"
