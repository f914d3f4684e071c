"""Progress of a long verb: a bar for somebody who watches, one line per ten seconds for a log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from remit.cli.output import Output

__all__ = ["Report", "progress"]

_EVERY = 10.0  # seconds between two lines of a log


class Report(Protocol):
    """Tells how far a stage has come."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """``done`` of ``total`` parts of ``stage`` are finished."""
        ...


@contextmanager
def progress(output: Output, *, rows: bool = False) -> Iterator[Report]:
    """Show progress on standard error while the block runs; nothing when the verb is quiet.

    Among ``rows``, which a verb prints as it goes, a bar would be drawn over them: there it is lines.
    """
    if output.quiet:
        yield _silent
        return
    last = ["starting"]
    try:
        with _bar(output) if output.lively and not rows else nullcontext(_lines(output)) as report:
            yield _remembering(report, last)
    except KeyboardInterrupt:
        output.error(f"interrupted before it was done ({last[0]})")
        raise


def _silent(stage: str, done: int, total: int) -> None:
    """Say nothing."""


def _remembering(report: Report, last: list[str]) -> Report:
    """A reporter that also keeps in ``last`` where the work stands."""

    def told(stage: str, done: int, total: int) -> None:
        last[0] = _standing(stage, done, total)
        report(stage, done, total)

    return told


def _standing(stage: str, done: int, total: int) -> str:
    """Where the work stands, in words."""
    return f"{stage}: {done} of {total}" if total else stage


def _lines(output: Output) -> Report:
    """A reporter that writes a line at most every ten seconds, so that a pipeline's log shows life."""
    last = [time.monotonic()]

    def report(stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - last[0] >= _EVERY:
            last[0] = now
            output.notice(_standing(stage, done, total))

    return report


@contextmanager
def _bar(output: Output) -> Iterator[Report]:
    """A reporter that draws one bar, which leaves no trace when it is done."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=output.console(errors=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def report(stage: str, done: int, total: int) -> None:
            bar.update(task, description=stage, completed=done, total=total or None)

        yield report
