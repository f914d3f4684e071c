"""Amounts, times and lists in words, as prose, lint and comparison print them."""

from __future__ import annotations

from collections.abc import Iterable

from remit.charter.model import Quantity

__all__ = ["PLACEHOLDER", "amount", "duration", "listing", "names", "plural", "several", "share", "size"]

PLACEHOLDER = "REPLACE THIS"
"""How a sentence starts that `remit init` could only leave to a person."""

_TIMES = ((86400.0, "day", "d"), (3600.0, "hour", "h"), (60.0, "minute", "m"), (1.0, "second", "s"))
_SIZES = ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def listing(items: Iterable[str], last: str = "and") -> str:
    """Items joined as in a sentence, each once: ``a, b and c``."""
    words = list(dict.fromkeys(items))
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def names(items: Iterable[str], last: str = "and") -> str:
    """Names in backticks, joined as in a sentence."""
    return listing((f"`{item}`" for item in items), last)


def several(items: Iterable[str], most: int = 3) -> str:
    """Names in backticks; of a long list only the first, and how many more there are."""
    every = list(dict.fromkeys(items))
    rest = len(every) - most
    shown = [f"`{item}`" for item in every[: most if rest > 1 else None]]
    return listing([*shown, f"{rest} more"] if rest > 1 else shown)


def plural(number: float, noun: str) -> str:
    """A number with its noun: ``1 action``, ``3 actions``."""
    return f"{number:g} {noun}" if number == 1 else f"{number:g} {noun}s"


def duration(seconds: float, *, short: bool = False) -> str:
    """A time in the largest unit that keeps it a whole number: ``2 hours``, or as a charter writes it, ``2h``."""
    for length, noun, letter in _TIMES:
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g}{letter}" if short else plural(seconds / length, noun)
    return f"{seconds:g}s" if short else plural(seconds, "second")


def size(count: float) -> str:
    """Bytes in the largest unit that keeps them a whole number: ``2 GiB``."""
    for length, unit in _SIZES:
        if count >= length and count % length == 0:
            return f"{count / length:g} {unit}"
    return plural(count, "byte")


def amount(quantity: Quantity | None) -> str:
    """A quantity in words: ``20 EUR a day``, ``2 hours``, ``500 a run``; ``without end`` for ``None``."""
    if quantity is None:
        return "without end"
    if quantity.unit == "s":
        text = duration(quantity.amount)
    elif quantity.unit == "B":
        text = size(quantity.amount)
    else:
        text = f"{quantity.amount:,.15g} {quantity.unit}".strip()
    return text if not quantity.per else f"{text} {'an' if quantity.per == 'hour' else 'a'} {quantity.per}"


def share(probability: float) -> str:
    """A probability as people say it: ``30 %``, ``0.5 %``."""
    return f"{probability * 100:g} %"
