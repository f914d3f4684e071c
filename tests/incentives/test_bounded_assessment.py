"""Where the full world is out of reach every number is a bound that holds, and nothing unknown passes."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from rich.console import Console
from tests.small_charters import SHIPPED, row, tiny
from tests.some_cases import some_of

from remit.charter.model import Charter
from remit.charter.reader import read_charter
from remit.cli.charter.first_screen import first_screen
from remit.cli.charter.small_print import small_print
from remit.incentives.assessment import assess
from remit.incentives.bounds import (
    Bracket,
    _solve_cone,
    _subset,
    _supports,
    bracket_prior,
    bracket_task,
    context_to_state,
)
from remit.incentives.catalogue import with_extensions
from remit.incentives.closing import plan_of
from remit.incentives.pages.page import render_page
from remit.incentives.readings.classes import WORTH_TO_TASK
from remit.incentives.readings.readings import measure, measure_rewards, resisting
from remit.incentives.report import PRIORS, Report
from remit.incentives.worlds.acts import acts_of
from remit.incentives.worlds.goals import draw_goals, task_goal
from remit.incentives.worlds.world import build_world, without_interventions

GOALS = 60
TIERS = ("T0", "T1", "T2", "T3")


@cache
def founder(state_budget: int | None = None) -> Report:
    charter = read_charter(next(path for path in SHIPPED if path.stem == "founder"))
    return assess(charter, goals=GOALS) if state_budget is None else assess(charter, goals=GOALS, state_budget=50)


@pytest.mark.requirement("WORLD-11")
def test_every_share_of_a_world_out_of_reach_is_marked_as_a_bound() -> None:
    report = founder(50)
    assert report.world.method == "bound"
    assert report.world.notes
    for drive in (*report.drives, *report.overall):
        for reading in drive.priors.values():
            for estimate in (reading.share1, reading.share10, reading.mean_gap):
                assert estimate.method == "bound" or (not drive.acts and estimate.high == 0.0)
    assert report.peak.share1.method == "bound"
    assert report.power.start.method == "bound"
    assert report.sufficiency == ()
    assert not report.certificate.applies


@pytest.mark.requirement("WORLD-11")
def test_the_bounds_hold_the_exact_shares() -> None:
    exact, bounds = founder(), founder(50)
    for name in ("resistance", "unauthorised"):
        here, there = ({one.id: one for one in report.overall}[name] for report in (exact, bounds))
        assert set(here.acts) == set(there.acts)
        for prior in PRIORS:
            assert here.priors[prior].c99 <= there.priors[prior].c99 + 1e-6
    sparse = [{one.id: one for one in report.overall}["resistance"].priors["sparse2"] for report in (exact, bounds)]
    assert any("sparse2: 6 of 6" in note for note in bounds.world.notes)  # the same goals, all of them bounded
    for name in ("share1", "share10", "mean_gap"):
        known, bracket = (getattr(reading, name) for reading in sparse)
        assert bracket.low - 1e-6 <= known.value <= bracket.high + 1e-6, name


@pytest.mark.requirement("WORLD-11")
def test_what_is_not_known_is_never_better_than_what_is() -> None:
    exact, bounds = founder(), founder(50)
    known = bounds.tier.tier
    assert known == "unknown" or TIERS.index(known) >= TIERS.index(exact.tier.tier)
    assert known != "T3"
    assert bounds.least_authority.after.high == 0.0 or not bounds.least_authority.reached
    severe = {one.id for one in exact.affordances if one.classification in ("resistance", "conflict")}
    named = {one.id for one in bounds.affordances if one.classification in ("resistance", "conflict")}
    assert severe <= named
    kappas = {one.id: one.kappa for one in bounds.affordances}
    assert all(kappas[one.id] == one.kappa for one in exact.affordances if one.id in kappas)


def test_who_intervenes_takes_no_act_out_of_reach() -> None:
    for path in SHIPPED:
        charter = read_charter(path)
        rows = with_extensions(charter)
        assert acts_of(without_interventions(charter), rows) == acts_of(charter, rows) == plan_of(charter, rows).reached


def checked_cones(charter: Charter, prior: str) -> int:
    """Every set of outcomes of a prior: low <= exact gap <= high, goal by goal. Returns how many goals were compared."""
    rows = with_extensions(charter)
    world = build_world(charter, rows)
    drawn = draw_goals(prior, world.feature_names, GOALS, 0)
    compared = 0
    for support, indices in _supports(drawn).items():
        some = _subset(drawn, indices)
        bracket = _solve_cone(plan_of(charter, rows), rows, support, some)
        assert bracket is not None
        exact = measure(world, some, {"resistance": resisting(world.blueprint)})
        gaps = exact.gaps["resistance"]
        assert len(bracket.low) >= exact.stake.sum(), sorted(support)  # only goals with nothing at stake are left out
        if len(gaps) != len(bracket.low):
            continue  # which goals were left out is not said: compared where none was
        assert (bracket.low <= gaps + 1e-6).all(), sorted(support)
        assert (gaps <= bracket.high + 1e-6).all(), sorted(support)
        assert (exact.stake | ~bracket.sure).all(), sorted(support)
        compared += len(gaps)
    return compared


@pytest.mark.requirement("WORLD-11")
@pytest.mark.parametrize("prior", ["sparse2", "formula"])
@pytest.mark.parametrize("stem", some_of(["founder", "purchasing-agent"], 1))
def test_each_goal_lies_between_its_bounds(stem: str, prior: str) -> None:
    charter = read_charter(next(path for path in SHIPPED if path.stem == stem))
    assert checked_cones(charter, prior) >= 10


@pytest.mark.requirement("WORLD-11")
def test_the_task_lies_between_its_bounds() -> None:
    for path in SHIPPED:
        charter = read_charter(path)
        rows = with_extensions(charter)
        bracket = bracket_task(charter, rows)
        if bracket is None:
            continue
        world = build_world(charter, rows)
        exact = measure_rewards(
            world, task_goal(world), np.ones(1, np.int64), {"resistance": resisting(world.blueprint)}
        ).gaps["resistance"]
        assert (bracket.low - 1e-6 <= exact).all(), path.stem
        assert (exact <= bracket.high + 1e-6).all(), path.stem


def test_priors_over_every_outcome_are_left_open_and_said_to_be() -> None:
    charter = tiny([row("cut", "oversight.stop")])
    for prior in ("linear", "iid_outcome"):
        assert bracket_prior(charter, charter.catalogue, prior, goals=20, seed=0, progress=lambda *_: None) is None
    report = assess(charter, goals=20, catalogue=charter.catalogue, state_budget=5)
    (resistance,) = (one for one in report.overall if one.id == "resistance")
    for prior in ("linear", "iid_outcome"):
        share = resistance.priors[prior].share1
        assert (share.low, share.high, share.method) == (0.0, 1.0, "bound")
    assert any("linear" in note for note in report.world.notes)


def test_a_structural_zero_is_known_without_solving_anything() -> None:
    charter = tiny([row("leak", "out.leak")])
    report = assess(charter, goals=20, catalogue=charter.catalogue, state_budget=5)
    assert (report.world.method, report.tier.tier) == ("bound", "T3")
    (resistance,) = (one for one in report.overall if one.id == "resistance")
    assert all(reading.share1.high == 0.0 for reading in resistance.priors.values())
    assert not report.least_authority.edits


def test_a_bracket_of_nothing_says_nothing() -> None:
    nothing = np.zeros(0)
    empty = Bracket(
        low=nothing, high=nothing, sure=nothing.astype(bool), counts=nothing.astype(int), cones=0, offered=3
    )
    assert (empty.share(0.01).low, empty.share(0.01).high) == (0.0, 1.0)
    assert (empty.mean().low, empty.mean().high) == (0.0, 1.0)
    assert empty.quantile(0.99) == 1.0


def test_a_goal_with_perhaps_nothing_at_stake_is_counted_whichever_way_is_worse() -> None:
    bracket = Bracket(
        low=np.array([0.2, 0.0, 0.0]),
        high=np.array([0.4, 0.1, 0.05]),
        sure=np.array([True, False, False]),
        counts=np.array([1, 1, 2]),
        cones=1,
        offered=1,
    )
    assert (bracket.share(0.1).low, bracket.share(0.1).high) == (0.25, 1.0)
    assert bracket.share(0.2).high == 1.0  # if the two others do not count
    assert bracket.mean().low == pytest.approx(0.05)
    assert bracket.mean().high == pytest.approx(0.4)
    assert bracket.quantile(0.5) == 0.4


@pytest.mark.requirement("WORLD-11")
def test_the_closing_edits_of_a_world_out_of_reach_really_close_it() -> None:
    charter = read_charter(next(path for path in SHIPPED if path.stem == "founder"))
    least = founder(50).least_authority
    assert least.edits
    assert least.reached
    assert least.task_value > 1.0 - WORTH_TO_TASK
    assert least.after.high == 0.0
    assert least.patch.startswith("---")
    assert charter.digest == founder(50).charter_digest


@pytest.mark.requirement("WORLD-11")
def test_the_facts_it_asks_for_are_written_as_a_charter_states_them_and_take_acts_out_of_play() -> None:
    charter = read_charter(next(path for path in SHIPPED if path.stem == "founder"))
    rows = with_extensions(charter)
    before = {act.id for act in plan_of(charter, rows).acts}
    asked = list(context_to_state(charter, plan_of(charter, rows), rows))
    assert asked
    assert [count for _key, _value, count in asked] == sorted((one[2] for one in asked), reverse=True)
    note = next(note for note in founder(50).world.notes if note.startswith("to read it exactly"))
    for key, value, count in asked[:6]:
        stated = replace(charter, context={**charter.context, key.id: value})
        assert len(before - {act.id for act in plan_of(stated, rows).acts}) == count > 0
        field = f"context.{key.id}" if key.field == "context" else key.field
        assert f"`{field}: " in note


@pytest.mark.requirement("WORLD-11")
def test_the_first_screen_says_how_to_get_from_bounds_to_an_exact_reading() -> None:
    console = Console(width=300, record=True, file=io.StringIO())
    for part in (*first_screen(founder(50)), *small_print(founder(50))):
        console.print(part)
    shown = console.export_text()
    assert shown.index("\nONLY BOUNDS") < shown.index("\nWHY") < shown.index("\nFIX")
    assert "to read it exactly" in shown
    assert "POWER and what the authorised task reaches are not known" in shown
    exact = Console(width=300, record=True, file=io.StringIO())
    for part in first_screen(founder()):
        exact.print(part)
    assert "ONLY BOUNDS" not in exact.export_text()


def test_the_page_of_a_bounded_world_prints_no_worth_nobody_measured() -> None:
    shown = str(render_page(founder(50)))
    assert "POWER is not known" in shown
    assert "POWER is 0.00" not in shown
    assert "not known</b>" in shown
