"""The list of runs on the terminal."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from remit.cli.seconds import span
from remit.incentives.legible import visible

if TYPE_CHECKING:
    from remit.supervisor.registry import RunFolder

__all__ = ["runs_screen", "standing"]

_SCRIPT = "/remit/proxy/start.sh"
_STYLES = {
    "running": "green",
    "held": "bold yellow",
    "stopping": "yellow",
    "survived": "bold red",
    "unsupervised": "bold red",
    "lost": "yellow",
}


def runs_screen(
    states: Sequence[tuple[RunFolder, Mapping[str, Any]]], *, left: int, now: float
) -> Iterator[RenderableType]:
    """One line for each run; ``left`` of them are not shown."""
    if not states:
        yield Text("no runs yet: start one with `remit run -- COMMAND`", style="dim")
        return
    table = Table.grid(padding=(0, 2), expand=True)
    names = [len(folder.run) for folder, _ in states]
    stands = [len(standing(state)) for _, state in states]
    table.add_column(no_wrap=True, min_width=min(40, max(names)))
    table.add_column(no_wrap=True, min_width=max(8, *stands))
    table.add_column(no_wrap=True, min_width=10, justify="right")
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_row(*[Text(word, style="dim") for word in ("run", "standing", "began", "command")])
    for folder, state in states:
        began = state.get("began")
        ago = f"{span(max(0.0, now - began))} ago" if isinstance(began, int | float) else ""
        command = shlex.join(_typed(state))
        table.add_row(Text(visible(folder.run), style="bold"), standing(state), Text(ago), Text(visible(command)))
    yield table
    if left:
        yield Text(f"... and {left} more that ended: remit runs --all", style="dim")


def _typed(state: Mapping[str, Any]) -> list[str]:
    """The command as it was typed: the server of a proxy is started by a script, which says nothing to anybody."""
    command = [str(word) for word in state.get("command") or ()]
    wrapped = state.get("role") == "server" and command[1:2] and command[1].endswith(_SCRIPT)
    return command[3:] if wrapped else command


def standing(state: Mapping[str, Any]) -> Text:
    """How a run stands, in two or three words."""
    if "command" not in state:
        return Text("not started", style="dim")
    phase = str(state.get("phase") or "lost")
    if phase != "ended":
        words = {"survived": "SURVIVORS", "lost": "lost its supervisor"}.get(phase, phase)
        return Text(visible(words), style=_STYLES.get(phase, ""))
    status, verdict = state.get("status"), state.get("verdict")
    how = f"exited {status}" if state.get("how") == "exited" and status is not None else "stopped"
    if verdict == "dead":
        return Text(how, style="" if how == "exited 0" else "dim")
    return Text(f"{how}, end not proved" if verdict != "survivors" else "SURVIVORS", style="bold red")
