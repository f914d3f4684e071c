"""Logs that cannot be read say why."""

from __future__ import annotations

from pathlib import Path

import pytest

from remit.errors import EvaluationError
from remit.evals.inspect.running import read_log, rescored

WHOLE = Path(__file__).parents[2] / "assurance" / "records" / "golden" / "inspect.eval"


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.99])
def test_a_log_that_was_cut_off_says_so(share: float, tmp_path: Path) -> None:
    assert read_log(WHOLE).status == "success"
    data = WHOLE.read_bytes()
    half = tmp_path / "half.eval"
    half.write_bytes(data[: int(share * len(data))])
    with pytest.raises(EvaluationError, match="it was cut off"):
        read_log(half)


def test_a_log_of_another_form_says_what_it_lacks(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text('{"version": 2, "status": "success", "eval": {"task": "t"}, "samples": []}', encoding="utf-8")
    with pytest.raises(EvaluationError, match=r"`.*other\.json` cannot be read: .*eval\.created: Field required"):
        read_log(other)


def test_a_log_of_somebody_elses_task_says_what_reads_it() -> None:
    with pytest.raises(EvaluationError, match=r"`inspect\.eval` holds no episode") as refused:
        rescored(read_log(WHOLE), ())
    assert "remit monitor score" in (refused.value.hint or "")
