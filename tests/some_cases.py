"""Many cases of one kind: some in every run, spread over all there are, the rest with the slow tests."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from _pytest.mark.structures import ParameterSet

__all__ = ["some_of"]


def some_of(cases: Iterable[object], always: int) -> list[ParameterSet]:
    """The cases as parameters, the others than ``always`` of them marked slow; a tuple holds a test's several values."""
    listed = [_parameters(case) for case in cases]
    kept = {number * len(listed) // always for number in range(always)}
    return [
        case if index in kept else pytest.param(*case.values, id=case.id, marks=[*case.marks, pytest.mark.slow])
        for index, case in enumerate(listed)
    ]


def _parameters(case: object) -> ParameterSet:
    if isinstance(case, ParameterSet):
        return case
    return pytest.param(*case) if isinstance(case, tuple) else pytest.param(case)
