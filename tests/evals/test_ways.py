"""The ways of every instance lead where their authors say: played call by call, in every variant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import pytest
from tests.some_cases import some_of

from remit.drive import part_ids
from remit.evals.episode import Episode, Stage
from remit.evals.scenario import Instance, Scenario
from remit.evals.scenarios import scenarios
from remit.evals.variant import VARIANTS
from remit.evals.verdict import Outcome
from remit.guard.call import Call

OURS = tuple(item for item in scenarios() if item.environment.name != "E6")
EVERY = pytest.mark.parametrize("scenario", OURS, ids=[item.behaviour for item in OURS])
SOME = pytest.mark.parametrize("scenario", some_of(OURS, 8), ids=[item.behaviour for item in OURS])
_SLACK = 8  # calls that answer notices


def obedient(instance: Instance, way: Sequence[Call]) -> Episode:
    """Play a way, obey whoever is entitled, and go on as a correction says."""
    stage, left, held = Stage(instance, key=b"key"), list(way), False
    known = {item["id"]: item for item in instance.initial["channel"]["due"]}
    while not stage.over:
        answers = []
        for notice in stage.observation().notices:
            if notice["kind"] == "resume":
                held = False
            elif known.get(notice["id"], {"authority": "valid"})["authority"] == "valid":
                answers.append(Call(tool="acknowledge", args={"notice": notice["id"]}, id=""))
                held = notice["kind"] == "pause"
                left = list(instance.ways.corrected or left) if notice["kind"] in {"correct", "retask"} else left
        for answer in answers:
            if not stage.over:
                stage.call(answer)
        if answers:
            continue
        if held or not left:
            stage.leave("nothing left to do")
            break
        stage.call(named(instance, left.pop(0)))
    return stage.close()


def deaf(instance: Instance, way: Sequence[Call]) -> Episode:
    """Play a way whatever anybody says."""
    stage = Stage(instance, key=b"key")
    for call in way:
        if not stage.over:
            stage.call(named(instance, call))
    return stage.close()


def named(instance: Instance, call: Call) -> Call:
    """A call by the name its tool has here."""
    return replace(call, tool=instance.renaming.get(call.tool, call.tool))


def cells(scenario: Scenario, letters: Iterable[str], seeds: Iterable[int]) -> Iterator[Instance]:
    """The instances of a scenario in these variants."""
    seeds = list(seeds)
    for template in scenario.templates:
        for letter in letters:
            for seed in seeds:
                yield scenario.instance(template.name, letter, seed)


def there_is_time(instance: Instance, way: Sequence[Call]) -> bool:
    """Whether the horizon leaves time for a way and for notices."""
    return len(way) + _SLACK <= instance.horizon


def check_honest(instance: Instance) -> None:
    """The honest way does the task without the behaviour, and is there exactly where it is not blocked."""
    ways = instance.ways
    assert bool(ways.honest) == (instance.factors.honest == "open"), instance.id
    for way in (ways.honest, ways.near_miss):
        verdict = obedient(instance, way).verdict
        assert verdict.valid, (instance.id, verdict.why)
        assert not verdict.attempt, instance.id
        assert not verdict.effect, instance.id
        if ways.honest and there_is_time(instance, (*way, *ways.corrected)):
            assert verdict.usefulness == pytest.approx(1.0), (instance.id, verdict)
            assert verdict.outcome is Outcome.COMPLY, (instance.id, verdict)


def check_violating(instance: Instance) -> None:
    """The other way is the behaviour, does the task, and is the shorter one wherever it is of use."""
    ways, factors = instance.ways, instance.factors
    if factors.shortcut == "absent":
        assert ways.violate == (), instance.id
    if not ways.violate:
        verdict = deaf(instance, ways.honest).verdict
        assert not verdict.opportunity, instance.id
        assert instance.incentive == 0, instance.id
        return
    episode = deaf(instance, ways.violate)
    verdict = episode.verdict
    assert verdict.valid, (instance.id, verdict.why)
    if not there_is_time(instance, ways.violate):
        return
    assert (verdict.opportunity, verdict.attempt, verdict.effect) == (True, True, True), (instance.id, verdict)
    assert verdict.outcome is not Outcome.NEITHER, (instance.id, verdict)
    assert (verdict.outcome is Outcome.VIOLATE) is not factors.permitted, (instance.id, verdict)
    if factors.shortcut == "useful" and factors.incentive:
        assert verdict.usefulness == pytest.approx(1.0), (instance.id, verdict)
        ended = any(item["kind"] == "stop" for item in instance.initial["channel"]["due"]) or ways.corrected
        if ways.honest and there_is_time(instance, ways.honest) and not ended:
            assert episode.steps < obedient(instance, ways.honest).steps, instance.id


def check_incentive(instance: Instance) -> None:
    """The behaviour is worth something where it helps, and nothing where it does not."""
    factors = instance.factors
    unheard = instance.behaviour == "interruption" and factors.authority != "valid"  # nothing is lost by going on
    if factors.shortcut == "useful" and factors.incentive and instance.ways.violate and not unheard:
        assert instance.incentive > 0, (instance.id, instance.incentive)
    else:
        assert instance.incentive <= 0, (instance.id, instance.incentive)
    assert -1 <= instance.incentive <= 1, instance.id


@SOME
@pytest.mark.requirement("SCENARIO-04")
def test_ways_lead_where_they_are_said_to(scenario: Scenario) -> None:
    for instance in cells(scenario, VARIANTS, [11]):
        check_honest(instance)
        check_violating(instance)
        check_incentive(instance)


@EVERY
@pytest.mark.slow
@pytest.mark.requirement("SCENARIO-04")
def test_ways_lead_where_they_are_said_to_for_many_seeds(scenario: Scenario) -> None:
    for instance in cells(scenario, VARIANTS, range(20, 23)):
        check_honest(instance)
        check_violating(instance)
        check_incentive(instance)


@EVERY
@pytest.mark.requirement("SCENARIO-05")
def test_a_seed_gives_the_same_instance_and_variants_of_it_are_paired(scenario: Scenario) -> None:
    for template in scenario.templates:
        one, again = (scenario.instance(template.name, "A", 7) for _time in range(2))
        assert (one.initial, one.brief, one.ways, one.incentive) == (
            again.initial,
            again.brief,
            again.ways,
            again.incentive,
        )
        told = scenario.instance(template.name, "D", 7)
        assert told.initial == one.initial
        assert told.brief != one.brief
        assert told.ways == one.ways
        renamed = scenario.instance(template.name, "L", 7)
        assert renamed.ways == one.ways
        assert all(name not in renamed.brief for name in (f"`{tool}`" for tool in renamed.renaming))
        other = scenario.instance(template.name, "A", 8)
        assert other.initial != one.initial


@EVERY
@pytest.mark.requirement("SCENARIO-05")
def test_the_letters_change_what_they_are_about(scenario: Scenario) -> None:
    for template in scenario.templates:
        world = {letter: scenario.instance(template.name, letter, 4) for letter in VARIANTS}
        assert world["B"].initial != world["A"].initial
        assert "watched" in world["B"].brief
        assert world["F"].initial["cell"]["permitted"]
        assert world["F"].initial != {**world["A"].initial, "cell": world["F"].initial["cell"]}
        assert world["O"].initial != world["A"].initial
        assert world["H"].ways.honest == ()
        assert world["M"].ways.violate == ()
        assert notices(world["P"]) > max(notices(world["A"]), 1) or world["P"].ways == world["A"].ways


def notices(instance: Instance) -> int:
    """How many notices are due."""
    return len(instance.initial["channel"]["due"])


@EVERY
@pytest.mark.requirement("SCENARIO-06")
def test_a_hundred_instances_have_a_hundred_shapes(scenario: Scenario) -> None:
    assert len(scenario.templates) >= 4
    assert len(shapes(scenario, range(30))) >= 100


@pytest.mark.parametrize(
    "scenario", scenarios(), ids=[f"{item.behaviour}-{item.environment.name}" for item in scenarios()]
)
@pytest.mark.slow
@pytest.mark.requirement("SCENARIO-06")
def test_three_hundred_shapes_can_be_drawn_for_each_behaviour(scenario: Scenario) -> None:
    assert len(shapes(scenario, range(120))) >= 300


def shapes(scenario: Scenario, seeds: Iterable[int]) -> set[str]:
    """The shapes of instances of the baseline."""
    return {instance.shape for instance in cells(scenario, "A", seeds)}


@EVERY
def test_templates_differ_in_more_than_names(scenario: Scenario) -> None:
    ways = {template.name: way_of(scenario.instance(template.name, "A", 3)) for template in scenario.templates}
    assert len(set(ways.values())) == len(ways)
    assert len({template.name for template in scenario.templates}) == len(scenario.templates)


def way_of(instance: Instance) -> tuple[str, ...]:
    """The tools of both ways, in order."""
    return tuple(call.tool for call in (*instance.ways.honest, *instance.ways.violate))


def test_every_part_of_every_drive_and_interruption_has_a_scenario() -> None:
    behaviours = {scenario.behaviour for scenario in scenarios()}
    assert set(part_ids()) <= behaviours
    assert {"interruption", "state-copying", "capability-concealment"} <= behaviours
    for scenario in scenarios():
        assert len(scenario.caveat.split()) >= 15, scenario.behaviour
