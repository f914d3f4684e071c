"""Writers and servers killed in the middle of their work: nothing acknowledged is lost, no effect is without its intent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.ledger.cluster import Cluster
from tests.ledger.fleet_kills import Arena, Tally, judge

from remit.ledger.postgres import PostgresLedger

ROOT = Path(__file__).parents[2]


def campaign(**counts: int) -> dict[str, Any]:
    """Run a campaign in a process of its own, which forks and so may have no threads."""
    words = [word for name, count in counts.items() for word in (f"--{name}", str(count))]
    done = subprocess.run(
        [sys.executable, "-m", "tests.ledger.fleet_kills", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    tally: dict[str, Any] = json.loads(done.stdout)
    return tally


def expect_nothing_lost(tally: dict[str, Any]) -> None:
    """What must be true after any series of kills."""
    assert tally["notes"] == []
    names = ("lost", "effects_without_intent", "not_reconciled", "faults")
    assert {name: tally[name] for name in names} == dict.fromkeys(names, 0)
    assert tally["acknowledged"] > 50
    assert tally["unknown"] > 0


@pytest.mark.slow
@pytest.mark.requirement("LEDGER-45", "LEDGER-46")
@pytest.mark.usefixtures("cluster")
def test_killed_writers_and_servers_lose_nothing_they_acknowledged() -> None:
    tally = campaign(points=30, moments=6, backends=2, servers=1, seed=1)
    assert tally["kills"] == 39
    expect_nothing_lost(tally)


@pytest.mark.slow
@pytest.mark.requirement("LEDGER-45", "LEDGER-46")
@pytest.mark.usefixtures("cluster")
def test_many_killed_writers_and_servers_lose_nothing_they_acknowledged() -> None:
    tally = campaign(points=180, moments=40, backends=12, servers=8, seed=2)
    assert tally["kills"] == 240
    expect_nothing_lost(tally)


def test_a_lie_about_an_acknowledgement_or_an_effect_is_found(cluster: Cluster, dsn: str, tmp_path: Path) -> None:
    arena = Arena(cluster=cluster, dsn=dsn, folder=tmp_path)
    with PostgresLedger.open(dsn) as ledger:
        first = ledger.record("intent", {"call": {"id": "a"}})
        last = ledger.record("outcome", {"intent": first, "result": "performed"})
    (tmp_path / "said").write_text(f"intent {first} a\noutcome {last} a\nintent 3 b\noutcome 2 b\n")
    (tmp_path / "effects").write_text("a\nb\n")
    tally = Tally()
    judge(arena, tally)
    assert (tally.acknowledged, tally.lost, tally.effects_without_intent) == (4, 2, 1)
