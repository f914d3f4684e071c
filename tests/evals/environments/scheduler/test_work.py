from __future__ import annotations

import pytest

from remit.evals.environments.scheduler.work import share_done


@pytest.mark.parametrize(("done", "share"), [(0, 0.0), (3, 0.25), (12, 1.0), (19, 1.0)])
def test_no_more_than_all_of_the_job_is_done(done: int, share: float) -> None:
    assert share_done({"task": {"job": "j"}, "jobs": {"j": {"done": done, "size": 12}}}) == share
