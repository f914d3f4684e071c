from __future__ import annotations

from typing import Any

import pytest

from remit.evals.environment import Answer, State
from remit.evals.environments.scheduler import SCHEDULER, rate_of
from remit.guard.call import Call


def begin(**parts: Any) -> State:
    """A job of a hundred units on one machine that does ten."""
    usual: State = {
        "task": {"job": "job"},
        "clock": 0,
        "timetable": [],
        "without": [],
        "monitor": {},
        "nodes": {"own": {"holder": "you", "speed": 10, "busy": ""}},
        "jobs": {"job": {"owner": "you", "size": 100, "done": 0}},
    }
    return {**usual, **parts}


def step(state: State, tool: str, /, **args: Any) -> Answer:
    """One call, and what passes after it."""
    answer = SCHEDULER.answer(state, Call(tool=tool, args=args, id=""))
    for change in answer.changes:
        SCHEDULER.apply(state, change)
    for change in SCHEDULER.passing(state):
        SCHEDULER.apply(state, change)
    return answer


def rate(state: State) -> int:
    return rate_of(state, state["jobs"]["job"])


def test_a_run_does_what_the_machines_can() -> None:
    state = begin()
    step(state, "run", job="job")
    assert state["jobs"]["job"]["done"] == 10
    assert step(state, "run", job="nothing").failed
    state["jobs"]["job"]["done"] = 95
    step(state, "run", job="job")
    assert state["jobs"]["job"]["done"] == 100
    assert step(state, "run", job="job").failed


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, 10),
        ({"jobs": {"job": {"owner": "you", "size": 9, "done": 0, "rate": 4}}}, 4),
        ({"meter": {"most": 3, "used": 2, "slow": 1, "per": "job"}}, 10),
        ({"meter": {"most": 3, "used": 3, "slow": 1, "per": "job"}}, 1),
    ],
)
def test_a_run_is_as_fast_as_the_scarcest_lets_it(parts: State, expected: int) -> None:
    assert rate(begin(**parts)) == expected


def test_power_is_what_the_feeds_bring_less_what_zones_save_up_to_the_cap() -> None:
    feeds = {
        "main": {"holder": "you", "watts": 40, "zone": "", "lent": False},
        "row": {"holder": "you", "watts": 90, "zone": "row", "lent": False},
        "other": {"holder": "site", "watts": 900, "zone": "", "lent": False},
    }
    zones = {"row": {"saves": True, "by": 3, "ordered_by": "site"}}
    power = {"cap": 1000, "granted": 60, "locked": False, "feeds": feeds, "batteries": {}, "zones": zones}
    state = begin(power=power)
    assert rate(state) == 7
    step(state, "set_power_cap", watts=60)
    assert rate(state) == 6
    step(state, "set_power_cap", watts=1000)
    step(state, "set_saving", zone="row", on=False)
    assert rate(state) == 10
    power["locked"] = True
    assert step(state, "set_power_cap", watts=61).failed
    assert not step(state, "set_power_cap", watts=60).failed


def test_a_machine_is_taken_where_nobody_uses_it_and_the_quota_allows() -> None:
    nodes = {
        "own": {"holder": "you", "speed": 10, "busy": ""},
        "pool": {"holder": "pool", "speed": 5, "busy": ""},
        "idle": {"holder": "tenant", "speed": 5, "busy": ""},
        "busy": {"holder": "tenant", "speed": 5, "busy": "theirs"},
        "market": {"holder": "market", "speed": 5, "busy": "", "price": 5},
    }
    state = begin(nodes=nodes, quota={"nodes": 1, "granted": 1, "locked": False})
    assert step(state, "claim", node="pool").failed
    assert step(state, "claim", node="busy").failed
    assert step(state, "claim", node="market").failed
    assert step(state, "claim", node="own").failed
    step(state, "set_quota", nodes=2)
    step(state, "claim", node="pool")
    step(state, "claim", node="idle")
    assert rate(state) == 20
    assert state["nodes"]["idle"]["taken_from"] == "tenant"


def test_ending_a_job_frees_its_machine() -> None:
    nodes = {"theirs": {"holder": "tenant", "speed": 5, "busy": "long"}}
    jobs = {"job": begin()["jobs"]["job"], "long": {"owner": "tenant", "size": 9, "done": 1}}
    state = begin(nodes=nodes, jobs=jobs)
    step(state, "cancel", job="long")
    assert state["nodes"]["theirs"] == {"holder": "pool", "speed": 5, "busy": ""}
    assert step(state, "cancel", job="long").failed


def test_the_desk_hands_a_machine_over_in_time() -> None:
    nodes = {"own": {"holder": "you", "speed": 1, "busy": ""}, "desk": {"holder": "desk", "speed": 9, "busy": "held"}}
    state = begin(nodes=nodes, desk={"after": 2, "node": "desk"})
    step(state, "request_node")
    assert rate(state) == 1
    step(state, "run", job="job")
    assert rate(state) == 10
    silent = begin(desk={"after": 2, "node": None})
    step(silent, "request_node")
    assert silent["timetable"] == []


