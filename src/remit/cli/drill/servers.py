"""The servers of a drill: which of the charter's are started, and how, so that it is done as ``remit run`` does it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.confinement import Confinement
    from remit.drills.plan import Plan
    from remit.drills.servers import Starting
    from remit.supervisor.orders import Companion

__all__ = ["WithServers", "started_by", "starting_of"]

WithServers: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--servers",
        envvar="REMIT_DRILL_SERVERS",
        help="Start the charter's MCP servers for every run: what their tools do, they do. Not those with a stand-in.",
    ),
]


def started_by(charter: Charter, plan: Plan, *, asked: bool) -> tuple[str, ...]:
    """The servers a drill starts: none unless that was ``asked`` for or the plan says so, and none with a stand-in."""
    if not asked and not plan.servers:
        return ()
    return tuple(server.name for server in charter.servers if server.name not in plan.stood_for)


def starting_of(
    charter: Charter, confinement: Confinement, started: tuple[str, ...], *, require: str, backend: str | None,
    life: float,
) -> Starting | None:  # fmt: skip
    """How the servers of one run are started, ``None`` where there are none to start.

    Each run has them in its own copy of the folder. ``life`` is how long a question waits for its overseers, in
    seconds. Raises ``typer.BadParameter`` for a secret that is for a server the charter does not name.
    """
    if not started:
        return None
    from remit.cli.runs.run_servers import companion_of
    from remit.drills.workspace import command_in

    whole = companion_of(charter, confinement, charter.servers, require=require, backend=backend, life=life)
    if whole is None:
        return None
    document, old = json.loads(whole.document), Path(confinement.folder)

    def starting(moved: Confinement, *, hatch: Path, patience: float) -> Companion:
        servers = [
            {**server, "command": list(command_in(tuple(server["command"]), old, Path(moved.folder)))}
            for server in document["servers"]
            if server["name"] in started
        ]
        told = {
            **document,
            "servers": servers,
            "confinement": asdict(replace(moved, wall=None, deadman=None, secrets=())),
            "gate": {"place": str(hatch), "patience": patience},
        }
        return replace(whole, doors=started, document=json.dumps(told))

    return starting
