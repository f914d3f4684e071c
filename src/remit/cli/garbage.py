"""How a process that reads a long stream treats the collector of garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["YOUNG", "spared"]

YOUNG = 20_000
"""Objects that are made before the young ones are looked through; Python's own number is 700."""


@contextmanager
def spared() -> Iterator[None]:
    """Keep what is loaded by now from the collector, for it is never garbage, and look through the young less often.

    Otherwise events wait, again and again, while everything that was ever imported is looked through.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
