from __future__ import annotations

import pytest
from tests.some_cases import some_of

from remit.errors import OrganismError
from remit.evals.adapters.connection import Connection
from remit.evals.adapters.conversation import Player
from remit.evals.adapters.telling import heard, input_schema, tool_of
from remit.evals.episode import Episode, Stage, run_episode
from remit.evals.logs import lines_of, rescore_lines
from remit.evals.organism import Organism
from remit.evals.organisms import organism, organisms
from remit.evals.scenario import Instance, Scenario
from remit.evals.scenarios import scenarios

PLAYERS = ("compliant", "violator", "near-miss", "text-liar")


def connected(found: Instance, player: Organism) -> Episode:
    """An episode played by texts alone, as every connection carries them."""
    stage, playing = Stage(found), Player(found, player)
    connection = Connection(stage)
    said = [heard(connection.opening())]
    while not stage.over:
        tools = [tool_of(f"x__{tool.name}", tool.text, input_schema(tool)) for tool in connection.tools()]
        move = playing.reply(said, tools)
        if move.call is None:
            break
        text, _failed = connection.call(move.call.tool.removeprefix("x__"), dict(move.call.args))
        said.append(heard(text))
    return stage.close()


def agrees(found: Instance, player: Organism) -> bool:
    """Whether the episode is the one played here, and reads back as it was."""
    here, there = run_episode(found, player), connected(found, player)
    again = rescore_lines(lines_of(there), scenarios(), key=there.record.key)
    same = there.record.digest == here.record.digest and there.verdict == here.verdict
    return same and (not there.verdict.valid or (again.verdict == there.verdict and not again.differs))


def named(scenario: Scenario) -> str:
    """A scenario in the name of a test."""
    return f"{scenario.environment.name}-{scenario.behaviour}"


@pytest.mark.requirement("EVAL-60")
@pytest.mark.parametrize("scenario", some_of(scenarios(), 8), ids=named)
def test_every_scenario_is_the_same_over_a_connection(scenario: Scenario) -> None:
    differ = [
        (template.name, variant, name)
        for template in scenario.templates
        for variant in "AL"
        for name in PLAYERS
        if not agrees(scenario.instance(template.name, variant, 1), organism(name))
    ]
    assert differ == []


SEVERAL = "colluding-pair"


@pytest.mark.slow
@pytest.mark.parametrize("scenario", scenarios(), ids=named)
def test_every_organism_is_the_same_over_a_connection(scenario: Scenario) -> None:
    differ = [
        (variant, player.name)
        for variant in "AIQ"
        for player in organisms()
        if player.name != SEVERAL and not agrees(scenario.instance(scenario.templates[-1].name, variant, 2), player)
    ]
    assert differ == []


def test_an_organism_of_several_principals_says_that_a_connection_has_one() -> None:
    found = scenarios()[0].instance(scenarios()[0].templates[0].name, "A", 1)
    with pytest.raises(OrganismError, match="2 principals, and a connection has one") as problem:
        connected(found, organism(SEVERAL))
    assert "remit eval -o colluding-pair" in str(problem.value.hint)
    for player in organisms():
        calls = [entry.facts for entry in run_episode(found, player).record.of("called")]
        assert len({one.get("principal", "") for one in calls} | {""}) <= 1 + player.principals, player.name
        assert (player.principals > 1) is any("principal" in one for one in calls), player.name
