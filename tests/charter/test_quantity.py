"""Amounts as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.charter.model import Quantity
from remit.charter.quantity import (
    BYTES,
    CURRENCIES,
    SECONDS,
    WINDOWS,
    bounds_fault,
    budget_fault,
    parse_allowance,
    parse_amount,
    parse_duration,
    parse_size,
)
from remit.errors import CharterSchemaError


@pytest.mark.parametrize(
    ("text", "amount", "unit", "per"),
    [
        ("20 EUR/day", 20, "EUR", "day"),
        ("20EUR / day", 20, "EUR", "day"),
        ("500/run", 500, "", "run"),
        ("60/hour", 60, "", "hour"),
        ("2h", 7200, "s", ""),
        ("30 min/day", 1800, "s", "day"),
        ("250ms", 0.25, "s", ""),
        ("2GiB", 2 * 2**30, "B", ""),
        ("1.5 MB", 1_500_000, "B", ""),
        ("0", 0, "", ""),
        (7, 7, "", ""),
        (0.5, 0.5, "", ""),
    ],
)
def test_an_amount_is_read(text: object, amount: float, unit: str, per: str) -> None:
    assert parse_amount(text) == Quantity(amount=amount, unit=unit, per=per)


@pytest.mark.requirement("CHARTER-03")
@pytest.mark.parametrize(
    "text",
    [
        "1,000",
        "1 000",
        "1.000,0",
        "1e3",
        "-5",
        "+5",
        "٤",
        "5 EUR EUR",
        "EUR 5",
        "/day",
        "5//day",
        "5 EUR/",
        "",
        " ",
        "x" * 99,
        True,
        None,
        [],
        -1,
        "5 eur",
        "5 GIB",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(text: object) -> None:
    with pytest.raises(CharterSchemaError) as caught:
        parse_amount(text)
    assert caught.value.code == "charter.schema.bad-quantity"
    assert caught.value.hint


def test_a_duration_needs_a_unit_and_a_size_does_not() -> None:
    assert parse_duration("30d") == 30 * 86_400
    assert parse_size(512) == 512
    for text in ("30", 30, "2GiB", "5 EUR", "2h/day"):
        with pytest.raises(CharterSchemaError):
            parse_duration(text)
    for text in ("2h", "5 EUR", "2GiB/day"):
        with pytest.raises(CharterSchemaError):
            parse_size(text)


def test_unlimited_is_said_aloud() -> None:
    assert parse_allowance("unlimited") is None
    assert parse_allowance("5/run") == Quantity(amount=5, per="run")


@pytest.mark.parametrize(
    ("name", "text", "fits"),
    [
        ("money", "20 EUR/day", True),
        ("money", "20/day", False),
        ("money", "0", True),
        ("money", "2h", False),
        ("calls", "500/run", True),
        ("calls", "5 EUR", False),
        ("wall", "2h", True),
        ("wall", "7200", False),
        ("bytes", "10MB/run", True),
        ("bytes", "10/run", False),
        ("tickets", "10 EUR", True),
    ],
)
def test_a_budget_is_counted_in_its_own_dimension(name: str, text: str, fits: object) -> None:
    assert (budget_fault(name, parse_amount(text)) is None) is fits


def test_bounds_agree_in_unit_and_order() -> None:
    euro, more, dollar = parse_amount("1 EUR"), parse_amount("5 EUR"), parse_amount("5 USD")
    assert bounds_fault(euro, more, None) is None
    assert bounds_fault(euro, more, "EUR") is None
    assert "above" in (bounds_fault(more, euro, None) or "")
    assert "different units" in (bounds_fault(euro, dollar, None) or "")
    assert "different units" in (bounds_fault(None, euro, "USD") or "")
    assert "window" in (bounds_fault(None, parse_amount("1 EUR/day"), None) or "")


@given(
    number=st.integers(0, 10**6),
    unit=st.sampled_from(["", *SECONDS, *BYTES, *sorted(CURRENCIES)]),
    per=st.sampled_from(["", *WINDOWS]),
)
def test_every_unit_and_window_is_read(number: int, unit: str, per: str) -> None:
    quantity = parse_amount(f"{number} {unit}" + (f"/{per}" if per else ""))
    assert quantity.per == per
    assert quantity.unit in {"", "s", "B"} | CURRENCIES
    assert quantity.amount == number * {**SECONDS, **BYTES}.get(unit, 1)


@given(text=st.text(max_size=30))
def test_reading_an_amount_is_total(text: str) -> None:
    try:
        quantity = parse_amount(text)
    except CharterSchemaError:
        return
    assert quantity.amount >= 0
