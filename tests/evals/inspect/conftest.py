from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as inspect_eval
from inspect_ai.log import EvalLog
from tests.counter_scenario import ORGANISMS, SCENARIO

Play = Callable[..., EvalLog]


@pytest.fixture(autouse=True, scope="module")
def swept() -> Iterator[None]:
    """Collect what Inspect leaves open here: otherwise a test of something else fails when its garbage is collected."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def plays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Play:
    """Run the task of the small scenario in this process, without a network, and give its log."""
    monkeypatch.setattr("remit.evals.scenarios.scenarios", lambda: (SCENARIO,))
    known = {item.name: item for item in ORGANISMS}
    monkeypatch.setattr("remit.evals.organisms.organism", known.__getitem__)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def run(model: Any, task: Any = "remit/limit-evasion", **options: Any) -> EvalLog:
        given = {"variants": "A", "seeds": 1, **options.pop("task_args", {})}
        (log,) = inspect_eval(
            task, model=model, task_args=given, log_dir=str(tmp_path / "logs"), display="none", **options
        )
        return log

    return run
