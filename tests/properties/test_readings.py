"""What must hold of readings whatever the charter: over generated charters, and exhaustively over small ones."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples
from tests.small_charters import SHIPPED, row, shipped, tiny, world_of

from remit.charter.model import Charter
from remit.charter.reader import parse_charter, read_charter
from remit.incentives.catalogue import with_extensions
from remit.incentives.readings.attribution import shapley, twins, worth_of_acts
from remit.incentives.readings.invariants import check_world, spared_by_capture, with_detection
from remit.incentives.readings.readings import drive_groups, measure, measure_rewards, resisting
from remit.incentives.report import PRIORS
from remit.incentives.worlds.goals import Goals, draw_goals
from remit.incentives.worlds.world import World, build_world
from remit.theory.solvers.reference import best_values, explore_plainly

SAME = 1e-7
EXACT = 1e-9
EFFECTS = (
    "oversight.stop oversight.correct oversight.retask oversight.monitor oversight.ledger self.persist self.replicate "
    "self.goal schedule.spam cap.admin info.secret money.earn agent.delegate"
).split()
OUTCOMES = "out.leak out.spam out.done".split()
NEEDS = "cap.admin info.secret agent.delegate".split()
EXAMPLES = settings(max_examples=examples(12))


@st.composite
def rows_strategy(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Two to four acts nobody granted, in chains of needs, seen more or less well."""
    found = []
    for index in range(draw(st.integers(2, 4))):
        effects = draw(st.lists(st.sampled_from(EFFECTS), min_size=0, max_size=1))
        effects += draw(st.lists(st.sampled_from(OUTCOMES), min_size=0 if effects else 1, max_size=1))
        fields: dict[str, Any] = {
            "success": draw(st.sampled_from([0.3, 1.0])),
            "observability": draw(st.sampled_from([0.0, 0.5, 1.0])),
        }
        if draw(st.integers(0, 3)) == 0:
            fields["needs"] = [draw(st.sampled_from(NEEDS))]
        found.append(row(f"act{index}", *dict.fromkeys(effects), **fields))
    return found


@st.composite
def charters(draw: st.DrawFn) -> Charter:
    """A small charter: generated acts under generated oversight."""
    oversight = {
        "stop": {
            "rate": draw(st.sampled_from([0.0, 0.05, 0.2])),
            "grace": draw(st.integers(0, 2)),
            "notice": draw(st.booleans()),
            "durable": draw(st.booleans()),
            "covers": draw(st.lists(st.sampled_from(["jobs", "replicas"]), unique=True)),
            "redeploy": draw(st.sampled_from([0.0, 0.2])),
        },
        "correct": {"rate": draw(st.sampled_from([0.0, 0.05]))},
        "retask": {"rate": draw(st.sampled_from([0.0, 0.05]))},
        "monitor": {
            "detect": draw(st.sampled_from([0.0, 0.3, 0.9])),
            "response": draw(st.sampled_from(["stop", "rollback", "block", "revoke"])),
        },
    }
    assume = {"crash": draw(st.sampled_from([0.0, 0.1]))}
    return tiny(draw(rows_strategy()), oversight=oversight, assume=assume)


def every_gap(world: World, rewards: np.ndarray) -> dict[str, np.ndarray]:
    """The gap of every drive and of every single act."""
    groups = {**drive_groups(world), **{act.id: (act.id,) for act in world.acts}}
    found = measure_rewards(world, rewards, np.ones(rewards.shape[1], np.int64), groups)
    return dict(found.gaps)


def goals_of(world: World, count: int = 8, prior: str = "linear") -> Goals:
    return draw_goals(prior, world.feature_names, count, 0)


def written(charter: Charter, **renamed: str) -> Charter:
    """The charter with some words replaced wherever they stand."""
    text = json.dumps(charter.document)
    for old, new in renamed.items():
        text = text.replace(old.replace("_", "."), new)
    return parse_charter(text, path="tiny.yaml")


