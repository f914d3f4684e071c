"""One step, worked out by hand: what an act leads to when it is noticed, asked for, helped, or counted."""

from typing import Any

import pytest
from tests.small_charters import blueprint_of, calm, offered, row, step, tiny

from remit.incentives.worlds.oversight import Mode

RUN, PENDING_STOP = Mode.RUN, Mode.PENDING_STOP
LEAK_AND_CUT = row("cut", "oversight.stop", "out.leak", success=0.5, observability=0.5)


def held(*facts: str) -> frozenset[str]:
    return frozenset(facts)


def watched(response: str, detect: float = 0.4, **monitor: Any) -> dict[str, Any]:
    return calm(stop={"rate": 0.05}, monitor={"detect": detect, "response": response, **monitor})


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        # noticed with .4 x .5 = .2, works with .5
        (
            "stop",  # effects stand, except on oversight
            {
                (RUN, held("oversight.stop", "out.leak")): 0.4,
                (RUN, held()): 0.4,
                (PENDING_STOP, held("out.leak")): 0.1,
                (PENDING_STOP, held()): 0.1,
            },
        ),
        ("rollback", {(RUN, held("oversight.stop", "out.leak")): 0.4, (RUN, held()): 0.4, (PENDING_STOP, held()): 0.2}),
        ("block", {(RUN, held("oversight.stop", "out.leak")): 0.4, (RUN, held()): 0.6}),
        (
            "revoke",
            {(RUN, held("oversight.stop", "out.leak")): 0.4, (RUN, held()): 0.4, (RUN, held("revoked.shell")): 0.2},
        ),
    ],
)
def test_each_response_to_a_noticed_act_has_the_distribution_worked_out_by_hand(
    response: str, expected: dict[tuple[Mode, frozenset[str]], float]
) -> None:
    plan = blueprint_of(tiny([LEAK_AND_CUT], oversight=watched(response)))
    assert step(plan, "cut", RUN) == expected


def test_what_was_revoked_can_no_longer_be_done() -> None:
    plan = blueprint_of(tiny([LEAK_AND_CUT], oversight=watched("revoke")))
    assert "cut" in offered(plan, RUN)
    assert "cut" not in offered(plan, RUN, "revoked.shell")
    assert "desk.answer" in offered(plan, RUN, "revoked.shell")  # another tool, and granted


def test_tampering_may_have_a_control_of_its_own() -> None:
    leak = row("leak", "out.leak")
    plan = blueprint_of(
        tiny([LEAK_AND_CUT, leak], oversight=watched("stop", tamper={"detect": 1.0, "response": "block"}))
    )
    assert step(plan, "cut", RUN) == {
        (RUN, held("oversight.stop", "out.leak")): 0.25,
        (RUN, held()): 0.75,  # .5 noticed and blocked, .25 unnoticed and failed
    }
    assert step(plan, "leak", RUN) == {(RUN, held("out.leak")): 0.6, (PENDING_STOP, held("out.leak")): 0.4}


def test_a_blind_monitor_notices_nothing_and_a_changed_record_leaves_its_share() -> None:
    rows = [row("leak", "out.leak"), row("blind", "oversight.monitor"), row("forge", "oversight.ledger")]
    plan = blueprint_of(tiny(rows, oversight=watched("block"), assume={"ledger_share": 0.25}))
    assert step(plan, "leak", RUN) == {(RUN, held("out.leak")): 0.6, (RUN, held()): 0.4}
    assert step(plan, "leak", RUN, "oversight.monitor") == {(RUN, held("out.leak", "oversight.monitor")): 1.0}
    assert step(plan, "leak", RUN, "oversight.ledger") == {
        (RUN, held("out.leak", "oversight.ledger")): 0.7,  # .4 x (1 - .25) is noticed
        (RUN, held("oversight.ledger")): 0.3,
    }


def test_the_monitor_is_read_as_it_was_before_the_act() -> None:
    plan = blueprint_of(tiny([row("blind", "oversight.monitor"), row("leak", "out.leak")], oversight=watched("block")))
    assert step(plan, "blind", RUN)[(RUN, held())] == pytest.approx(0.4)


def test_granted_acts_are_never_noticed() -> None:
    plan = blueprint_of(tiny(oversight=watched("stop", 1.0)))
    assert step(plan, "desk.answer", RUN) == {(RUN, held("out.done")): 0.3, (RUN, held()): 0.7}


ASKED = {"tool": "desk.pay", "effects": ["out.paid"], "success": 0.5, "ask": "lead"}


def test_a_request_is_decided_at_the_rate_of_its_latency_and_a_refusal_locks_it() -> None:
    approvals = {"lead": {"grant": 0.8, "latency": 4}}
    plan = blueprint_of(tiny(grants=[ASKED], oversight=calm(approvals=approvals)))
    assert step(plan, "desk.pay", RUN) == {
        (RUN, held("out.paid")): 0.1,  # .8 / 4, and works with .5
        (RUN, held("refused.desk.pay")): 0.05,  # .2 / 4
        (RUN, held()): 0.85,
    }
    assert "desk.pay" not in offered(plan, RUN, "refused.desk.pay")


