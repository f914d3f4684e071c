"""Python functions as tools: bound to names, guarded, and never by way of an attribute."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from tests.guard.desk import Desk, charter_of

from remit.errors import CharterConflictError, DeniedError, Interrupted, RemitError


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk in a folder of its own."""
    return Desk(folder=tmp_path)


@pytest.mark.requirement("GUARD-08")
def test_positional_arguments_are_seen_by_the_charter(desk: Desk) -> None:
    with desk.guard() as guard:

        @guard.tool(name="refunds.issue")
        def issue(amount: float, order: str = "A-1") -> str:
            return desk.do({"amount": amount, "order": order})

        assert issue(80) == "done"
        with pytest.raises(DeniedError):
            issue(81)
        with pytest.raises(DeniedError):
            issue(81, "A-1")
        with pytest.raises(DeniedError):
            issue("1,000,000")  # type: ignore[arg-type]
    assert desk.ran == [{"amount": 80, "order": "A-1"}]
    assert desk.ledger.of("intent")[0]["call"]["args"] == {"amount": 80, "order": "A-1"}  # type: ignore[index]


@pytest.mark.requirement("GUARD-08")
def test_no_attribute_of_a_tool_leads_to_the_bare_function(desk: Desk) -> None:
    guard = desk.guard()

    def bare(text: str) -> str:
        """Add a note."""
        return desk.do({"text": text})

    tool = guard.tool(name="note.add")(bare)
    assert not hasattr(tool, "__wrapped__")
    assert inspect.unwrap(tool) is tool
    assert all(value is not bare for value in vars(tool).values())
    assert (tool.__name__, tool.__doc__, inspect.signature(tool)) == ("bare", "Add a note.", inspect.signature(bare))
    assert guard.report().tools["note.add"].startswith("advisory")


def test_an_async_function_is_guarded_like_a_plain_one(desk: Desk) -> None:
    async def main() -> None:
        async with desk.guard() as guard:

            @guard.tool(name="refunds.issue")
            async def issue(amount: float, order: str) -> str:
                await asyncio.sleep(0)
                return desk.do({"amount": amount, "order": order})

            assert inspect.iscoroutinefunction(issue)
            assert await issue(5, order="B") == "done"
            with pytest.raises(DeniedError):
                await issue(500, order="B")

    anyio.run(main)
    assert len(desk.ran) == 1


def test_a_tool_without_parentheses_is_called_by_the_name_of_its_function(desk: Desk) -> None:
    charter = charter_of(grants=[{"tool": "greet", "args": {"who": {"in": ["ada"]}}}])
    with desk.guard(charter=charter) as guard:

        @guard.tool
        def greet(who: str) -> str:
            return f"hello {who}"

        assert greet("ada") == "hello ada"
        with pytest.raises(DeniedError):
            greet("mallory")


@pytest.mark.parametrize(("positional", "named"), [((1, 2, 3), {}), ((1,), {"amount": 1}), ((), {"amont": 1})])
def test_arguments_the_function_does_not_have_are_denied_and_recorded(
    desk: Desk, positional: tuple[Any, ...], named: dict[str, Any]
) -> None:
    with desk.guard() as guard:

        @guard.tool(name="refunds.issue")
        def issue(amount: float, order: str) -> str:
            return desk.do({"amount": amount, "order": order})

        with pytest.raises(DeniedError):
            issue(*positional, **named)
    assert desk.ran == []
    assert desk.ledger.kinds() == ["opened", "denied", "closed"]


def test_positional_only_and_open_keyword_arguments_reach_the_function(desk: Desk) -> None:
    charter = charter_of(grants=[{"tool": "mix", "args": {"first": {"in": [1]}, "extra": {"in": ["x"]}}}])
    with desk.guard(charter=charter) as guard:

        @guard.tool
        def mix(first: int, /, **rest: str) -> tuple[int, dict[str, str]]:
            return first, rest

        assert mix(1, extra="x") == (1, {"extra": "x"})
        with pytest.raises(DeniedError):
            mix(2, extra="x")


def test_a_function_that_does_more_than_its_grant_says_is_refused_where_it_is_written(desk: Desk) -> None:
    guard = desk.guard()
    with pytest.raises(CharterConflictError, match=r"data\.destroy"):

        @guard.tool(name="note.add", effects=["data.destroy"])
        def add(text: str) -> None:
            raise AssertionError(text)


def test_what_cannot_be_guarded_is_refused_where_it_is_written(desk: Desk) -> None:
    guard = desk.guard()

    def later() -> Iterator[int]:
        yield 1

    def many(*texts: str) -> None:
        raise AssertionError(texts)

    for function in (later, many):
        with pytest.raises(RemitError) as refused:
            guard.tool(function)
        assert refused.value.code == "remit.error.tool"


@pytest.mark.requirement("GUARD-04")
def test_code_that_swallows_every_error_does_not_swallow_a_stop(desk: Desk) -> None:
    guard = desk.guard()

    @guard.tool(name="note.add")
    def add(text: str) -> str:
        return desk.do({"text": text})

    def careless() -> None:
        for _ in range(100):
            with contextlib.suppress(Exception):
                add("again")
            if len(desk.ran) == 3:
                guard.stop_here("three is enough", by="ops")

    with guard, pytest.raises(Interrupted, match="three is enough"):
        careless()
    assert len(desk.ran) == 3


def test_the_arguments_a_function_changes_are_its_own(desk: Desk) -> None:
    charter = charter_of(grants=[{"tool": "sort"}])
    mine = [3, 1, 2]
    with desk.guard(charter=charter) as guard:

        @guard.tool
        def sort(items: list[int]) -> list[int]:
            items.sort()
            return items

        assert sort(mine) == [1, 2, 3]
    assert mine == [3, 1, 2]
