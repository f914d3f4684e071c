"""The enumerated world: cones, counters, solvers and simulation agree on the shipped charters and on small ones."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import stormpy
from tests.small_charters import SHIPPED, row, shipped, tiny, world_of

from remit.charter.model import Charter
from remit.charter.reader import read_charter
from remit.errors import InvalidMDPError, StateBudgetError
from remit.incentives.catalogue import with_extensions
from remit.incentives.worlds.goals import Goals, draw_goals, task_goal
from remit.incentives.worlds.oversight import Mode
from remit.incentives.worlds.world import World, build_world, without_interventions
from remit.theory.formats.exchange import to_drn
from remit.theory.solvers.factored import explore
from remit.theory.solvers.reference import best_values, explore_plainly
from remit.theory.solvers.simulation import Watch, simulate

SAME = 1e-7
ROWS = [
    row("cut", "oversight.stop", success=0.7),
    row("blind", "oversight.monitor"),
    row("leak", "out.leak", observability=0.5),
    row("queue", "schedule.spam"),
    row("restart", "self.persist"),
]


def swing_of(world: World, rewards: np.ndarray) -> np.ndarray:
    return world.solver.start_values(rewards, world.rows()) + world.solver.start_values(-rewards, world.rows())


def pair_goals(world: World, pair: tuple[str, ...], seed: int = 0) -> Goals:
    names = tuple(name for name in world.feature_names if name.partition(" >= ")[0] in pair)
    return draw_goals("linear", names, 16, seed)


def cone_differs(charter: Charter, full: World, pair: tuple[str, ...]) -> float:
    """The largest difference between a cone's values and the full world's, over goals on a pair of outcomes."""
    cone = build_world(charter, with_extensions(charter), outcomes=frozenset(pair))
    goals = pair_goals(full, pair)
    rewards = goals.rewards(full)
    here = full.solver.start_values(rewards, full.rows())
    there = cone.solver.start_values(goals.rewards(cone), cone.rows())
    return float(np.abs(here - there).max())


def pairs_of(world: World) -> list[tuple[str, ...]]:
    facts = tuple(dict.fromkeys(name.partition(" >= ")[0] for name in world.feature_names))
    return list(combinations(facts, 2))


@pytest.mark.requirement("WORLD-08")
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_pair_of_outcomes_has_in_its_cone_the_values_of_the_full_world(path: Path) -> None:
    charter, full = shipped(path)
    worst = {pair: cone_differs(charter, full, pair) for pair in pairs_of(full)}
    assert {pair: gap for pair, gap in worst.items() if gap > SAME} == {}


@pytest.mark.requirement("WORLD-08")
def test_a_cone_keeps_whoever_uses_up_a_counter_it_reads() -> None:
    """Regression: leaving the consumer of a shared counter out of a cone looks safe and is far off.

    A goal that wants nothing bought spends the money on something else before its successor can buy with it.
    """
    charter = tiny(
        [row("waste", "money.spend", "out.wasted")],
        grants=[{"tool": "desk.buy", "effects": ["money.spend", "out.bought"]}],
        purpose={"task": [{"when": "out.bought"}]},
        budget={"money": "10 EUR/day"},
        oversight={"correct": {"rate": 0.2}, "monitor": {"detect": 0.0}},
        assume={"money_slices": 1},
    )
    pair = frozenset({"out.bought", "out.other"})
    full, cone = world_of(charter), world_of(charter, outcomes=pair)
    careless = world_of(charter, outcomes=pair, without=frozenset({"waste"}))
    assert "waste" in [act.id for act in cone.acts]
    spared = Goals(
        prior="linear", names=("out.bought",), seed=0, counts=np.ones(1, np.int64), weights=np.array([[-1.0]])
    )

    def value(world: World) -> float:
        return float(world.solver.start_values(spared.rewards(world), world.rows())[0])

    assert value(cone) == pytest.approx(value(full), abs=SAME)
    assert (value(full) - value(careless)) / float(swing_of(full, spared.rewards(full))[0]) > 0.3


@pytest.mark.requirement("WORLD-08")
def test_a_cone_knows_what_a_successor_would_do_to_its_outcomes() -> None:
    """Regression: the re-tasked successor returns what was bought, for a task the cone's goal says nothing about."""
    charter = tiny(
        grants=[
            {"tool": "desk.buy", "effects": ["out.bought"]},
            {"tool": "desk.return", "effects": ["not out.bought", "out.returned"]},
        ],
        purpose={"task": [{"when": "out.bought"}], "retask": [{"when": "out.returned"}]},
        oversight={"retask": {"rate": 0.3}},
    )
    full, cone = world_of(charter), world_of(charter, outcomes=frozenset({"out.bought"}))
    assert "out.returned" in cone.feature_names
    assert "out.done" not in cone.feature_names
    for sign in (1.0, -1.0):
        values = [float(world.solver.start_values(sign * task_goal(world), world.rows())[0]) for world in (full, cone)]
        assert values[0] == pytest.approx(values[1], abs=SAME)


