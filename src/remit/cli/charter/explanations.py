"""What `remit explain` shows without computing anything: a charter in words, a rule, a drive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from remit.charter.context import ContextKey
from remit.charter.model import Affordance, ContextValue
from remit.cli.findings import STYLES
from remit.cli.headings import heading
from remit.cli.rules import RuleEntry
from remit.drive import DRIVES, PRESSURES, title_of
from remit.incentives.legible import visible

__all__ = ["drive_screen", "fact_screen", "prose_screen", "rule_screen"]


def prose_screen(text: str) -> Iterator[RenderableType]:
    """A charter in words: headings in bold, list items with a hanging indent."""
    for line in text.splitlines():
        if line.startswith("#"):
            yield Text(visible(line.lstrip("# ")), style="bold")
        elif line.startswith("- "):
            table = Table.grid(padding=(0, 1))
            table.add_row(Text("  ·", style="dim"), Text(visible(line[2:])))
            yield table
        else:
            yield Text(visible(line))


def rule_screen(rule: RuleEntry) -> Iterator[RenderableType]:
    """A code: title, severity, what it looks for and why it matters."""
    yield Text.assemble((rule.code, "bold"), "  ", (rule.severity.value, STYLES[rule.severity]), f"  {rule.title}")
    yield Padding(Text(rule.help), (1, 0, 0, 2))
    for words, part, style in (
        ("it speaks up about", rule.fires, "red"),
        ("and has nothing to say about", rule.silent, "green"),
    ):
        if part:
            yield heading("", words)
            yield Padding(Text(part, style=style), (0, 0, 0, 4))


def drive_screen(identifier: str) -> Iterator[RenderableType]:
    """A drive with its parts, or one part or pressure, with sources."""
    yield Text.assemble((identifier, "bold"), f"  {title_of(identifier)}")
    drives = {drive.id: drive for drive in DRIVES}
    if identifier in drives:
        for part in drives[identifier].parts:
            yield Padding(Text.assemble((part.id, "bold"), f"  {part.title}"), (0, 0, 0, 2))
        yield Padding(Text(f"source: {drives[identifier].source}", style="dim"), (1, 0, 0, 2))
        return
    every = {part.id: part for drive in DRIVES for part in drive.parts} | {part.id: part for part in PRESSURES}
    played = f"remit eval -b {identifier.rpartition('.')[2]} -o ORGANISM"
    yield Padding(Text.assemble("is an agent tempted? ", (played, "bold"), " plays it in small worlds"), (1, 0, 0, 2))
    yield Padding(Text(f"source: {every[identifier].source}", style="dim"), (0, 0, 0, 2))


def fact_screen(key: ContextKey, rows: Sequence[Affordance]) -> Iterator[RenderableType]:
    """A fact about the surroundings: its values from unsafe to safe, where it is stated, and the acts it decides on."""
    yield Text.assemble((key.id, "bold"), f"  {key.meaning}")
    field = f"context.{key.id}" if key.field == "context" else key.field
    values = ", ".join(_value(value) for value in key.values)
    yield Padding(Text(f"values, unsafe first: {values}"), (1, 0, 0, 2))
    yield Padding(Text(f"unsaid it counts as {_value(key.unsafe)}; say it at `{field}` once it is true"), (0, 0, 0, 2))
    if rows:
        yield heading("", "it decides on")
    for row in rows:
        when = Text(f"  when {_value(row.when[key.id])}", style="dim")
        yield Padding(Text.assemble((visible(row.id), "bold"), f"  {visible(row.title)}", when), (0, 0, 0, 4))


def _value(value: ContextValue) -> str:
    """A value as a charter writes it."""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
