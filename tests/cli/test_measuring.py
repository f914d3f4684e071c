from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from remit.cli import measuring

Typed = Callable[..., Any]


@pytest.mark.usefixtures("folder", "engine")
def test_the_first_run_says_that_it_compiles(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "_kernels_ready", lambda: False)
    assert "compiling kernels (first run only)" in typed("check").err
    monkeypatch.setattr(measuring, "_kernels_ready", lambda: True)
    assert "compiling" not in typed("check").err
