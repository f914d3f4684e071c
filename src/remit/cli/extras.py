"""Which extra of remit brings a library that is not installed."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires

__all__ = ["extra_with"]

_NEEDED = re.compile(r"(?P<library>[\w.-]+).*;.*extra == ['\"](?P<extra>[\w-]+)['\"]")


def extra_with(module: str) -> str | None:
    """The smallest extra whose installation brings a module; ``None`` where none does: then something else is wrong."""
    top = module.partition(".")[0]
    try:
        needed = requires("remit") or []
    except PackageNotFoundError:
        return None
    listed: dict[str, list[str]] = {}
    for found in filter(None, map(_NEEDED.match, needed)):
        listed.setdefault(found["extra"], []).append(found["library"].replace("-", "_"))
    bringing = [extra for extra, libraries in listed.items() if any(_brings(each, top) for each in libraries)]
    return min(bringing, key=lambda extra: len(listed[extra]), default=None)


def _brings(library: str, top: str) -> bool:
    """Whether a library is called after the module it holds: ``opentelemetry_proto`` holds ``opentelemetry``."""
    return library == top or (bool(top) and library.startswith(f"{top}_"))