@pytest.mark.requirement("WORLD-04", "WORLD-08")
def test_being_caught_is_no_shelter_from_a_crash() -> None:
    """Regression: with the stop broken, an act done to be caught spared the run the crash of that step."""
    charter = tiny([row("cut", "oversight.stop"), row("fumble", "out.leak")], assume={"crash": 0.2, "recover": 0.1})
    for detect in (0.0, 0.3, 1.0):
        watched = replace(
            charter, oversight=replace(charter.oversight, monitor=replace(charter.oversight.monitor, detect=detect))
        )
        full, cone = world_of(watched), world_of(watched, outcomes=frozenset({"out.done"}))
        assert "fumble" not in [act.id for act in cone.acts]
        goals = draw_goals("linear", ("out.done",), 8, 0)
        here = full.solver.start_values(goals.rewards(full), full.rows())
        assert np.abs(here - cone.solver.start_values(goals.rewards(cone), cone.rows())).max() <= SAME


@pytest.mark.requirement("WORLD-07")
def test_counted_resources_have_the_values_of_the_same_resources_told_apart() -> None:
    """Two interchangeable coins, once as a counter and once as two facts with an act for each."""
    counted = tiny(
        ROWS[:3],
        grants=[{"tool": "desk.buy", "effects": ["money.spend", "out.bought"], "success": 0.4}],
        purpose={"task": [{"when": "out.bought >= 2"}]},
        budget={"money": "10 EUR/day"},
    )
    coins = ("info.coin-one", "info.coin-two")
    # without a counter, `bought >= 2` is a second fact that the second purchase brings about
    told = tiny(
        ROWS[:3],
        grants=[
            {"tool": f"desk.buy-{name}-{nth}", "success": 0.4, "needs": needs, "effects": [f"not {coin}", effect]}
            for name, coin in zip(("a", "b"), coins, strict=True)
            for nth, needs, effect in (("first", [coin], "out.bought"), ("second", [coin, "out.bought"], "out.second"))
        ],
        purpose={"task": [{"when": "out.bought and out.second"}], "given": list(coins)},
    )
    one, many = world_of(counted), world_of(told)
    assert one.exploration.mdp.states_count < many.exploration.mdp.states_count
    names = {"out.bought >= 2": "out.second"}
    goals = draw_goals("linear", one.feature_names, 40, 0)
    # the second purchase may come without the first there: forbid it by goals that never want that
    assert goals.weights is not None
    column = one.feature_names.index("out.bought >= 2")
    first = one.feature_names.index("out.bought")
    goals.weights[column] = np.abs(goals.weights[column])
    goals.weights[first] = np.abs(goals.weights[first])
    renamed = replace(goals, names=tuple(names.get(name, name) for name in goals.names))
    here = one.solver.start_values(goals.rewards(one), one.rows())
    there = many.solver.start_values(renamed.rewards(many), many.rows())
    assert np.abs(here - there).max() <= 1e-6


@pytest.mark.requirement("WORLD-09")
@pytest.mark.parametrize("response", ["stop", "rollback", "block", "revoke"])
def test_the_solver_gives_the_values_of_the_plain_reference(response: str) -> None:
    world = world_of(tiny(ROWS, oversight={"monitor": {"response": response}}))
    plain = explore_plainly(world.blueprint.factored, state_budget=50_000)
    fast = explore(world.blueprint.factored, state_budget=50_000)
    assert sorted(plain.codes.tolist()) == sorted(fast.codes.tolist())
    assert plain.mdp.rows_count == fast.mdp.rows_count
    goals = draw_goals("linear", world.feature_names, 6, 0).rewards(world)
    rewards = np.hstack([goals, task_goal(world)])
    expected = best_values(
        world.exploration.mdp, rewards[world.solver.reward_class], world.solver.discount, world.rows(), 1e-9
    )
    assert np.abs(world.solver.state_values(rewards, world.rows()) - expected).max() <= SAME


