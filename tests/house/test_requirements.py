"""Promises and tests: each promise of spec/requirements.toml has a test, each claim a promise."""

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.house.trees import nodes


class Source:
    """What the fixtures yield."""

    path: str
    tree: ast.Module


def promises(root: Path) -> list[dict[str, Any]]:
    """The promises in the order of the file."""
    text = (root / "spec" / "requirements.toml").read_text(encoding="utf-8")
    read: list[dict[str, Any]] = tomllib.loads(text)["requirement"]
    return read


def claims(tree: ast.Module) -> Iterable[str]:
    """The ids that tests of one file claim: ``@pytest.mark.requirement(...)`` or ``pytestmark``, read without running."""
    for node in nodes(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "requirement"
            and ast.unparse(node.func) == "pytest.mark.requirement"
        ):
            yield from (ast.literal_eval(argument) for argument in node.args)


def claimed(written: Iterable[Source]) -> Counter[str]:
    """How many times each id is claimed in the tests."""
    return Counter(
        claim
        for source in written
        if source.path.startswith("tests/") and source.path.rpartition("/")[2].startswith("test_")
        for claim in claims(source.tree)
    )


def test_every_promise_is_claimed_by_a_test(root: Path, written: tuple[Source, ...]) -> None:
    kept = claimed(written)
    assert [promise["id"] for promise in promises(root) if promise["id"] not in kept] == []


def test_every_claim_is_a_promise(root: Path, written: tuple[Source, ...]) -> None:
    assert sorted(claimed(written).keys() - {promise["id"] for promise in promises(root)}) == []


def test_promises_are_well_formed_and_unique(root: Path) -> None:
    listed = promises(root)
    assert len({promise["id"] for promise in listed}) == len(listed) >= 60
    for promise in listed:
        assert promise.keys() == {"id", "sentence", "source"}
        assert re.fullmatch(
            r"(HOUSE|CHARTER|CATALOGUE|WORLD|READING|CHECK|INIT|DEMO|STOP|CAGE|CALL|EGRESS|RUN|DOCTOR|DRILL|THEORY|ATTACK|RESIDUE|HOST|LEDGER|LOG|DECIDE|GUARD|MONITOR|SCORE|EVAL|SCENARIO|ORGANISM|STATISTICS|BUDGET|APPROVAL|PLAN|PROXY|REVIEW|INCIDENT|FRAMEWORK|RECORD|CASE|GATE)-\d\d",
            promise["id"],
        )
        assert promise["sentence"]
        assert not promise["sentence"].endswith(".")
        assert promise["source"]


def test_claims_are_read_from_marks_on_tests_and_files() -> None:
    tree = ast.parse(
        "import pytest\n"
        "pytestmark = pytest.mark.requirement('CHECK-01')\n"
        "@pytest.mark.requirement('HOUSE-01', 'HOUSE-02')\n"
        "def test_one(): ...\n"
    )
    assert sorted(claims(tree)) == ["CHECK-01", "HOUSE-01", "HOUSE-02"]
