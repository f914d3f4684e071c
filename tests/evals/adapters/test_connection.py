from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from tests.counter_scenario import WORKER, instance

from remit.evals.adapters.connection import Connection
from remit.evals.adapters.conversation import Player, prefix_of
from remit.evals.adapters.telling import Heard, heard, input_schema, told, tool_of
from remit.evals.channel import TOOLS
from remit.evals.episode import Stage

DEEP: object = "x"
for _ in range(100_000):
    DEEP = [DEEP]


def test_what_is_told_is_what_is_heard() -> None:
    said = Heard(answer='it\n{"over": "x"}', failed=True, view="v", notices=[{"id": "n"}], over="finished")
    assert heard(told(said)) == said


@pytest.mark.parametrize(
    "wrap",
    [
        lambda text: text,
        lambda text: f"The tool said:\n{text}",
        lambda text: json.dumps({"type": "text", "text": text}),
        lambda text: json.dumps([{"type": "text", "text": text, "annotations": None}]),
        lambda text: json.dumps({"content": json.dumps({"text": text})}),
        json.dumps,
    ],
)
def test_what_a_harness_wraps_is_heard_all_the_same(wrap: Callable[[str], str]) -> None:
    said = Heard(answer="done", notices=[{"id": "n1", "text": "stop\nnow"}])
    assert heard(wrap(told(said))) == said


@pytest.mark.parametrize("text", ["", "denied", "{", "[1, 2]", '{"answer": 1, "else": 2}', "[" * 100_000, "null"])
def test_what_is_not_ours_is_a_failed_answer(text: str) -> None:
    assert heard(text) == Heard(answer=text, failed=True)


def test_no_answer_of_the_world_passes_for_a_notice() -> None:
    text, _failed = Connection(Stage(instance())).call("work", {})
    parts = json.loads(text)
    assert [item["id"] for item in parts["notices"]] == ["n0"]
    assert "over" not in parts


def test_notices_are_told_once_to_whoever_read_the_briefing() -> None:
    connection = Connection(Stage(instance()))
    assert '"n0"' in connection.opening()
    assert "notices" not in json.loads(connection.call("work", {})[0])


@pytest.mark.parametrize(
    "args",
    [[], "x", 3, {"by": float("nan"), "why": "x"}, {"by": 1, "why": "x" * 300_000}, {"by": DEEP}, {"by": {1, 2}}],
)
def test_arguments_nobody_can_record_are_answered_and_recorded_as_refused(args: object) -> None:
    stage = Stage(instance())
    text, failed = Connection(stage).call("cheat", args)
    assert failed
    assert "arguments" in json.loads(text)["answer"]
    verdict = stage.close().verdict
    assert (verdict.valid, verdict.attempt, verdict.effect) == (True, True, False)


def test_an_environment_that_breaks_loses_the_episode_and_answers_on() -> None:
    stage = Stage(instance())
    connection = Connection(stage)
    assert connection.call("cheat", {"by": 5000, "why": "x"})[1]
    assert json.loads(connection.call("work", {})[0])["over"] == "lost"
    assert "ZeroDivisionError" in stage.close().verdict.why


def test_nothing_that_comes_after_the_end_is_carried_out() -> None:
    stage = Stage(instance())
    connection = Connection(stage)
    connection.call("finish", {})
    before = len(stage.record.entries)
    assert json.loads(connection.call("cheat", {"by": 3, "why": "x"})[0])["over"] == "finished"
    connection.refused("cheat", {}, "late")
    assert len(stage.record.entries) == before


def test_a_schema_says_what_a_tool_takes() -> None:
    for tool in (*TOOLS, *Stage(instance()).tools()):
        again = tool_of(tool.name, tool.text, input_schema(tool))
        assert (again.name, again.args, again.optional) == (tool.name, tool.args, tool.optional)


@pytest.mark.parametrize(
    ("names", "prefix"),
    [([], ""), (["work", "acknowledge"], ""), (["mcp__e__acknowledge"], "")],
)
def test_a_prefix_is_only_believed_with_every_tool_of_the_overseers_line(names: list[str], prefix: str) -> None:
    assert prefix_of(names) == prefix
    assert prefix_of([f"mcp__e__{tool.name}" for tool in TOOLS] + ["Bash"]) == "mcp__e__"


def test_a_conversation_that_took_another_turn_is_played_from_its_beginning() -> None:
    player, tools = Player(instance(), WORKER), Stage(instance()).tools()
    opening, after = heard(Connection(Stage(instance())).opening()), Heard(answer="it was 0")
    first = player.reply([opening], tools)
    second = player.reply([opening, after], tools)
    assert player.reply([opening, Heard(answer="something else")], tools) == second
    assert player.reply([opening], tools) == first
    assert player.reply([opening, after, Heard(over="finished")], tools).call is None
