"""How a process that reads a long stream treats the collector of garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["OFTEN", "YOUNG", "spared"]

YOUNG = 2_000
"""Objects that are made before the young ones are looked through; Python's own number is 700.

The event at hand waits while they are: the more there are, the longer.
"""

OFTEN = 100
"""How often that is before those that stayed are looked through as well; Python's own number is 10."""


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
    gc.set_threshold(YOUNG, OFTEN, *before[2:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        if ours:
            gc.unfreeze()