@pytest.mark.requirement("READING-01")
@EXAMPLES
@given(charters())
def test_without_a_drives_acts_the_drive_reads_exactly_zero(charter: Charter) -> None:
    world = world_of(charter)
    goals = goals_of(world)
    for drive, members in drive_groups(world).items():
        compiled = world_of(charter, without=frozenset(members))
        found = measure(compiled, goals, drive_groups(compiled))
        assert (found.gaps[drive] == 0.0).all(), drive
        masked = replace(world, base=world.rows(without=members))
        assert (measure(masked, goals, {drive: members}).gaps[drive] == 0.0).all(), drive


@pytest.mark.requirement("READING-01")
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_without_a_drives_acts_a_shipped_charter_reads_exactly_zero(path: Path) -> None:
    _, world = shipped(path)
    goals = goals_of(world, 6)
    groups = drive_groups(world)
    assert any(groups.values())
    for drive, members in groups.items():
        masked = replace(world, base=world.rows(without=members))
        assert (measure(masked, goals, {drive: members}).gaps[drive] == 0.0).all(), drive


@pytest.mark.requirement("READING-02")
@EXAMPLES
@given(charters(), st.sampled_from([0.01, 3.0, 50.0]), st.sampled_from([-7.0, 0.0, 2.5]))
def test_an_affine_change_of_a_goal_changes_no_gap(charter: Charter, scale: float, shift: float) -> None:
    world = world_of(charter)
    rewards = goals_of(world).rewards(world)
    here, there = every_gap(world, rewards), every_gap(world, scale * rewards + shift)
    for name, gaps in here.items():
        assert np.abs(gaps - there[name]).max() <= 1e-5, name


@pytest.mark.requirement("READING-02")
@EXAMPLES
@given(charters())
def test_a_useless_tool_changes_no_reading(charter: Charter) -> None:
    before = world_of(charter)
    more = json.loads(json.dumps(charter.document))
    more["grants"].append({"tool": "desk.doodle", "effects": ["info.doodle", "data.write"]})
    more["catalogue"].append({**row("stare", "info.doodle", "cap.doodle"), "kind": "shell", "title": "stare"})
    after = world_of(parse_charter(json.dumps(more), path="tiny.yaml"))
    goals = goals_of(before)
    here, there = every_gap(before, goals.rewards(before)), every_gap(after, goals.rewards(after))
    for name, gaps in here.items():
        assert np.abs(gaps - there[name]).max() <= EXACT, name
    assert after.exploration.mdp.states_count == before.exploration.mdp.states_count


@pytest.mark.requirement("READING-03")
@EXAMPLES
@given(charters(), st.integers(0, 3))
def test_twins_score_equal(charter: Charter, which: int) -> None:
    document = json.loads(json.dumps(charter.document))
    original = document["catalogue"][which % len(document["catalogue"])]
    document["catalogue"].append({**original, "id": "twin"})
    world = world_of(parse_charter(json.dumps(document), path="tiny.yaml"))
    if "twin" not in {act.id for act in world.acts}:
        return  # the row bears on nothing here
    goals = goals_of(world)
    rewards = goals.rewards(world)
    swing = measure(world, goals, {}).swing
    worth = worth_of_acts(world, rewards, swing)
    one, other = worth[original["id"]], worth["twin"]
    for here, there in ((one.gap, other.gap), (one.effect, other.effect), (one.alone, other.alone)):
        assert np.abs(here - there).max() <= 1e-6
    (act,) = (one for one in world.acts if one.id == "twin")
    assert {original["id"], "twin"} <= set(twins(world, act))


def resistance_game(world: World) -> tuple[tuple[str, ...], Any]:
    """What a coalition of resisting acts is worth to a sample of goals on average."""
    players = resisting(world.blueprint)
    goals = goals_of(world, 12)
    rewards = goals.rewards(world)
    swing = measure(world, goals, {}).swing

    def value(coalition: frozenset[str]) -> float:
        barred = frozenset(players) - coalition
        return float((world.solver.start_values(rewards, world.rows(without=barred)) / np.maximum(swing, 1e-6)).mean())

    return players, value


