"""A run whose standard streams are pipes of its caller: what a server that speaks over them needs."""

import os
import signal

from tests.supervisor.scene import PATIENCE, Scene

from remit.confinement import Confinement
from remit.supervisor.running import Run, stop, supervise


def _cat(scene: Scene) -> tuple[Run, int, int]:
    """A run that gives back what it is given, and the caller's two ends."""
    asks, we_ask = os.pipe()
    we_hear, answers = os.pipe()
    run = supervise(
        ["cat"],
        confinement=Confinement(folder=str(scene.folder)),
        backend=scene.backend,
        streams=(asks, answers, 2),
        environ=scene.environ,
    )
    for theirs in (asks, answers):
        os.close(theirs)
    return run, we_ask, we_hear


def test_an_agent_speaks_over_the_pipes_it_was_given_and_its_end_ends_them(scene: Scene) -> None:
    run, we_ask, we_hear = _cat(scene)
    with run:
        os.write(we_ask, b"hello\n")
        assert os.read(we_hear, 100) == b"hello\n"
        os.close(we_ask)
        assert run.wait(PATIENCE) == 0
        assert os.read(we_hear, 100) == b"", "nobody else holds the other end once the run has ended"
    os.close(we_hear)


def test_a_stop_ends_the_pipes_of_a_run_too(scene: Scene) -> None:
    run, we_ask, we_hear = _cat(scene)
    assert stop(run).dead
    assert os.read(we_hear, 100) == b""
    assert run.wait(PATIENCE) == 128 + signal.SIGKILL
    os.close(we_ask)
    os.close(we_hear)
