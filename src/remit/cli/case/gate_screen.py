"""A verdict on the terminal: the answer, why, what would change it, and what is accepted or unsaid either way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from remit.assurance.encoding import residuals
from remit.assurance.release.verdict import Flip, Release, Verdict
from remit.assurance.weighing.assessment import Assessment
from remit.cli.headings import heading
from remit.incentives.legible import visible

__all__ = ["gate_screen", "short_screen"]

_STYLES = {Verdict.PROMOTE: "bold green", Verdict.BLOCK: "bold red", Verdict.HOLD: "bold yellow"}
_WORDS = {
    Verdict.PROMOTE: "every gate claim is supported and fresh",
    Verdict.BLOCK: "something speaks against a release",
    Verdict.HOLD: "not shown yet, which is never a yes",
}
_MOST_REASONS = 12
_MOST_FLIPS = 20


def gate_screen(release: Release, assessment: Assessment) -> Iterator[RenderableType]:
    """Verdict first, then the reasons, then what would change it, then what is left open by name."""
    case = assessment.case
    yield heading(release.verdict.value, _WORDS[release.verdict], style=_STYLES[release.verdict])
    about = f"{case.id}, version {case.version}, as of {_moment(assessment.as_of)}"
    yield Padding(Text(visible(about), style="dim"), (0, 0, 0, 2))
    yield from _reasons(release)
    yield from _flips(release)
    left = residuals(assessment)
    if left:
        yield heading("TAKEN ON OR UNSAID", "doubts that stay, whatever the verdict")
        rows = [(str(item["item"]), _residual(item)) for item in left]
        yield Padding(_pairs(rows, ""), (0, 0, 0, 2))
    yield Text()


def short_screen(release: Release) -> Iterator[RenderableType]:
    """The same where there is no case to speak of."""
    yield heading(release.verdict.value, _WORDS[release.verdict], style=_STYLES[release.verdict])
    yield from _reasons(release)
    yield from _flips(release)
    yield Text()


def _reasons(release: Release) -> Iterator[RenderableType]:
    """Why, the first that count most."""
    yield heading("WHY")
    shown = release.reasons[:_MOST_REASONS]
    yield Padding(_pairs([(reason.claim, reason.why) for reason in shown], ""), (0, 0, 0, 2))
    if len(release.reasons) > len(shown):
        yield Padding(
            Text(f"and {len(release.reasons) - len(shown)} more: --json has all of them", style="dim"), (0, 0, 0, 2)
        )
    looked = dict.fromkeys(name for reason in release.reasons for name in reason.evidence)
    if looked:
        names = ", ".join(list(looked)[:_MOST_REASONS]) + (" …" if len(looked) > _MOST_REASONS else "")
        yield Padding(Text(visible(f"evidence looked at: {names}"), style="dim"), (0, 0, 0, 2))


def _flips(release: Release) -> Iterator[RenderableType]:
    """What would change the verdict."""
    if release.verdict is Verdict.PROMOTE:
        yield from _ends(release.flip)
        return
    number = len(release.flip)
    together = "one thing" if number == 1 else f"{number} things together"
    words = f"{together}; {'nothing less is enough' if release.smallest else 'there may be a shorter way'}"
    yield heading("WHAT WOULD CHANGE IT", words)
    shown = release.flip[:_MOST_FLIPS]
    yield Padding(_pairs([(flip.item, flip.change) for flip in shown], "green"), (0, 0, 0, 2))
    if number > len(shown):
        yield Padding(Text(f"and {number - len(shown)} more: --json has all of them", style="dim"), (0, 0, 0, 2))


def _ends(flips: Sequence[Flip]) -> Iterator[RenderableType]:
    """What first ends a PROMOTE."""
    yield heading("WHAT ENDS IT FIRST")
    rows = [(flip.item, f"{_moment(flip.on)}: {flip.change}") for flip in flips]
    yield Padding(_pairs(rows or [("nothing", "no evidence ages and no review is due")], "yellow"), (0, 0, 0, 2))


def _pairs(rows: Sequence[tuple[str, str]], style: str) -> RenderableType:
    """Names and sentences in two columns."""
    table = Table.grid(padding=(0, 2))
    table.add_column(max_width=28, overflow="fold", style=f"bold {style}".strip())
    table.add_column(overflow="fold")
    for name, words in rows:
        table.add_row(Text(visible(name)), Text(visible(words)))
    return table


def _residual(item: dict[str, object]) -> str:
    """One doubt that stays."""
    if item["accepted_by"] is None:
        return f"nobody put a number on it: {item['text']}" if item["item"] == item["against"] else str(item["text"])
    return f"taken on by {item['accepted_by']} until {item['expires']}, against {item['against']}: {item['text']}"


def _moment(moment: datetime | date | None) -> str:
    """A moment to the minute, in UTC."""
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment is not None else "now"
