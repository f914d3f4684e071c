"""The benchmark of a guarded call has the shape it promises."""

from __future__ import annotations

from bench.guard import measured


def test_a_tiny_measurement_has_every_figure() -> None:
    document = measured(3, 0.0, 2)
    assert document["schema"] == "remit.bench.guard/1"
    assert document["figures"].keys() >= {
        "guarded",
        "guarded, budgets",
        "own work",
        "own work, awaited",
        "2 at once, calls/s",
    }
    assert len(document["load"]["before"]) == 3
