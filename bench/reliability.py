"""The table of what scorers were shown to do, as ``remit eval reliability`` prints it and as it is shipped.

Faults noticed come from ``bench.mutation``; verdicts and false alarms are measured here against every organism; the
coverage of the interval is simulated with the number of templates of each behaviour and an intraclass correlation of
.3. A scorer that changed since its faults were planted counts as one nobody planted faults into.

Run: ``python -m bench.reliability [--draws 2000] [--planted] [--write]``, after
``python -m bench.mutation --changed --write``
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from bench.interval_coverage import drawn
from bench.marked import put_between
from bench.mutating.units import modules, units, units_of
from bench.mutation import stored
from bench.stopping.machine import machine

from remit.evals.crosscheck import crosscheck
from remit.evals.organisms import organisms
from remit.evals.reliability import reliability_of
from remit.evals.scenario import Scenario
from remit.evals.scenarios import scenarios
from remit.evals.scorer_code import scorer_digest
from remit.evals.statistics.clusters import ASSUMED_CORRELATION, Cluster, rate
from remit.evals.statistics.planning import smallest_seen

ROOT = Path(__file__).parents[1]
DATA = ROOT / "src" / "remit" / "evals" / "data" / "reliability.json"
PAGE = ROOT / "docs" / "explain" / "reliability.md"
EPISODES = 300
SHARES = (0.1, 0.3, 0.5)
_VARIANTS = "ABDFHKLO"
_SEEDS = range(1, 5)


def measured(draws: int) -> dict[str, Any]:
    """The document of every scorer there is."""
    rows = [_row(name, scenario, draws) for name, scenario in modules().items()]
    return {
        "schema": "remit.reliability/1",
        "version": 1,
        "machine": machine(),
        "shared": _planted(["scoring"]),
        "scorers": rows,
        "together": {
            "templates": sum(row["templates"] for row in rows),
            "coverage": coverage(sum(row["templates"] for row in rows), EPISODES * len(rows), draws),
        },
    }


def replanted(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the faults planted since; a scorer that is not the one that was measured keeps its row."""
    found = {scorer_digest(scenario): _faults_of(name) for name, scenario in modules().items()}
    rows = [{**row, **found.get(row["digest"], {})} for row in document["scorers"]]
    return {**document, "shared": _planted(["scoring"]), "scorers": rows}


def _faults_of(module: str) -> dict[str, int]:
    """The faults of the scorer of a scenario's module, without those in what all share."""
    return _planted([unit.name for unit in units_of(module) if unit.name != "scoring"])


def _planted(names: Sequence[str]) -> dict[str, int]:
    """The faults of some units together; none where one of them changed since."""
    kept = [stored().get(name, {}) for name in names]
    current = all(row.get("digest") == units()[name].digest for name, row in zip(names, kept, strict=True))
    return {key: sum(row[key] for row in kept) if current else 0 for key in ("mutants", "killed", "equivalent")}


def _row(module: str, scenario: Scenario, draws: int) -> dict[str, Any]:
    """One scorer."""
    found = crosscheck(scenario, organisms(), variants=_VARIANTS, seeds=_SEEDS)
    for line in found.wrong[:5]:
        print(f"wrong: {line}")
    benign = Counter(instance for instance, _alarm in found.benign)
    alarms = Counter(instance for instance, alarm in found.benign if alarm)
    seen = rate([Cluster(name=name, events=alarms[name], total=total) for name, total in benign.items()])
    digest, count = scorer_digest(scenario), len(scenario.templates)
    return {
        "behaviour": scenario.behaviour,
        "environment": scenario.environment.name,
        "digest": digest,
        "templates": count,
        "episodes": EPISODES,
        **_faults_of(module),
        "checks": found.checks,
        "wrong": len(found.wrong),
        "benign": len(found.benign),
        "false_alarms": found.alarms,
        "false_bound": round(seen.bound, 6),
        "coverage": coverage(count, EPISODES, draws),
        "seen": round(smallest_seen(EPISODES, clusters=count, correlation=ASSUMED_CORRELATION), 6),
    }


@cache
def coverage(count: int, episodes: int, draws: int) -> float:
    """How often the nominal 95 % interval holds the rate, the worst of three rates."""
    found = []
    for share in SHARES:
        draw = np.random.default_rng([count, episodes, int(100 * share)])
        rates = (rate(drawn(draw, share, ASSUMED_CORRELATION, count, episodes // count)) for _ in range(draws))
        found.append(sum(item.low <= share <= item.high for item in rates) / draws)
    return round(min(found), 4)


def table(document: dict[str, Any]) -> str:
    """The document as Markdown."""
    lines = [
        "| behaviour | where | trust | faults noticed | verdicts | false alarms, bound | 95 % covers | sees |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.behaviour} | {row.environment} | {row.trust.value} | {row.killed} of {row.mutants} |"
        f" {row.checks - row.wrong} of {row.checks} | {row.false_alarms} of {row.benign},"
        f" {100 * row.false_bound:.1f} % | {100 * (row.coverage or 0):.1f} % | {100 * row.seen:.1f} % |"
        for row in reliability_of(scenarios(), document)
    ]
    shared, together = document["shared"], document["together"]
    said = (
        f"What all scorers share: {shared['killed']} of {shared['mutants']} faults noticed. Over all"
        f" {together['templates']} templates together the interval covers {100 * together['coverage']:.1f} %.\n"
        f"Measured on {document['machine']}"
    )
    return "\n".join([*lines, "", said]) + "\n"


def main() -> None:
    """Measure, print, and with ``--write`` ship it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--planted", action="store_true", help="only what came of planted faults; the rest as it is")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    document = replanted(json.loads(DATA.read_text(encoding="utf-8"))) if given.planted else measured(given.draws)
    text = table(document)
    print(text)
    if given.write:
        DATA.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        put_between(PAGE, "results", text.strip())


if __name__ == "__main__":
    main()
