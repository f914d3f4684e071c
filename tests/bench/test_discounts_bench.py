"""The bench of discounts solves what it says, and its table sets peers against this package."""

from __future__ import annotations

import pytest
from bench.discounts import table, timings
from bench.instances import grid
from bench.peers import Timing

from bench import discounts

SECONDS = {"remit": 0.002, "remit, certified": 0.003, "remit, two threads": 0.001, "slow one": 0.1}


def timed(solver: str) -> Timing:
    return Timing(solver=solver, instance="G", seconds=SECONDS[solver], setup=0.0, scaled_from=1, error=1e-7)


def test_the_table_says_how_many_times_as_long_a_peer_takes() -> None:
    lines = table({"G": {0.9: [timed(solver) for solver in SECONDS]}}, ["slow one"])
    assert lines[-1] == "| G | 0.9 | 2.0 ms | 3.0 ms | 50.0 x | 1.0e-07 |"


def test_at_every_discount_everybody_finds_nearly_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(discounts.GRIDS, "small", lambda: grid(6, stay=False))
    found = timings("small", count=16, few=2, repeats=1, peers=["sparse VI (numpy)"])
    assert tuple(found) == discounts.DISCOUNTS
    for rows in found.values():
        assert [row.solver for row in rows] == ["remit", "remit, certified", "remit, two threads", "sparse VI (numpy)"]
        assert all(row.error < 1e-5 for row in rows)
