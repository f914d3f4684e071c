"""Small files and small functions: what cannot be read at one sitting cannot be trusted."""

import ast
from collections.abc import Iterator

import pytest
from tests.house.trees import nodes

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
USUAL_FUNCTION = 30


class Source:
    """What the fixtures yield."""

    path: str
    text: str
    tree: ast.Module


def lengths(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Each function with its lines, without decorators and docstring."""
    for node in nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            total = (node.end_lineno or node.lineno) - node.lineno + 1
            first = node.body[0]
            if ast.get_docstring(node) is not None:
                total -= (first.end_lineno or first.lineno) - first.lineno + 1
            yield node.name, total


def test_no_file_is_longer_than_the_cap(written: tuple[Source, ...]) -> None:
    lines = {source.path: len(source.text.splitlines()) for source in written}
    assert {path: count for path, count in lines.items() if count > LONGEST_FILE} == {}


def test_no_function_is_longer_than_the_cap(written: tuple[Source, ...]) -> None:
    long = {
        f"{source.path}:{name}": length
        for source in written
        for name, length in lengths(source.tree)
        if length > LONGEST_FUNCTION
    }
    assert long == {}


def test_nine_functions_in_ten_are_short(product: tuple[Source, ...]) -> None:
    counts = sorted(length for source in product for _, length in lengths(source.tree))
    assert counts[int(0.9 * len(counts))] <= USUAL_FUNCTION


@pytest.mark.parametrize(
    ("body", "expected"), [("    return 1\n", 2), ('    """Doc\n\n    more."""\n    return 1\n', 2)]
)
def test_the_length_of_a_function_leaves_its_docstring_out(body: str, expected: int) -> None:
    assert list(lengths(ast.parse("def f():\n" + body))) == [("f", expected)]
