from __future__ import annotations

import gc
import subprocess
import sys

from remit.cli.garbage import OFTEN, YOUNG, spared

ALONE = """
import gc
from remit.cli.garbage import OFTEN, YOUNG, spared
before = gc.get_threshold()
assert gc.get_freeze_count() == 0
for fault in (None, ValueError("broken")):
    try:
        with spared():
            assert gc.get_threshold() == (YOUNG, OFTEN, *before[2:])
            assert gc.get_freeze_count() > 0
            if fault:
                raise fault
    except ValueError:
        assert fault
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)
"""


def test_what_is_loaded_is_spared_and_afterwards_all_is_as_it_was_after_an_error_too() -> None:
    # In a process of its own: what this one spared would be thawed with the rest.
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_somebody_else_spared_stays_spared() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    with spared():
        assert gc.get_threshold() == (YOUNG, OFTEN, *before[2:])
        assert gc.get_freeze_count() >= frozen
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() >= frozen > 0
