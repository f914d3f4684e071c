"""What the tests of the supervisor share."""

import os
from pathlib import Path

import pytest
from tests.supervisor.scene import Scene, can_freeze, make_scene, obstacle_of


@pytest.fixture(params=["bubblewrap", "namespaces"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Scene:
    """A scene for each way to build a cage; a host that cannot build it skips, the automatic check fails."""
    reason = obstacle_of(request.param) or ("" if can_freeze() else "no cgroup of version 2 can be made here")
    if reason:
        if os.environ.get("CI"):
            pytest.fail(f"the automatic check needs `{request.param}`: {reason}")
        pytest.skip(f"`{request.param}` cannot be used here: {reason}")
    return make_scene(tmp_path, request.param)
