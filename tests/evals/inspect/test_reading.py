"""Logs that cannot be read say why."""

from __future__ import annotations

from pathlib import Path

import pytest

from remit.errors import EvaluationError
from remit.evals.inspect.running import read_log

WHOLE = Path(__file__).parents[2] / "assurance" / "records" / "golden" / "inspect.eval"


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.99])
def test_a_log_that_was_cut_off_says_so(share: float, tmp_path: Path) -> None:
    assert read_log(WHOLE).status == "success"
    data = WHOLE.read_bytes()
    half = tmp_path / "half.eval"
    half.write_bytes(data[: int(share * len(data))])
    with pytest.raises(EvaluationError, match="it was cut off"):
        read_log(half)
