"""What holds of every decision: limits only narrow, grants only widen, order does not matter, nothing raises."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.guard import made_up
from tests.small_charters import tiny

from remit.charter.model import Charter
from remit.charter.reader import charter_from_document
from remit.guard.call import Call
from remit.guard.decide import decide
from remit.guard.decision import Allow, Ask, Decision, Deny
from remit.guard.rules.looking import as_written
from remit.guard.rules.rulebook import Rulebook
from remit.guard.rules.signature import Signature
from remit.guard.standing import Remaining, Standing

SEEDS = st.integers(0, 2**32)


def answer(charter: Charter, call: Call, standing: Standing, signature: Signature | None = None) -> Decision:
    """The decision about a call."""
    return decide(charter, call, standing, signature=signature, resolver=as_written)


def width(decision: Decision) -> int:
    """How much is let through: 0 denied, 1 asked about, 2 allowed."""
    match decision:
        case Deny():
            return 0
        case Ask():
            return 1
        case Allow():
            return 2


def question(seed: int) -> tuple[Random, Charter, Call, Standing, Signature | None]:
    """A made-up charter and a call in a run."""
    random = Random(seed)
    charter = made_up.charter(random, conditions=True)
    return random, charter, made_up.call(random, charter), made_up.standing(random), made_up.signature(random)


def with_parts(charter: Charter, **parts: Any) -> Charter:
    """The charter with other grants or limits."""
    return charter_from_document({**charter.document, **parts})


@pytest.mark.requirement("DECIDE-05")
@given(seed=SEEDS, other=SEEDS)
def test_adding_a_limit_never_widens(seed: int, other: int) -> None:
    _random, charter, call, standing, signature = question(seed)
    more = made_up.charter(Random(other), conditions=True).document["limits"]
    tighter = with_parts(charter, limits=[*_listed(charter.document["limits"]), *_listed(more)])
    before, after = answer(charter, call, standing, signature), answer(tighter, call, standing, signature)
    assert width(after) <= width(before)


@pytest.mark.requirement("DECIDE-05")
@given(seed=SEEDS)
def test_taking_away_a_grant_that_demands_nothing_never_widens(seed: int) -> None:
    random, charter, call, standing, signature = question(seed)
    assume(charter.grants)
    gone = random.randrange(len(charter.grants))
    rest = [grant for number, grant in enumerate(_listed(charter.document["grants"])) if number != gone]
    fewer = with_parts(charter, grants=rest)
    taken = charter.grants[gone]
    same = _spellings(charter, call) == _spellings(fewer, call)
    assume(not taken.ask and not taken.effects and taken.kind != "payments" and same)
    before, after = answer(charter, call, standing, signature), answer(fewer, call, standing, signature)
    assert width(after) <= width(before)


@pytest.mark.requirement("DECIDE-05")
@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(seed=SEEDS)
def test_without_a_grant_that_covers_it_no_call_happens(seed: int) -> None:
    _random, charter, call, standing, signature = question(seed)
    decision = answer(charter, call, standing, signature)
    covering = {because.rule for because in decision.because if because.step == 3 and not isinstance(decision, Deny)}
    kept = [
        grant for number, grant in enumerate(_listed(charter.document["grants"])) if f"grants.{number}" not in covering
    ]
    assume(covering)
    fewer = with_parts(charter, grants=kept)
    before, after = _spellings(charter, call), _spellings(fewer, call)
    assume(all(after[name] in (None, before[name]) for name in after))  # else another spelling is another call
    assert isinstance(answer(fewer, call, standing, signature), Deny)


@pytest.mark.requirement("DECIDE-05")
@given(seed=SEEDS)
def test_the_order_of_arguments_grants_and_limits_does_not_matter(seed: int) -> None:
    random, charter, call, standing, signature = question(seed)
    items, grants, limits = (
        list(call.args.items()),
        _listed(charter.document["grants"]),
        _listed(charter.document["limits"]),
    )
    for part in (items, grants, limits):
        random.shuffle(part)
    shuffled = with_parts(charter, grants=grants, limits=limits)
    first = answer(charter, call, standing, signature)
    second = answer(shuffled, replace(call, args=dict(items)), standing, signature)
    assert type(first) is type(second)
    assert len(first.because) == len(second.because)
    if not isinstance(first, Deny) and not isinstance(second, Deny):
        assert (first.args, first.spends, set(first.effects)) == (second.args, second.spends, set(second.effects))
    if isinstance(first, Ask) and isinstance(second, Ask):
        assert set(first.overseers) == set(second.overseers)


@pytest.mark.requirement("DECIDE-07")
@given(seed=SEEDS)
def test_the_arguments_that_run_are_decided_about_as_those_that_were_proposed(seed: int) -> None:
    _random, charter, call, standing, signature = question(seed)
    decision = answer(charter, call, standing, signature)
    if not isinstance(decision, Deny):
        again = answer(charter, replace(call, args=decision.args), standing, signature)
        assert again == decision


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)
NAMES = st.sampled_from(["to", "amount", "path", "command", "order", ""]) | st.text(max_size=4)
WIDE = tiny(
    grants=[
        {
            "tool": "t",
            "args": {"to": {"domain": ["a.example"]}, "amount": {"max": "5 EUR"}},
            "effects": ["money.spend"],
        },
        {
            "tool": "t",
            "kind": "shell",
            "args": {"command": {"prefix": "git", "matches": "g.*"}, "path": {"under": ["w"]}},
        },
        {"tool": "t", "when": "call.args.amount > 3 && call.args.to == 'x'", "budget": "emails"},
        {"tool": "*", "args": {"order": {"length": 3, "known": True}}},
        {"tool": "*", "ask": "ops"},
    ],
    limits=[{"tool": "t", "when": "call.recipients > 2"}, {"tool": "t", "when": "call.args.exists(k, k == 'x')"}],
    budget={"money": "9 EUR/day", "emails": 4, "calls": 9},
)
BOOK = Rulebook.of(WIDE)


@pytest.mark.requirement("DECIDE-06")
@given(
    tool=st.sampled_from(["t", "u", ""]) | st.text(max_size=5),
    args=st.dictionaries(NAMES, JSON, max_size=4),
    left=st.floats() | st.integers(),
    facts=st.dictionaries(st.text(max_size=4), JSON, max_size=2),
    listed=st.none() | st.lists(NAMES, max_size=4),
)
def test_every_call_gets_an_answer_with_its_reasons(
    tool: str, args: dict[str, Any], left: float, facts: dict[str, Any], listed: list[str] | None
) -> None:
    budgets = {name: Remaining(left=left, used=0.0) for name in WIDE.budgets}
    standing = Standing(budgets=budgets, facts=facts, known=frozenset({"x"}), cwd="/w")
    signature = Signature(names=tuple(listed)) if listed is not None else None
    decision = decide(BOOK, Call(tool=tool, args=args), standing, signature=signature, resolver=as_written)
    assert decision.because
    assert all(because.what and 0 <= because.step <= 6 for because in decision.because)
    assert not any("could not be decided" in because.what for because in decision.because)


def _listed(part: object) -> list[Any]:
    """A list of a document."""
    assert isinstance(part, list)
    return list(part)


def _spellings(charter: Charter, call: Call) -> dict[str, Any]:
    """How the arguments of a call are read under a charter."""
    page = Rulebook.of(charter).page(call.tool)
    return {name: page.spellings.get(name) for name in call.args}
