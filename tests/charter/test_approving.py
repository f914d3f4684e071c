"""What the words of an overseer's `approves` speak of."""

from __future__ import annotations

import pytest

from remit.charter.approving import may_approve, subjects
from remit.charter.model import Overseer
from remit.finding import Where


def overseer(*approves: str) -> Overseer:
    """An overseer who says that they approve these."""
    return Overseer(name="ops", channels=(), approves=approves, where=Where(file="t", line=1))


@pytest.mark.parametrize(
    ("approves", "theirs"),
    [
        (("refunds.issue",), True),
        (("refunds",), True),
        (("refund",), True),
        (("issue",), True),
        (("money.spend",), True),
        (("spend",), True),
        (("*",), True),
        (("other", "refund"), True),
        ((), False),
        (("refunds.issue.now",), False),
        (("refunds.*",), False),
        (("data.destroy",), False),
        (("Refund",), False),
    ],
)
def test_an_overseer_lists_tools_words_of_their_names_and_effects(approves: tuple[str, ...], theirs: bool) -> None:  # noqa: FBT001
    assert may_approve(overseer(*approves), "refunds.issue", ["money.spend"]) is theirs


def test_the_subjects_of_a_tool_are_those_of_its_name_and_effects() -> None:
    expected = {"refunds.issue", "refunds", "refund", "issue", "money.spend", "spend"}
    assert subjects("refunds.issue", ["money.spend"]) == expected