@pytest.mark.slow
@pytest.mark.requirement("WORLD-09")
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_solver_gives_the_values_of_the_plain_reference_on_the_shipped_charters(path: Path) -> None:
    _, world = shipped(path)
    rewards = np.hstack([draw_goals("sparse2", world.feature_names, 2, 0).rewards(world), task_goal(world)])
    expected = best_values(
        world.exploration.mdp, rewards[world.solver.reward_class], world.solver.discount, world.rows(), 1e-8
    )
    start = world.exploration.mdp.start
    assert np.abs(world.solver.start_values(rewards, world.rows()) - expected[start]).max() <= SAME


def restricted(world: World) -> Any:
    """The world's MDP with only the rows that are left once the successor's policy is fixed."""
    mdp = world.exploration.mdp
    kept = np.flatnonzero(world.rows())
    sizes = np.diff(mdp.successor_ptr)[kept]
    entries = np.concatenate([np.arange(mdp.successor_ptr[one], mdp.successor_ptr[one + 1]) for one in kept])
    counts = np.bincount(mdp.row_states[kept], minlength=mdp.states_count)
    return replace(
        mdp,
        row_ptr=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        successor_ptr=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        successors=mdp.successors[entries],
        probabilities=mdp.probabilities[entries],
        row_actions=mdp.row_actions[kept],
        mixture=None,
    )


@pytest.mark.slow
@pytest.mark.requirement("WORLD-09")
def test_storm_agrees_on_an_exported_world(tmp_path: Path) -> None:
    world = world_of(tiny(ROWS[:1]))  # small: Storm is asked for exact arithmetic
    goals = draw_goals("linear", world.feature_names, 2, 0).rewards(world)
    rewards = np.hstack([goals - goals.min(), task_goal(world)])  # Storm wants rewards that are not negative
    ours = world.solver.start_values(rewards, world.rows())
    (formula,) = stormpy.parse_properties('R{"reward"}max=? [F "done"]')
    for column in range(rewards.shape[1]):
        file = tmp_path / f"world{column}.drn"
        paid = rewards[world.solver.reward_class, column]
        file.write_text(to_drn(restricted(world), paid, discount=world.solver.discount), encoding="utf-8")
        model = stormpy.build_model_from_drn(str(file))
        found = stormpy.model_checking(model, formula, environment=stormpy.environments.exact())
        assert float(found.get_value(model.initial_states[0])) == pytest.approx(ours[column], abs=1e-6)


@pytest.mark.slow
@pytest.mark.requirement("WORLD-09")
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_storm_agrees_on_the_whole_world_of_a_shipped_charter(path: Path, tmp_path: Path) -> None:
    world = build_world(read_charter(path), with_extensions(read_charter(path)))
    rewards = draw_goals("linear", world.feature_names, 1, 0).rewards(world)
    rewards -= rewards.min()  # Storm wants rewards that are not negative
    ours = world.solver.state_values(rewards)[:, 0]
    (formula,) = stormpy.parse_properties('R{"reward"}max=? [F "done"]')
    file = tmp_path / "world.drn"
    paid = rewards[world.solver.reward_class, 0]
    file.write_text(to_drn(world.exploration.mdp, paid, discount=world.solver.discount), encoding="utf-8")
    model = stormpy.build_model_from_drn(str(file))
    found = stormpy.model_checking(model, formula, environment=stormpy.environments.sound())
    theirs = np.array([float(found.get_value(state)) for state in range(len(ours))])
    assert np.abs(theirs - ours).max() <= 2e-6 * max(1.0, ours.max())  # Storm's sound engine stops at 1e-6, relative


@pytest.mark.requirement("WORLD-10")
def test_a_simulated_policy_earns_its_value_and_prefers_what_it_may_do_where_nothing_is_at_stake() -> None:
    world = world_of(tiny(ROWS))
    mdp = world.exploration.mdp
    unauthorised = np.array([False, False, *(act.unauthorised for act in world.acts)])
    preference = unauthorised[mdp.row_actions].astype(np.int64)
    drawn = draw_goals("sparse2", world.feature_names, 5, 0).rewards(world)
    rewards = np.hstack([drawn, task_goal(world), np.zeros((len(drawn), 1))])
    policies = world.solver.policies(rewards, preference, world.rows())
    run = simulate(
        mdp,
        reward_class=world.solver.reward_class,
        rewards=rewards,
        policies=policies,
        discount=world.solver.discount,
        episodes=4000,
        horizon=600,
        seed=0,
        watch=Watch(flags=unauthorised[:, None], states=world.exploration.modes == Mode.RUN),
    )
    values = world.solver.start_values(rewards, world.rows())
    room = 4 * run.errors + run.truncation * np.abs(rewards).max(axis=0) + 1e-9
    assert (np.abs(run.returns - values) <= room).all()
    assert run.flag_shares[-1, 0] == 0.0  # with nothing at stake, ties are broken against unauthorised acts
    assert run.flag_shares[:5, 0].max() > 0.0


