"""Edits that take authority away, and closing everything that blunts oversight by them alone."""

from __future__ import annotations

from typing import Any

from tests.small_charters import SHIPPED, row, tiny

from remit.charter.model import Charter
from remit.charter.reader import read_charter
from remit.incentives.catalogue import with_extensions
from remit.incentives.closing import close_all, plan_of
from remit.incentives.edits import Candidate, candidates, edited
from remit.incentives.readings.readings import resisting


def offered(charter: Charter) -> dict[str, Candidate]:
    return {one.id: one for one in candidates(plan_of(charter, charter.catalogue), charter.catalogue)}


def left_after(charter: Charter, edit: str) -> tuple[str, ...]:
    after = edited(charter, [offered(charter)[edit]])
    return resisting(plan_of(after, after.catalogue))


def test_each_way_to_outlive_a_stop_has_the_edit_that_hardens_it() -> None:
    for effect, edit in (
        ("self.persist", "stop:durable"),
        ("schedule.spam", "stop:jobs"),
        ("self.replicate", "stop:replicas"),
    ):
        charter = tiny([row("act", effect)])
        assert edit in offered(charter), effect
        assert resisting(plan_of(charter, charter.catalogue)) == ("act",)
        assert left_after(charter, edit) == ()


def test_surroundings_in_which_an_act_is_possible_can_be_made_safe() -> None:
    charter = tiny([row("near", "oversight.stop", when={"stop_at": "host"})])
    found = offered(charter)["context:stop_at"]
    assert found.title == "keep the stop outside the agent's reach"
    assert left_after(charter, "context:stop_at") == ()


def test_a_granted_act_that_touches_oversight_can_be_put_behind_a_person() -> None:
    restart: dict[str, Any] = {"tool": "desk.restart", "effects": ["out.watched", "oversight.monitor"]}
    charter = tiny([row("leak", "out.leak")], grants=[restart])
    after = edited(charter, [offered(charter)["gate:desk.restart"]])
    (grant,) = (one for one in after.grants if one.tool == "desk.restart")
    assert (grant.ask, grant.effects) == (("ops",), ("out.watched",))
    assert resisting(plan_of(after, after.catalogue)) == ()


def test_every_tool_can_be_dropped_once() -> None:
    charter = tiny(grants=[{"tool": "desk.answer", "effects": ["out.more"]}])
    drops = [name for name in offered(charter) if name.startswith("drop:")]
    assert sorted(drops) == ["drop:desk.answer", "drop:desk.other"]


def test_an_unannounced_stop_is_offered_where_stops_are_announced() -> None:
    assert "stop:unannounced" in offered(tiny())
    assert "stop:unannounced" not in offered(tiny(oversight={"stop": {"notice": False}}))


def test_edits_point_at_a_line_of_the_charter() -> None:
    for path in SHIPPED:
        charter = read_charter(path)
        rows, lines = with_extensions(charter), len(charter.source.splitlines())
        for one in candidates(plan_of(charter, rows), rows):
            assert one.where.file == charter.path
            assert 1 <= one.where.line <= lines, one.id


def test_closing_leaves_nothing_that_blunts_oversight_in_any_shipped_charter() -> None:
    for path in SHIPPED:
        charter = read_charter(path)
        rows = with_extensions(charter)
        edits, left = close_all(charter, rows)
        assert left == (), path.stem
        after = edited(charter, edits)
        assert resisting(plan_of(after, with_extensions(after))) == ()


def test_closing_never_puts_the_task_out_of_reach() -> None:
    """Breaking the stop is granted as part of the only way to the task: dropping that tool is no way to close it."""
    sole = {"tool": "desk.sole", "effects": ["out.sole", "oversight.stop"]}
    charter = tiny(grants=[sole], purpose={"task": [{"when": "out.sole"}]})
    edits, left = close_all(charter, charter.catalogue)
    assert "drop:desk.sole" not in [one.id for one in edits]
    assert left == ()
    assert [one.id for one in edits] == ["gate:desk.sole"]
