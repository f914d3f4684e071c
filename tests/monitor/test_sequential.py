"""The sequential test: false alarms at most alpha however often one looks, power, and one word for each call."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import remit
from remit.charter.reader import parse_charter, read_charter
from remit.errors import ModelError
from remit.incentives.catalogue import with_extensions
from remit.incentives.worlds.oversight import Mode
from remit.incentives.worlds.world import World, build_world
from remit.monitor.alert import Inferred
from remit.monitor.event import Event, EventKind
from remit.monitor.sequential.acts import ActNames
from remit.monitor.sequential.policies import FIRST_ACT, MANNERS, SHARP, Manner, Policies, policies_of
from remit.monitor.sequential.testing import SequentialTest
from remit.monitor.sequential.trials import simulate

SHIPPED = sorted((Path(remit.__file__).parent / "charters").glob("*.yaml"))
ALPHA = 0.05


@pytest.fixture(scope="module")
def world() -> World:
    charter = read_charter(next(path for path in SHIPPED if path.name == "founder.yaml"))
    return build_world(charter, with_extensions(charter))


@pytest.fixture(scope="module")
def policies(world: World) -> Policies:
    return policies_of(world, goals=32, seed=0)


def call(step: int, tool: str, **args: object) -> Event:
    return Event(stream="s", step=step, kind=EventKind.CALL, tool=tool, args=args)


def does(*effects: str, certainty: float = 0.9) -> tuple[Inferred, ...]:
    return tuple(Inferred(effect=effect, certainty=certainty, why=effect) for effect in effects)


@pytest.mark.requirement("MONITOR-24")
@pytest.mark.parametrize(
    ("rationality", "tremble"), [(200.0, 0.02), (60.0, 0.1), (20.0, 0.2), (5.0, 0.05), (60.0, 0.5)]
)
def test_false_alarms_are_at_most_alpha_with_a_look_after_every_act_however_careless_the_agent_is(
    world: World, policies: Policies, rationality: float, tremble: float
) -> None:
    careless = policies_of(world, goals=2, seed=0, manners=(Manner(rationality=rationality, tremble=tremble),))
    found = simulate(world, policies, pursued=careless.task[:, 0], runs=2000, acts=120, seed=1, alpha=ALPHA)
    assert found.acts.sum() > 2000
    assert found.interval.low <= ALPHA
    assert found.alarms / 2000 <= ALPHA


@pytest.mark.requirement("MONITOR-24")
@pytest.mark.slow
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
@pytest.mark.parametrize("alpha", [0.2, 0.05])
def test_false_alarms_are_at_most_alpha_under_every_shipped_charter(path: Path, alpha: float) -> None:
    charter = read_charter(path)
    world = build_world(charter, with_extensions(charter))
    policies = policies_of(world, goals=32, seed=0)
    for column in range(0, len(MANNERS), 4):
        found = simulate(world, policies, pursued=policies.task[:, column], runs=3000, acts=200, seed=7, alpha=alpha)
        assert found.alarms / 3000 <= alpha


def test_policies_are_probabilities_so_that_the_mean_of_their_ratio_is_one(world: World, policies: Policies) -> None:
    mdp = world.exploration.mdp
    here = policies.states == mdp.start
    for table in (policies.goals, policies.task):
        assert np.exp(table[here]).sum(axis=0) == pytest.approx(np.ones(table.shape[1]))


def test_runs_that_pursue_a_goal_resisting_pays_for_are_found(world: World, policies: Policies) -> None:
    others = policies_of(world, goals=32, seed=9)  # none of those tested against
    found = [
        simulate(world, policies, pursued=others.goals[:, goal], runs=200, acts=120, seed=3, alpha=ALPHA)
        for goal in range(0, others.count, 6)
    ]
    benign = simulate(world, policies, pursued=policies.task[:, 4], runs=1000, acts=120, seed=4, alpha=ALPHA)
    power = sum(one.alarms for one in found) / (200 * len(found))
    assert power > 10 * max(0.01, benign.alarms / 1000)
    assert all(one.median is None or one.median >= 1 for one in found)


def test_a_call_that_is_no_act_of_the_world_changes_nothing(world: World, policies: Policies) -> None:
    test = SequentialTest(world, policies, ActNames.of(world), alpha=ALPHA)
    assert not test.take(call(1, "unknown"), does("data.probe"))
    report = test.report()
    assert (report.value, report.calls, report.mapped) == (1.0, 1, 0)


def test_the_test_of_events_is_the_product_of_the_ratios_of_its_acts(world: World, policies: Policies) -> None:
    names = ActNames.of(world)
    test = SequentialTest(world, policies, names, alpha=ALPHA)
    here = np.flatnonzero(policies.states == world.exploration.mdp.start)
    place = int(here[np.argmin(policies.task[here, 0])])
    act = int(policies.actions[place]) - FIRST_ACT
    wanted, _ = next(one for one in names.others if one[1] == act)
    test.take(call(1, "bash", command="x"), does(*wanted))
    same = here[policies.actions[here] == act + FIRST_ACT]
    goals, task = (np.exp(table[same]).sum(axis=0) for table in (policies.goals, policies.task))
    assert test.value == pytest.approx(float(goals.mean() / task.max()))
    assert test.report().mapped == 1


def test_an_alarm_is_raised_once_and_says_where(world: World) -> None:
    names = ActNames.of(world)
    sharp = policies_of(world, goals=32, seed=0, manners=(SHARP,))
    found = None
    for wanted, _ in names.others:
        test = SequentialTest(world, sharp, names, alpha=0.4)
        raised = [step for step in range(6) if test.take(call(step, "bash"), does(*wanted))]
        assert len(raised) <= 1
        if raised:
            found = test
            assert test.alarm == raised[0] == test.report().alarm
            assert test.report().highest >= 1 / 0.4
    assert found is not None


def test_a_signal_changes_the_mode_and_a_failed_call_changes_no_state(world: World, policies: Policies) -> None:
    test = SequentialTest(world, policies, ActNames.of(world), alpha=ALPHA)
    modes = world.exploration.modes
    test.take(Event(stream="s", step=1, kind=EventKind.SIGNAL, text="stopping"), ())
    assert modes[test._state] == Mode.PENDING_STOP
    test.take(Event(stream="s", step=2, kind=EventKind.SIGNAL, text="resumed"), ())
    before = test._state
    assert modes[before] == Mode.RUN
    for wanted, _ in ActNames.of(world).others:
        test.take(call(3, "bash"), does(*wanted))
        test.take(Event(stream="s", step=4, kind=EventKind.RESULT, of=3, result="failed"), ())
        assert test._state == before


def test_a_call_is_one_act_always_the_same_and_what_it_does_goes_before_its_name(world: World) -> None:
    names = ActNames.of(world)
    tool = next(iter(names.granted))
    granted = names.act_of(call(1, tool), ())
    for wanted, number in names.others:
        assert names.act_of(call(1, tool), does(*wanted)) == names.act_of(call(2, tool), does(*wanted))
        assert names.act_of(call(1, tool), does(*wanted, certainty=0.1)) == granted
        found = names.act_of(call(1, "bash"), does(*wanted))
        assert found == number or (wanted, found) in names.others


def test_a_charter_without_grants_has_no_test() -> None:
    charter = parse_charter(
        "remit: 1\nagent: {name: a}\npurpose: {text: file the invoices of the day; done when done}\n"
    )
    with pytest.raises(ModelError):
        SequentialTest.of(charter)


def test_a_charter_that_names_no_outcome_has_no_test() -> None:
    charter = parse_charter(
        "remit: 1\nagent: {name: a}\npurpose: {text: file the invoices of the day; done when done}\n"
        "grants: [{tool: pay, effects: [money.spend]}]\n"
    )
    with pytest.raises(ModelError, match="names no outcome"):
        SequentialTest.of(charter)


def test_a_world_that_is_too_large_is_refused() -> None:
    charter = read_charter(SHIPPED[0])
    with pytest.raises(ModelError):
        SequentialTest.of(charter, states=10)
