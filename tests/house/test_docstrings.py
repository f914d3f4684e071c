"""Everything public says in one sentence what it is."""

import ast
from collections.abc import Iterator

import pytest

Documented = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


class Source:
    """What the fixtures yield."""

    path: str
    tree: ast.Module


def public(tree: ast.Module) -> Iterator[tuple[str, ast.Module | Documented]]:
    """The module, its public classes and functions, and the public methods of those classes."""
    yield "module", tree
    for node in tree.body:
        if isinstance(node, Documented) and not node.name.startswith("_"):
            yield node.name, node
            if isinstance(node, ast.ClassDef):
                yield from (
                    (f"{node.name}.{method.name}", method)
                    for method in node.body
                    if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and not method.name.startswith("_")
                )


def undocumented(tree: ast.Module) -> list[str]:
    """The names of public things without a docstring that starts with a sentence."""
    return [
        name
        for name, node in public(tree)
        if len((ast.get_docstring(node) or "").split("\n\n")[0].split()) < 3 and not is_empty(node)
    ]


def is_empty(node: ast.AST) -> bool:
    """Whether it is the file of a package that holds nothing."""
    return isinstance(node, ast.Module) and not node.body


@pytest.mark.requirement("HOUSE-11")
def test_every_public_name_has_a_docstring(product: tuple[Source, ...]) -> None:
    missing = [f"{source.path}: {name}" for source in product for name in undocumented(source.tree)]
    assert missing == []


@pytest.mark.requirement("HOUSE-11")
def test_a_missing_docstring_is_found() -> None:
    tree = ast.parse('"""A module about nothing."""\nclass A:\n    """Short."""\n    def b(self): ...\ndef _c(): ...')
    assert undocumented(tree) == ["A", "A.b"]
