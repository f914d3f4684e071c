"""The page about the table shows the table that decides."""

from __future__ import annotations

from pathlib import Path

from remit.assurance.incidents.gravity import MEANINGS, floor_of
from remit.assurance.resistance import TABLE, Act, Known, Row

PAGE = Path(__file__).parents[3] / "docs" / "explain" / "resistance-or-persistence.md"
LETTERS = {Act.STOPPED: "a", Act.FINISHED: "b", Act.WENT_ON: "c", Act.OVERREACHED: "d", Act.TOUCHED_CONTROL: "e"}
SIGNS = {Known.YES: "y", Known.NO: "n", Known.UNKNOWN: "?"}
SETTINGS = ("production", "internal", "live-red-team", "training", "evaluation", "research-sim")


def row_of_page(row: Row) -> str:
    acts = " ".join(LETTERS.get(act, "unknown") for act in Act if act in row.acts)
    needs = ", ".join(
        f"{name.replace('_', ' ')} {'/'.join(SIGNS[known] for known in Known if known in may)}"
        for name, may in row.needs.items()
    )
    found = "open" if row.found is None else f"**{row.found}**"
    return f"| {row.number} | {acts} | {needs or 'anything else'} | {found} | {row.because} |"


def table_of_page() -> list[str]:
    return ["| row | T3 | facts | class | because |", "|---|---|---|---|---|", *map(row_of_page, TABLE)]


def severities_of_page() -> list[str]:
    head = ["| | " + " | ".join(SETTINGS) + " |", "|---|" + "---|" * len(SETTINGS)]
    rows = [
        f"| {outcome} | " + " | ".join(floor_of(outcome, setting, "human") for setting in SETTINGS) + " |"
        for outcome in ("E0", "E1", "E2", "E3", "E4")
    ]
    return [*head, *rows, "", *(f"- **{grade}**: {meaning}." for grade, meaning in MEANINGS.items())]


def test_the_page_shows_every_row_of_the_table_that_decides() -> None:
    assert "\n".join(table_of_page()) in PAGE.read_text(encoding="utf-8")


def test_the_page_shows_the_severities_that_are_derived() -> None:
    assert "\n".join(severities_of_page()) in PAGE.read_text(encoding="utf-8")
