"""How a stop climbs: what is asked, how long it waits, and when it kills."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from tests.supervisor.accompanied import accompanied
from tests.supervisor.scene import PATIENCE, Scene, eventually

from remit.errors import SupervisorError
from remit.supervisor import client
from remit.supervisor.ladder import climb
from remit.supervisor.report import Rung
from remit.supervisor.tether import Tether


@contextmanager
def held(seconds: float) -> Iterator[tuple[subprocess.Popen[bytes], Tether]]:
    """What an agent leaves behind its main process, ending by itself after a while."""
    left = subprocess.Popen([sys.executable, "-I", "-S", "-c", f"import time; time.sleep({seconds})"])
    pidfd = os.pidfd_open(left.pid)
    try:
        yield left, Tether(run="no-such-run", process=pidfd)
    finally:
        left.kill()
        left.wait()
        os.close(pidfd)


def test_an_agent_whose_main_process_is_gone_keeps_its_grace() -> None:
    with held(0.3) as (left, tether):
        report = climb(tether, main=None, grace=PATIENCE)
        assert report.rung is Rung.TERMINATE
        assert left.wait(PATIENCE) == 0, "it ended by itself"
        assert report.rungs[0].outcome == "no main process was left to ask: it ended by itself"


def test_what_stays_behind_a_main_process_that_is_gone_is_killed_after_the_grace() -> None:
    with held(120) as (left, tether):
        report = climb(tether, main=None, grace=0.1)
        assert report.rung is Rung.KILL
        assert left.wait(PATIENCE) < 0
        assert report.rungs[0].outcome == "no main process was left to ask: it did not end within the grace"


def test_grace_is_not_waited_for_where_the_agent_never_began(scene: Scene) -> None:
    def start() -> None:
        with accompanied(scene, servers=[], waits=True):
            pytest.fail("it was started")

    with ThreadPoolExecutor(1) as aside:
        started = aside.submit(start)
        eventually(lambda: any(client.living(scene.environ)))
        (waiting,) = client.living(scene.environ)
        report = client.stop(waiting.run, grace=PATIENCE, environ=scene.environ)
        with pytest.raises(SupervisorError):
            started.result(PATIENCE)
    assert report.dead
    assert [taken.rung for taken in report.rungs] == [Rung.KILL, Rung.PROOF]
    assert scene.beats() == []