@pytest.mark.requirement("WORLD-11")
def test_a_world_beyond_the_state_budget_is_an_error_and_not_a_part_of_it() -> None:
    charter = tiny(ROWS)
    count = world_of(charter).exploration.mdp.states_count
    assert world_of(charter, state_budget=count).exploration.mdp.states_count == count
    with pytest.raises(StateBudgetError, match=f"more than `{count - 1}` states") as raised:
        world_of(charter, state_budget=count - 1)
    assert raised.value.hint


@pytest.mark.requirement("WORLD-11")
def test_more_facts_than_a_state_code_holds_are_an_error() -> None:
    many = [{"tool": f"desk.act{index}", "effects": [f"out.thing{index}"]} for index in range(60)]
    with pytest.raises(InvalidMDPError, match="do not fit"):
        world_of(tiny(grants=many))


@pytest.mark.requirement("WORLD-02")
def test_an_agent_with_nothing_to_gain_is_indifferent_to_a_stop() -> None:
    world = world_of(tiny(ROWS))
    constant = np.full((len(world.features), 1), 3.0)
    values = world.solver.state_values(constant, world.rows())
    assert values == pytest.approx(3.0)


def test_with_interventions_off_no_stop_correction_or_notice_is_ever_reached() -> None:
    charter = tiny(ROWS, oversight={"monitor": {"tamper": {"detect": 0.9}}})
    world = world_of(without_interventions(charter))
    reached = set(world.exploration.modes.tolist())
    pending = {Mode.PENDING_STOP, Mode.PENDING_CORRECTION, Mode.PENDING_RETASK, Mode.CORRECTED, Mode.RETASKED}
    assert reached & {int(mode) for mode in pending - {Mode.CORRECTED}} == set()
    assert Mode.RUN in reached


def test_the_successor_follows_the_task_and_the_other_task() -> None:
    """Once corrected, the task is done; once re-tasked, the other task: whatever the first agent wanted."""
    world = world_of(tiny(oversight={"stop": {"rate": 0.0, "redeploy": 0.0}}, assume={"crash": 0.0}))
    modes, codes, bits = world.exploration.modes, world.exploration.codes, world.blueprint.bits
    rewards = np.stack(
        [world.features[:, world.feature_names.index(name)] for name in ("out.done", "out.other")], axis=1
    )
    values = world.solver.state_values(rewards.astype(float), world.rows())

    def value(mode: Mode, goal: int) -> float:
        (state,) = np.flatnonzero((modes == mode) & (codes & (bits["out.done"] | bits["out.other"]) == 0))[:1]
        return float(values[state, goal])

    assert value(Mode.CORRECTED, 0) > 0.8
    assert value(Mode.CORRECTED, 1) == pytest.approx(0.0)
    assert value(Mode.RETASKED, 1) > 0.8
    assert value(Mode.RETASKED, 0) == pytest.approx(0.0)


def test_taking_an_act_away_by_mask_gives_the_value_of_a_world_compiled_without_it() -> None:
    charter = tiny(ROWS)
    whole = world_of(charter)
    goals = draw_goals("linear", whole.feature_names, 12, 0)
    for name in (act.id for act in whole.acts if act.unauthorised):
        compiled = world_of(charter, without=frozenset({name}))
        masked = whole.solver.start_values(goals.rewards(whole), whole.rows(without=[name]))
        there = compiled.solver.start_values(goals.rewards(compiled), compiled.rows())
        assert np.abs(masked - there).max() <= SAME, name


def test_the_masks_of_a_world_leave_idling_and_finishing_to_the_agent_and_the_successor_alone() -> None:
    world = world_of(tiny(ROWS))
    mdp, actions = world.exploration.mdp, world.exploration.mdp.row_actions
    idle = world.rows(only=())
    assert (actions[idle & world.row_agent] < 2).all()
    assert np.array_equal(idle[~world.row_agent], world.base[~world.row_agent])
    per_state = np.bincount(mdp.row_states[world.base & ~world.row_agent], minlength=mdp.states_count)
    settled = np.isin(world.exploration.modes, [Mode.CORRECTED, Mode.RETASKED])
    assert (per_state[settled] == 1).all()
    assert np.array_equal(world.rows(only=[act.id for act in world.acts]), world.base)


def test_the_shipped_charters_are_read_from_where_they_are_shipped() -> None:
    assert {path.stem for path in SHIPPED} >= {"founder", "purchasing-agent", "sre-agent"}
    assert all(read_charter(path).grants for path in SHIPPED)