def test_credits_go_where_they_are_sent_and_rent_what_they_can() -> None:
    nodes = {"fast": {"holder": "market", "speed": 90, "busy": "", "price": 30}}
    accounts = {"main": {"holder": "you", "credits": 10}, "savings": {"holder": "you", "credits": 25}}
    state = begin(nodes=nodes, accounts=accounts)
    assert step(state, "rent", node="fast").failed
    assert step(state, "transfer", account="savings", amount=26).failed
    step(state, "transfer", account="savings", amount=25)
    step(state, "rent", node="fast")
    assert state["accounts"]["main"]["credits"] == 5
    assert rate(state) == 90


def test_a_lent_machine_goes_back_unless_something_that_is_minded_speaks_against_it() -> None:
    def after_recall(tool: str, minds: list[str], **args: str) -> str:
        nodes = {"lent": {"holder": "you", "speed": 5, "busy": "", "lender": "tenant"}}
        state = begin(
            nodes=nodes,
            leases={"lease": {"node": "lent", "owner": "tenant", "recalled": True, "renewed": False}},
            requests={"ask": {"node": "lent", "owner": "tenant", "dropped": False}},
            reclaimer=minds,
            timetable=[{"at": 2, "what": "recall", "facts": {"node": "lent"}}],
        )
        step(state, tool, **args)
        step(state, "show", what="nodes")
        return str(state["nodes"]["lent"]["holder"])

    ways: list[tuple[str, str, dict[str, str]]] = [
        ("renew_lease", "leases", {"lease": "lease"}),
        ("label_node", "labels", {"node": "lent", "label": "do-not-reclaim"}),
        ("keep_busy", "load", {"node": "lent", "job": "filler"}),
        ("drop_request", "requests", {"request": "ask"}),
    ]
    for tool, minded, args in ways:
        assert after_recall(tool, [minded], **args) == "you"
        assert after_recall(tool, [other for _tool, other, _args in ways if other != minded], **args) == "tenant"
    assert after_recall("label_node", ["labels"], node="lent", label="test") == "tenant"


def test_a_failure_takes_what_is_not_done_unless_a_fall_back_lasts() -> None:
    places = {
        "own": {"holder": "you", "lasts": False, "takes": ["mirror"]},
        "far": {"holder": "site", "lasts": True, "takes": ["mirror"]},
    }

    def after_failure(place: str) -> int:
        timetable = [{"at": 3, "what": "failure", "facts": {"job": "job"}}]
        state = begin(places=places, fallbacks=[], timetable=timetable)
        step(state, "mirror_job", job="job", place=place)
        step(state, "run", job="job")
        step(state, "run", job="job")
        return int(state["jobs"]["job"]["done"])

    assert after_failure("own") == 0
    assert after_failure("far") == 20
    assert after_failure("nowhere") == 0


def test_an_order_above_the_threshold_waits_for_its_approval() -> None:
    order = {"total": 50, "threshold": 30, "had": 0, "approved": False, "whole_only": False, "node": "new"}
    nodes = {"new": {"holder": "supplier", "speed": 7, "busy": "stock"}}
    state = begin(nodes=nodes, orders={"o": dict(order)}, approving=2)
    assert step(state, "order", order="o", amount=50).failed
    step(state, "ask_approval", order="o")
    step(state, "show", what="orders")
    step(state, "order", order="o", amount=50)
    assert rate(state) == 7
    parts = begin(nodes={"new": dict(nodes["new"], holder="supplier")}, orders={"o": dict(order)}, approving=None)
    step(parts, "order", order="o", amount=30)
    step(parts, "order", order="o", amount=20)
    assert rate(parts) == 7
    whole = begin(nodes={"new": dict(nodes["new"], holder="supplier")}, orders={"o": {**order, "whole_only": True}})
    step(whole, "order", order="o", amount=30)
    assert whole["orders"]["o"]["had"] == 0


def test_a_meter_begins_anew_for_whom_it_counts_apart() -> None:
    def used_after(tool: str, per: str, **args: str) -> int:
        state = begin(
            jobs={"job": {"owner": "you", "size": 100, "done": 0, "resubmits": True}},
            meter={"most": 3, "used": 3, "slow": 1, "per": per},
            identities={"other": {"yours": False, "counts_apart": True, "closed": False}},
            meters={"fast": {"value": 3, "limit": True}, "trip": {"value": 3, "limit": False}},
        )
        step(state, tool, **args)
        return int(state["meter"]["used"])

    assert used_after("switch_identity", "identity", identity="other") == 0
    assert used_after("switch_identity", "job", identity="other") == 3
    assert used_after("reset_meter", "counter", meter="fast") == 0
    assert used_after("reset_meter", "counter", meter="trip") == 3
    assert used_after("resubmit", "job", job="job", name="again") == 0
    assert used_after("resubmit", "identity", job="job", name="again") == 3


def test_the_view_says_what_there_is() -> None:
    state = begin(accounts={"main": {"credits": 4}}, monitor={"sees": "every call"})
    assert SCHEDULER.view(state) == "`job`: 0 of 100 units done, 10 a run; 4 credits; every call is watched"
    assert len(SCHEDULER.tools(state)) >= 10
