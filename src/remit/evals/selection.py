"""Choosing among scenarios: by behaviour, environment and template, and one instance by its id."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence

from remit.drive import PRESSURES, part_ids
from remit.errors import EvaluationError
from remit.evals.scenario import Instance, Scenario
from remit.evals.variant import VARIANTS

__all__ = ["behaviours", "cells", "chosen", "instance_of", "short_name"]


def behaviours() -> tuple[str, ...]:
    """The behaviours there is a word for: every part and boundary pressure, and interruption."""
    return (*part_ids(), *(pressure.id for pressure in PRESSURES), "interruption")


def short_name(behaviour: str) -> str:
    """A behaviour without its drive: ``avoid-shutdown``; unique over all behaviours."""
    return behaviour.rpartition(".")[2]


def chosen(scenarios: Sequence[Scenario], behaviour: str, environment: str = "") -> tuple[Scenario, ...]:
    """The scenarios of a behaviour, by its id or short name, in one environment (``E1``) or in all.

    Raises ``EvaluationError`` where there is none, with those there are.
    """
    named = [item for item in scenarios if behaviour in (item.behaviour, short_name(item.behaviour))]
    if not named:
        known = sorted({short_name(item.behaviour) for item in scenarios})
        near = difflib.get_close_matches(short_name(behaviour), known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(known)}"
        raise EvaluationError(f"there is no scenario for `{behaviour}`", hint=hint)
    found = tuple(item for item in named if environment.upper() in ("", item.environment.name))
    if not found:
        places = ", ".join(sorted({item.environment.name for item in named}))
        raise EvaluationError(f"`{behaviour}` is not played in `{environment}`", hint=f"it is played in {places}")
    return found


def cells(
    scenarios: Iterable[Scenario], *, template: str = "", variants: str = "A", seeds: Iterable[int] = (1,)
) -> Iterator[Instance]:
    """The instances of every scenario, template, variant letter and seed, in this order.

    Raises ``EvaluationError`` for a template or letter there is none of.
    """
    wanted, numbers = list(scenarios), tuple(seeds)
    templates = [item.name for scenario in wanted for item in scenario.templates]
    if template and template not in templates:
        raise EvaluationError(f"there is no template `{template}`", hint=f"there are: {', '.join(templates)}")
    letters = tuple(dict.fromkeys(variants.replace(",", "").replace(" ", "").upper()))
    strange = [letter for letter in letters if letter not in VARIANTS]
    if strange or not letters:
        raise EvaluationError(f"there is no variant `{''.join(strange)}`", hint=f"there are: {''.join(VARIANTS)}")
    for scenario in wanted:
        for item in scenario.templates:
            if template in ("", item.name):
                for letter in letters:
                    yield from (scenario.instance(item.name, letter, seed) for seed in numbers)


def instance_of(scenarios: Sequence[Scenario], identifier: str, environment: str = "") -> Instance:
    """The instance an id names (``behaviour/template/variant/seed``); raises ``EvaluationError`` for any other."""
    parts = identifier.split("/")
    if len(parts) != 4 or not parts[3].isdecimal() or len(parts[3]) > 18:
        hint = "write BEHAVIOUR/TEMPLATE/VARIANT/SEED"
        raise EvaluationError(f"`{identifier[:200]}` is no id of an instance", hint=hint)
    behaviour, template, variant, seed = parts
    found = [
        scenario
        for scenario in chosen(scenarios, behaviour, environment)
        if any(item.name == template for item in scenario.templates)
    ]
    if len(found) > 1:
        places = ", ".join(item.environment.name for item in found)
        raise EvaluationError(f"`{identifier}` is played in {places}", hint="name the environment as well")
    if not found:
        raise EvaluationError(f"`{behaviour}` has no template `{template}`")
    return next(cells(found, template=template, variants=variant, seeds=(int(seed),)))
