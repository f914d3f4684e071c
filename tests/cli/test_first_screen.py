"""Which act the first screen and the page explain: the one that teaches most."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.console import Console
from tests.example_report import affordance, example_report

from remit.cli.charter.first_screen import first_screen
from remit.incentives.pages.page import render_page
from remit.incentives.report import AffordanceReading
from remit.incentives.wording import main_affordance

STOPPED = "(stop) -> still running"
WEAK = affordance("a.weak", 3, "resistance", kappa=0.3, rank=1, witness=("a.long", "a.way", "a.weak", STOPPED))
BLIND = affordance(
    "a.blind", 3, "conflict", kappa=1.0, rank=1, witness=("a.read", "a.blind", "(monitor) -> sees nothing")
)
SHORT = affordance("a.short", 3, "resistance", kappa=1.0, rank=2, witness=("a.short", STOPPED))
CHAIN = affordance("a.chain", 3, "resistance", kappa=1.0, rank=9, witness=("a.rights", "a.chain", STOPPED))
LATER = replace(CHAIN, id="a.later", rank=10)
TWIN = replace(CHAIN, id="a.twin")


@pytest.mark.parametrize(
    ("offered", "told"),
    [
        ((WEAK, BLIND), "a.blind"),  # the highest kappa, whatever its rank and its path
        ((BLIND, SHORT), "a.short"),  # then what a stop does not end
        ((SHORT, CHAIN), "a.chain"),  # then the longer path
        ((LATER, CHAIN), "a.chain"),  # then the rank
        ((TWIN, CHAIN), "a.chain"),  # then the name
    ],
)
def test_screen_and_page_explain_the_act_that_teaches_most(offered: tuple[AffordanceReading, ...], told: str) -> None:
    for order in (offered, offered[::-1]):
        report = example_report(affordances=order)
        main = main_affordance(report)
        assert main is not None
        assert main.id == told
        console = Console(width=100)
        with console.capture() as captured:
            for part in first_screen(report):
                console.print(part)
        assert f"the shortest way to `{told}`" in captured.get()
        assert f'the shortest way to <span class="id">{told}</span>' in render_page(report)
