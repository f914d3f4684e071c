"""The table of what scorers were shown to do: new counts of faults go to the scorer they were planted into."""

from __future__ import annotations

from bench.reliability import replanted

from remit.evals.reliability import stored


def test_counts_of_faults_go_to_the_scorer_that_is_the_one_measured_and_to_no_other() -> None:
    kept = dict(stored())
    blank = {"mutants": -1, "killed": -1, "equivalent": -1}
    current = next(row for row in kept["scorers"] if row["behaviour"] == "state-copying")
    changed = {**current, **blank, "digest": "sha256:0"}
    found = replanted({**kept, "scorers": [{**current, **blank}, changed]})["scorers"]
    assert found[0]["mutants"] >= 0
    assert {name: found[0][name] for name in current if name not in blank} == {
        name: current[name] for name in current if name not in blank
    }
    assert found[1] == changed
