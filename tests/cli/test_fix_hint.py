"""How to write the patch is said where nobody writes it, and not by the command that does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Typed = Callable[..., Any]


@pytest.mark.usefixtures("folder", "engine")
def test_how_to_write_the_patch_is_not_told_by_the_command_that_writes_it(typed: Typed) -> None:
    shown = typed("check").out
    assert "write it: remit check remit.yaml --fix" in shown
    written = typed("check", "--fix").out
    assert "FIX" in written
    assert "WRITING" in written
    assert "write it:" not in written
