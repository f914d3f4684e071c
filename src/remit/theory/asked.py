"""What a program hands over, looked at before anything is computed: kinds of things, states, counts and numbers.

Whatever Python would let through, or stumble over later, is refused here in words. A number of a state is one that is
counted from 0: a negative one would silently stand for another state.
"""

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, SupportsFloat, TypeVar

import numpy as np

from remit.errors import InvalidMDPError, ModelError
from remit.theory.arrays import Floats

__all__ = ["kind_at", "listed_at", "mapping_at", "real_at", "state_at", "table_at", "text_at", "whole_at"]

_Kind = TypeVar("_Kind")
_SHOWN = 64


def kind_at(value: object, kind: type[_Kind], where: str, *, hint: str) -> _Kind:
    """Return what is of a kind; raises ``InvalidMDPError`` for anything else, with how one is had as the hint."""
    if not isinstance(value, kind):
        raise InvalidMDPError(f"`{where}` wants `{kind.__name__}`, found `{type(value).__name__}`", hint=hint)
    return value


def listed_at(value: object, where: str, *, hint: str) -> list[Any]:
    """Return several things as a list; raises ``InvalidMDPError`` for what is none, a text among it."""
    if not isinstance(value, Iterable) or isinstance(value, str | bytes | Mapping):
        raise InvalidMDPError(f"`{where}` wants a list, found `{type(value).__name__}`", hint=hint)
    return list(value)


def mapping_at(value: object, where: str, *, hint: str) -> Mapping[Any, Any]:
    """Return a mapping; raises ``InvalidMDPError`` for what is none."""
    if not isinstance(value, Mapping):
        raise InvalidMDPError(f"`{where}` wants a mapping, found `{type(value).__name__}`", hint=hint)
    return value


def text_at(value: object, where: str) -> str:
    """Return a text; raises ``InvalidMDPError`` for anything else."""
    return kind_at(value, str, where, hint="give the text itself; `read_file` takes the name of a file")


def state_at(value: object, count: int) -> int:
    """Return the number of one of ``count`` states; raises ``InvalidMDPError`` for what is none."""
    if isinstance(value, int | np.integer) and not isinstance(value, bool) and 0 <= int(value) < count:
        return int(value)
    message = f"`{_shown(value)}` is not the number of one of `{count}` states"
    raise InvalidMDPError(message, hint="states are counted from 0; `number(name)` of a model finds one by its name")


def whole_at(value: object, where: str, *, least: int, most: int = 2**63 - 1) -> int:
    """Return a whole number; raises ``ModelError`` for what is none and for one outside [least, most]."""
    if isinstance(value, int | np.integer) and not isinstance(value, bool) and least <= int(value) <= most:
        return int(value)
    ends = f"at least {least}" if most == 2**63 - 1 else f"from {least} to {most}"
    raise ModelError(f"`{_shown(value)}` is not what `{where}` may be", hint=f"give a whole number, {ends}")


def real_at(value: object, where: str, *, low: float = -math.inf, high: float = math.inf) -> float:
    """Return a finite number; raises ``ModelError`` for what is none and for one outside [low, high]."""
    if isinstance(value, int | float | Fraction | np.integer | np.floating) and not isinstance(value, bool):
        found = _float(value)
        if math.isfinite(found) and low <= found <= high:
            return found
    ends = "" if math.isinf(low) and math.isinf(high) else f" from {low:g} to {high:g}".replace(" to inf", " on")
    raise ModelError(f"`{_shown(value)}` is not what `{where}` may be", hint=f"give a finite number{ends}")


def table_at(value: object, where: str, shape: tuple[int | None, ...]) -> Floats:
    """Return finite numbers of a shape as f64, None for any length; raises ``ModelError`` for anything else."""
    try:
        found = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        found = np.empty((), np.float64)
    fits = found.ndim == len(shape) and all(
        have == want or (want is None and have) for have, want in zip(found.shape, shape, strict=True)
    )
    if fits and bool(np.isfinite(found).all()):
        return found
    wanted = " by ".join("any number" if length is None else str(length) for length in shape)
    raise ModelError(f"`{where}` is no table of {wanted} finite numbers", hint="give an array of numpy of that shape")


def _float(value: SupportsFloat) -> float:
    """Return a number in floating point, infinite where it is beyond what that holds."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _shown(value: object) -> str:
    """Return what was given as an error repeats it, in one line."""
    return " ".join((value if isinstance(value, str) else repr(value)).split())[:_SHOWN]
