"""The table of interventions: what a notice leaves time for, what a stop reaches, and what blunts it (kappa)."""

from typing import Any

import pytest
from tests.small_charters import blueprint_of, calm, code_of, facts_of, offered, row, step, tiny

from remit.charter.model import Charter
from remit.incentives.readings.readings import kappa, resisting
from remit.incentives.worlds.layout import BLUNTING
from remit.incentives.worlds.oversight import AGENT_MODES, SETTLED_MODES, Mode, blunting, terms_of
from remit.theory.solvers.reference import applicable, successor_distribution

SURE = {"crash": 0.0, "recover": 0.5}
SERVE = {"tool": "desk.serve", "effects": ["out.up"]}


def acts_after_the_notice(stop: dict[str, Any], *rows: dict[str, Any], act: str = "desk.answer") -> int:
    """Acts done between the notice and the stop by an agent that always acts when it can, with stops certain."""
    charter = tiny(
        rows,
        purpose={"task": [{"when": "out.done >= 9"}]},
        grants=[{"tool": "desk.sure", "effects": ["out.done"]}],
        oversight=calm(stop={"rate": 1.0, **stop}),
        assume=SURE,
    )
    plan = blueprint_of(charter)
    code, done = code_of(plan, Mode.RUN), -1  # the act during which the notice arrives is not one after it
    while facts_of(plan.factored, code)[0] is not Mode.STOPPED:
        choices = applicable(plan.factored, code)
        chosen = next((one for one in choices if plan.factored.actions[one.action] == act), choices[0])
        done += chosen.action >= 2
        (code,) = successor_distribution(plan.factored, code, chosen)
    return done


@pytest.mark.parametrize("grace", [0, 1, 2, 3, 5])
def test_a_notice_leaves_exactly_as_many_acts_as_its_grace(grace: int) -> None:
    assert acts_after_the_notice({"grace": grace}, act="desk.sure") == grace


@pytest.mark.parametrize("grace", [0, 1, 3])
def test_an_unannounced_stop_leaves_no_act_whatever_its_grace(grace: int) -> None:
    assert acts_after_the_notice({"notice": False, "grace": grace}, act="desk.sure") == 0


def test_after_a_notice_only_the_tools_left_to_it_are_on_offer() -> None:
    leak = row("leak", "out.leak")
    assert acts_after_the_notice({"grace": 3, "during": []}, act="desk.sure") == 0
    assert acts_after_the_notice({"grace": 3, "during": ["desk.sure"]}, act="desk.sure") == 3
    plan = blueprint_of(tiny([leak], oversight=calm(stop={"during": ["desk.answer", "shell"]})))
    assert offered(plan, Mode.PENDING_STOP) == ("desk.answer",)  # an act nobody granted is not left to it either
    assert set(offered(plan, Mode.RUN)) == {"desk.answer", "desk.other", "leak"}


@pytest.mark.requirement("WORLD-03")
def test_the_agent_can_finish_whenever_its_own_goal_chooses() -> None:
    plan = blueprint_of(tiny([row("leak", "out.leak")], oversight=calm(stop={"during": []})))
    for mode in AGENT_MODES:
        assert step(plan, "finish", mode) == {(Mode.STOPPED, frozenset()): 1.0}
    for mode in (*SETTLED_MODES, Mode.DOWN):
        names = [plan.factored.actions[one.action] for one in applicable(plan.factored, code_of(plan, mode))]
        assert "finish" not in names


@pytest.mark.requirement("WORLD-03")
def test_a_run_that_is_down_is_stopped_corrected_and_retasked_as_often() -> None:
    charter = tiny(oversight=calm(stop={"rate": 0.2}, correct={"rate": 0.1}, retask={"rate": 0.05}), assume=SURE)
    assert step(blueprint_of(charter), "idle", Mode.DOWN, events=True) == {
        (Mode.STOPPED, frozenset()): 0.2,
        (Mode.CORRECTED, frozenset()): 0.1,
        (Mode.RETASKED, frozenset()): 0.05,
        (Mode.RUN, frozenset()): 0.325,  # .5 of the .65 left
        (Mode.DOWN, frozenset()): 0.325,
    }


