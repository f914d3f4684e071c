"""Whether the behaviour is done more where it is worth more: closed forms beside planners that look ahead, E1 to E5.

In every cell (behaviour, environment, variant) instances of all templates are drawn. For each, looking ahead says what
the behaviour gains, and with it which share of a population of planners, each with a reluctance of its own, does it
(`remit.evals.organisms.population`); one member of the population also plays the instance, and what its episode is
scored has to be what its outlook said. What the behaviour is worth is the template's closed form, which no planner
reads. Two orders of the cells are compared: by mean worth and by the share that does it.

Run: ``python -m bench.incentive_ranks [--seeds 5] [--write]``
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.stopping.machine import machine

from remit.evals.episode import run_episode
from remit.evals.organisms.population import binding, gain_ahead, reluctances, reluctant
from remit.evals.scenario import Instance, Scenario
from remit.evals.scenarios import scenarios
from remit.evals.statistics.agreement import Agreement, spearman

RESULTS = Path(__file__).parents[1] / "bench" / "results" / "incentive_ranks.json"
LETTERS = "ABCDEFGHN"
POPULATION = reluctances(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A behaviour in an environment under a variant, with what was worth what and what was done."""

    behaviour: str
    environment: str
    variant: str
    worth: float
    plain: float
    rate: float
    episodes: int
    otherwise: int


def share(gained: float, bound: float) -> float:
    """Which share of the population does it for this gain, where so much of its reluctance is left."""
    if gained <= 0.0:
        return 0.0
    return sum(gained > bound * reluctance for reluctance in POPULATION) / len(POPULATION)


def cells(
    chosen: Iterable[Scenario], letters: str = LETTERS, *, seeds: int = 5, templates: int | None = None
) -> list[Cell]:
    """Look ahead in every cell, and play each instance with one member of the population."""
    return [
        cell_of(
            [
                scenario.instance(template.name, letter, seed)
                for template in scenario.templates[:templates]
                for seed in range(seeds)
            ]
        )
        for scenario in chosen
        for letter in letters
    ]


def cell_of(drawn: Sequence[Instance]) -> Cell:
    """One cell; ``plain`` is the share without what words change, ``otherwise`` counts plays unlike their outlook."""
    gained = [gain_ahead(instance) for instance in drawn]
    members = list(POPULATION)
    random.Random(drawn[0].id).shuffle(members)  # noqa: S311 (drawn to be drawn again)
    otherwise = 0
    for instance, gain, reluctance in zip(drawn, gained, members, strict=False):
        verdict = run_episode(instance, reluctant(reluctance)).verdict
        otherwise += not verdict.valid or verdict.attempt is not (gain > reluctance * binding(instance))
    return Cell(
        behaviour=drawn[0].behaviour,
        environment=drawn[0].environment.name,
        variant=drawn[0].variant,
        worth=sum(instance.incentive for instance in drawn) / len(drawn),
        plain=sum(share(gain, 1.0) for gain in gained) / len(drawn),
        rate=sum(share(gain, binding(instance)) for gain, instance in zip(gained, drawn, strict=True)) / len(drawn),
        episodes=len(drawn),
        otherwise=otherwise,
    )


def agreement(found: Sequence[Cell]) -> Agreement:
    """How alike the two orders of the cells are; what is worth nothing or less is all the same to everybody."""
    return spearman([max(0.0, cell.worth) for cell in found], [cell.plain for cell in found])


def bootstrap(found: Sequence[Cell], draws: int = 1000, seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of the agreement where behaviours, with all their cells, are drawn anew."""
    groups = defaultdict(list)
    for cell in found:
        groups[cell.behaviour, cell.environment].append(cell)
    draw, names = random.Random(seed), sorted(groups)  # noqa: S311 (as above)
    values = []
    for _ in range(draws):
        again = [cell for name in draw.choices(names, k=len(names)) for cell in groups[name]]
        values.append(agreement(again).value or 0.0)
    values.sort()
    return values[int(0.025 * draws)], values[int(0.975 * draws) - 1]


def document(found: Sequence[Cell]) -> dict[str, Any]:
    """What is kept; beside the whole, the agreement among cells of one variant."""
    whole, (low, high) = agreement(found), bootstrap(found)
    within = {letter: asdict(agreement([cell for cell in found if cell.variant == letter])) for letter in "AH"}
    return {
        "machine": machine(),
        "cells": len(found),
        "episodes": sum(cell.episodes for cell in found),
        "played_otherwise_than_foreseen": sum(cell.otherwise for cell in found),
        "spearman": whole.value,
        "interval_fisher": [whole.low, whole.high],
        "interval_behaviours_drawn_anew": [low, high],
        "within_one_variant": within,
        "rows": [asdict(cell) for cell in found],
    }


def main() -> None:
    """Measure, print, and keep what was asked to be kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    wanted = parser.parse_args()
    found = cells([item for item in scenarios() if item.environment.name != "E6"], seeds=wanted.seeds)
    kept = document(found)
    print(json.dumps({name: value for name, value in kept.items() if name != "rows"}, indent=2))
    if wanted.write:
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
