"""What `remit diff` shows of two charters, and the JSON it writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from remit.cli.headings import heading
from remit.incentives.legible import visible

if TYPE_CHECKING:
    from remit.charter.comparison import Change
    from remit.charter.model import Charter
    from remit.incentives.comparison import Comparison

__all__ = ["authority_screen", "comparison_document"]

_MARKS = {"widened": ("+", "red"), "narrowed": ("-", "green"), "changed": ("~", "yellow")}


def authority_screen(old: str, new: str, changes: Sequence[Change]) -> Iterator[RenderableType]:
    """Every change of authority, widening first."""
    yield Text.assemble(("remit diff", "bold"), f"  {visible(old)} → {visible(new)}")
    counts = {kind: sum(change.kind == kind for change in changes) for kind in _MARKS}
    summary = ", ".join(f"{number} {kind}" for kind, number in counts.items() if number) or "no change"
    yield heading("AUTHORITY", summary, style="bold red" if counts["widened"] else "bold green")
    for change in changes:
        mark, style = _MARKS[change.kind]
        values = f"{change.before} → {change.after}" if change.before or change.after else ""
        line = Text.assemble((f"{mark} ", style), visible(change.what), (f"  {change.where}", "dim"))
        yield Padding(line, (0, 0, 0, 2))
        if values:
            yield Padding(Text(visible(values), style="dim"), (0, 0, 0, 6))


def comparison_document(
    old: Charter, new: Charter, changes: Sequence[Change], comparison: Comparison | None
) -> dict[str, Any]:
    """The comparison as ``remit.diff/1``; readings are null when none were computed."""
    readings = None
    if comparison is not None:
        from remit.incentives.comparison import encode_comparison

        readings = encode_comparison(comparison)
    return {
        "schema": "remit.diff/1",
        "version": 1,
        "old": {"path": old.path, "digest": old.digest},
        "new": {"path": new.path, "digest": new.digest},
        "authority": [
            {
                "kind": change.kind,
                "what": change.what,
                "path": change.path,
                "file": change.where.file,
                "line": change.where.line,
                "before": change.before,
                "after": change.after,
            }
            for change in changes
        ],
        "readings": readings,
    }
