"""Amounts as people write them: ``20 EUR/day``, ``500/run``, ``60/hour``, ``2h``, ``2GiB``.

Grammar: ``NUMBER [UNIT] [/ WINDOW]``. A number is digits with an optional decimal part: no signs, no thousands
separators, no exponents, because ``1,000`` means one thing in London and another in Berlin.
"""

from __future__ import annotations

import re
from typing import Literal

from remit.charter.faults import listed, nearest
from remit.charter.model import Quantity
from remit.errors import CharterSchemaError

__all__ = [
    "BASE_UNITS",
    "Dimension",
    "bounds_fault",
    "budget_fault",
    "parse_allowance",
    "parse_amount",
    "parse_duration",
    "parse_size",
]

Dimension = Literal["money", "count", "duration", "size"]

WINDOWS: tuple[str, ...] = ("call", "run", "minute", "hour", "day", "week", "month")
SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
BYTES = {
    "B": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}
CURRENCIES: frozenset[str] = frozenset(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD "
    "CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF "
    "GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK "
    "LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD "
    "OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN "
    "SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF "
    "XPF YER ZAR ZMW ZWG".split()
)  # ISO 4217, active codes

BASE_UNITS: frozenset[str] = CURRENCIES | {"s", "B"}

_DIMENSIONS: dict[str, Dimension] = {
    "money": "money", "calls": "count", "emails": "count", "agents": "count", "tokens": "count", "messages": "count",
    "requests": "count", "wall": "duration", "cpu": "duration", "bytes": "size", "memory": "size", "egress": "size",
}  # fmt: skip
_EXAMPLES = {
    "money": "`20 EUR/day`", "count": "`500/run` or `60/hour`",
    "duration": "`2h` or `30min/day`", "size": "`2GiB` or `10MB/run`",
}  # fmt: skip
_QUANTITY = re.compile(
    r"(?P<number>\d{1,15}(?:\.\d{1,9})?)\s*(?P<unit>[A-Za-z]+)?\s*(?:/\s*(?P<per>[A-Za-z]+))?", re.ASCII
)
_LONGEST = 80


def budget_fault(name: str, quantity: Quantity | None) -> tuple[str, str] | None:
    """What is wrong with counting a budget called ``name`` in a quantity, as message and hint, or ``None``.

    Names the charter's format does not know may be counted in anything; ``None`` is unlimited.
    """
    wanted = _DIMENSIONS.get(name)
    if wanted is None or quantity is None or wanted == _measured(quantity):
        return None
    if quantity.amount == 0 and not quantity.unit:
        return None
    needs = {
        "money": "is money and needs a currency", "count": "is counted and takes no unit",
        "duration": "is a time and needs a unit", "size": "is a size and needs a unit",
    }[wanted]  # fmt: skip
    return f"the budget `{name}` {needs}", f"write it like {_EXAMPLES[wanted]}, or `unlimited`"


def parse_amount(value: object) -> Quantity:
    """Read ``NUMBER [UNIT] [/ WINDOW]`` or a plain number; raises ``CharterSchemaError``."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value < 0:
            raise _bad(value, "an amount cannot be negative")
        return Quantity(amount=float(value))
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise _bad(value, "this is not an amount")
    match = _QUANTITY.fullmatch(value.strip())
    if match is None:
        raise _bad(value, "this is not an amount")
    per = _window(value, match["per"])
    factor, unit = _unit(value, match["unit"])
    return Quantity(amount=float(match["number"]) * factor, unit=unit, per=per)


def bounds_fault(minimum: Quantity | None, maximum: Quantity | None, unit: str | None) -> str | None:
    """What is wrong with the bounds of a constraint together with its unit, or ``None``."""
    bounds = [bound for bound in (minimum, maximum) if bound is not None]
    if any(bound.per for bound in bounds):
        return "a bound is an amount of one call, without a window"
    units = sorted({bound.unit for bound in bounds if bound.unit} | ({unit} if unit else set()))
    if len(units) > 1:
        return f"the bounds are in different units, {listed(units)}"
    if minimum is not None and maximum is not None and minimum.amount > maximum.amount:
        return f"min {minimum.amount:g} is above max {maximum.amount:g}"
    return None


def parse_allowance(value: object) -> Quantity | None:
    """As ``parse_amount``, with ``None`` for ``unlimited``."""
    return None if value == "unlimited" else parse_amount(value)


def parse_duration(value: object) -> float:
    """Seconds of ``30d``, ``2h``, ``90s``; raises ``CharterSchemaError`` for anything else, a bare number too."""
    hint = f"write it like `30d` or `2h`: {listed(SECONDS)}"
    try:
        quantity = parse_amount(value)
    except CharterSchemaError:
        raise _bad(value, "this is not a duration", hint=hint) from None
    if quantity.unit != "s" or quantity.per:
        raise _bad(value, "this is not a duration", hint=hint)
    return quantity.amount


def parse_size(value: object) -> float:
    """Bytes of ``2GiB``; a bare number is bytes too; raises ``CharterSchemaError`` for anything else."""
    hint = f"write it like `2GiB`: {listed(BYTES)}"
    try:
        quantity = parse_amount(value)
    except CharterSchemaError:
        raise _bad(value, "this is not a size", hint=hint) from None
    if quantity.unit not in ("B", "") or quantity.per:
        raise _bad(value, "this is not a size", hint=hint)
    return quantity.amount


def _measured(quantity: Quantity) -> Dimension:
    """The dimension of a quantity that was read."""
    return {"": "count", "s": "duration", "B": "size"}.get(quantity.unit, "money")  # type: ignore[return-value]


def _window(value: object, per: str | None) -> str:
    """The window after the slash."""
    if per is None:
        return ""
    if per in WINDOWS:
        return per
    close = nearest(per, WINDOWS)
    raise _bad(value, f"unknown window `{per}`", hint=f"{_suggest(close)} windows are {listed(WINDOWS)}".strip())


def _unit(value: object, unit: str | None) -> tuple[float, str]:
    """The factor to base units and the base unit."""
    if unit is None:
        return 1.0, ""
    if unit in SECONDS:
        return SECONDS[unit], "s"
    if unit in BYTES:
        return float(BYTES[unit]), "B"
    if unit in CURRENCIES:
        return 1.0, unit
    known = [*SECONDS, *BYTES, *(sorted(CURRENCIES) if len(unit) == 3 else ("EUR", "USD", "GBP"))]
    close = nearest(unit, known)
    hint = _suggest(close) or f"units are {listed(SECONDS)}, {listed(BYTES)} and ISO 4217 currencies such as `EUR`"
    raise _bad(value, f"unknown unit `{unit}`", hint=hint)


def _suggest(close: str | None) -> str:
    """The start of a hint."""
    return f"did you mean `{close}`?" if close else ""


def _bad(value: object, reason: str, *, hint: str = "") -> CharterSchemaError:
    """The error about an amount."""
    shown = str(value)
    shown = shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
    return CharterSchemaError(
        f"`{shown}`: {reason}", code="charter.schema.bad-quantity",
        hint=hint or "amounts are written `20 EUR/day`, `500/run`, `2h`, `2GiB` or as a plain number",
    )  # fmt: skip
