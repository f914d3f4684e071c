"""Tests about tests: nothing is skipped in silence, and no clock decides who passes."""

import ast
from collections.abc import Iterator

import pytest
from tests.house.trees import nodes

CLOCKS = {"perf_counter", "process_time", "monotonic", "elapsed", "elapsed_seconds"}


class Source:
    """What the fixtures yield."""

    path: str
    tree: ast.Module


def silent_skips(tree: ast.Module) -> Iterator[int]:
    """Lines that skip, or expect a failure, without saying why."""
    for node in nodes(tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr in {"skip", "skipif", "xfail", "importorskip"}:
            assert isinstance(node, ast.Call)
            said = [keyword for keyword in node.keywords if keyword.arg == "reason"]
            in_words = called.attr == "skip" and node.args
            if not said and not in_words:
                yield node.lineno
    for node in nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from (
                mark.lineno
                for mark in node.decorator_list
                if isinstance(mark, ast.Attribute) and mark.attr in {"skip", "xfail"}
            )


def timed_asserts(tree: ast.Module) -> Iterator[int]:
    """Lines that assert how long something took."""
    for node in nodes(tree):
        if isinstance(node, ast.Assert):
            parts = tuple(ast.walk(node))
            names = {part.id for part in parts if isinstance(part, ast.Name)}
            names |= {part.attr for part in parts if isinstance(part, ast.Attribute)}
            if names & CLOCKS:
                yield node.lineno


def is_a_test(source: Source) -> bool:
    """Whether the file is part of the suite."""
    return source.path.startswith("tests/")


def test_every_skip_says_why(written: tuple[Source, ...]) -> None:
    assert [
        f"{source.path}:{line}" for source in written if is_a_test(source) for line in silent_skips(source.tree)
    ] == []


def test_no_test_asserts_elapsed_time(written: tuple[Source, ...]) -> None:
    assert [
        f"{source.path}:{line}" for source in written if is_a_test(source) for line in timed_asserts(source.tree)
    ] == []


def test_every_test_can_fail(written: tuple[Source, ...]) -> None:
    toothless = [
        f"{source.path}: {node.name}"
        for source in written
        if is_a_test(source)
        for node in nodes(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not can_fail(node)
    ]
    assert toothless == []


def can_fail(function: ast.AST) -> bool:
    """Whether a test asserts, expects an error, or calls something that is named for doing so."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert | ast.Raise):
            return True
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            if name in {"raises", "fail"} or name.lstrip("_").startswith(("assert_", "check_", "expect_", "demand_")):
                return True
    return False


@pytest.mark.parametrize(
    "text",
    [
        "import pytest\n@pytest.mark.skip\ndef test_a(): ...",
        "import pytest\n@pytest.mark.skipif(True)\ndef test_a(): ...",
        "import pytest\ndef test_a():\n    pytest.importorskip('numba')",
    ],
)
def test_a_planted_silent_skip_is_found(text: str) -> None:
    assert len(list(silent_skips(ast.parse(text)))) == 1


def test_a_planted_stopwatch_and_a_toothless_test_are_found() -> None:
    assert list(timed_asserts(ast.parse("assert time.perf_counter() - start < 1"))) == [1]
    assert not can_fail(ast.parse("def test_a():\n    compute()"))
    assert can_fail(ast.parse("def test_a():\n    assert compute()"))
