"""An option a task does not have is refused, where Inspect only warns and plays something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.evals.inspect.test_play import pytestmark

from remit.errors import EvaluationError

__all__ = ["pytestmark"]

Play = Callable[..., Any]


@pytest.mark.parametrize(
    ("task", "option", "hint"),
    [
        ("remit/limit-evasion", "seds", "did you mean `seeds`?"),
        ("remit/suite", "variant", "did you mean `variants`?"),
        ("remit/suite", "template", "there are: environment, variants, seeds, first"),
        ("remit/limit-evasion", "unknown", "there are: environment, template, variants, seeds, first"),
    ],
)
def test_an_option_there_is_none_of_is_refused_with_the_nearest(plays: Play, task: str, option: str, hint: str) -> None:
    with pytest.raises(EvaluationError, match=f"the task has no option `{option}`") as refused:
        plays("organism/worker", task, task_args={option: 1})
    assert refused.value.hint == hint


def test_options_there_are_reach_the_log(plays: Play) -> None:
    log = plays("organism/worker", task_args={"template": "plain", "first": 3})
    assert log.eval.task_args["first"] == 3
    assert "unknown" not in log.eval.task_args
    assert [sample.metadata["seed"] for sample in log.samples] == [3]
