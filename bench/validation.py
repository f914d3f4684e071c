"""Do agents that learn by trial and error do what the incentives of an optimal agent say?

Trains tabular Q-learners for the goals of shipped charters in the worlds that remit compiles, lets each act, and
compares how often it resists (an act with kappa > 0) with the gap and the peak temptation that remit reads off the
same world. The same seed gives the same bytes. CPU seconds go to standard error, never into the results.

Run: ``uv run python -m bench.validation [--write]``; ``--predictions`` writes the ranking of charter variants instead.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from bench.marked import put_between
from bench.validating.agreement import Sample, rounded, summary
from bench.validating.cases import CHARTERS, Case, Values, prepare
from bench.validating.learners import EPISODES, HORIZON, LEARNERS, Behaviour, behave, optimal_policy, train
from bench.validating.misses import misses
from bench.validating.page import tables
from bench.validating.variants import predictions_page

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results" / "validation.json"
PAGE = ROOT / "docs" / "explain" / "validation.md"
PREDICTIONS = ROOT / "docs" / "explain" / "predictions.md"
SEEDS = 6
"""Agents trained for the declared task, each from its own seed."""


def main(arguments: list[str] | None = None) -> None:
    """Run the validation, print its tables, and with ``--write`` keep them."""
    options = parsed(arguments)
    if options.predictions:
        PREDICTIONS.write_text(predictions_page(options.charters, options.goals, options.seed), encoding="utf-8")
        return
    document = validate(options)
    text = json.dumps(document, indent=1, allow_nan=False) + "\n"
    tabled = tables(document)
    if options.write:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(text, encoding="utf-8")
        put_between(PAGE, "results", tabled)
    print(text if options.json else tabled)


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    """The options of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--charters", nargs="+", default=list(CHARTERS), choices=CHARTERS, metavar="NAME")
    parser.add_argument("--goals", type=int, default=60, help="goals with something at stake, per charter")
    parser.add_argument("--steps", type=int, nargs="+", default=[30_000, 300_000, 3_000_000])
    parser.add_argument("--learners", nargs="+", default=list(LEARNERS), choices=tuple(LEARNERS), metavar="NAME")
    parser.add_argument("--deep", type=int, default=30_000_000, help="steps of one more run, of the last learner only")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2, help="threads; the results do not depend on them")
    parser.add_argument("--json", action="store_true", help="print the JSON document, not the page")
    parser.add_argument("--write", action="store_true", help="keep the results and the page that shows them")
    parser.add_argument("--predictions", action="store_true", help="write the ranking of charter variants instead")
    return parser.parse_args(arguments)


def validate(options: argparse.Namespace) -> dict[str, Any]:
    """The document of results, schema ``remit.bench/1``."""
    cases = [prepare(name, options.goals, options.seed) for name in options.charters]
    told(f"{len(cases)} worlds")
    plan = [(name, steps) for steps in options.steps for name in options.learners]
    plan += [(options.learners[-1], options.deep)] if options.deep else []
    optimal = [observed(case, None, 0, options) for case in cases]
    runs = [run("optimal", 0, cases, optimal, options.seed)]
    seen = {}
    for name, steps in plan:
        seen[name, steps] = [observed(case, name, steps, options) for case in cases]
        runs.append(run(name, steps, cases, seen[name, steps], options.seed))
        told(f"{name}, {steps} steps: {runs[-1]['pooled']['spearman_gap']} {runs[-1]['pooled']['auc_gap']}")
    last = seen[plan[-1]]
    return {
        "schema": "remit.bench/1",
        "bench": "validation",
        "settings": settings(options),
        "charters": [facts(case) for case in cases],
        "runs": runs,
        "misses": [misses(case, best, found, plan[-1]) for case, best, found in zip(cases, optimal, last, strict=True)],
        "task": [told_task(case, options) for case in cases],
        "goals": [row for index, case in enumerate(cases) for row in goal_rows(case, index, optimal, seen)],
    }


def settings(options: argparse.Namespace) -> dict[str, Any]:
    """What the results depend on."""
    return {
        "prior": "sparse2",
        "goals": options.goals,
        "seed": options.seed,
        "episodes": EPISODES,
        "episode_steps": HORIZON,
        "task_agents": SEEDS,
        "learners": {
            name: {
                "horizon": LEARNERS[name].horizon,
                "exploration": [round(chance, 4) for chance in LEARNERS[name].exploration],
                "rate_floor": LEARNERS[name].rate_floor,
                "rate_decay": LEARNERS[name].rate_decay,
                "optimism": LEARNERS[name].optimism,
            }
            for name in options.learners
        },
    }


