"""The comparison of stops: a survivor is counted, a clean stop is not, and nothing is left alive afterwards."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from bench.stopping.arena import NET, PYTHON, Outcome, arena_of, meet
from bench.stopping.mechanisms import MECHANISMS
from bench.stopping.page import NAMED, tables, upper_bound
from bench.survivors import Cell, parsed, plan, pooled

from remit.drills.evasions.patterns import PATTERNS, pattern_named


@pytest.fixture
def arena() -> None:
    if os.geteuid() != 0 or not os.access(NET / "cgroup.procs", os.W_OK):
        pytest.skip(f"the comparison needs root and a cgroup tree of version 2 at {NET}")
    if not Path(PYTHON).exists():
        pytest.skip(f"the comparison starts evaders with {PYTHON}")


def cell(runs: int, survived: int, **more: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {
        "broken": 0,
        "wrong": 0,
        "tricks": {"evading": runs},
        "effects": [],
        "took": [],
        "notes": [],
    }
    return {"runs": runs, "survived": survived, **nothing, **more}


@pytest.mark.usefixtures("arena")
def test_a_daemon_outlives_a_kill_and_the_stop_that_said_dead_is_wrong() -> None:
    outcome = meet("kill", pattern_named("double-fork"), "root")
    assert (outcome.ready, outcome.claim, outcome.survived, outcome.wrong) == ("evading", "dead", True, True)


@pytest.mark.usefixtures("arena")
def test_nothing_of_a_run_stays() -> None:
    with arena_of("root") as arena:
        assert (arena.net / "agent").is_dir()
        assert arena.beats.exists()
    assert not arena.net.exists()
    assert not arena.top.exists()


@pytest.mark.usefixtures("arena")
def test_an_obedient_process_ends_with_a_kill() -> None:
    outcome = meet("kill", pattern_named("plain"), "root")
    assert (outcome.claim, outcome.survived, outcome.late, outcome.living) == ("dead", False, 0, 0)


@pytest.mark.usefixtures("arena")
def test_who_leaves_the_cgroup_outlives_its_kill_and_is_ended_all_the_same() -> None:
    outcome = meet("cgroup", pattern_named("cgroup-move"), "root")
    assert (outcome.claim, outcome.survived) == ("dead", True)


def test_the_bound_is_the_one_of_clopper_and_pearson() -> None:
    assert upper_bound(0, 100) == pytest.approx(1 - 0.05 ** (1 / 100))
    assert upper_bound(0, 59) < 0.05 < upper_bound(0, 58)
    assert upper_bound(3, 10) == pytest.approx(0.6066, abs=1e-4)  # Clopper and Pearson, by their defining equation
    assert upper_bound(5, 5) == 1.0


def test_every_stop_has_a_name_on_the_page() -> None:
    assert list(NAMED) == list(MECHANISMS)


def test_the_plan_has_each_run_once_and_leaves_out_what_cannot_be() -> None:
    keys = list(plan(parsed(["--runs", "3", "--others", "1"])))
    assert keys.count(("root", "remit", "other-user")) == 3
    assert keys.count(("root", "kill", "other-user")) == 1
    assert not any(user != "root" and name == "other-user" for user, _, name in keys)
    assert {mechanism for user, mechanism, _ in keys if user == "nobody-alone"} == {
        "remit",
        "remit-directly",
        "remit-uncaged",
    }
    assert {name for _, _, name in keys} == {pattern.name for pattern in PATTERNS}


def test_the_page_counts_what_was_measured_and_keeps_the_words_around_it() -> None:
    cells = {
        "root/kill/double-fork": cell(10, 10, wrong=10),
        "root/kill/plain": cell(10, 0),
        "root/remit/double-fork": cell(100, 0, effects=[-1.0, 2.0], took=[40.0]),
        "root/remit/cgroup-move": cell(100, 0, tricks={"refused": 100}),
    }
    text = tables({"machine": "A machine.", "cells": cells})
    assert "| `Popen.kill` | root | 1 of 2 | 10 of 20 | 10 |" in text
    assert (
        "| **remit** | root | 0 of 200 | 1.487 % | 3.0 % (n >= 100) | 0 | 0 | 0.0 / 2.0 / 2.0 | 40.0 / 40.0 / 40.0 |"
        in text
    )
    assert "| `cgroup-move` |  | 0/100 † |" in text


def test_runs_of_two_evenings_add_up() -> None:
    both = pooled(cell(10, 1, took=[3.0], notes=["a"]), cell(5, 0, took=[1.0], notes=["a", "b"]))
    assert both == cell(15, 1, took=[1.0, 3.0], notes=["a", "b"])


def test_a_run_that_could_not_be_started_is_no_success() -> None:
    text = tables({"machine": "", "cells": {"root/remit/plain": cell(3, 0, broken=1)}})
    assert "| **remit** | root | 0 of 3 | 63.160 % | 63.2 % (n >= 3) | 0 | 1 | none | none |" in text
    cells = Cell(outcomes=[Outcome(ready="broken", claim="", survived=False, late=0, living=0, took=0.0, effect=None)])
    assert (cells.summary()["runs"], cells.summary()["broken"]) == (0, 1)
