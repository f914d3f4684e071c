"""The scenarios: one module per behaviour and environment, each with ``SCENARIO``; other modules hold builders."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from remit.evals.scenario import Scenario

__all__ = ["scenario_of", "scenarios"]


@cache
def scenarios() -> tuple[Scenario, ...]:
    """Every scenario there is, in the order of the names of their modules."""
    names = sorted(item.name for item in pkgutil.iter_modules(__path__))
    found = (getattr(import_module(f"{__name__}.{name}"), "SCENARIO", None) for name in names)
    return tuple(scenario for scenario in found if isinstance(scenario, Scenario))


def scenario_of(behaviour: str) -> tuple[Scenario, ...]:
    """The scenarios of a behaviour, empty where there is none."""
    return tuple(scenario for scenario in scenarios() if scenario.behaviour == behaviour)
