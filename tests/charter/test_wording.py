from __future__ import annotations

import pytest

from remit.charter.model import Quantity
from remit.charter.wording import amount, duration, listing, names, plural, several, share, size


@pytest.mark.parametrize(
    ("items", "expected"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c"), (["a", "a"], "a")],
)
def test_a_list_reads_as_in_a_sentence(items: list[str], expected: str) -> None:
    assert listing(items) == expected


def test_names_stand_in_backticks_and_may_be_joined_with_or() -> None:
    assert names(["a", "b"], "or") == "`a` or `b`"


@pytest.mark.parametrize(
    ("count", "expected"), [(3, "`a`, `b` and `c`"), (4, "`a`, `b`, `c` and `d`"), (6, "`a`, `b`, `c` and 3 more")]
)
def test_a_long_list_of_names_is_cut_where_that_saves_something(count: int, expected: str) -> None:
    assert several("abcdef"[:count]) == expected


@pytest.mark.parametrize(
    ("seconds", "words", "short"),
    [
        (7200, "2 hours", "2h"),
        (3600, "1 hour", "1h"),
        (90, "90 seconds", "90s"),
        (0.5, "0.5 seconds", "0.5s"),
        (172800, "2 days", "2d"),
    ],
)
def test_a_time_is_said_in_the_largest_whole_unit(seconds: float, words: str, short: str) -> None:
    assert (duration(seconds), duration(seconds, short=True)) == (words, short)


@pytest.mark.parametrize(
    ("count", "expected"),
    [(2**31, "2 GiB"), (50_000_000, "50 MB"), (1000, "1 kB"), (1, "1 byte"), (1023, "1023 bytes")],
)
def test_a_size_is_said_in_the_largest_whole_unit(count: float, expected: str) -> None:
    assert size(count) == expected


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        (None, "without end"),
        (Quantity(amount=20, unit="EUR", per="day"), "20 EUR a day"),
        (Quantity(amount=60, per="hour"), "60 an hour"),
        (Quantity(amount=4_000_000, per="run"), "4,000,000 a run"),
        (Quantity(amount=7200, unit="s"), "2 hours"),
        (Quantity(amount=2**30, unit="B", per="run"), "1 GiB a run"),
        (Quantity(amount=0), "0"),
    ],
)
def test_a_quantity_in_words(quantity: Quantity | None, expected: str) -> None:
    assert amount(quantity) == expected


def test_counts_and_shares() -> None:
    assert (plural(1, "call"), plural(3, "call"), share(0.005)) == ("1 call", "3 calls", "0.5 %")
