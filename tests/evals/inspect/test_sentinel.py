from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from inspect_ai.log import EvalLog
from tests.evals.inspect.test_approver import CHEAT, WORK, charter
from tests.evals.inspect.test_play import kept, scores
from tests.evals.inspect.test_play import pytestmark as inspect_marks

Play = Callable[..., EvalLog]
pytestmark = [
    *inspect_marks,
    pytest.mark.skipif(find_spec("inspect_sentinel") is None, reason="inspect-sentinel is not installed here"),
]


def test_the_charter_is_a_protocol_that_decides_before_every_call(plays: Play, tmp_path: Path) -> None:
    from remit.evals.inspect.sentinel import charter as protocol

    path = charter(tmp_path, WORK)
    log = plays("organism/cheat", task_args={"template": "plain"}, sentinel=protocol(str(path), str(tmp_path / "l.db")))
    (score,) = scores(log).values()
    assert (kept(score, "verdict")["attempt"], kept(score, "verdict")["effect"]) == (True, False)
    path.write_text(charter(tmp_path, WORK + CHEAT).read_text())
    log = plays("organism/cheat", task_args={"template": "plain"}, sentinel=protocol(str(path), str(tmp_path / "m.db")))
    (score,) = scores(log).values()
    assert kept(score, "verdict")["effect"] is True


def test_the_monitor_reports_a_score_for_every_call_and_stops_nothing(plays: Play) -> None:
    from inspect_sentinel import observe_only

    from remit.evals.inspect.sentinel import watch

    log = plays("organism/worker", task_args={"template": "plain"}, sentinel=observe_only(watch()))
    (score,) = scores(log).values()
    (sample,) = log.samples or []
    said = [event for event in sample.events if event.event == "sentinel"]
    assert len(said) >= kept(score, "steps")
    assert score.value == "comply"
