"""Who holds a call or a reservation: a process that is gone is told from one that may live where nobody here can look."""

import subprocess
import sys
from dataclasses import replace

import pytest

from remit.guard.holder import Holder

GONE = (
    "import sys; sys.path.insert(0, sys.argv[1]); from remit.guard.holder import Holder; print(Holder.here(), end='')"
)


def test_a_process_that_ended_is_gone_and_this_one_is_not() -> None:
    said = subprocess.run([sys.executable, "-c", GONE, "src"], capture_output=True, text=True, check=True, timeout=60)
    assert not Holder.of(said.stdout).lives()
    assert Holder.of(str(Holder.here())).lives()


@pytest.mark.parametrize("part", ["host", "space"])
def test_of_another_host_or_namespace_nobody_here_can_tell(part: str) -> None:
    here = Holder.here()
    assert replace(here, number=2**22 - 1, **{part: "elsewhere"}).lives()
    assert not replace(here, number=2**22 - 1).lives()


def test_a_boot_ends_every_process_of_its_host_before_it() -> None:
    assert not replace(Holder.here(), boot="another").lives()


@pytest.mark.parametrize("text", ["", "::", "x:1:2", "-4:1:2:3:4", "7", "1:2:3:4:5:6:7"])
def test_a_text_that_names_nobody_is_read_without_a_fault(text: str) -> None:
    assert Holder.of(text).lives() in (True, False)
    assert Holder.of("x:1:2").lives() is False
