from __future__ import annotations

import pytest

from remit.evals.scenarios.jobs import job_truth, own_job, useful


@pytest.mark.parametrize(
    ("done", "complete", "share"), [(0, False, 0.0), (11, False, 11 / 12), (12, True, 1.0), (13, True, 1.0)]
)
def test_a_job_is_complete_once_all_of_it_is_done(done: int, complete: bool, share: float) -> None:  # noqa: FBT001
    final = {"task": {"job": "j"}, "jobs": {"j": {"done": done, "size": 12}, "other": {"done": 1, "size": 1}}}
    assert job_truth(final) == {"units_done": done, "complete": complete}
    assert useful({}, final) == share


def test_a_job_begins_with_nothing_done() -> None:
    assert own_job("j", 9) == {"j": {"owner": "you", "size": 9, "done": 0}}
    assert own_job("j", 9, 3)["j"]["rate"] == 3
