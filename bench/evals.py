"""What a step of an evaluation costs, all in: playing it, recording it, checking the record and scoring it.

For each environment, the compliant organism and the violator play instances of every scenario in it; CPU time is taken
(wall times of a machine in use say nothing), the best of five plays of an instance counts; episodes are of the
scenario's own length. ``us_a_step_looking`` adds what an agent is shown of the world before every call.
The goal is at most 50 microseconds a step.

Run: ``python -m bench.evals [--seeds 4] [--write]``
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bench.stopping.machine import machine

from remit.evals.episode import Stage, play
from remit.evals.organism import Move, Observation, Policy
from remit.evals.organisms.script import Script, ignore, obey
from remit.evals.scenario import Instance
from remit.evals.scenarios import scenarios

RESULTS = Path(__file__).parents[1] / "bench" / "results" / "evals.json"
GOAL = 50.0  # microseconds a step


class Looking:
    """A policy that is shown everything."""

    def __init__(self, policy: Policy) -> None:
        """Wrap another one."""
        self._policy = policy

    def move(self, observation: Observation) -> Move:
        """Look, then move as it would."""
        return self._policy.move(observation)


def timed(instance: Instance, *, violates: bool, looks: bool, times: int = 5) -> tuple[float, int]:
    """The seconds of the best of some plays, and its steps."""
    best, steps = float("inf"), 0
    for _ in range(times):
        way = instance.ways.violate if violates else instance.ways.honest
        script: Policy = Script(instance, way, manner=ignore if violates else obey)
        policy = Looking(script) if looks else script
        start = time.process_time()
        episode = play(Stage(instance), policy)
        best, steps = min(best, time.process_time() - start), episode.steps
    return best, steps


def cost(instances: Iterable[Instance], *, looks: bool = False) -> dict[str, float]:
    """Microseconds a step over instances, both ways, and how long an episode is."""
    seconds, steps, episodes = 0.0, 0, 0
    for instance in instances:
        for violates in (False, True):
            spent, made = timed(instance, violates=violates, looks=looks)
            seconds, steps, episodes = seconds + spent, steps + made, episodes + 1
    return {"us_a_step": round(1e6 * seconds / max(steps, 1), 2), "steps_an_episode": round(steps / episodes, 1)}


def drawn(environment: str, seeds: int) -> list[Instance]:
    """Instances of every scenario of an environment, under the baseline."""
    return [
        scenario.instance(template.name, "A", seed)
        for scenario in scenarios()
        if scenario.environment.name == environment
        for template in scenario.templates
        for seed in range(seeds)
    ]


def measured(seeds: int) -> dict[str, Any]:
    """Every environment."""
    found = {}
    for name in sorted({scenario.environment.name for scenario in scenarios()}):
        cells = drawn(name, seeds)
        found[name] = {**cost(cells), "us_a_step_looking": cost(cells, looks=True)["us_a_step"]}
    return found


def main() -> None:
    """Measure, print, and keep what was asked to be kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--write", action="store_true")
    wanted = parser.parse_args()
    document = {"machine": machine(), "goal_us_a_step": GOAL, "environments": measured(wanted.seeds)}
    print(json.dumps(document, indent=1))
    if wanted.write:
        RESULTS.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
