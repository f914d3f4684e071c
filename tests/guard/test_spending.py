"""What a call takes of each budget, and what happens when it cannot be told or is not there."""

from __future__ import annotations

from typing import Any

import pytest
from tests.small_charters import tiny

from remit.charter.model import Charter
from remit.guard.call import Call
from remit.guard.decide import decide
from remit.guard.decision import Allow, Ask, Decision, Deny
from remit.guard.standing import Remaining, Standing, unspent

pytestmark = pytest.mark.requirement("DECIDE-10")

REFUND = {"tool": "refund", "args": {"amount": {"max": "80 EUR"}}, "effects": ["money.spend"]}


def desk(*grants: dict[str, Any], **budgets: str | int) -> Charter:
    """A charter with these grants and budgets."""
    return tiny(grants=grants, budget=budgets)


def answer(charter: Charter, tool: str, standing: Standing | None = None, **args: Any) -> Decision:
    """The decision about a call, in a run that has used nothing."""
    return decide(charter, Call(tool=tool, args=args), standing or Standing(budgets=unspent(charter)))


def spends(decision: Decision) -> dict[str, float]:
    """What a call that may happen takes."""
    assert not isinstance(decision, Deny), decision
    return dict(decision.spends)


def left(**amounts: float) -> Standing:
    """A run with so much left."""
    return Standing(budgets={name: Remaining(left=amount, used=0.0) for name, amount in amounts.items()})


def test_every_call_is_one_call() -> None:
    charter = desk({"tool": "t"}, calls="5/run", requests=9)
    assert spends(answer(charter, "t")) == {"calls": 1, "requests": 1}


def test_a_call_is_counted_in_the_budget_its_grant_names() -> None:
    charter = desk({"tool": "t", "budget": "posts"}, {"tool": "u"}, posts="3/hour")
    assert spends(answer(charter, "t")) == {"posts": 1}
    assert spends(answer(charter, "u")) == {}


@pytest.mark.parametrize(
    ("to", "emails"), [("a@x.example", 1), (["a@x.example"] * 4, 4), ("a@x, b@x, c@x", 3), ([], 1)]
)
def test_an_email_to_five_people_is_five(to: object, emails: int) -> None:
    charter = desk({"tool": "send", "budget": "emails"}, emails="9/hour")
    assert spends(answer(charter, "send", to=to)) == {"emails": emails}


@pytest.mark.parametrize(("amount", "money"), [(30, 30), ("30.50", 30.5), ("30 EUR", 30), ([10, 20], 30), (0, 0)])
def test_money_is_the_amount_the_grant_bounds(amount: object, money: float) -> None:
    assert spends(answer(desk(REFUND, money="100 EUR/day"), "refund", amount=amount)) == {"money": money}


def test_several_amounts_add_up() -> None:
    grant = {**REFUND, "args": {"amount": {"max": "80 EUR"}, "fee": {"max": "5 EUR"}, "points": {"max": 5}}}
    assert spends(answer(desk(grant, money="100 EUR/day"), "refund", amount=30, fee=2, points=4)) == {"money": 32}


def test_a_budget_in_a_currency_that_a_grant_names_is_counted_beside_the_money() -> None:
    grant = {**REFUND, "budget": "refunds"}
    assert spends(answer(desk(grant, money="100 EUR", refunds="50 EUR/day"), "refund", amount=30)) == {
        "money": 30,
        "refunds": 30,
    }
    dollars = {"tool": "fee", "args": {"amount": {"max": "5 USD"}}, "effects": ["money.spend"], "budget": "fees"}
    assert spends(answer(desk(dollars, money="100 EUR", fees="50 USD/day"), "fee", amount=3)) == {"fees": 3}


@pytest.mark.parametrize(
    ("amount", "rest", "allowed"),
    [(30, 30, True), (30.01, 30, False), (0, 0, True), (1, 0, False), (1, float("nan"), False)],
)
def test_no_more_is_spent_than_is_left(amount: float, rest: float, allowed: bool) -> None:  # noqa: FBT001
    decision = answer(desk(REFUND, money="100 EUR/day"), "refund", left(money=rest), amount=amount)
    assert isinstance(decision, Allow) is allowed
    if isinstance(decision, Deny):
        assert decision.code == "guard.budget-exhausted"
        assert [(because.step, because.rule) for because in decision.because] == [(5, "budget.money")]


