"""What the tests of the supervisor share."""

import os
from pathlib import Path

import pytest
from tests.some_cases import some_of
from tests.supervisor.scene import PATIENCE, Scene, can_freeze, make_scene, obstacle_of

from remit.supervisor import client, running, stopping
from remit.supervisor.running import Run


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A supervisor of a busy machine has the time to answer a stop, except where a test takes it away again.

    Whoever stops a run ends it by himself where its supervisor says nothing at once, and then the receipt says less.
    What was killed has the time to end, too: it does so only when it is its turn.
    """
    monkeypatch.setattr(stopping, "_AT_ONCE", PATIENCE)
    monkeypatch.setattr(stopping, "_RECEIPT", PATIENCE)
    for stop in (client.stop, running.stop, Run.stop):
        monkeypatch.setattr(stop, "__kwdefaults__", {**(stop.__kwdefaults__ or {}), "within": PATIENCE})


@pytest.fixture(params=some_of(["bubblewrap", "namespaces"], 1))
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Scene:
    """A scene for each way to build a cage, the second with the slow tests; a host that cannot build it skips, the automatic check fails."""
    reason = obstacle_of(request.param) or ("" if can_freeze() else "no cgroup of version 2 can be made here")
    if reason:
        if os.environ.get("CI"):
            pytest.fail(f"the automatic check needs `{request.param}`: {reason}")
        pytest.skip(f"`{request.param}` cannot be used here: {reason}")
    return make_scene(tmp_path, request.param)
