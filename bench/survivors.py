"""Which stop leaves a survivor: every evasive pattern against every way to stop, as root and as ``nobody``.

What lived on is judged by an observer that reads beat files and ``/proc`` (``remit.drills.observer``), never by the
stop's own report; a stop that said ``dead`` while something lived is counted apart. Must be run as root on Linux: it
makes a cgroup for each run, so that nothing is left alive whatever the stop under test does.

Run: ``python -m bench.survivors [--runs 100] [--others 10] [--write]``
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.marked import put_between
from bench.stopping.arena import ALONE, NET, Outcome, meet
from bench.stopping.machine import machine
from bench.stopping.mechanisms import MECHANISMS
from bench.stopping.page import tables

from remit.drills.evasions.patterns import PATTERNS, pattern_named

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results" / "survivors.json"
PAGE = ROOT / "docs" / "explain" / "stop.md"
USERS = ("root", "nobody", ALONE)
OURS = ("remit", "remit-directly")
NAMES = [pattern.name for pattern in PATTERNS]


@dataclass(slots=True, kw_only=True)
class Cell:
    """All runs of one pattern against one stop as one user; a run whose stop could not even start is ``broken``."""

    outcomes: list[Outcome] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """What is kept of them; times are milliseconds after the request."""
        played = [outcome for outcome in self.outcomes if outcome.ready != "broken"]
        dead = [outcome for outcome in played if not outcome.survived]
        return {
            "runs": len(played),
            "broken": len(self.outcomes) - len(played),
            "survived": sum(outcome.survived for outcome in played),
            "wrong": sum(outcome.wrong for outcome in played),
            "tricks": dict(Counter(outcome.ready for outcome in played)),
            "claims": dict(Counter(outcome.claim for outcome in played)),
            "effects": sorted(round(outcome.effect, 2) for outcome in dead if outcome.effect is not None),
            "took": sorted(round(outcome.took, 1) for outcome in played),
            "notes": sorted({note for outcome in played for note in outcome.notes}),
        }


def pooled(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Two summaries as one: counts are added, times and notes put together."""
    pool: dict[str, Any] = {}
    for name, value in first.items():
        match value:
            case dict():
                pool[name] = dict(Counter(value) + Counter(second[name]))
            case list() if name == "notes":
                pool[name] = sorted({*value, *second[name]})
            case list():
                pool[name] = sorted([*value, *second[name]])
            case _:
                pool[name] = value + second[name]
    return pool


def main(arguments: list[str] | None = None) -> None:
    """Measure, print the tables, and with ``--write`` keep them."""
    options = parsed(sys.argv[1:] if arguments is None else arguments)
    document = read(RESULTS) if options.page or options.add else {}
    if not options.page:
        if os.geteuid() != 0 or not (NET / "cgroup.procs").exists():
            print("bench.survivors needs root and a cgroup tree of version 2 at", NET)
            return
        began, kept = machine(), document.get("cells", {})
        for cells in measured(options):
            now = {"/".join(key): cell.summary() for key, cell in cells.items()}
            both = {name: pooled(kept[name], cell) if name in kept else cell for name, cell in now.items()}
            document = {"schema": "remit.bench/1", "machine": began, "cells": {**kept, **both}}
            if options.write:
                RESULTS.write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")
    text = tables(document)
    print(text)
    if options.write:
        put_between(PAGE, "results", text)


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="runs of each pattern against remit")
    parser.add_argument("--others", type=int, default=None, help="runs against every other stop (default: at most 10)")
    parser.add_argument("--mechanisms", nargs="+", default=list(MECHANISMS), choices=MECHANISMS, metavar="NAME")
    parser.add_argument("--patterns", nargs="+", default=NAMES, choices=NAMES, metavar="NAME")
    parser.add_argument("--users", nargs="+", default=list(USERS), choices=USERS, metavar="NAME")
    parser.add_argument("--jobs", type=int, default=1, help="runs at the same time")
    parser.add_argument("--add", action="store_true", help="add to the runs of earlier results")
    parser.add_argument("--page", action="store_true", help="measure nothing, write the page from the results")
    parser.add_argument("--write", action="store_true", help=f"keep {RESULTS.relative_to(ROOT)} and the page")
    options = parser.parse_args(arguments)
    if options.others is None:
        options.others = min(options.runs, 10)
    return options


def plan(options: argparse.Namespace) -> Iterator[tuple[str, str, str]]:
    """User, mechanism and pattern of each run, in rounds so that a busy minute does not fall on one of them."""
    shuffled = random.Random(4)  # noqa: S311 - an order, not a secret
    for number in range(max(options.runs, options.others)):
        cells = [
            (user, mechanism, name)
            for user in options.users
            for mechanism in options.mechanisms
            for name in options.patterns
            if number < (options.runs if mechanism in OURS else options.others)
            and (user != ALONE or mechanism.startswith("remit"))
            and (user == "root" or not pattern_named(name).root)
        ]
        shuffled.shuffle(cells)
        yield from cells


def measured(options: argparse.Namespace) -> Iterator[dict[tuple[str, str, str], Cell]]:
    """The runs so far, by cell, now and then and at the end: what was measured is kept whatever happens later."""
    keys = list(plan(options))
    cells: dict[tuple[str, str, str], Cell] = {}
    began = time.monotonic()
    with ProcessPoolExecutor(options.jobs) as pool:
        outcomes: Iterable[Outcome] = pool.map(play, keys)
        for number, (key, outcome) in enumerate(zip(keys, outcomes, strict=True), 1):
            cells.setdefault(key, Cell()).outcomes.append(outcome)
            if number % 250 == 0 or number == len(keys):
                print(f"{number} of {len(keys)} runs, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
                yield cells


def play(key: tuple[str, str, str]) -> Outcome:
    """One run, in a process of the pool."""
    user, mechanism, name = key
    try:
        return meet(mechanism, pattern_named(name), user)
    except RuntimeError as error:
        print(error, file=sys.stderr, flush=True)
        return Outcome(ready="broken", claim="", survived=False, late=0, living=0, took=0.0, effect=None)


def read(path: Path) -> dict[str, Any]:
    """Results kept earlier."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return document


if __name__ == "__main__":
    main()
