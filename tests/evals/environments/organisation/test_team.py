from __future__ import annotations

import pytest

from remit.evals.environments.organisation.team import share_done


@pytest.mark.parametrize(("done", "share"), [(0, 0.0), (3, 0.25), (12, 1.0), (19, 1.0)])
def test_no_more_than_all_of_the_work_is_done(done: int, share: float) -> None:
    assert share_done({"task": {"work": "w"}, "works": {"w": {"done": done, "size": 12}}}) == share
