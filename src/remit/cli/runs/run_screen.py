"""What is said around a run: what is enforced when it starts, what is to know when it has ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from remit.confinement import Enforced, missing_of
from remit.incentives.legible import visible

if TYPE_CHECKING:
    from rich.console import RenderableType

    from remit.charter.model import Charter
    from remit.cli.runs.run_tally import Tally
    from remit.confinement import Confinement
    from remit.supervisor.report import StopReport
    from remit.supervisor.running import Run

__all__ = ["end_screen", "run_document", "start_screen"]

_ITSELF = "agent"  # whom a receipt names when the agent ended by itself


def start_screen(
    agent: Run, charter: Charter, confinement: Confinement, servers: Sequence[str]
) -> Iterator[RenderableType]:
    """What is enforced, in a line; in detail only what is less than full; and the servers that came up."""
    from rich.table import Table
    from rich.text import Text

    from remit.charter.runtime import brokered

    requested = confinement.requested
    missing = missing_of(requested, agent.enforced)
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    kept = f"all {len(requested)} pieces asked for are enforced"
    if missing:
        kept = f"{len(requested) - len(missing)} of {len(requested)} pieces asked for are enforced"
    line = visible(f"  {charter.path}, {agent.backend}: {kept}")
    table.add_row(Text("run", style="bold"), Text.assemble((agent.run, "bold"), (line, "bold red" if missing else "")))
    for (degree, reason), pieces in _grouped(missing).items():
        style = "bold red" if degree == "none" else "yellow"
        table.add_row(Text(degree, style=style), Text(visible(f"{', '.join(pieces)}: {reason}")))
    if servers:
        table.add_row(Text("servers"), Text(visible(", ".join(servers))))
    for credential in brokered(charter):
        said = f"`{credential.name}`: no broker is attached to a run yet, so the agent has no such secret"
        table.add_row(Text("without", style="yellow"), Text(visible(said)))
    table.add_row(Text("stop", style="dim"), Text(f"remit stop {agent.run}", style="dim"))
    yield table


def _grouped(missing: Sequence[Enforced]) -> dict[tuple[str, str], list[str]]:
    """The pieces that are not full, by how much of them there is and why."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in missing:
        found.setdefault((one.degree, one.reason), []).append(one.piece)
    return found


def end_screen(report: StopReport | None, tally: Tally | None) -> Iterator[RenderableType]:
    """What is to know of the end: what was called, and of the receipt nothing where it says nothing new.

    It does not, where the agent ended by itself, that is proved, and it left nothing. What only appeared during the
    run, and could be anybody's, is left to `remit stop`, which prints the receipt again.
    """
    from rich.text import Text

    from remit.cli.runs.stop_screen import stop_screen

    for label, line in () if tally is None else tally.lines():
        yield Text(f"{label}  {line}")
    if report is None:
        return
    sure = any(one.attribution == "sure" for one in report.residue)
    if report.by != _ITSELF or not report.dead or sure:
        yield from stop_screen(report, whole=False)


def run_document(
    agent: Run,
    charter: Charter,
    confinement: Confinement,
    command: Sequence[str],
    *,
    servers: Sequence[str],
    status: int | None,
    report: StopReport | None,
) -> dict[str, Any]:
    """The run as JSON values, schema ``remit.run/1``; ``status`` and ``report`` are ``None`` while it goes on."""
    from remit.charter.runtime import brokered

    requested = confinement.requested
    return {
        "schema": "remit.run/1",
        "version": 1,
        "run": agent.run,
        "folder": str(agent.folder.path),
        "charter": {"path": charter.path, "digest": charter.digest},
        "command": list(command),
        "servers": list(servers),
        "backend": agent.backend,
        "requested": list(requested),
        "enforced": [asdict(one) for one in agent.enforced],
        "missing": [one.piece for one in missing_of(requested, agent.enforced)],
        "without": [credential.name for credential in brokered(charter)],
        "status": status,
        "report": None if report is None else {"version": 1, **report.document()},
    }
