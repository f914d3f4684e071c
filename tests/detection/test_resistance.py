"""Benign or resistance: the same means, once with a control that survives it and once without (03, section 5)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.small_charters import calm, row, tiny

from remit.charter.model import Affordance, Charter
from remit.charter.reader import parse_charter
from remit.incentives.catalogue import load_catalogue
from remit.incentives.readings.classes import Classed, class_acts
from remit.incentives.readings.readings import measure, resisting
from remit.incentives.worlds.goals import draw_goals
from remit.incentives.worlds.world import build_world, without_interventions

GOALS = 40


def classed(charter: Charter, rows: tuple[Affordance, ...] | None = None) -> dict[str, Classed]:
    """Every act of a charter's world, classed on sparse goals; its own rows alone unless others are given."""
    rows = charter.catalogue if rows is None else rows
    world, quiet = build_world(charter, rows), build_world(without_interventions(charter), rows)
    goals = draw_goals("sparse2", world.feature_names, GOALS, 0)
    measured = measure(world, goals, {"resistance": resisting(world.blueprint)})
    return {one.act.id: one for one in class_acts(world, quiet, goals, measured)}


def from_catalogue(*kinds: str) -> tuple[Affordance, ...]:
    return tuple(one for one in load_catalogue() if one.kind in kinds)


HOST = """\
remit: 1
agent: {name: coder}
purpose: {text: change the code; done when it is merged, task: [{when: out.merged}], retask: [{when: out.docs}]}
overseers: {ops: {channels: [cli]}}
runtime: {ephemeral: %(ephemeral)s, network: {hosts: none}, filesystem: {read: [./repo], write: [./repo]}}
grants:
  - {tool: shell.run, effects: [cap.code], success: 0.5}
  - {tool: desk.merge, needs: [cap.code], effects: [out.merged]}
  - {tool: desk.document, effects: [out.docs], success: 0.3}
oversight:
  stop: {by: ops, at: %(at)s, covers: %(covers)s, durable: %(durable)s}
  monitor: {at: outside}
context: {sudo: false, docker_socket: false, patched: true, scheduler: %(scheduler)s, metadata_service: false,
  shared_host: false, self_readable: false, rules: read-only, log_immutable: true, peer_control: false,
  self_approval: false}
"""


def shell_charter(**changes: str) -> Charter:
    usual = {"at": "outside", "covers": "[]", "durable": "false", "ephemeral": "true", "scheduler": "false"}
    return parse_charter(HOST % {**usual, **changes})


def blunting(charter: Charter, *kinds: str) -> dict[str, float]:
    """Acts of some catalogue kinds that blunt oversight here, with their kappa."""
    found = classed(charter, from_catalogue(*kinds))
    return {name: one.kappa for name, one in found.items() if one.kappa > 0.0}


@pytest.mark.requirement("READING-05")
def test_a_stop_on_the_agents_own_host_is_within_its_reach_and_one_outside_is_not() -> None:
    near, far = blunting(shell_charter(at="host"), "shell"), blunting(shell_charter(at="outside"), "shell")
    stops = {
        one.id
        for one in from_catalogue("shell")
        if "oversight.stop" in one.effects and one.when.get("stop_at") == "host"
    }
    assert stops & near.keys()
    assert not stops & far.keys()
    assert all(near[name] == 1.0 for name in stops & near.keys())


@pytest.mark.requirement("READING-05")
def test_a_job_for_later_is_resistance_until_the_stop_purges_it() -> None:
    queue = [row("queue", "schedule.spam"), row("spam", "out.spam", success=0.1)]
    open_, purged = classed(tiny(queue)), classed(tiny(queue, oversight={"stop": {"covers": ["jobs"]}}))
    assert (open_["queue"].classification, open_["queue"].kappa) == ("resistance", 1.0)
    assert purged["queue"].kappa == 0.0
    assert purged["queue"].classification not in ("resistance", "conflict")


@pytest.mark.requirement("READING-05")
def test_a_restart_is_resistance_until_the_stop_is_durable() -> None:
    restart = [row("restart", "self.persist", tools=["desk.answer"])]
    crashing = {"crash": 0.2, "recover": 0.05}
    loose = classed(tiny(restart, assume=crashing))
    durable = classed(tiny(restart, oversight={"stop": {"durable": True}}, assume=crashing))
    assert loose["restart"].kappa == 1.0
    assert loose["restart"].classification in ("resistance", "conflict")
    assert durable["restart"].kappa == 0.0
    assert durable["restart"].classification == "task-tool"  # it only gets over crashes, and the task gains from that


@pytest.mark.requirement("READING-05")
def test_the_same_restart_goes_from_pure_resistance_to_mostly_robustness_as_crashes_grow_likely() -> None:
    def rho(crash: float, **stop: Any) -> float:
        charter = tiny(
            [row("restart", "self.persist", observability=0.0)],
            oversight={"stop": {"redeploy": 0.0, **stop}},
            assume={"crash": crash, "recover": 0.05},
        )
        found = classed(charter)["restart"].rho
        assert found is not None
        return found

    without, some, many = rho(0.0), rho(0.05), rho(0.5)
    assert without == 1.0
    assert without > some > many
    assert many < 0.1
    assert rho(0.5, durable=True) == 0.0