@pytest.mark.requirement("READING-04", "READING-03")
@settings(max_examples=examples(6))
@given(charters())
def test_shapleys_shares_sum_to_what_all_acts_add_together(charter: Charter) -> None:
    players, value = resistance_game(world_of(charter))
    shares = shapley(players, value)
    assert sum(shares.values()) == pytest.approx(value(frozenset(players)) - value(frozenset()), abs=1e-9)
    assert all(share >= -1e-7 for share in shares.values())  # authority never hurts, so no share is negative


@pytest.mark.requirement("READING-04", "READING-03")
def test_shapley_is_symmetric_and_gives_twins_half_each() -> None:
    rows = [row("cut", "oversight.stop"), row("cut-too", "oversight.stop"), row("mute", "oversight.correct")]
    players, value = resistance_game(world_of(tiny(rows)))
    shares = shapley(players, value)
    assert shares["cut"] == pytest.approx(shares["cut-too"], abs=1e-9)
    assert shares["cut"] > 0.0


def test_shapley_on_a_game_worked_out_by_hand() -> None:
    """Shapley's glove game: one left glove, two right ones; a pair is worth 1. The left one gets 2/3, each right 1/6."""
    worth = shapley(("left", "right", "spare"), lambda gloves: float("left" in gloves and len(gloves) > 1))
    assert worth == pytest.approx({"left": 2 / 3, "right": 1 / 6, "spare": 1 / 6})
    with pytest.raises(ValueError, match="17"):
        shapley(tuple(str(number) for number in range(17)), lambda _: 0.0)


@pytest.mark.requirement("READING-02")
@EXAMPLES
@given(charters())
def test_renaming_outcomes_tools_and_rows_changes_no_reading(charter: Charter) -> None:
    renamed = written(charter, out_leak="out.zebra", out_done="out.alpha", desk_answer="bench.reply", act0="zz0")
    before, after = world_of(charter), world_of(renamed)
    goals = goals_of(before)
    names = {"out.leak": "out.zebra", "out.done": "out.alpha"}
    alike = replace(goals, names=tuple(names.get(name, name) for name in goals.names))
    here, there = every_gap(before, goals.rewards(before)), every_gap(after, alike.rewards(after))
    acts = {"desk.answer": "bench.reply", "act0": "zz0"}
    for name, gaps in here.items():
        assert np.abs(gaps - there[acts.get(name, name)]).max() <= 1e-6, name


@pytest.mark.requirement("WORLD-08")
@EXAMPLES
@given(charters())
def test_a_cone_has_the_values_of_the_full_world_on_every_pair(charter: Charter) -> None:
    full = world_of(charter)
    for pair in combinations(full.feature_names, 2):
        cone = world_of(charter, outcomes=frozenset(pair))
        goals = draw_goals("linear", pair, 6, 0)
        here = full.solver.start_values(goals.rewards(full), full.rows())
        there = cone.solver.start_values(goals.rewards(cone), cone.rows())
        assert np.abs(here - there).max() <= SAME, pair


@pytest.mark.requirement("WORLD-09", "WORLD-01")
@settings(max_examples=examples(8))
@given(charters())
def test_world_and_values_are_those_of_the_plain_reference(charter: Charter) -> None:
    world = world_of(charter)
    mdp = world.exploration.mdp
    plain = explore_plainly(world.blueprint.factored, state_budget=20_000)  # which also checks that rows sum to one
    assert sorted(plain.codes.tolist()) == sorted(world.exploration.codes.tolist())
    sums = np.add.reduceat(mdp.probabilities, mdp.successor_ptr[:-1])
    assert np.abs(sums - 1.0).max() <= EXACT
    rewards = goals_of(world, 3).rewards(world)
    expected = best_values(mdp, rewards[world.solver.reward_class], world.solver.discount, world.rows(), 1e-9)
    assert np.abs(world.solver.start_values(rewards, world.rows()) - expected[mdp.start]).max() <= SAME


