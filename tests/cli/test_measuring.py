from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remit.cli import measuring

Typed = Callable[..., Any]


@pytest.mark.parametrize(("kept", "cold"), [((), True), (("sweeping.run-1.py311.nbi",), False)])
def test_kernels_are_cold_until_something_is_kept_beside_them(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    kept: tuple[str, ...],
    cold: bool,  # noqa: FBT001 (a parameter of the test)
) -> None:
    folder = tmp_path / "kernels" / "__pycache__"
    folder.mkdir(parents=True)
    for name in kept:
        (folder / name).touch()
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr("remit.cli.measuring.resources.files", lambda _package: tmp_path)
    assert measuring.kernels_are_cold() is cold


@pytest.mark.usefixtures("folder", "engine")
def test_the_first_run_says_that_it_compiles(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "kernels_are_cold", lambda: True)
    assert "compiling kernels (first run only)" in typed("check").err
    monkeypatch.setattr(measuring, "kernels_are_cold", lambda: False)
    assert "compiling" not in typed("check").err
