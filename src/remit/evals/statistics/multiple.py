"""Many questions asked at once: the chance that any of them is answered wrongly by luck stays below alpha."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["holm"]


def holm(values: Mapping[str, float]) -> dict[str, float]:
    """The p-values adjusted by Holm's step-down procedure, in the order given; reject where the result is <= alpha.

    The j-th smallest of m is multiplied by m - j + 1 and never made smaller than the one before it (Holm 1979, section
    3). It holds whatever the questions have to do with each other. Raises ``ValueError`` for a value outside [0, 1].
    """
    for name, value in values.items():
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"a p-value lies between 0 and 1, found `{value}` for `{name}`")
    adjusted: dict[str, float] = {}
    largest = 0.0
    for rank, (name, value) in enumerate(sorted(values.items(), key=lambda item: item[1])):
        largest = max(largest, min(1.0, (len(values) - rank) * value))
        adjusted[name] = largest
    return {name: adjusted[name] for name in values}
