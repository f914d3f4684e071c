"""``decide`` against a naive twin and against Cedar, on charters and calls made up from a seed."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any

import cedarpy
import pytest
from tests.guard.made_up import cases
from tests.guard.naive import Naive
from tests.small_charters import tiny

from remit.charter.model import Charter
from remit.errors import CharterSchemaError
from remit.guard.call import Call
from remit.guard.cedar import policies, request
from remit.guard.decide import decide
from remit.guard.decision import Decision
from remit.guard.rules.coverage import Matter
from remit.guard.rules.looking import as_written
from remit.guard.rules.meeting import Scene
from remit.guard.rules.normalising import normalise
from remit.guard.rules.rulebook import Rulebook
from remit.guard.rules.signature import Signature
from remit.guard.standing import Standing


def word(decision: Decision) -> str:
    """``allow``, ``ask`` or ``deny``."""
    return type(decision).__name__.lower()


def compared_with_twin(seed: int, charters: int, calls: int) -> Counter[str]:
    """How often each answer was given; fails at the first call the two disagree about."""
    given: Counter[str] = Counter()
    for charter, standing, proposed in cases(seed, charters, calls, conditions=True):
        book = Rulebook.of(charter)
        for call, signature in proposed:
            decision = decide(book, call, standing, signature=signature, resolver=as_written)
            twin = Naive(charter=charter, call=call, standing=standing, signature=signature).answer()
            assert word(decision) == twin, (
                charter.document,
                call,
                signature,
                decision,
            )
            given[word(decision)] += 1
    return given


def matter_of(book: Rulebook, call: Call, standing: Standing, signature: Signature | None) -> Matter:
    """What Cedar is asked about."""
    page = book.page(call.tool)
    normal = normalise(call, page.spellings, cwd=standing.cwd, signature=signature, resolver=as_written)
    scene = Scene(cwd=standing.cwd, resolver=as_written)
    return Matter(book=book, page=page, call=call, normal=normal, standing=standing, scene=scene, signature=signature)


def compared_with_cedar(seed: int, charters: int, calls: int) -> Counter[str]:
    """How often each answer was given; fails at the first call the two disagree about."""
    given: Counter[str] = Counter()
    for charter, standing, proposed in cases(seed, charters, calls, conditions=False):
        running = Standing(facts=standing.facts, cwd=standing.cwd)
        book = Rulebook.of(charter)
        text = policies(book, cwd=running.cwd)
        asked = [request(matter_of(book, call, running, signature)) for call, signature in proposed]
        results = cedarpy.is_authorized_batch([dict(one) for one in asked], text, [])
        for (call, signature), result in zip(proposed, results, strict=True):
            assert result.decision is not cedarpy.Decision.NoDecision, text
            decision = decide(book, call, running, signature=signature, resolver=as_written)
            assert (word(decision) != "deny") == result.allowed, (charter.document, call, signature, decision)
            given[word(decision)] += 1
    return given


def everything_happens(given: Counter[str]) -> bool:
    """Whether each answer makes up a fiftieth of all at least, so that agreeing means something."""
    return set(given) == {"allow", "ask", "deny"} and min(given.values()) > given.total() / 50


@pytest.mark.requirement("DECIDE-01")
def test_the_naive_twin_gives_the_same_answers() -> None:
    assert everything_happens(compared_with_twin(seed=1, charters=100, calls=30))


@pytest.mark.slow
@pytest.mark.requirement("DECIDE-01")
def test_the_naive_twin_gives_the_same_answers_to_a_hundred_thousand_calls() -> None:
    given = compared_with_twin(seed=2, charters=2500, calls=40)
    assert given.total() == 100_000
    assert everything_happens(given)


@pytest.mark.requirement("DECIDE-02")
def test_cedar_gives_the_same_answers() -> None:
    assert everything_happens(compared_with_cedar(seed=3, charters=100, calls=30))


@pytest.mark.slow
@pytest.mark.requirement("DECIDE-02")
def test_cedar_gives_the_same_answers_to_a_hundred_thousand_calls() -> None:
    given = compared_with_cedar(seed=4, charters=2500, calls=40)
    assert given.total() == 100_000
    assert everything_happens(given)


CONDITIONS = {"true": "call.args.n == 1", "false": "call.args.n == 2", "error": "call.args.nothing == 1"}
IN_CEDAR = {"true": "context.n == 1", "false": "context.n == 2", "error": "context.nothing == 1"}


@pytest.mark.requirement("DECIDE-02")
@pytest.mark.parametrize("limits", [limits for size in range(3) for limits in product(CONDITIONS, repeat=size)])
@pytest.mark.parametrize("grants", [grants for size in range(3) for grants in product(CONDITIONS, repeat=size)])
def test_grants_and_limits_combine_as_in_cedar_but_for_a_limit_that_is_an_error(
    grants: tuple[str, ...], limits: tuple[str, ...]
) -> None:
    charter = tiny(
        grants=[{"tool": "t", "when": CONDITIONS[answer]} for answer in grants],
        limits=[{"tool": "t", "when": CONDITIONS[answer]} for answer in limits],
    )
    text = "\n".join(
        [f"permit (principal, action, resource) when {{ {IN_CEDAR[answer]} }};" for answer in grants]
        + [f"forbid (principal, action, resource) when {{ {IN_CEDAR[answer]} }};" for answer in limits]
    )
    asked: dict[str, Any] = {"principal": 'A::"a"', "action": 'A::"t"', "resource": 'A::"r"', "context": {"n": 1}}
    allowed = cedarpy.is_authorized(asked, text, []).allowed
    ours = word(decide(charter, Call(tool="t", args={"n": 1}), Standing()))
    assert ours == ("allow" if allowed and "error" not in limits else "deny")
    known_difference = allowed and "error" in limits
    assert known_difference == ("true" in grants and "true" not in limits and "error" in limits)


@pytest.mark.parametrize(
    ("grant", "limits"),
    [
        ({"when": "call.args.n == 1"}, []),
        ({"args": {"a": {"matches": "x+"}}}, []),
        ({"args": {"a": {"length": 3}}}, []),
        ({"args": {"a": {"known": True}}}, []),
        ({"args": {"a": {"max": 0.5}}}, []),
        ({"kind": "shell", "args": {"command": {"prefix": "git"}}}, []),
        ({"tool": "*", "args": {"path": {"prefix": "work/"}}}, []),
        ({}, [{"tool": "t", "when": "call.args.n == 1"}]),
    ],
)
def test_what_cedar_has_no_counterpart_for_is_refused(grant: dict[str, Any], limits: list[dict[str, Any]]) -> None:
    charter: Charter = tiny(grants=[{"tool": "t", **grant}], limits=limits)
    with pytest.raises(CharterSchemaError) as refused:
        policies(Rulebook.of(charter))
    assert refused.value.code == "charter.schema.no-counterpart"
