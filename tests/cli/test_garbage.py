from __future__ import annotations

import gc

import pytest

from remit.cli.garbage import YOUNG, spared


def test_what_is_loaded_is_spared_and_afterwards_all_is_as_it_was() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    with spared():
        assert gc.get_threshold() == (YOUNG, *before[1:])
        assert gc.get_freeze_count() > frozen
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)


def test_it_is_as_it_was_after_an_error_too() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError, match="broken"), spared():
        raise ValueError("broken")
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)