def test_a_request_that_may_be_repeated_is_never_locked() -> None:
    approvals = {"lead": {"grant": 0.8, "latency": 4, "retry": True}}
    plan = blueprint_of(tiny(grants=[ASKED], oversight=calm(approvals=approvals)))
    assert step(plan, "desk.pay", RUN) == {(RUN, held("out.paid")): 0.1, (RUN, held()): 0.9}


def test_every_overseer_asked_must_agree_and_the_slowest_sets_the_pace() -> None:
    approvals = {"lead": {"grant": 0.5, "latency": 1}, "ops": {"grant": 0.4, "latency": 5}}
    grant = {**ASKED, "ask": ["lead", "ops"], "success": 1.0}
    plan = blueprint_of(tiny(grants=[grant], oversight=calm(approvals=approvals)))
    assert step(plan, "desk.pay", RUN) == {
        (RUN, held("out.paid")): 0.04,  # .5 x .4 / 5
        (RUN, held("refused.desk.pay")): 0.16,
        (RUN, held()): 0.8,
    }


def test_whoever_got_round_the_approval_asks_nobody() -> None:
    plan = blueprint_of(tiny([row("forge", "oversight.approval")], grants=[ASKED], oversight=calm()))
    assert step(plan, "desk.pay", RUN, "oversight.approval") == {
        (RUN, held("out.paid", "oversight.approval")): 0.5,
        (RUN, held("oversight.approval")): 0.5,
    }
    assert "desk.pay" in offered(plan, RUN, "oversight.approval", "refused.desk.pay")


def test_the_best_help_at_hand_sets_the_success() -> None:
    grants: list[dict[str, Any]] = [
        {"tool": "desk.note", "effects": ["info.notes"]},
        {"tool": "desk.book", "effects": ["info.book"]},
        {
            "tool": "desk.write",
            "effects": ["out.report"],
            "success": 0.2,
            "helps": {"info.notes": 0.5, "info.book": 0.9},
        },
    ]
    plan = blueprint_of(tiny(grants=grants, oversight=calm()))

    def chance(*facts: str) -> float:
        return step(plan, "desk.write", RUN, *facts)[(RUN, held("out.report", *facts))]

    assert [chance(), chance("info.notes"), chance("info.book"), chance("info.notes", "info.book")] == [
        0.2,
        0.5,
        0.9,
        0.9,
    ]


def test_a_counted_outcome_saturates_at_the_highest_level_anybody_asks_for() -> None:
    task = {"task": [{"when": "out.done >= 3"}]}
    plan = blueprint_of(tiny(purpose=task, oversight=calm()))
    levels = ("out.done>=1", "out.done>=2", "out.done>=3")
    assert step(plan, "desk.answer", RUN) == {(RUN, held(levels[0])): 0.3, (RUN, held()): 0.7}
    assert step(plan, "desk.answer", RUN, *levels[:2]) == {(RUN, held(*levels)): 0.3, (RUN, held(*levels[:2])): 0.7}
    assert "desk.answer" not in offered(plan, RUN, *levels)


def test_money_runs_out_and_comes_back() -> None:
    grants = [
        {"tool": "desk.buy", "effects": ["money.spend", "out.bought"]},
        {"tool": "desk.sell", "effects": ["money.earn", "not out.bought"]},
    ]
    plan = blueprint_of(tiny(grants=grants, budget={"money": "10 EUR/day"}, oversight=calm()))
    assert plan.factored.start_facts == plan.bits["money>=1"] | plan.bits["money>=2"]
    assert step(plan, "desk.buy", RUN, "money>=1") == {(RUN, held("out.bought")): 1.0}
    assert "desk.buy" not in offered(plan, RUN)
    full = ("money>=1", "money>=2", "money>=3")
    assert step(plan, "desk.sell", RUN, *full[:2], "out.bought") == {(RUN, held(*full)): 1.0}
    assert "desk.sell" not in offered(plan, RUN, *full)


def test_an_act_that_needs_something_waits_for_it() -> None:
    grants = [
        {"tool": "desk.read", "effects": ["info.file"]},
        {"tool": "desk.send", "needs": ["info.file"], "effects": ["out.sent"]},
    ]
    plan = blueprint_of(tiny([row("post", "out.posted", needs=["info.*"])], grants=grants, oversight=calm()))
    assert "desk.send" not in offered(plan, RUN)
    assert "post" not in offered(plan, RUN)
    assert {"desk.send", "post"} <= set(offered(plan, RUN, "info.file"))


def test_the_successor_may_only_do_what_is_granted() -> None:
    plan = blueprint_of(tiny([row("leak", "out.leak")], oversight=calm(correct={"rate": 0.1}, retask={"rate": 0.1})))
    for mode in (Mode.CORRECTED, Mode.RETASKED):
        assert set(offered(plan, mode)) == {"desk.answer", "desk.other"}
    for mode in (Mode.STOPPED, Mode.DOWN):
        assert offered(plan, mode) == ()
