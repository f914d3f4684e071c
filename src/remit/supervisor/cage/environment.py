"""The environment of an agent: only what its charter grants, and where to find the overseer."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from remit.confinement import Confinement
from remit.errors import SupervisorError
from remit.supervisor.cage.filesystem import CONTROL, HOME

__all__ = ["PATH", "environment_of"]

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LOCALE = "C.UTF-8"
PROXIED = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
OWN = ("REMIT_RUN", "REMIT_INBOX", "REMIT_OUTBOX", *PROXIED)


def environment_of(
    confinement: Confinement,
    *,
    run: str,
    proxy: str | None,
    secrets: Mapping[str, str],
    folders: Iterable[str] = (),
    doors: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the whole environment of an agent; nothing of the caller's own environment is in it.

    ``proxy`` is the address of the egress proxy, such as ``http://127.0.0.1:3128``; ``secrets`` maps the name of each
    secret to its value, and only those without a host enter, as their ``variable``. ``folders`` come first on PATH
    (``View.folders``) unless the charter sets PATH itself. ``doors`` are the variables that say where the agent finds
    its servers (``remit.supervisor.doors``). Raises ``SupervisorError`` for a name or a value the kernel
    cannot pass on, and for a granted variable of a name this run sets itself.
    """
    environment = {
        "PATH": os.pathsep.join((*folders, PATH)),
        "HOME": HOME,
        "LANG": LOCALE,
        "TERM": "dumb",
        "USER": "agent",
        "LOGNAME": "agent",
        "SHELL": "/bin/sh",
        "TMPDIR": "/tmp",  # noqa: S108 - the agent's own, in memory
        "PWD": confinement.folder,
    }
    granted = dict(confinement.variables)
    for secret in confinement.secrets:
        if not secret.host and secret.variable and secret.name in secrets:
            granted[secret.variable] = secrets[secret.name]
    for name, value in granted.items():
        _refuse_unfit(name, value, own=(*OWN, *(doors or ())))
    environment |= granted
    environment |= {"REMIT_RUN": run, "REMIT_INBOX": f"{CONTROL}/inbox", "REMIT_OUTBOX": f"{CONTROL}/outbox"}
    if proxy is not None:
        environment |= dict.fromkeys(PROXIED, proxy)
    return environment | dict(doors or {})


def _refuse_unfit(name: str, value: str, *, own: Iterable[str]) -> None:
    """Refuse a variable that cannot be passed on, or would hide one of this run's own; a value is never shown."""
    if not name or "=" in name or "\0" in name or "\0" in value:
        raise SupervisorError(f"the variable `{name}` cannot be put into an environment", code="supervisor.environment")
    if name in own:
        hint = "take it out of the charter: this run sets it"
        raise SupervisorError(f"the variable `{name}` belongs to the run", code="supervisor.environment", hint=hint)
