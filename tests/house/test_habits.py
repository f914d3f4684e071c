"""Habits a linter does not know: names of modules, hidden state, facts that go to a log nobody keeps."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest
from tests.house.conftest import Source
from tests.house.trees import nodes

REGISTERS = {"BEHAVIOUR_TASKS": "to make the tasks is to register them with Inspect"}
"""Names nobody reads, each with what it is there for."""

JUNK_DRAWERS = {"base", "common", "core", "helper", "helpers", "misc", "shared", "util", "utils"}

CHANGING = {"add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "setdefault", "update"}


def exports(tree: ast.Module) -> set[str]:
    """The names a package's ``__init__`` offers: imports, definitions, and the keys of a lazy table."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom | ast.Import):
            names.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            names.update(str(ast.literal_eval(key)) for key in node.value.keys if isinstance(key, ast.Constant))
    return names


def bound_at_top(tree: ast.Module) -> dict[str, ast.expr]:
    """Names assigned at the top of a module, with their values."""
    bound: dict[str, ast.expr] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            bound.update({target.id: node.value for target in node.targets if isinstance(target, ast.Name)})
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            bound[node.target.id] = node.value
    return bound


def hidden_state(tree: ast.Module) -> Iterator[str]:
    """Each place where a function changes something that outlives the call: ``global``, or a table of the module."""
    top = bound_at_top(tree)
    for name, value in top.items():
        is_container = isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp)
        if is_container and not name.isupper() and not name.startswith("__"):
            yield f"`{name}` is a container with the name of a variable"
    for function in (node for node in nodes(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
        inside = tuple(ast.walk(function))
        local = {node.id for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        arguments = {argument.arg for argument in inside if isinstance(argument, ast.arg)}
        shared = top.keys() - local - arguments
        yield from (f"`{function.name}` {fault}" for node in inside for fault in changes(node, shared))


def changes(node: ast.AST, shared: set[str]) -> Iterator[str]:
    """How one node changes something shared, if it does."""
    match node:
        case ast.Global():
            yield "declares a global"
        case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()) if name in shared:
            yield f"writes into `{name}`"
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=verb)) if name in shared and verb in CHANGING:
            yield f"changes `{name}`"
        case _:
            pass


def test_there_is_no_junk_drawer(product: tuple[Source, ...]) -> None:
    drawers = [
        source.path for source in product if JUNK_DRAWERS & set(PurePosixPath(source.path).with_suffix("").parts)
    ]
    assert drawers == []


def test_no_module_is_named_like_something_its_package_exports(product: tuple[Source, ...]) -> None:
    clashes = []
    for source in product:
        path = PurePosixPath(source.path)
        if path.name == "__init__.py":
            inside = {
                PurePosixPath(other.path).relative_to(path.parent).parts[0]
                for other in product
                if PurePosixPath(other.path).is_relative_to(path.parent)
            }
            children = {name.removesuffix(".py") for name in inside}
            clashes += [f"{path.parent}: {name}" for name in sorted(exports(source.tree) & children)]
    assert clashes == []


def test_nothing_is_logged(product: tuple[Source, ...]) -> None:
    logging = [
        source.path
        for source in product
        for node in nodes(source.tree)
        if (isinstance(node, ast.Import) and any(alias.name == "logging" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module == "logging")
    ]
    assert logging == []


def test_no_module_keeps_state(product: tuple[Source, ...]) -> None:
    assert [f"{source.path}: {fault}" for source in product for fault in hidden_state(source.tree)] == []


def test_no_variable_is_called_remit(product: tuple[Source, ...]) -> None:
    # A schema's field may be: `remit: 1` is the first line of every charter.
    named = [
        f"{source.path}:{node.lineno}"
        for source in product
        if not source.path.endswith("/schema.py")
        for node in nodes(source.tree)
        if (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == "remit")
        or (isinstance(node, ast.arg) and node.arg == "remit")
    ]
    assert named == []


@pytest.mark.parametrize(
    "text",
    [
        "cache = {}",
        "SEEN = {}\ndef f(x):\n    SEEN[x] = 1",
        "SEEN = []\ndef f(x):\n    SEEN.append(x)",
        "count = 0\ndef f():\n    global count\n    count += 1",
    ],
)
def test_planted_state_is_found(text: str) -> None:
    assert len(list(hidden_state(ast.parse(text)))) == 1


@pytest.mark.parametrize(
    "text", ["TABLE = {1: 2}\ndef f(x):\n    return TABLE[x]", "def f():\n    seen = {}\n    seen[1] = 2"]
)
def test_a_constant_table_and_a_local_one_are_fine(text: str) -> None:
    assert list(hidden_state(ast.parse(text))) == []


def defined_at_top(tree: ast.Module) -> Iterator[str]:
    """Names a module defines or assigns at its top; what is decorated is used by its decorator."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) or (isinstance(node, ast.FunctionDef) and not node.decorator_list):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))


def unused(looked_at: tuple[Source, ...], readers: tuple[Source, ...]) -> Iterator[str]:
    """Names nobody mentions but where they are made and offered: private ones in their file, public ones anywhere."""
    words = {source.path: Counter(re.findall(r"\w+", source.text)) for source in readers}
    everywhere = Counter[str]()
    for counted in words.values():
        everywhere.update(counted)
    for source in looked_at:
        offered = ast.literal_eval(bound_at_top(source.tree).get("__all__", ast.List(elts=[])))
        for name in defined_at_top(source.tree):
            mentions = words[source.path][name] if name.startswith("_") else everywhere[name]
            if not name.startswith("__") and mentions <= 1 + (name in offered) and name not in REGISTERS:
                yield f"{source.path}: {name}"


def test_nothing_stands_at_the_top_of_a_module_that_nobody_mentions(
    product: tuple[Source, ...], written: tuple[Source, ...]
) -> None:
    assert list(unused(product, written)) == []


def test_a_name_nobody_mentions_is_found() -> None:
    text = '__all__ = ["offered", "taken"]\n_LEFT = 1\ndef offered(): ...\ndef taken(): ...\ndef _own(): ...\n_own()\n'
    made = Source(path="src/remit/made.py", text=text, tree=ast.parse(text))
    reader = Source(path="tests/reader.py", text="taken()", tree=ast.parse("taken()"))
    assert list(unused((made,), (made, reader))) == ["src/remit/made.py: _LEFT", "src/remit/made.py: offered"]
