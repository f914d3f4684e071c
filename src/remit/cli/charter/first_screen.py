"""The first screen of a report: what is wrong, why, and the patch that fixes it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from remit.cli.headings import heading
from remit.incentives.legible import place, visible
from remit.incentives.report import AffordanceReading, LeastAuthority, Report
from remit.incentives.wording import headline, main_affordance, percent_range, resisting

__all__ = ["CLASS_STYLES", "diff_text", "first_screen", "witness_table"]

CLASS_STYLES = {
    "resistance": "bold red",
    "conflict": "bold magenta",
    "enabler": "yellow",
    "excess-authority": "dark_orange",
    "ordinary": "cyan",
    "task-tool": "green",
    "dormant": "dim",
}
_PATCH_LINES = 26
_NEARLY = 6  # a patch this little longer is shown whole


def first_screen(report: Report, *, written: bool = False) -> Iterator[RenderableType]:
    """What is wrong, why, and the patch that fixes it with what it costs the task.

    ``written``: the patch is about to be written, so how to write it is not said.
    """
    yield _title(report)
    yield from _wrong(report)
    yield from _bounded(report)
    main = main_affordance(report)
    if main is not None:
        word = "WHY" if resisting(report) else "WORTH A LOOK"
        yield heading(word, f"the shortest way to `{main.id}`", style=CLASS_STYLES[main.classification])
        yield witness_table(report, main.witness or (main.id,))
        yield _place(main)
    if resisting(report) or report.least_authority.edits:
        yield from _fix(report.least_authority)
        if report.least_authority.edits and not written:
            yield _how_to_write(report.charter_path)


def witness_table(report: Report, steps: tuple[str, ...]) -> RenderableType:
    """A path of acts in words, each with the charter line that opens it; how it ends stands without one."""
    known = {reading.id: reading for reading in report.affordances}
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(overflow="fold", min_width=18)
    table.add_column(style="bold", overflow="fold")
    table.add_column(no_wrap=True)
    for number, step in enumerate(steps, start=1):
        reading = known.get(step)
        cells = [str(number), step, "", ""]
        if reading is not None:
            cells = [str(number), reading.title, reading.id, place(reading.where)]
        table.add_row(*[Text(visible(text)) for text in cells])
    return Padding(table, (0, 0, 0, 2))


def diff_text(patch: str, *, limit: int | None = None) -> RenderableType:
    """A unified diff in colour, cut after ``limit`` lines with a note."""
    lines = visible(patch).rstrip("\n").split("\n")
    shown = lines if limit is None or len(lines) <= limit + _NEARLY else lines[:limit]
    text = Text("\n").join([Text(line, style=_line_style(line)) for line in shown])
    if len(shown) < len(lines):
        text.append(f"\n... and {len(lines) - len(shown)} more lines", style="dim")
    return Padding(text, (0, 0, 0, 2))


def _line_style(line: str) -> str:
    """The style of a line of a unified diff."""
    if line.startswith(("---", "+++", "@")):
        return "dim"
    return {"+": "green", "-": "red"}.get(line[:1], "")


def _title(report: Report) -> RenderableType:
    """Which charter, which agent, what for."""
    purpose = visible(" ".join(report.purpose.split()))
    line = Text.assemble(
        ("remit check", "bold"), f"  {visible(report.charter_path)}  ·  {visible(report.agent)}  ·  ", (purpose, "dim"),
        overflow="ellipsis", no_wrap=True,
    )  # fmt: skip
    return Padding(line, 0)  # a bare text would lose its overflow when it is printed


def _wrong(report: Report) -> Iterator[RenderableType]:
    """The headline and the acts it speaks of."""
    found = resisting(report)
    yield heading(
        "WHAT IS WRONG" if found else "IN SHORT", headline(report), style="bold red" if found else "bold green"
    )
    if not found:
        return
    table = Table.grid(padding=(0, 2))
    for reading in found[:4]:
        style = CLASS_STYLES[reading.classification]
        row = (
            (visible(reading.id), "bold"),
            (reading.classification, style),
            (place(reading.where), ""),
            (visible(reading.title), ""),
        )
        table.add_row(*[Text(text, style=cell_style) for text, cell_style in row])
    yield Padding(table, (0, 0, 0, 2))
    if len(found) > 4:
        yield Padding(Text(f"... and {len(found) - 4} more below", style="dim"), (0, 0, 0, 2))


def _bounded(report: Report) -> Iterator[RenderableType]:
    """What a reader does first where the world was too large to solve: the way to an exact reading."""
    if report.world.method == "exact":
        return
    yield heading(
        "ONLY BOUNDS",
        "so much is left open that the whole world cannot be read; numbers below are bounds",
        "bold yellow",
    )
    for note in report.world.notes:
        if note.startswith(("to read it exactly", "or split the role")):
            yield Padding(Text(visible(note)), (0, 0, 0, 2))
    if report.least_authority.reached and report.least_authority.edits:
        yield Padding(Text("or make the edits under FIX true, write them, and check again"), (0, 0, 0, 2))


def _place(reading: AffordanceReading) -> RenderableType:
    """Which line of the charter opens the act."""
    text = Text.assemble("opened by ", (visible(reading.opened_by), "bold"), f", {place(reading.where)}")
    return Padding(text, (0, 0, 0, 2))


def _fix(least: LeastAuthority) -> Iterator[RenderableType]:
    """The edits, what they do, and what they cost."""
    if not least.edits:
        yield heading(
            "FIX", "no set of known edits helps: split the role, or move the stop out of the agent's reach", "bold red"
        )
        return
    edits = f"{len(least.edits)} edit" if len(least.edits) == 1 else f"{len(least.edits)} edits"
    effect = f"goals that gain from resisting: {percent_range(least.before)} -> {percent_range(least.after)}"
    kept = f"the task keeps {100 * least.task_value:.3g} % of its value"
    style = "bold green" if least.reached else "bold yellow"
    yield heading("FIX" if least.reached else "FIX IN PART", f"{edits} · {effect} · {kept}", style)
    for number, edit in enumerate(least.edits, start=1):
        yield Padding(
            Text.assemble((f"{number}  ", "dim"), visible(edit.title), (f"  {place(edit.where)}", "dim")), (0, 0, 0, 2)
        )
    if least.patch:
        yield Text()
        yield diff_text(least.patch, limit=_PATCH_LINES)


def _how_to_write(path: str) -> RenderableType:
    """The command that writes the edits."""
    return Padding(Text.assemble("write it: ", (f"remit check {visible(path)} --fix", "bold")), (1, 0, 0, 2))