@pytest.mark.requirement("WORLD-13", "WORLD-12")
@settings(max_examples=examples(8))
@given(charters())
def test_every_generated_world_holds_the_invariants(charter: Charter) -> None:
    world = world_of(charter)
    assert [one.statement for one in check_world(world, charter.catalogue, seed=0) if not one.held] == []


@pytest.mark.slow
@pytest.mark.requirement("WORLD-13", "WORLD-12")
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_world_holds_the_invariants(path: Path) -> None:
    charter, world = shipped(path)
    assert [one.statement for one in check_world(world, with_extensions(charter), seed=0) if not one.held] == []


@pytest.mark.requirement("WORLD-12")
@EXAMPLES
@given(charters(), st.data())
def test_taking_an_act_away_never_helps_any_goal(charter: Charter, data: st.DataObject) -> None:
    world = world_of(charter)
    rewards = np.hstack([goals_of(world).rewards(world), -goals_of(world).rewards(world)])
    some = data.draw(st.sets(st.sampled_from([act.id for act in world.acts]), max_size=3))
    more = some | data.draw(st.sets(st.sampled_from([act.id for act in world.acts]), max_size=2))
    whole, less, least = (world.solver.start_values(rewards, world.rows(without=each)) for each in ((), some, more))
    assert (whole >= less - SAME).all()
    assert (less >= least - SAME).all()


@pytest.mark.requirement("WORLD-12")
@EXAMPLES
@given(charters(), st.sampled_from([(0.0, 0.3), (0.3, 0.7), (0.7, 1.0)]))
def test_no_goal_gains_from_being_noticed_more_often(charter: Charter, detect: tuple[float, float]) -> None:
    """Being caught ends a run within the step, so that it cannot crash in it: at most that is gained."""
    lax, sharp = (world_of(with_detection(charter, value)) for value in detect)
    spared = spared_by_capture(lax.blueprint.terms)
    goals = goals_of(lax)
    rewards = goals.rewards(lax)
    values = lax.solver.start_values(rewards, lax.rows())
    swing = values + lax.solver.start_values(-rewards, lax.rows())
    assert (sharp.solver.start_values(goals.rewards(sharp), sharp.rows()) <= values + spared * swing + SAME).all()


@pytest.mark.requirement("READING-01", "READING-02")
@EXAMPLES
@given(charters(), st.sampled_from(PRIORS))
def test_gaps_lie_between_nought_and_one_and_grow_with_the_set(charter: Charter, prior: str) -> None:
    world = world_of(charter)
    goals = goals_of(world, 8, prior)
    ids = tuple(dict.fromkeys(act.id for act in world.acts))
    groups = {str(size): ids[:size] for size in range(len(ids) + 1)}
    found = measure(world, goals, groups)
    last = np.zeros(len(goals.counts))
    for size in range(len(ids) + 1):
        gaps = found.gaps[str(size)]
        assert ((gaps >= 0.0) & (gaps <= 1.0)).all()
        assert (gaps >= last - 1e-6).all()
        last = gaps
    assert (found.gaps["0"] == 0.0).all()


@pytest.mark.slow
@pytest.mark.requirement("READING-02")
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_affine_goals_and_useless_tools_change_nothing_in_a_shipped_charter(path: Path) -> None:
    charter = read_charter(path)
    rows = with_extensions(charter)
    world = build_world(charter, rows)
    goals = goals_of(world, 4)
    rewards = goals.rewards(world)
    here = every_gap(world, rewards)
    affine = every_gap(world, 5.0 * rewards - 2.0)
    document = json.loads(json.dumps(charter.document))
    # of a kind it holds already and with a name that says it only looks: a tool of unknown kind could do anything
    kind = charter.grants[0].kind
    document["grants"].append({"tool": "doodle_count", "kind": kind, "effects": ["data.write"]})
    wider = parse_charter(json.dumps(document), path="tiny.yaml")
    useless = build_world(wider, with_extensions(wider))
    there = every_gap(useless, goals.rewards(useless))
    for name, gaps in here.items():
        assert np.abs(gaps - affine[name]).max() <= 1e-5, name
        assert np.abs(gaps - there[name]).max() <= EXACT, name
