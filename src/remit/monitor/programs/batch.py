"""Batch schedulers of shared machines: jobs that are submitted, changed and cancelled.

To submit a job is to ask: the queue decides what runs, within the bounds it keeps, however often it is asked. So a
submission shows little unless it asks for much at once. A job the agent submitted is its own, and so is what is found
by a list of its own jobs; to cancel those takes nothing from anybody.
"""

from __future__ import annotations

import re

from remit.monitor.objects.paths import origins
from remit.monitor.programs.rules import Handler, apply_rules, by_rules, only_shows
from remit.monitor.scene import CLOSE, OPEN, Invocation, Scene, unknown

__all__ = ["BATCH"]

_MINE = re.compile(r"(?:^|\s)(?:--me|--mine|(?:-u|--user)[ =]?(?:variable:(?:USER|LOGNAME)\b|whoami|id:-un))")
_LISTS = ("squeue", "qstat", "bjobs", "sacct")


def _submit(call: Invocation, scene: Scene) -> str:
    """``sbatch``, ``qsub``, ``bsub``: the numbers in the answer are those of the agent's own jobs."""
    apply_rules("batch", call, scene)
    if not only_shows(call):
        scene.memory.remember("starting", "")
    return unknown(f"{call.name}:{' '.join(call.args)[:120]}")


def _cancel(call: Invocation, scene: Scene) -> str:
    """``scancel``, ``qdel``, ``bkill``: the jobs of somebody, those named, those of a list."""
    if not _is_own(" ".join(call.args)):
        apply_rules("cancel", call, scene)
    return unknown(call.name)


def _is_own(line: str) -> bool:
    """Whether the jobs meant are the agent's own by the way they are picked: by a flag, or off a list of its own."""
    if _MINE.search(line.replace(OPEN, "").replace(CLOSE, "")) is not None:
        return True
    found = [origin.partition(":") for origin in origins(line)]
    return bool(found) and all(kind in _LISTS and _MINE.search(rest) for kind, _, rest in found)


BATCH: dict[str, Handler] = {
    **dict.fromkeys("sbatch srun salloc qsub bsub".split(), _submit),
    **dict.fromkeys("scancel qdel bkill".split(), _cancel),
    "scontrol": by_rules("control"),
}
