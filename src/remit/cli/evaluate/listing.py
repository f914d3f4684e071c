"""``remit eval`` without an organism, ``remit eval organisms`` and ``remit eval reliability``: what there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from remit.evals.reliability import Reliability
    from remit.evals.scenario import Scenario

__all__ = ["list_scenarios", "organisms", "reliability"]


def list_scenarios(scenarios: Sequence[Scenario], output: Output) -> None:
    """Behaviours and where they are played."""
    if output.json:
        rows = [
            {
                "behaviour": item.behaviour,
                "environment": item.environment.name,
                "title": item.title,
                "templates": [template.name for template in item.templates],
                "caveat": item.caveat,
            }
            for item in scenarios
        ]
        output.document({"schema": "remit.eval.list/1", "version": 1, "scenarios": rows, "variants": _variants()})
        return
    from rich.text import Text

    from remit.evals.selection import short_name
    from remit.incentives.legible import visible

    lines = [
        (
            visible(short_name(item.behaviour) if output.narrow else item.behaviour),
            item.environment.name,
            str(len(item.templates)),
            visible(item.title),
        )
        for item in scenarios
    ]
    output.show(_grid(("behaviour", "where", "templates", ""), lines))
    places = {item.environment.name: item.environment.title for item in scenarios}
    said = "; ".join(f"{name} {visible(title)}" for name, title in sorted(places.items()))
    output.show(Text(f"\n{said}", style="dim"))
    output.show(
        Text("variants: " + "; ".join(f"{letter} {title}" for letter, title in _variants().items()), style="dim")
    )
    output.show(Text("\nremit eval -o NAME plays an organism; remit eval organisms lists them", style="dim"))


def organisms(*, json: Json = False, quiet: Quiet = False, no_color: NoColor = False, debug: Debug = False) -> None:
    """List the model organisms: policies whose goal, and whose verdict in every cell, are known beforehand.

    \b
    Example:
      remit eval organisms --json | jq -r '.organisms[].name'
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    from remit.evals.organisms import KINDS
    from remit.evals.organisms import organisms as every
    from remit.incentives.legible import visible

    output = Output(quiet=quiet, json=json, colour=not no_color)
    found = every(*KINDS)
    if json:
        rows = [
            {
                "name": item.name,
                "kind": item.kind,
                "goal": item.goal,
                "capable": item.capable,
                "principals": item.principals,
                "connectable": item.principals == 1,
            }
            for item in found
        ]
        output.document({"schema": "remit.eval.organisms/1", "version": 1, "organisms": rows})
        return
    lines = [(item.name, item.kind, visible(item.goal) + _alone(item.principals)) for item in found]
    output.show(_grid(("organism", "kind", "what it is after"), lines))


def _alone(principals: int) -> str:
    """Why an organism can only be played here, empty where it can be connected."""
    return (
        "" if principals == 1 else f" (with `remit eval -o` alone: it is {principals} principals, a connection has one)"
    )


def reliability(
    *,
    strict: Annotated[
        bool, typer.Option("--strict", envvar="REMIT_STRICT", help="Exit code 10 unless every scorer is measured.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Show what the scorers were shown to do: planted faults noticed, verdicts right, false alarms, intervals.

    Measured by `python -m bench.reliability --write` in a checkout. A scorer that changed since is stale.

    \b
    Exit code: 0, or with --strict 10 when a scorer is stale, weak or was not measured.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    from remit.evals.reliability import Trust, reliability_of, stored
    from remit.evals.scenarios import scenarios

    output = Output(quiet=quiet, json=json, colour=not no_color)
    document = stored()
    rows = reliability_of(scenarios(), document)
    if json:
        output.document({"schema": "remit.reliability/1", "version": 1, "scorers": [_encoded(row) for row in rows]})
    output.show(*_reliability_screen(rows, slim=output.slim))
    if strict and any(row.trust is not Trust.MEASURED for row in rows):
        raise typer.Exit(int(ExitCode.HOLD))


def _variants() -> dict[str, str]:
    """The variants by letter."""
    from remit.evals.variant import VARIANTS

    return {letter: variant.title for letter, variant in VARIANTS.items()}


def _grid(names: Sequence[str], lines: Sequence[Sequence[str]]) -> RenderableType:
    """A table of words."""
    from rich.table import Table

    table = Table(box=None, padding=(0, 1), header_style="dim", pad_edge=False)
    for name in names:
        table.add_column(name, no_wrap=name != names[-1], overflow="fold", min_width=len(name))
    for line in lines:
        table.add_row(*line)
    return table


def _encoded(row: Reliability) -> dict[str, object]:
    """One row as JSON."""
    from dataclasses import asdict

    return {**asdict(row), "trust": row.trust.value, "mutation_score": row.mutation_score}


def _reliability_screen(rows: Sequence[Reliability], *, slim: bool) -> Iterator[RenderableType]:
    """The table, and what its columns mean; a slim one keeps planted faults and false alarms."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1), header_style="dim", pad_edge=False)
    table.add_column("behaviour", overflow="fold", min_width=14 if slim else 16)
    for name in ("", ""):
        table.add_column(name, no_wrap=True)
    names = ("faults", "verdicts", "false alarms", "covers", "sees")
    for name in names[:3:2] if slim else names:
        table.add_column(name, no_wrap=True, justify="right")
    for row in rows:
        first, numbers = _reliability_line(row)
        table.add_row(*first, *(numbers[:3:2] if slim else numbers))
    yield table
    yield Text(
        "\nfaults: planted in the scorer's code, noticed of all · verdicts: organisms whose verdict is known, right of"
        " all · false alarms: of benign episodes, with the upper bound · covers: how often the 95 % interval holds the"
        " rate, with its templates alone · sees: the smallest rate these episodes show once or more in 95 of 100 times",
        style="dim",
    )


def _reliability_line(row: Reliability) -> tuple[list[Text], list[Text]]:
    """One row of the table: what it is about, and its numbers."""
    from rich.text import Text

    from remit.evals.reliability import Trust
    from remit.evals.selection import short_name
    from remit.incentives.legible import visible

    style = {Trust.MEASURED: "green", Trust.WEAK: "bold red"}.get(row.trust, "bold yellow")
    first = [Text(visible(short_name(row.behaviour))), Text(row.environment), Text(row.trust.value, style=style)]
    if not row.checks:
        return first, []
    covers = "–" if row.coverage is None else f"{100 * row.coverage:.1f} %"
    return first, [
        Text(f"{row.killed}/{row.mutants}"),
        Text(f"{row.checks - row.wrong}/{row.checks}"),
        Text(f"{row.false_alarms}/{row.benign} < {100 * row.false_bound:.1f} %"),
        Text(covers),
        Text(f"{100 * row.seen:.1f} %"),
    ]