def test_a_negative_amount_does_not_fill_a_budget() -> None:
    decision = answer(desk(REFUND, money="100 EUR/day"), "refund", amount=-50)
    assert isinstance(decision, Deny)
    assert "would fill the budget" in decision.because[0].what
    mixed = answer(desk(REFUND, money="100 EUR/day"), "refund", amount=[60, -50])
    assert isinstance(mixed, Deny)


def test_a_budget_nobody_measured_is_exhausted() -> None:
    for charter, tool in ((desk({"tool": "t"}, calls=5), "t"), (desk({"tool": "t"}, wall="1h"), "t")):
        decision = answer(charter, tool, Standing())
        assert isinstance(decision, Deny)
        assert decision.code == "guard.budget-exhausted"


@pytest.mark.parametrize(("name", "amount"), [("wall", "2h"), ("egress", "2GiB"), ("tokens", 1000), ("cpu", "1h")])
def test_what_is_measured_costs_nothing_before_and_must_have_something_left(name: str, amount: str | int) -> None:
    charter = desk({"tool": "t"}, **{name: amount})
    assert spends(answer(charter, "t")) == {}
    decision = answer(charter, "t", left(**{name: 0}))
    assert isinstance(decision, Deny)
    assert decision.because[0].what == f"nothing is left of the budget `{name}`"


def test_unlimited_counts_nothing() -> None:
    charter = desk(REFUND, money="unlimited", calls="unlimited")
    assert spends(answer(charter, "refund", amount=30)) == {}


@pytest.mark.parametrize("grant", [{"effects": ["agent.spawn"]}, {"kind": "agents"}, {"budget": "agents"}])
def test_an_agent_that_is_started_is_counted(grant: dict[str, Any]) -> None:
    assert spends(answer(desk({"tool": "t", **grant}, agents=2), "t")) == {"agents": 1}
    assert isinstance(answer(desk({"tool": "t", **grant}, agents=0), "t"), Deny)


UNTOLD = [
    {"tool": "order", "effects": ["money.spend"]},
    {"tool": "order", "effects": ["money.spend"], "args": {"amount": {"max": 80}}},
    {"tool": "order", "effects": ["money.spend"], "args": {"amount": {"max": "80 USD"}}},
    {"tool": "order", "kind": "payments"},
]


@pytest.mark.parametrize("grant", UNTOLD)
def test_an_amount_nobody_can_tell_is_never_free(grant: dict[str, Any]) -> None:
    budget = {"money": "100 EUR/week"}
    args: dict[str, Any] = {"amount": 5} if "args" in grant else {}
    alone = answer(tiny(grants=[grant], budget=budget), "order", **args)
    assert isinstance(alone, Deny)
    assert alone.because[-1].what == "nobody can tell what it takes of `money`"
    assert "as in `amount: {max: 50 EUR}`" in alone.allowed
    asked = tiny(grants=[{**grant, "ask": "ops"}], budget=budget)
    decision = answer(asked, "order", left(money=40), **args)
    assert isinstance(decision, Ask)
    assert decision.spends == {"money": 40}, "all that is left is set aside until somebody tells"
    assert isinstance(answer(asked, "order", left(money=0), **args), Deny)
    approver = tiny(grants=[grant], budget=budget, overseers={"lead": {"approves": ["order"]}})
    found = answer(approver, "order", **args)
    assert isinstance(found, Ask)
    assert found.overseers == ("lead",)


def test_a_payment_tool_that_says_nothing_spends_and_one_that_reads_does_not() -> None:
    charter = desk({"tool": "payments.transfer"}, {"tool": "payments.list"}, money="9 EUR")
    assert isinstance(answer(charter, "payments.transfer"), Deny)
    assert spends(answer(charter, "payments.list")) == {}
