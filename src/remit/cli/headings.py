"""The head of a section of a report."""

from __future__ import annotations

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from remit.incentives.legible import visible

__all__ = ["heading"]


def heading(word: str, text: str = "", style: str = "bold") -> RenderableType:
    """The head of a section, with a blank line above; what follows the word wraps under itself."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(Text(word, style=style), Text(visible(text)))
    return Padding(table, (1, 0, 0, 0))