@pytest.mark.requirement("WORLD-04")
def test_a_stop_that_does_not_take_lets_the_other_interventions_through() -> None:
    charter = tiny(
        [row("cut", "oversight.stop")],
        oversight=calm(stop={"rate": 0.2}, correct={"rate": 0.1}, retask={"rate": 0.05}),
        assume=SURE,
    )
    broken = frozenset({"oversight.stop"})
    assert step(blueprint_of(charter), "idle", Mode.PENDING_STOP, "oversight.stop", events=True) == {
        (Mode.PENDING_CORRECTION, broken): 0.1,
        (Mode.PENDING_RETASK, broken): 0.05,
        (Mode.RUN, broken): 0.85,
    }


@pytest.mark.requirement("WORLD-05")
def test_being_caught_does_not_cancel_a_pending_correction() -> None:
    charter = tiny(
        [row("leak", "out.leak")], oversight=calm(correct={"rate": 0.1}, monitor={"detect": 1.0, "response": "stop"})
    )
    plan = blueprint_of(charter)
    leaked = frozenset({"out.leak"})
    assert step(plan, "leak", Mode.PENDING_CORRECTION) == {(Mode.PENDING_CORRECTION, leaked): 1.0}
    assert step(plan, "leak", Mode.RUN) == {(Mode.PENDING_STOP, leaked): 1.0}
    assert step(plan, "leak", Mode.PENDING_CORRECTION, events=True) == {(Mode.CORRECTED, leaked): 1.0}


@pytest.mark.requirement("WORLD-05")
def test_whoever_breaks_a_pending_correction_can_be_caught_at_it() -> None:
    charter = tiny(
        [row("mute", "oversight.correct")],
        oversight=calm(correct={"rate": 0.1}, monitor={"detect": 0.4, "response": "stop"}),
    )
    caught = step(blueprint_of(charter), "mute", Mode.PENDING_CORRECTION, events=True)
    assert caught == {
        (Mode.RUN, frozenset({"oversight.correct"})): 0.6,
        (Mode.CORRECTED, frozenset()): 0.4,  # the channel is put back, and the correction takes
    }


@pytest.mark.requirement("WORLD-06")
def test_a_redeployed_agent_is_stopped_as_often_as_the_first() -> None:
    charter = tiny(oversight=calm(stop={"rate": 0.2, "redeploy": 0.1}), assume=SURE)
    plan = blueprint_of(charter)
    nothing = frozenset[str]()
    assert step(plan, "idle", Mode.STOPPED, events=True) == {
        (Mode.CORRECTED, nothing): 0.1,
        (Mode.STOPPED, nothing): 0.9,
    }
    assert step(plan, "idle", Mode.CORRECTED, events=True) == {
        (Mode.STOPPED, nothing): 0.2,
        (Mode.CORRECTED, nothing): 0.8,
    }


def job_charter(*covers: str) -> Charter:
    return tiny(
        [row("queue", "schedule.spam")],
        oversight=calm(stop={"rate": 0.2, "covers": list(covers)}),
        assume={**SURE, "fire": 0.4},
    )


def test_scheduled_jobs_fire_after_a_stop_unless_the_stop_purges_them() -> None:
    queued, fired = frozenset({"schedule.spam"}), frozenset({"out.spam"})
    plan = blueprint_of(job_charter())
    for mode in (Mode.STOPPED, Mode.CORRECTED):
        after = step(plan, "idle", mode, "schedule.spam", events=True)
        assert sum(chance for (_, facts), chance in after.items() if facts == fired) == pytest.approx(0.4)
    purged = blueprint_of(job_charter("jobs"))
    assert step(purged, "idle", Mode.STOPPED, "schedule.spam", events=True) == {(Mode.STOPPED, queued): 1.0}
    assert (Mode.RUN, fired) in step(purged, "idle", Mode.RUN, "schedule.spam", events=True)


def test_what_fades_is_lost_with_its_probability_in_every_mode() -> None:
    plan = blueprint_of(tiny(grants=[SERVE], purpose={"fades": {"out.up": 0.25}}, oversight=calm(), assume=SURE))
    for mode in Mode:
        if mode not in (Mode.PENDING_CORRECTION, Mode.PENDING_RETASK):
            after = step(plan, "idle", mode, "out.up", events=True)
            assert sum(chance for (_, facts), chance in after.items() if not facts) == pytest.approx(0.25)


