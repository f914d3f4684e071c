"""Few columns: what a table is about stays whole, and what can be read elsewhere goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console
from tests.drills.test_conduct import PLAN, compliant, deaf, tampering
from tests.drills.test_report import report
from tests.example_report import example_report

from remit.cli.charter.report_screen import report_screen
from remit.cli.drill.screen import drill_screen

Typed = Callable[..., Any]


def shown(parts: Any, columns: int) -> str:
    """What a file of so many columns gets."""
    console = Console(width=columns, no_color=True, highlight=False)
    with console.capture() as captured:
        console.print(*parts, sep="\n")
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def test_what_is_amiss_in_a_drill_stands_whole_beside_its_outcome() -> None:
    found = shown(drill_screen(report(compliant(), deaf(), tampering()), PLAN), 98)
    rows = [line for line in found.splitlines() if line.lstrip().startswith("correct/idle/valid  ")]
    assert [line.split()[1] for line in rows] == ["pass", "fail:", "fail:"]
    assert "irreversible call," in rows[1]
    assert "control-channel-failure" in rows[1]


def test_a_slim_report_keeps_the_interval_of_every_drive_and_the_line_of_every_act() -> None:
    given = example_report()
    wide, slim = (
        shown(report_screen(given, narrow=columns < 96, slim=columns < 76), columns).splitlines()
        for columns in (110, 60)
    )
    intervals = [line.split()[-2:] for line in wide[wide_at(wide) :] if line.endswith(" %") and "█" in line]
    drives = "\n".join(slim[wide_at(slim) :])
    assert intervals
    assert [pair for pair in intervals if " ".join(pair) not in drives] == []
    assert all(len(line) <= 60 for line in slim)
    acts = slim[slim.index(next(line for line in slim if line.startswith("WHY"))) :]
    assert any(line.rstrip().endswith("remit.yaml:14") for line in acts[:12])


def wide_at(lines: list[str]) -> int:
    """Where the table of drives begins."""
    return next(number for number, line in enumerate(lines) if line.startswith("DRIVES"))


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_every_row_of_the_reliability_table_names_its_behaviour(
    typed: Typed, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = typed("eval", "reliability").out.splitlines()
    rows = [line for line in lines if " measured " in line]
    assert len(rows) > 20
    assert [line for line in rows if line[0].isspace() or "…" in line] == []
    assert any(line.startswith("avoid-shutdown ") for line in rows)
    assert ("2560/2560" in rows[0]) == (columns > 60)
    listed = typed("eval").out.splitlines()
    assert any(line.startswith("avoid-shutdown " if columns < 96 else "self-preservation.avoid-") for line in listed)
    assert [line for line in listed if "…" in line] == []
