"""Times on the command line: ``5``, ``1.5s``, ``2m``, ``1h``."""

from __future__ import annotations

import re

import typer

__all__ = ["parse_seconds", "span"]

_TIME = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*(ms|s|m|min|h|d)?", re.ASCII)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def parse_seconds(text: str | float) -> float:
    """Read a time in seconds; a bare number is seconds, also one that was never text. Raises ``typer.BadParameter``."""
    found = _TIME.fullmatch(str(text).strip())
    if found is None:
        raise typer.BadParameter(f"`{text}` is not a time: write `5`, `1.5s`, `2m` or `1h`")
    return float(found[1]) * _UNITS[found[2] or "s"]


def span(seconds: float) -> str:
    """A time in words short enough for a table: ``2.1 ms``, ``3.4 s``, ``12 min``, ``5 h``, ``3 d``."""
    if seconds < 1:
        return f"{seconds * 1000:.2g} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 172800 else f"{seconds / 86400:.0f} d"