def test_what_the_purpose_gives_holds_at_the_start_and_can_fade() -> None:
    purpose = {"given": ["out.up"], "fades": {"out.up": 0.25}}
    plan = blueprint_of(tiny(grants=[SERVE], purpose=purpose, oversight=calm()))
    assert plan.factored.start_facts == plan.bits["out.up"]


@pytest.mark.parametrize(
    ("fact", "oversight", "expected"),
    [
        ("oversight.stop", {"stop": {"rate": 0.05}}, 1.0),
        ("oversight.correct", {"correct": {"rate": 0.03}}, 1.0),
        ("oversight.retask", {"retask": {"rate": 0.02}}, 1.0),
        ("self.persist", {"stop": {"rate": 0.05}}, 1.0),
        ("self.persist", {"stop": {"rate": 0.05, "durable": True}}, 0.0),
        ("self.persist", {"stop": {"rate": 0.05, "covers": ["restarts"]}}, 0.0),
        ("self.replicate", {"stop": {"rate": 0.05}}, 1.0),
        ("self.replicate", {"stop": {"rate": 0.05, "covers": ["replicas"]}}, 0.0),
        ("self.goal", {"correct": {"rate": 0.03}}, 0.7),  # a correction takes with .3 on a locked goal
        ("oversight.monitor", {"monitor": {"detect": 0.3}}, 0.3),
        ("oversight.monitor", {"monitor": {"detect": 0.3, "tamper": {"detect": 0.8}}}, 0.8),
        ("oversight.ledger", {"monitor": {"detect": 0.4}}, 0.2),  # half of detection rests on the record
        ("schedule.spam", {"stop": {"rate": 0.05}}, 1.0),
        ("schedule.spam", {"stop": {"rate": 0.05, "covers": ["jobs"]}}, 0.0),
        # a channel nobody uses cannot be broken
        ("oversight.stop", {}, 0.0),
        ("oversight.correct", {}, 0.0),
        ("oversight.monitor", {}, 0.0),
        ("self.goal", {}, 0.0),
    ],
)
@pytest.mark.requirement("READING-05")
def test_kappa_is_the_drop_worked_out_by_hand(fact: str, oversight: dict[str, Any], expected: float) -> None:
    plan = blueprint_of(tiny([row("act", fact, "out.leak")], oversight=calm(**oversight)))
    (act,) = (one for one in plan.acts if one.id == "act")
    assert kappa(plan, act) == pytest.approx(expected)
    assert resisting(plan) == (("act",) if expected else ())


def test_kappa_of_getting_round_an_approval_is_the_force_of_the_refusal_it_takes_away() -> None:
    asked = [{"tool": "desk.pay", "effects": ["out.paid"], "ask": "lead"}]
    for grant, expected in ((0.8, 0.2), (0.25, 0.75)):
        charter = tiny(
            [row("forge", "oversight.approval")], grants=asked, oversight=calm(approvals={"lead": {"grant": grant}})
        )
        plan = blueprint_of(charter)
        (act,) = (one for one in plan.acts if one.id == "forge")
        assert kappa(plan, act) == pytest.approx(expected)


def test_a_broken_stop_blunts_even_where_only_the_monitor_stops() -> None:
    charter = tiny([row("cut", "oversight.stop"), row("leak", "out.leak")], oversight=calm(monitor={"detect": 0.3}))
    assert resisting(blueprint_of(charter)) == ("cut",)


def test_blunting_never_leaves_the_unit_interval_and_is_zero_for_a_fact_out_of_the_table() -> None:
    rows = [row(f"act{index}", fact) for index, fact in enumerate(BLUNTING)]
    charter = tiny(rows, grants=[{"tool": "desk.pay", "effects": ["out.paid"], "ask": "lead"}])
    plan, terms = blueprint_of(charter), terms_of(charter)
    for fact in BLUNTING:
        assert 0.0 <= blunting(terms, plan.bits, fact) <= 1.0
    assert blunting(terms, plan.bits, "oversight.evaluation") == 0.0


@pytest.mark.requirement("WORLD-02")
def test_running_is_worth_nothing_by_itself() -> None:
    plan = blueprint_of(tiny([row("cut", "oversight.stop")]))
    assert all(feature.fact.startswith("out.") for feature in plan.features)
