"""Findings on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from remit.finding import Finding, Severity
from remit.incentives.legible import visible

__all__ = ["STYLES", "count", "finding_lines", "finding_list", "summary"]

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def finding_lines(finding: Finding, *, more: bool = False, hint: bool = True) -> RenderableType:
    """A finding: its place, what it says, and indented below what to do; ``more`` adds where to read on."""
    head = Text.assemble(
        (str(finding.where), "bold"), " ", (finding.severity.value, STYLES[finding.severity]), " ",
        (finding.code, "dim"),
        f"  {visible(finding.message)}",
    )  # fmt: skip
    lines: list[RenderableType] = [head]
    if hint and finding.hint:
        lines.append(Padding(Text.assemble(("hint: ", "green"), visible(finding.hint)), (0, 0, 0, 4)))
    if more:
        lines.append(Padding(Text(f"more: remit explain {finding.code}", style="dim"), (0, 0, 0, 4)))
    return Group(*lines)


def finding_list(findings: Sequence[Finding], *, limit: int | None = None, hint: bool = True) -> list[RenderableType]:
    """The findings, worst first; past ``limit`` only their number is said."""
    ordered = sorted(findings, key=lambda finding: (-finding.severity.rank, *finding.key))
    shown = ordered if limit is None else ordered[:limit]
    lines = [finding_lines(finding, hint=hint) for finding in shown]
    left = len(ordered) - len(shown)
    if left:
        lines.append(Text(f"... and {left} more below", style="dim"))
    return lines


def summary(findings: Iterable[Finding]) -> str:
    """How many findings of each severity there are, in words."""
    found = list(findings)
    parts = [
        count(sum(finding.severity is severity for finding in found), severity.value)
        for severity in sorted(Severity, reverse=True)
        if any(finding.severity is severity for finding in found)
    ]
    return ", ".join(parts) or "nothing"


def count(number: int, word: str) -> str:
    """A number with its noun: ``1 error``, ``3 errors``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
