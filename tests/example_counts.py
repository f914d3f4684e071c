"""How many examples a property is tried on: what its test asks for where everything runs, a share of it otherwise."""

from hypothesis import settings

__all__ = ["FULL", "QUICK", "examples"]

FULL = 100
"""Examples of a test that asks for no number, where everything runs."""
QUICK = 30
"""The same in a run without the slow tests."""


def examples(full: int) -> int:
    """The examples to try where ``full`` of them are tried when everything runs."""
    return max(1, full * settings().max_examples // FULL)
