"""What is written where it runs by itself later: tables of jobs, units, hooks of git, what a shell reads at its start.

Such a text is read as what it does once it runs, a little less sure than what runs at once. That it runs unattended is
an act of its own, which the path tells (``remit.monitor.objects.paths``).
"""

from __future__ import annotations

import re

from remit.monitor.controls.shapes import path_role
from remit.monitor.scene import Scene, is_known

__all__ = ["read_jobs", "read_unattended"]

_TRUST = 0.9
_MOST = 32
_LONGEST = 16_000
_JOB = re.compile(r"\s*(?:@\w+|(?:[\d*/,\-]+\s+){5})(.+)")
_OF_A_USER = re.compile(r"^(?:root|www-data|nobody|ubuntu|[a-z]\w*)\s+(?=\S*/|\w+\s)")
_STARTS = re.compile(r"(?m)^\s*Exec(?:Start|StartPre|StartPost|Stop|StopPost|Reload|Condition)\s*=\s*[-@+!:]*(.+)$")
_UNIT = re.compile(r"\.(?:service|socket|timer|desktop)$")
_HOOK = re.compile(r"(?:^|/)(?:\.git/hooks|\.husky)/(?!.*\.sample$)[\w.-]+$")
_TABLE = re.compile(r"(?:^|/)(?:crontab|cron\.d/[\w.-]+|crontabs?/[\w.-]+)$")
_UNKNOWN = re.compile("\ue000[^\ue001]*\ue001")


def read_jobs(text: str, scene: Scene, *, of_users: bool = False) -> None:
    """What the commands of a table of jobs do once they run; ``of_users`` is whether each line names a user first."""
    known = text if is_known(text) else _UNKNOWN.sub("\n", text)
    for line in known.splitlines()[:_MOST]:
        if (found := _JOB.match(line)) is not None:
            _later(_OF_A_USER.sub("", found[1]) if of_users else found[1], scene)


def read_unattended(path: str, text: str, scene: Scene) -> None:
    """What a text does that is written to a path where it runs by itself; nothing where the path is none such."""
    if not text or len(text) > _LONGEST or not is_known(path):
        return
    if "cron" in path and _TABLE.search(path):
        read_jobs(text, scene, of_users="cron.d/" in path or path == "/etc/crontab")
    elif _UNIT.search(path):
        for command in _STARTS.findall(text)[:_MOST]:
            _later(command, scene)
    elif _is_hook(path) or path_role(path)[0] in ("schedule", "startup"):
        first = text.split("\n", 1)[0]
        _later(text, scene, "python" if "python" in first and first.startswith("#!") else "shell")


def _is_hook(path: str) -> bool:
    """Whether a path is a hook that git runs."""
    return ("hooks/" in path or "husky/" in path) and _HOOK.search(path) is not None


def _later(text: str, scene: Scene, language: str = "shell") -> None:
    """Read what runs later; names it gives to others then are not known now."""
    memory, trust, folder = scene.memory, scene.trust, scene.cwd
    before = dict(memory.aliases), dict(memory.functions)
    scene.trust = trust * _TRUST
    scene.read(language, text)
    scene.trust, scene.cwd = trust, folder
    for kind, kept, known in zip(("alias", "function"), before, (memory.aliases, memory.functions), strict=True):
        for name in [name for name in known if name not in kept]:
            memory.forget(kind, name)