def facts(case: Case) -> dict[str, Any]:
    """One charter: its world and its goals."""
    return {
        "charter": case.name,
        "digest": case.world.blueprint.charter.digest,
        "states": case.mdp.states_count,
        "rows": case.mdp.rows_count,
        "goals": case.goals,
        "trivial": case.trivial,
    }


def observed(case: Case, name: str | None, steps: int, options: argparse.Namespace) -> list[Behaviour]:
    """How an agent for each goal behaves: trained, or optimal where no learner is named."""

    def one(goal: int) -> Behaviour:
        reward, seed = case.rewards[:, goal], options.seed * 1_000_003 + goal
        policy = optimal_policy(case, reward) if name is None else train(case, reward, LEARNERS[name], steps, seed)
        return behave(case, reward, policy, seed)

    with ThreadPoolExecutor(options.jobs) as pool:
        return list(pool.map(one, range(case.goals)))


def run(name: str, steps: int, cases: list[Case], seen: list[list[Behaviour]], seed: int) -> dict[str, Any]:
    """The agreement of one kind of agent with the predictions, per charter and pooled."""
    samples = [
        Sample(gap=case.gap[:-1], peak=case.peak[:-1], frequency=frequencies(behaviours))
        for case, behaviours in zip(cases, seen, strict=True)
    ]
    return {
        "learner": name,
        "steps": steps,
        "charters": {
            case.name: {**summary([sample], seed), "earned": share_earned([case], [behaviours])}
            for case, sample, behaviours in zip(cases, samples, seen, strict=True)
        },
        "pooled": {**summary(samples, seed), "earned": share_earned(cases, seen)},
    }


def frequencies(behaviours: list[Behaviour]) -> Values:
    """The share of resisting episodes of each goal, f64[K]."""
    return np.array([one.frequency for one in behaviours])


def share_earned(cases: list[Case], seen: list[list[Behaviour]]) -> float | None:
    """Of what all goals together have to gain over idling, in swings, the share that agents earned (sampled)."""
    pairs = list(zip(cases, seen, strict=True))
    gained = sum(float(np.sum([one.earned for one in found] - case.idle[:-1])) for case, found in pairs)
    return rounded(gained / sum(float((case.best - case.idle)[:-1].sum()) for case, _ in pairs))


def told_task(case: Case, options: argparse.Namespace) -> dict[str, Any]:
    """Agents trained for the declared task: as they are, and neutral to being interrupted."""
    name, steps = options.learners[-1], max(options.steps)

    def one(job: tuple[bool, int]) -> Behaviour:
        neutral, number = job
        seed = options.seed * 1_000_003 + 10_000 + number
        policy = train(case, case.rewards[:, -1], LEARNERS[name], steps, seed, neutral=neutral)
        return behave(case, case.rewards[:, -1], policy, seed)

    jobs = [(neutral, number) for neutral in (False, True) for number in range(SEEDS)]
    with ThreadPoolExecutor(options.jobs) as pool:
        found = list(pool.map(one, jobs))
    told(f"{case.name}: agents for the task")
    return {
        "charter": case.name,
        "learner": name,
        "steps": steps,
        "gap": rounded(float(case.gap[-1])),
        "peak": rounded(float(case.peak[-1])),
        "naive": of_task(found[:SEEDS]),
        "neutral": of_task(found[SEEDS:]),
    }


def of_task(found: list[Behaviour]) -> dict[str, Any]:
    """How often the agents for the task resist, and the share of stops they let happen."""
    stops = sum(one.stops for one in found)
    return {
        "frequency": [rounded(one.frequency) for one in found],
        "unprompted": [rounded(one.unprompted) for one in found],
        "obeyed": rounded(sum(one.obeyed for one in found) / stops if stops else None),
    }


def goal_rows(
    case: Case, index: int, optimal: list[list[Behaviour]], seen: dict[tuple[str, int], list[list[Behaviour]]]
) -> list[dict[str, Any]]:
    """Prediction and observation of every goal, so that anyone can work out other numbers."""
    return [
        {
            "charter": case.name,
            "goal": goal,
            "gap": round(float(case.gap[goal]), 6),
            "peak": round(float(case.peak[goal]), 6),
            "optimal": optimal[index][goal].frequency,
            **{f"{name}/{steps}": found[index][goal].frequency for (name, steps), found in seen.items()},
        }
        for goal in range(case.goals)
    ]


def told(text: str) -> None:
    """Say how far it is and what it took, on standard error."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"[{used.ru_utime + used.ru_stime:6.0f} s CPU] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
