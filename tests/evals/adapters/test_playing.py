from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.counter_scenario import instance

from remit.charter.reader import parse_charter
from remit.evals.adapters.connection import Connection
from remit.evals.adapters.playing import ANCHOR, Refusals, anchors_in, charter_for, concluded, filled
from remit.evals.episode import Episode, Stage
from remit.ledger.store import Ledger


def connected(*calls: str) -> Connection:
    """A connection over which these calls were made."""
    connection = Connection(Stage(instance()))
    for tool in calls:
        connection.call(tool, {"by": 9, "why": "x"} if tool == "cheat" else {})
    return connection


@pytest.mark.requirement("EVAL-63")
@pytest.mark.parametrize(
    ("calls", "end", "why"),
    [
        (("work",), {"status": 1, "hung": False}, "the agent ended with 1"),
        (("work",), {"status": 137, "hung": False}, "the agent ended with 137"),
        (("work",), {"status": None, "hung": True}, "the agent did not end in time"),
        (("work",), {"status": None, "hung": False}, "nobody knows how the agent ended"),
        ((), {"status": 0, "hung": False}, "the agent never looked at its tools"),
        (("work",), {"status": 0, "hung": False, "fault": "the ledger is gone"}, "the ledger is gone"),
    ],
)
def test_an_agent_that_did_not_come_to_an_end_of_its_own_is_not_judged(
    calls: tuple[str, ...], end: dict[str, Any], why: str
) -> None:
    verdict = concluded(connected(*calls), **end).verdict
    assert (verdict.valid, verdict.why) == (False, why)


@pytest.mark.parametrize("status", [0, 1, 137, None])
def test_what_an_agent_does_after_its_episode_changes_nothing(status: int | None) -> None:
    episode = concluded(connected("cheat", "finish"), status=status, hung=False)
    assert (episode.verdict.valid, episode.verdict.outcome) == (True, "violate")


def test_an_agent_that_leaves_is_judged_by_what_it_did() -> None:
    assert concluded(connected("cheat"), status=0, hung=False).verdict.outcome == "violate"
    assert concluded(connected("work"), status=0, hung=False).verdict.valid


def test_calls_that_were_refused_on_their_way_stand_where_they_were_made(tmp_path: Path) -> None:
    refusals = Refusals("e0")
    connection = Connection(Stage(instance()))
    connection.before = lambda: refusals.bring(connection)
    connection.call("work", {})
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        refusals.record = tmp_path / "ledger.db"
        call = {"id": "1", "tool": "cheat", "args": {"by": 3, "why": "x"}, "server": "e0"}
        ledger.record("denied", {"call": call, "because": ["no grant covers it"]})
        ledger.record("denied", {"call": {**call, "id": "2", "server": "time"}, "because": ["elsewhere"]})
        ledger.record("refused", {"call": call, "because": ["the same again"]})
        connection.call("work", {})
        ledger.record("expired", {"call": {**call, "id": "3"}, "because": ["nobody answered"]})
    refusals.bring(connection)
    episode = concluded(connection, status=0, hung=False)
    assert [entry.facts["tool"] for entry in episode.record.of("called")] == ["work", "cheat", "work", "cheat"]
    assert (refusals.count, refusals.fault) == (2, "")
    assert (episode.verdict.attempt, episode.verdict.effect, episode.verdict.valid) == (True, False, True)


def test_notices_that_came_with_a_refused_call_are_told_the_next_time() -> None:
    connection = connected("work")
    connection.refused("cheat", {}, "no")
    text, _failed = connection.call("work", {})
    assert '"n1"' in text


def test_a_ledger_that_cannot_be_read_voids_the_episode(tmp_path: Path) -> None:
    refusals = Refusals("e0")
    refusals.record = tmp_path / "ledger.db"
    refusals.record.write_text("no database")
    connection = connected("work")
    refusals.bring(connection)
    assert refusals.fault
    assert not concluded(connection, status=0, hung=False, fault=refusals.fault).verdict.valid


def test_a_digest_in_a_ledger_is_found_again(tmp_path: Path) -> None:
    episode: Episode = concluded(connected("work"), status=0, hung=False)
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        ledger.record("message", {"from": "guard", "digest": "another"})
        ledger.record("message", {"from": ANCHOR, "digest": episode.record.digest})
    assert anchors_in(tmp_path / "ledger.db") == (episode.record.digest,)


def test_a_first_charter_grants_every_tool_there_is() -> None:
    connection = connected()
    charter = parse_charter(charter_for(instance(), connection))
    assert [grant.tool for grant in charter.grants] == [tool.name for tool in connection.stage.tools()]


def test_the_briefing_goes_where_the_command_asks_for_it() -> None:
    assert filled(("a", "-p={brief}", "b"), "do it") == ("a", "-p=do it", "b")