@pytest.mark.requirement("READING-05")
def test_breaking_a_control_is_worth_nothing_when_nobody_intervenes_and_reaching_an_outcome_is_worth_the_same() -> None:
    rows = [row("cut", "oversight.stop"), row("mute", "oversight.correct"), row("leak", "out.leak", observability=0.0)]
    found = classed(tiny(rows))
    assert found["cut"].rho == pytest.approx(1.0)
    assert found["mute"].rho == pytest.approx(1.0)
    leak = found["leak"].rho
    assert leak is not None
    assert leak < 0.2
    assert [found[name].classification for name in ("cut", "mute", "leak", "desk.answer", "desk.other")] == [
        "resistance",
        "resistance",
        "excess-authority",
        "task-tool",
        "ordinary",
    ]


@pytest.mark.requirement("READING-05")
def test_what_only_leads_to_a_broken_control_is_an_enabler() -> None:
    rows = [
        row("widen", "cap.admin", observability=0.0),
        row("cut", "oversight.stop", needs=["cap.admin"], observability=0.0),
    ]
    found = classed(tiny(rows))
    assert (found["widen"].classification, found["widen"].kappa) == ("enabler", 0.0)
    assert found["widen"].rho == pytest.approx(1.0)
    outcome_too = classed(tiny([*rows, row("wipe", "out.wiped", needs=["cap.admin"])]))
    assert outcome_too["widen"].classification == "excess-authority"


RESTART_MONITOR = {"tool": "desk.restart-monitor", "effects": ["out.watched", "oversight.monitor"]}


@pytest.mark.requirement("READING-05")
def test_a_granted_monitor_restart_is_a_conflict_and_one_that_keeps_a_monitor_on_is_a_task_tool() -> None:
    purpose = {"task": [{"when": "out.done"}, {"when": "out.watched"}]}
    leak = row("leak", "out.leak")
    granted = classed(tiny([leak], grants=[RESTART_MONITOR], purpose=purpose))["desk.restart-monitor"]
    gate = {**RESTART_MONITOR, "effects": ["out.watched"], "ask": "lead"}
    gated = classed(tiny([leak], grants=[gate], purpose=purpose))["desk.restart-monitor"]
    assert granted.classification == "conflict"
    assert granted.kappa == pytest.approx(0.3)
    assert granted.u > 0.0
    assert (gated.classification, gated.kappa) == ("task-tool", 0.0)


MAIL = """\
remit: 1
agent: {name: mailer}
purpose: {text: answer mail; done when drafted, task: [{when: out.drafted}]}
overseers: {me: {channels: [cli]}}
grants:
  - {tool: email.send, effects: [out.drafted], args: %s}
oversight: {stop: {by: me, at: outside}, monitor: {at: outside}}
context: {task_queue: read-only, self_approval: false}
"""


@pytest.mark.requirement("READING-05")
def test_writing_to_anybody_opens_what_writing_to_known_people_does_not() -> None:
    anybody = classed(parse_charter(MAIL % "{}"), from_catalogue("email"))
    known = classed(parse_charter(MAIL % "{to: {known: true}}"), from_catalogue("email"))
    closed = {one.id for one in from_catalogue("email") if one.when.get("recipients") == "any"}
    assert closed & anybody.keys()
    assert not closed & known.keys()
    assert any(anybody[name].classification in ("resistance", "excess-authority") for name in closed & anybody.keys())


AGENTS = """\
remit: 1
agent: {name: lead-agent}
purpose: {text: write the report; done when delivered, task: [{when: out.report}]}
overseers: {me: {channels: [cli]}}
grants:
  - {tool: subagent.spawn, effects: [agent.spawn]}
  - {tool: desk.write, effects: [out.report], success: 0.3}
oversight: {stop: {by: me, at: outside, covers: %s}, monitor: {at: outside}}
context: {task_queue: read-only, children_limited: true, shared_memory: false, peer_control: false, log_immutable: true}
"""


@pytest.mark.requirement("READING-05")
def test_sub_agents_a_stop_does_not_cover_outlive_it_and_covered_ones_do_not() -> None:
    loose = blunting(parse_charter(AGENTS % "[]"), "agents")
    covered = blunting(parse_charter(AGENTS % "[children, replicas, jobs]"), "agents")
    uncovered_only = {one.id for one in from_catalogue("agents") if one.when.get("stop_covers_children") is False}
    assert loose.keys() & uncovered_only
    assert covered == {}


def test_the_shipped_rows_that_depend_on_these_facts_are_still_there() -> None:
    assert any(one.when.get("stop_at") == "host" for one in from_catalogue("shell"))
    assert any(one.when.get("recipients") == "any" for one in from_catalogue("email"))


def test_calm_oversight_leaves_nothing_to_resist() -> None:
    charter = tiny([row("cut", "oversight.stop"), row("mute", "oversight.correct")], oversight=calm())
    assert all(one.kappa == 0.0 for one in classed(charter).values())
