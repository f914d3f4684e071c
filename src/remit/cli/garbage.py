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

    Otherwise events wait, again and again, while everything that was ever imported is looked through. Where somebody
    spared what is loaded before, that is left as it is: what is frozen can only be thawed all together.
    """
    before, ours = gc.get_threshold(), gc.get_freeze_count() == 0
    if ours:
        gc.collect()
        gc.freeze()
    gc.set_threshold(YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        if ours:
            gc.unfreeze()
