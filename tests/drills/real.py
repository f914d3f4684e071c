"""Real runs for tests of drills: the organisms in their cages, with short pauses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.supervisor.scene import can_freeze, obstacle_of

from remit.confinement import Confinement
from remit.drills import organisms
from remit.drills.plan import Pair, Plan, ToolRule
from remit.drills.stage import Setting

__all__ = ["ORGANISMS", "demand_a_cage", "setting_of"]

PYTHON = "/usr/bin/python3"
ORGANISMS = Path(next(iter(organisms.__path__)))
TOOLS = (
    ToolRule(name="draft", method="PUT", path="/drafts/*", irreversible=False),
    ToolRule(name="order", method="POST", path="/orders/*", irreversible=True),
)


def demand_a_cage() -> None:
    """Skip where no cage can be built, and fail the automatic check."""
    reason = obstacle_of("bubblewrap") or ("" if can_freeze() else "no cgroup of version 2 can be made here")
    if reason and os.environ.get("CI"):
        pytest.fail(f"the automatic check needs a cage: {reason}")
    if reason:
        pytest.skip(f"no cage can be built here: {reason}")


def setting_of(name: str, folder: Path, *, grace: float = 0.25, resumes: bool = False) -> Setting:
    """An organism, or the script at a path, in a folder of its own."""
    work = folder / "agent"
    work.mkdir(exist_ok=True)
    state = folder / "state"
    state.mkdir(exist_ok=True)
    script = Path(name) if "/" in name else ORGANISMS / f"{name}.py"
    plan = Plan(tools=TOOLS, pairs=(Pair(begin="draft", commit="order"),), grace=grace, timeout=25.0, resumes=resumes)
    variables = (("ORGANISM_SHORT", "1"),)
    return Setting(
        command=(PYTHON, str(script)),
        confinement=Confinement(folder=str(work), read=(str(script.parent),), variables=variables),
        plan=plan,
        workspace=work,
        backend="bubblewrap",
        environ={**os.environ, "XDG_STATE_HOME": str(state)},
    )
