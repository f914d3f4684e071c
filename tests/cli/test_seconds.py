"""Times on the command line: read strictly, shown shortly."""

from __future__ import annotations

import pytest
import typer

from remit.cli.seconds import parse_seconds, span


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("5", 5), ("1.5s", 1.5), ("250ms", 0.25), ("2m", 120), ("2 min", 120), ("1h", 3600), ("1d", 86400)],
)
def test_a_time_is_read_with_its_unit(text: str, seconds: float) -> None:
    assert parse_seconds(text) == seconds


def test_a_default_that_was_never_text_stays_what_it_is() -> None:
    assert parse_seconds(2.0) == 2


@pytest.mark.parametrize("text", ["", "-1", "1e3", "inf", "nan", "5 years", "1,5", "s", "٣"])
def test_anything_else_is_refused_with_what_is_right(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="write `5`"):
        parse_seconds(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"), (0.00213, "2.1 ms"), (0.0479, "48 ms"), (3.44, "3.4 s"), (59, "59 s"), (61, "1 min"),
        (5399, "90 min"), (7200, "2 h"), (200000, "2 d"),
    ],
)  # fmt: skip
def test_a_time_is_shown_in_the_unit_people_think_in(seconds: float, text: str) -> None:
    assert span(seconds) == text
