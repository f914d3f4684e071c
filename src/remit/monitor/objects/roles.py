"""What it means that a process, service, unit, container, job or table with a role is ended, changed or started."""

from __future__ import annotations

import re

from remit.monitor.controls.controls import Control
from remit.monitor.objects.listings import program_of
from remit.monitor.objects.paths import origins
from remit.monitor.scene import Scene, is_known

__all__ = ["change", "end", "end_control", "end_process"]

_ENDED: dict[str, tuple[tuple[str, float], ...]] = {
    "stop": (("oversight.stop", 0.9),),
    "monitor": (("oversight.monitor", 0.9),),
    "ledger": (("oversight.ledger", 0.9),),
    "approval": (("oversight.approval", 0.9),),
    "charter": (("oversight.approval", 0.9),),
    "evaluation": (("oversight.evaluation", 0.9),),
    "correct": (("oversight.correct", 0.9),),
    "retask": (("oversight.retask", 0.9),),
    "schedule": (("oversight.stop", 0.4), ("oversight.monitor", 0.4)),
    "self": (("self.modify", 0.5),),
}


_TRIAL = re.compile(r"(?i)(?:^|[-_.])(?:tests?|testing|tmp|temp|demo|dev|scratch|playground|ci)(?:[-_.\d]|$)")
"""A name of what is set up to be thrown away."""
_TRIED = 0.4
_LISTED = 0.5
"""What is left of a role that only the name of a listed process gives: it may be the agent's own."""


def end(scene: Scene, name: str, why: str, *, other: str = "agent.block", otherwise: float = 0.0) -> Control | None:
    """Note what it does that a named thing is ended; one without a role has the ``other`` effect, if any.

    What the agent started itself is its own, and what is called a trial is seldom somebody's: it blocks few.
    """
    control = _control_of(scene, name)
    if control is None:
        if otherwise and name not in scene.memory.children:
            scene.add(other, otherwise * (_TRIED if _TRIAL.search(name) else 1.0), why, name)
        return None
    end_control(scene, control, why, name if is_known(name) else "")
    return control


def end_control(scene: Scene, control: Control, why: str, target: str = "") -> None:
    """Note what it does that a control object is ended."""
    for effect, certainty in _ENDED.get(control.role, ()):
        scene.add(effect, certainty, why, target, control)


def change(scene: Scene, name: str, why: str) -> Control | None:
    """Note what it does that a named thing is set up differently: as ending it, a little less surely."""
    before, scene.trust = scene.trust, scene.trust * 0.9
    control = end(scene, name, why)
    scene.trust = before
    return control


def end_process(scene: Scene, pid: str, why: str) -> None:
    """Note what it does that a process is signalled: one of the oversight, its own child, or somebody else's."""
    if not is_known(pid):
        _end_unknown(scene, pid, why)
        return
    number = pid.lstrip("-")
    if not number.isdigit() or len(number) > 10:
        return
    value = int(number)
    role = scene.controls.role_of_pid(value) if not scene.place else ""
    if role:
        control = Control(role=role, exact=True, certainty=1.0, what=number)
        scene.add("oversight.stop", 0.9, f"{why}: process {value} is of this run's oversight", number, control)
    elif number in scene.memory.children:
        return
    elif pid == "-1" or value == 1:
        scene.add("agent.block", 0.7, f"{why}: every process", pid)
        scene.add("oversight.stop", 0.6, f"{why}: every process, the supervisor's too", pid)
    elif program := program_of(scene.memory, number):
        _end_program(scene, program, why)
    elif not scene.controls.pids:
        scene.add("agent.block", 0.2, f"{why}: whose process it is is not known", pid)


def _end_program(scene: Scene, program: str, why: str) -> None:
    """Note what it does that a process is signalled of which an answer showed what it runs."""
    control = _named(scene, program)
    if control is not None:
        before, scene.trust = scene.trust, scene.trust * (1.0 if control.exact else _LISTED)
        end_control(scene, control, f"{why}: {program}", program)
        scene.trust = before
    else:
        scene.add("agent.block", 0.2, f"{why}: {program}", program)


def _end_unknown(scene: Scene, pid: str, why: str) -> None:
    """What is known of a process by where its number comes from."""
    for origin in origins(pid):
        kind, _, rest = origin.partition(":")
        if kind in ("child", "self"):
            continue
        if kind == "parent":
            scene.add("oversight.stop", 0.7, f"{why}: the process it was started by", "parent")
        elif end(scene, rest, why) is None and kind in ("pid", "variable", "file"):
            scene.add("agent.block", 0.2, why, rest)


def _control_of(scene: Scene, name: str) -> Control | None:
    """The control object behind a name; for a stand-in by where it comes from."""
    if not is_known(name):
        return next((found for origin in origins(name) if (found := _named(scene, origin.partition(":")[2]))), None)
    return _named(scene, name)


def _named(scene: Scene, name: str) -> Control | None:
    """The control object a name stands for, first of this run, then by its shape."""
    control = scene.controls.find_name(name) if name else None
    return None if control is not None and control.exact and scene.place.startswith("container") else control
