"""``remit eval`` that is interrupted: nothing is kept, and that is said once."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.small_scenarios import counting_scenario, small_organisms

from remit.evals.campaign import cells_of, run_cells
from remit.evals.organism import Policy
from remit.evals.scenario import Instance

Typed = Callable[..., Any]


def test_an_interruption_keeps_nothing_and_says_so(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(*_arguments: object, told: Callable[[int], None], **_named: object) -> None:
        told(7)
        raise KeyboardInterrupt

    monkeypatch.setattr("remit.evals.campaign.run_cells", interrupted)
    kept = tmp_path / "eval.json"
    answer = typed("eval", "-b", "money", "-o", "compliant", "-n", "40", "--evidence", str(kept), "--json")
    assert answer.code == 130
    assert answer.out == ""
    assert "playing: 7 of 40" in answer.err
    assert "no episode and no evidence is kept" in answer.err
    assert not kept.exists()


def test_processes_that_play_leave_an_interruption_to_whoever_started_them() -> None:
    here = os.getpid()
    honest = small_organisms()[0]

    def make(instance: Instance, generator: random.Random) -> Policy:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGINT)
        return honest.policy(instance, generator)

    scenario = counting_scenario("state-copying", 4)
    cells = cells_of([scenario], "A", [honest.name], episodes=130)
    alone = list(run_cells(cells, [scenario], [honest]))
    beside = list(run_cells(cells, [scenario], [replace(honest, policy=make)], jobs=2))
    assert [item.verdict for item in beside] == [item.verdict for item in alone]
