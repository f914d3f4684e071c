"""What to do next is said where nobody lays an error out: in a traceback, a notebook, somebody else's log."""

from __future__ import annotations

import pickle
import traceback
from pathlib import Path

import pytest

import remit
from remit.errors import BudgetExhaustedError, EvaluationError, RemitError
from remit.guard.testing import MemoryRecorder

CHARTER = """remit: 1
agent: {name: clerk}
purpose: {text: file the invoices of the day; done when none is left}
budget: {calls: 2/run}
grants: [{tool: look}]
"""


def test_a_traceback_ends_with_the_hint() -> None:
    error = EvaluationError("there is no scenario for `x`", hint="did you mean `y`?")
    assert traceback.format_exception(error)[-1].strip() == "hint: did you mean `y`?"
    assert not hasattr(RemitError("nothing to do"), "__notes__")


def test_the_hint_crosses_a_process_boundary_once() -> None:
    error = pickle.loads(pickle.dumps(RemitError("no", code="x.y", hint="look")))  # noqa: S301 (made here)
    assert (error.code, error.hint, error.__notes__) == ("x.y", "look", ["hint: look"])


def test_a_guard_nobody_entered_says_that_and_not_that_everything_was_spent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    (tmp_path / "remit.yaml").write_text(CHARTER, encoding="utf-8")
    guard = remit.Guard(remit.read_charter(tmp_path / "remit.yaml"), ledger=MemoryRecorder())

    def look() -> object:
        return guard.perform_here(remit.Call(tool="look"), lambda _args: "seen").value

    with pytest.raises(BudgetExhaustedError) as refused:
        look()
    assert "with remit.Guard(...) as guard" in refused.value.hint
    with guard:
        assert (look(), look()) == ("seen", "seen")
        with pytest.raises(BudgetExhaustedError) as spent:
            look()
    assert "guard is entered" not in spent.value.hint
