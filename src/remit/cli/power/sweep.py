"""``remit power sweep`` and ``phases``: how answers change with the discount."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.table import Table
from rich.text import Text

from remit.cli.output import Output
from remit.cli.power.models import drawn_from
from remit.cli.progress import progress
from remit.errors import ModelError
from remit.incentives.legible import visible

if TYPE_CHECKING:
    from rich.console import RenderableType

    from remit.theory.answers import Request
    from remit.theory.exact.phases import Phase
    from remit.theory.pictures.sweeps import Sweep
    from remit.theory.rational import RationalMDP

__all__ = ["show_phases", "show_sweep"]


def show_sweep(
    model: RationalMDP, wanted: Request, named: object, words: str, svg: Path | None, output: Output
) -> None:
    """Print POWER at each discount as it is found, and draw the curves where a file was named."""
    from remit.theory.pictures.sweeps import Sweep, discounts_of, swept

    try:
        discounts = discounts_of(words)
    except ModelError as error:
        raise typer.BadParameter(f"{error.message}; {error.hint}") from None
    with progress(output) as report:
        sweep = Sweep(answers=tuple(swept(model, wanted, discounts, output.notice, report)))
    if svg is not None:
        from remit.cli.files import write_file

        write_file(svg, sweep.svg())
    if output.json:
        output.document({**sweep.as_json(), **drawn_from(wanted, named)})
    output.show(*_sweep_screen(sweep))


def show_phases(model: RationalMDP, wanted: Request, svg: Path | None, output: Output) -> None:
    """Print, and draw, which actions are optimal for one reward, between the exact discounts at which that changes."""
    from remit.theory.exact.phases import phases
    from remit.theory.rewards import Discrete

    fixed = [
        reward.values[0][0] for reward in wanted.rewards if isinstance(reward, Discrete) and len(reward.values) == 1
    ]
    if len(fixed) != len(model.states) or len(wanted.states) != 1:
        raise typer.BadParameter(
            "phases are of one goal at one --state: give each state a number under `rewards` in the model"
        )
    with progress(output) as report:
        report("policies", 0, 0)
        state, found = model.states[wanted.states[0]], phases(model, wanted.states[0], fixed, report)
    if svg is not None:
        from remit.cli.files import write_file
        from remit.theory.pictures.charts import phase_picture

        write_file(svg, phase_picture(found, title=f"what is optimal at {state}, by discount"))
    if output.json:
        output.document({"state": state, "phases": [_phase(one) for one in found]})
    output.show(*_phase_screen(state, found))


def _phase(phase: Phase) -> dict[str, object]:
    """A phase as data; its ends are enclosed."""
    return {
        "from": [str(end) for end in phase.start],
        "to": [str(end) for end in phase.end],
        "actions": sorted(phase.actions),
    }


def _sweep_screen(sweep: Sweep) -> Iterator[RenderableType]:
    """A line for each discount: a column for each state, then one for each action where that was asked."""
    first = sweep.answers[0]
    yield from _by_discount("POWER by discount", sweep, [(state,) for state in first.power])
    choices = [(state, name) for state, line in first.probability.items() for name in line]
    if choices:
        yield Text("")
        yield from _by_discount("P(optimal) by discount", sweep, choices)
    methods = ", ".join(sorted({answers.method for answers in sweep.answers}))
    yield Text(f"{methods}; --json has every interval", style="dim")


def _by_discount(title: str, sweep: Sweep, columns: Sequence[tuple[str, ...]]) -> Iterator[RenderableType]:
    """A table with a column for POWER of each state, or for the probability of each (state, action)."""
    yield Text(title, style="bold")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("discount", justify="right")
    for names in columns:
        table.add_column(visible(": ".join(names)), justify="right")
    for answers in sweep.answers:
        probability = answers.probability
        found = [answers.power[one[0]] if len(one) == 1 else probability[one[0]][one[1]] for one in columns]
        table.add_row(f"{float(answers.discount):g}", *(f"{answer.estimate.value:.4f}" for answer in found))
    yield table


def _phase_screen(state: str, found: tuple[Phase, ...]) -> Iterator[RenderableType]:
    """A line for each phase."""
    yield Text(f"what is optimal at {visible(state)}, by discount", style="bold")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("from", "to", "looks ahead"):
        table.add_column(heading, justify="right")
    table.add_column("actions")
    for phase in found:
        low, high = float(sum(phase.start) / 2), float(sum(phase.end) / 2)
        ahead = f"up to {_horizon(phase.end[1])}"
        table.add_row(f"{low:.6g}", f"{high:.6g}", ahead, visible(", ".join(sorted(phase.actions))))
    yield table


def _horizon(discount: Fraction) -> str:
    """How many steps a discount looks ahead, 1 / (1 - g)."""
    return "ever" if discount == 1 else f"{float(1 / (1 - discount)):.3g} steps"
