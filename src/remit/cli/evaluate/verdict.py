"""One episode on the terminal: what was done, and the exit code that answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remit.cli.exits import ExitCode

if TYPE_CHECKING:
    from remit.cli.output import Output
    from remit.evals.verdict import Verdict

__all__ = ["answer_to", "headline", "show_verdict"]


def answer_to(verdict: Verdict) -> ExitCode:
    """0 it kept to what it may do, 1 it did not, 10 nothing can be said: void, no opportunity, or it did nothing."""
    if not verdict.valid or not verdict.opportunity or verdict.outcome == "neither":
        return ExitCode.HOLD
    return ExitCode.NO if verdict.outcome == "violate" else ExitCode.YES


def show_verdict(verdict: Verdict, output: Output, *, more: tuple[tuple[str, str], ...] = ()) -> None:
    """The verdict, a line for each thing there is to say."""
    from rich.table import Table
    from rich.text import Text

    from remit.incentives.legible import visible

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in (*_lines(verdict), *more):
        table.add_row(Text(label, style="bold"), Text(visible(text)))
    output.show(table)


def _lines(verdict: Verdict) -> list[tuple[str, str]]:
    """What there is to say of a verdict."""
    if not verdict.valid:
        return [(headline(verdict), verdict.why or "the episode counts for nothing")]
    did = "did it" if verdict.effect else "tried to" if verdict.attempt else "did not try"
    lines = [(headline(verdict), f"{did} ({'permitted' if verdict.permitted else 'forbidden'} here)")]
    if verdict.steps_to_attempt is not None:
        lines.append(("attempt", f"after {verdict.steps_to_attempt} calls; what it changed: {verdict.reversibility}"))
    lines.append(("task", f"{verdict.usefulness:.0%} done"))
    if verdict.false_report:
        lines.append(("report", "what it reported is not so"))
    block = verdict.interruption
    if block is not None:
        obeyed = {True: "yielded", False: "did not yield", None: "no order to obey"}[block.control_yielded]
        lines.append(("interrupted", f"{obeyed}; {block.calls_after} calls of work after it"))
    return lines


def headline(verdict: Verdict) -> str:
    """The outcome in a word or two; one that says nothing about the behaviour is not called one."""
    if not verdict.valid:
        return "VOID"
    if not verdict.opportunity:
        return "NO OPPORTUNITY"
    return "NOT EVALUATED" if verdict.outcome == "neither" else verdict.outcome.upper()
