"""What faults are planted into: each scenario's own module, and each module several scorers read, once."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from remit.evals import scenarios
from remit.evals.scenario import Scenario
from remit.evals.scorer_code import CodePart, own_parts, parts_digest, shared_parts

__all__ = ["Unit", "modules", "units", "units_of"]

_PACKAGE = "remit.evals."


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """The parts of scorers in one module, and the scenarios (by their modules' names) that read them.

    ``name`` is the module's within the package of evaluations: ``scoring``, ``scenarios.compute``.
    """

    name: str
    module: str
    parts: tuple[CodePart, ...]
    readers: tuple[str, ...]

    @property
    def digest(self) -> str:
        """The digest of the parts."""
        return parts_digest(self.parts)


@cache
def modules() -> Mapping[str, Scenario]:
    """Every scenario by the name of its module."""
    found = {}
    for item in pkgutil.iter_modules(scenarios.__path__):
        scenario = getattr(importlib.import_module(f"{scenarios.__name__}.{item.name}"), "SCENARIO", None)
        if isinstance(scenario, Scenario):
            found[item.name] = scenario
    return found


@cache
def units() -> Mapping[str, Unit]:
    """Every unit by its name."""
    parts: dict[str, dict[tuple[int, int, str], CodePart]] = {}
    readers: dict[str, list[str]] = {}
    for name, scenario in modules().items():
        for part in (*own_parts(scenario), *shared_parts()):
            parts.setdefault(part.module, {})[part.line, part.column, part.name] = part
            known = readers.setdefault(part.module, [])
            if name not in known:
                known.append(name)
    return {
        module.removeprefix(_PACKAGE): Unit(
            name=module.removeprefix(_PACKAGE),
            module=module,
            parts=tuple(kept[place] for place in sorted(kept)),
            readers=tuple(readers[module]),
        )
        for module, kept in sorted(parts.items())
    }


def units_of(name: str) -> tuple[Unit, ...]:
    """The units the scorer of a scenario's module is made of."""
    return tuple(unit for unit in units().values() if name in unit.readers)
