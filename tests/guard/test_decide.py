"""What ``decide`` answers, step by step, and which rules it names."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from tests.small_charters import tiny

from remit.charter.model import Charter
from remit.guard.call import Call
from remit.guard.decide import decide
from remit.guard.decision import Allow, Ask, Decision, Deny
from remit.guard.rules.looking import as_written
from remit.guard.rules.rulebook import Rulebook
from remit.guard.rules.signature import Signature
from remit.guard.standing import Phase, Remaining, Standing, unspent

PIN = "sha256:" + "0" * 64


def desk(*grants: dict[str, Any], limits: list[dict[str, Any]] | None = None, **parts: Any) -> Charter:
    """A charter with these grants and limits, and nothing else that could let a call through."""
    return tiny(grants=grants, limits=limits or [], **parts)


def answer(charter: Charter, tool: str, /, standing: Standing | None = None, **args: object) -> Decision:
    """The decision about a call, in a run that has used nothing."""
    standing = Standing(budgets=unspent(charter), cwd="/w") if standing is None else standing
    return decide(charter, Call(tool=tool, args=args), standing, resolver=as_written)


def steps(decision: Decision) -> list[tuple[int, str]]:
    """The numbered steps and rules that determined a decision."""
    return [(because.step, because.rule) for because in decision.because]


def test_a_grant_lets_its_tool_through_and_says_so_with_its_place() -> None:
    decision = answer(desk({"tool": "crm.read", "effects": ["info.orders"]}), "crm.read", id=7)
    assert isinstance(decision, Allow)
    assert steps(decision) == [(3, "grants.2")]
    assert str(decision.because[0]).startswith("tiny.yaml:1:")
    assert decision.args == {"id": 7}
    assert decision.effects == ("info.orders",)


def test_silence_denies_and_the_nearest_tools_are_named() -> None:
    decision = answer(desk({"tool": "crm.read"}), "crm.raed")
    assert isinstance(decision, Deny)
    assert steps(decision) == [(4, "grants")]
    assert decision.allowed == "granted tools are `crm.read`"
    assert decision.code == "guard.denied"


@pytest.mark.requirement("DECIDE-06")
def test_a_denial_says_what_kept_each_grant_from_covering_and_what_would_be_covered() -> None:
    charter = desk({"tool": "pay", "args": {"amount": {"max": "80 EUR"}}}, {"tool": "pay", "args": {"to": "me"}})
    decision = answer(charter, "pay", amount=81)
    assert isinstance(decision, Deny)
    assert steps(decision) == [(3, "grants.2.args.amount"), (3, "grants.3.args.to")]
    assert decision.allowed == "`pay` where `amount` is at most 80 EUR; or where `to` is `me`"


@pytest.mark.parametrize("phase", ["held", "stopped", "expired"])
def test_nothing_happens_in_a_run_that_does_not_run(phase: Phase) -> None:
    charter = desk({"tool": "crm.read"})
    decision = decide(charter, Call(tool="crm.read"), Standing(phase=phase))
    assert isinstance(decision, Deny)
    assert steps(decision) == [(1, "")]
    assert decision.because[0].what == f"the run is {phase}"


def test_a_limit_always_beats_a_grant() -> None:
    charter = desk({"tool": "crm.wipe"}, {"tool": "*"}, limits=[{"tool": "crm.wipe", "why": "records stay"}])
    decision = answer(charter, "crm.wipe")
    assert isinstance(decision, Deny)
    assert steps(decision) == [(2, "limits.0")]
    assert "records stay" in decision.because[0].what
    assert decision.allowed == ""
    assert isinstance(answer(charter, "crm.read"), Allow)


def test_every_limit_that_is_crossed_is_named() -> None:
    limits = [{"tool": "t", "when": "call.args.n > 3"}, {"effect": "money.*"}, {"tool": "t", "when": "call.args.n > 9"}]
    decision = answer(desk({"tool": "t", "effects": ["money.spend"]}, limits=limits), "t", n=5)
    assert steps(decision) == [(2, "limits.0"), (2, "limits.1")]
    assert isinstance(decision, Deny)


def test_a_limit_with_a_condition_says_outside_of_what_the_tool_may_be_used() -> None:
    decision = answer(desk({"tool": "t"}, limits=[{"tool": "t", "when": "call.args.n > 3"}]), "t", n=5)
    assert isinstance(decision, Deny)
    assert decision.allowed == "`t` where `call.args.n > 3` is shown not to hold"


@pytest.mark.parametrize(
    ("effect", "limit", "denied"),
    [
        ("oversight.stop", "oversight.*", True),
        ("oversight.stop", "oversight.stop", True),
        ("oversight.stop", "oversight.monitor", False),
        ("out.sent", "oversight.*", False),
        ("not out.sent", "out.*", False),
        ("irreversible", "irreversible", True),
    ],
)
def test_a_limit_on_an_effect_forbids_what_a_covering_grant_says_it_does(effect: str, limit: str, denied: bool) -> None:  # noqa: FBT001
    charter = desk({"tool": "t", "effects": [effect], "ask": "ops"}, limits=[{"effect": limit}])
    assert isinstance(answer(charter, "t"), Deny) is denied


def test_a_limit_on_an_effect_and_a_tool_speaks_of_the_two_together() -> None:
    grants: list[dict[str, Any]] = [
        {"tool": "a", "effects": ["out.x"]},
        {"tool": "b", "effects": ["out.x"]},
        {"tool": "c"},
    ]
    charter = desk(*grants, limits=[{"effect": "out.x", "tool": "a"}])
    assert [type(answer(charter, tool)) for tool in "abc"] == [Deny, Allow, Allow]


def test_the_effects_of_a_call_are_those_of_every_grant_that_covers_it() -> None:
    grants: list[dict[str, Any]] = [
        {"tool": "t", "args": {"n": {"max": 5}}, "effects": ["out.low"]},
        {"tool": "*", "effects": ["out.any"]},
    ]
    charter = desk(*grants)
    low, high = answer(charter, "t", n=3), answer(charter, "t", n=30)
    assert isinstance(low, Allow)
    assert isinstance(high, Allow)
    assert low.effects == ("out.low", "out.any")
    assert high.effects == ("out.any",)


@pytest.mark.requirement("DECIDE-08")
@pytest.mark.parametrize(
    ("when", "args"),
    [
        ("call.args.amount > 90", {}),
        ("call.args.amount > 90", {"amount": "95"}),
        ("call.args.amount > 90", {"amount": None}),
        ("call.args.name == 'x'", {"name": ["x"]}),
        ("call.args.count == 1000000", {"count": "1,000,000"}),
        ("call.args.count in [1, 2]", {"count": "1"}),
        ("call.args.a == call.args.b", {"a": "1", "b": 1}),
        ("call.recipients > 5", {"message": "x"}),
        ("session.nights > 3", {}),
        ("budget.money.left < 3", {}),
        ("call.args.items[5] == 1", {"items": [1]}),
        ("call.args.n / 0 == 1", {"n": 1}),
        ("call.args.n", {"n": 1}),
    ],
)
def test_a_limit_that_cannot_be_evaluated_counts_as_crossed(when: str, args: dict[str, Any]) -> None:
    charter = desk({"tool": "t"}, limits=[{"tool": "t", "when": when}], budget={"money": "unlimited"})
    decision = answer(charter, "t", **args)
    assert isinstance(decision, Deny)
    assert steps(decision) == [(2, "limits.0")]
    assert "cannot be evaluated" in decision.because[0].what


@pytest.mark.requirement("DECIDE-08")
@pytest.mark.parametrize(
    ("grant", "args"),
    [
        ({"when": "call.args.n < 3"}, {}),
        ({"when": "call.args.n != 3"}, {"n": "3"}),
        ({"when": "!(call.args.n == 'x')"}, {"n": ["x"]}),
        ({"args": {"n": {"max": 3}}}, {"n": "x"}),
        ({"args": {"n": {"max": 3}}}, {"n": None}),
        ({"args": {"n": {"max": 3}}}, {}),
        ({"args": {"n": {"known": True}}}, {"n": "bob"}),
        ({"args": {"n": {"domain": ["a.example"]}}}, {"n": []}),
        ({"pinned": PIN}, {}),
        ({"needs": ["info.orders"]}, {}),
    ],
)
def test_a_grant_that_cannot_be_evaluated_does_not_grant(grant: dict[str, Any], args: dict[str, Any]) -> None:
    decision = answer(desk({"tool": "t", **grant}), "t", **args)
    assert isinstance(decision, Deny)
    assert [step for step, _rule in steps(decision)] == [3]


def test_a_pin_holds_the_definition_a_tool_was_granted_with() -> None:
    charter = desk({"tool": "t", "pinned": PIN})
    assert isinstance(decide(charter, Call(tool="t", schema=PIN), Standing()), Allow)
    assert isinstance(decide(charter, Call(tool="t", schema=PIN[:-1] + "1"), Standing()), Deny)


def test_needs_are_what_the_run_knows_to_hold_or_was_given_and_kept() -> None:
    charter = desk({"tool": "t", "needs": ["info.a"]}, {"tool": "u", "needs": ["info.b"]})
    given = desk({"tool": "t", "needs": ["info.a"]}, purpose={"given": ["info.a"]})
    told = Standing(facts={"info.a": True, "info.b": 1})
    assert isinstance(decide(charter, Call(tool="t"), told), Allow)
    assert isinstance(decide(charter, Call(tool="u"), told), Deny)
    assert isinstance(decide(given, Call(tool="t"), Standing()), Allow)
    assert isinstance(decide(given, Call(tool="t"), Standing(facts={"info.a": False})), Deny)


def test_a_fact_that_does_not_hold_yet_comes_with_the_tools_that_bring_it_about() -> None:
    charter = desk({"tool": "t", "needs": ["info.a"]}, {"tool": "look", "effects": ["info.a"]}, {"tool": "other"})
    decision = answer(charter, "t")
    assert isinstance(decision, Deny)
    assert decision.allowed == "`t` where it already has `info.a`; `info.a` comes of `look`"


def test_where_nothing_of_a_budget_is_left_no_other_call_is_said_to_fit() -> None:
    grant = {"tool": "t", "args": {"amount": {"max": "80 EUR"}}, "budget": "money"}
    charter = desk(grant, budget={"money": "100 EUR/run"})
    some = answer(charter, "t", Standing(budgets={"money": Remaining(left=20.0, used=80.0)}), amount=30)
    none = answer(charter, "t", Standing(budgets={"money": Remaining(left=0.0, used=100.0)}), amount=30)
    assert isinstance(some, Deny)
    assert isinstance(none, Deny)
    assert (bool(some.allowed), none.allowed) == (True, "")


def test_who_is_known_is_asked_of_the_standing() -> None:
    charter = desk({"tool": "t", "args": {"to": {"known": True}}})
    known = Standing(known=frozenset({"Bob@acme.example"}))
    assert isinstance(answer(charter, "t", known, to="bob@acme.example"), Allow)
    assert isinstance(answer(charter, "t", known, to="eve@acme.example"), Deny)


@pytest.mark.requirement("DECIDE-09")
def test_every_overseer_every_covering_grant_asks_must_agree() -> None:
    charter = desk({"tool": "t", "ask": "ops"}, {"tool": "*", "ask": ["lead", "ops"]}, {"tool": "t"})
    decision = answer(charter, "t")
    assert isinstance(decision, Ask)
    assert decision.overseers == ("ops", "lead")
    assert [entry for entry in steps(decision) if entry[0] == 6] == [(6, "grants.2.ask"), (6, "grants.3.ask")]


@pytest.mark.requirement("DECIDE-09")
@pytest.mark.parametrize(
    "effect", ["irreversible", "data.destroy", "compute.acquire", "oversight.monitor", "self.replicate"]
)
def test_what_is_reserved_for_a_person_asks_those_who_approve_it_and_is_denied_without_any(effect: str) -> None:
    nobody = desk({"tool": "db.drop", "effects": [effect]})
    asked = desk({"tool": "db.drop", "effects": [effect]}, overseers={"ops": {"approves": [effect]}})
    by_tool = desk({"tool": "db.drop", "effects": [effect]}, overseers={"lead": {"approves": ["db.drop"]}})
    named = desk({"tool": "db.drop", "effects": [effect], "ask": "ops"}, overseers={"lead": {"approves": ["db.drop"]}})
    decision = answer(nobody, "db.drop")
    assert isinstance(decision, Deny)
    assert decision.because[0].what == f"`{effect}` is for a person to decide"
    for charter, overseers in ((asked, ("ops",)), (by_tool, ("lead",)), (named, ("ops",))):
        found = answer(charter, "db.drop")
        assert isinstance(found, Ask)
        assert found.overseers == overseers


def test_a_grant_with_arguments_admits_those_it_names_and_those_the_tool_lists() -> None:
    charter = desk({"tool": "mail", "args": {"to": {"domain": ["a.example"]}}}, {"tool": "free"})
    call = Call(tool="mail", args={"to": "x@a.example", "subject": "hi"})
    listed = Signature(names=("to", "subject", "bcc"))
    assert isinstance(decide(charter, call, Standing()), Deny)
    assert isinstance(decide(charter, call, Standing(), signature=listed), Allow)
    assert isinstance(decide(charter, Call(tool="free", args={"anything": 1}), Standing()), Allow)
    copied = Call(tool="mail", args={"to": "x@a.example", "bcc": "eve@evil.example"})
    decision = decide(charter, copied, Standing(), signature=listed)
    assert isinstance(decision, Deny)
    assert decision.because[0].what == "the grant says nothing of `bcc`"


def test_an_open_signature_lets_no_unnamed_argument_past_a_grant_that_names_some() -> None:
    charter = desk({"tool": "named", "args": {"n": {"max": 3}}}, {"tool": "free"})
    anything = Signature(names=("n",), open=True)
    assert isinstance(decide(charter, Call(tool="free", args={"x": 1}), Standing(), signature=anything), Allow)
    named = Call(tool="named", args={"n": 1, "x": 1})
    assert isinstance(decide(charter, named, Standing(), signature=anything), Deny)


def test_a_named_argument_without_a_bound_may_be_anything() -> None:
    charter = desk({"tool": "mail", "args": {"to": {"domain": ["a.example"]}, "subject": {}}})
    for subject in ("hi", "", [], ["a", []], {"x": 1}, None, 3):
        assert isinstance(answer(charter, "mail", to="x@a.example", subject=subject), Allow)


@pytest.mark.requirement("DECIDE-03")
def test_fields_inside_arguments_are_looked_up_too() -> None:
    schema = {
        "properties": {
            "order": {"type": "object", "properties": {"id": {}, "lines": {"items": {"properties": {"sku": {}}}}}}
        }
    }
    signature = Signature.of_schema(schema)
    charter = desk({"tool": "t"})
    fine = Call(tool="t", args={"order": {"id": 1, "lines": [{"sku": 1}]}})
    assert isinstance(decide(charter, fine, Standing(), signature=signature), Allow)
    for order in ({"id": 1, "admin": True}, {"lines": [{"sku": 1}, {"price": 0}]}):
        decision = decide(charter, Call(tool="t", args={"order": order}), Standing(), signature=signature)
        assert isinstance(decision, Deny)
        assert steps(decision) == [(4, "")]


@pytest.mark.requirement("DECIDE-06")
@pytest.mark.parametrize(
    "args",
    [
        {"a": float("nan")},
        {"a": {1: 2}},
        {"a": "\ud800"},
        {"\ud800": 1},
        {"a": 2**60},
        {"a": object()},
        {"a": {"x", "y"}},
    ],
)
def test_a_call_that_cannot_be_written_down_is_denied(args: dict[str, Any]) -> None:
    decision = answer(desk({"tool": "*"}), "t", **args)
    assert isinstance(decision, Deny)
    assert steps(decision) == [(0, "")]


@pytest.mark.requirement("DECIDE-06")
def test_whatever_goes_wrong_while_deciding_denies() -> None:
    def broken(_path: str, /) -> str | None:
        raise RuntimeError("the disk is on fire")

    charter = desk({"tool": "t", "args": {"path": {"under": ["./work"]}}})
    decision = decide(charter, Call(tool="t", args={"path": "work/a"}), Standing(), resolver=broken)
    assert isinstance(decision, Deny)
    assert decision.because[0].what == "the call could not be decided: RuntimeError"
    deep: Any = []
    for _ in range(3000):
        deep = [deep]
    assert isinstance(decide(charter, Call(tool="t", args={"path": deep}), Standing()), Deny)
    assert isinstance(decide(charter, None, Standing()), Deny)  # type: ignore[arg-type]


def test_a_rulebook_made_once_answers_as_its_charter_does() -> None:
    charter = desk({"tool": "t", "args": {"n": {"max": 3}}}, limits=[{"tool": "t", "when": "call.args.n == 2"}])
    book = Rulebook.of(charter)
    calls = [Call(tool="t", args={"n": n}) for n in range(5)]
    assert [decide(book, call, Standing()) for call in calls] == [decide(charter, call, Standing()) for call in calls]
    assert book.tools == ("desk.answer", "desk.other", "t")


def test_conditions_see_the_call_the_budgets_and_the_session() -> None:
    limits = [
        {"tool": "t", "when": "budget.money.left < 30.0 && budget.money.used > 0.0"},
        {"tool": "t", "when": "session.night == true"},
        {"tool": "t", "when": "'out.sent' in call.effects && call.tool != 't'"},
    ]
    charter = desk({"tool": "t", "effects": ["out.sent"]}, limits=limits, budget={"money": "50 EUR/day"})
    for left, night, expected in ((50, False, []), (20, False, [0]), (50, True, [1]), (20, True, [0, 1])):
        standing = Standing(budgets={"money": Remaining(left=left, used=50.0 - left)}, facts={"night": night})
        assert steps(answer(charter, "t", standing)) == (
            [(2, f"limits.{number}") for number in expected] or [(3, "grants.2")]
        )


@pytest.mark.requirement("DECIDE-12")
def test_a_fresh_interpreter_decides_with_the_standard_library_alone() -> None:
    script = """
import sys
from remit.guard.decide import decide
from remit.guard.rules.rulebook import Rulebook
heavy = {"cel", "pydantic", "ruamel", "anyio", "cryptography", "mcp", "numpy", "starlette", "sqlite3", "asyncio", "rich"}
print(sorted(heavy & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
