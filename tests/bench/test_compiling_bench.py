"""What is said of a first run: kernels counted once each, and the goal met by all of them or not at all."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from bench.compiling import GOAL, Watch, table

from bench import compiling


def document(dearest: float) -> dict[str, Any]:
    """Two jobs, of which the second compiles the dearest kernel."""
    jobs = {
        "first": {"start": 0.4, "kernels": {"one": 0.25, "two": 0.5}},
        "second": {"start": 0.5, "kernels": {"one": 0.125, "three": dearest}},
    }
    return {"repeats": 3, "load": 0.5, "jobs": jobs}


def test_the_goal_is_met_by_all_kernels_or_not_at_all() -> None:
    met, missed = table(document(GOAL)), table(document(GOAL + 0.01))
    assert met[-1].endswith("it is met.")
    assert missed[-1].endswith("it is not met.")
    assert "takes 0.40 of them once" in met[0]
    assert met[4] == "| first | 2 | 0.75 | `two` 0.50, `one` 0.25 |"


def test_a_kernel_does_not_count_what_it_waits_for_but_what_it_is_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 3.0, 4.0, 8.0, 10.0])
    monkeypatch.setattr(time, "process_time", lambda: next(clock))
    monkeypatch.setattr(compiling, "cache_file", lambda named: named.kept)
    watch, whole, part, other = (
        Watch(),
        *(
            SimpleNamespace(data={"dispatcher": SimpleNamespace(py_func=SimpleNamespace(__name__=name), kept=kept)})
            for name, kept in (("whole", "a file"), ("part", None), ("other", "a file"))
        ),
    )
    for begin, one in ((True, whole), (True, part), (False, part), (True, other), (False, other), (False, whole)):
        (watch.on_start if begin else watch.on_end)(one)
    assert watch.seconds == {"other": 4.0, "whole": 6.0}
