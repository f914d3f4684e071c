"""Whatever an edit of a charter lets through that was denied or asked about before, `remit diff` calls it a widening."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.guard import made_up

from remit.charter.comparison import compare_authority
from remit.charter.model import Charter
from remit.charter.reader import charter_from_document
from remit.guard.call import Call
from remit.guard.decide import decide
from remit.guard.decision import Allow, Ask, Decision, Deny
from remit.guard.rules.looking import as_written
from remit.guard.rules.signature import Signature
from remit.guard.standing import Remaining, Standing

CONSTRAINTS = {
    name: (*made_up.CONSTRAINTS.get(name, ()), *made_up.PARTLY.get(name, ()))
    for name in (*made_up.CONSTRAINTS, *made_up.PARTLY)
}
MORE = Signature(names=tuple(made_up.VALUES))


def edited(random: Random, document: dict[str, Any]) -> dict[str, Any]:
    """The document after one small edit."""
    found = copy.deepcopy(document)
    other = made_up.charter(random, conditions=True).document
    part = random.choice(("grants", "grants", "grants", "limits", "people", "given"))
    if part == "people":
        found["overseers"] = {
            name: {"approves": random.sample(made_up.APPROVED, random.randint(0, 3))} for name in ("ops", "lead")
        }
    elif part == "given":
        found["purpose"]["given"] = random.choice(([], ["info.orders"], ["info.map", "info.orders"]))
    else:
        rules, others = found[part], other[part]
        assert isinstance(others, list)
        place = random.randrange(len(rules)) if rules else 0
        kind = random.choice(("gone", "new", "changed", "changed", "moved"))
        if kind == "new" and others:
            rules.insert(place, random.choice(others))
        elif kind == "gone" and rules:
            del rules[place]
        elif kind == "moved":
            random.shuffle(rules)
        elif rules and others:
            rules[place] = _changed(random, rules[place], random.choice(others))
    return found


def _changed(random: Random, rule: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """A rule with one of its parts, or one of its arguments, as in another rule, or gone."""
    name = random.choice(sorted({*rule, *other}))
    mine, theirs = rule.get(name), other.get(name)
    if name == "args" and isinstance(mine, dict) and random.random() < 0.7:
        argument = random.choice(sorted({*mine, *(theirs or {})}) or ["note"])
        constraint = random.choice((None, (theirs or {}).get(argument), random.choice(CONSTRAINTS[argument])))
        theirs = {
            **{key: part for key, part in mine.items() if key != argument},
            **({} if constraint is None else {argument: constraint}),
        }
    if theirs is None and (name == "tool" or (name == "effect" and "tool" not in rule)):
        return rule
    rest = {key: part for key, part in rule.items() if key != name}
    return rest if theirs is None else {**rest, name: theirs}


def is_wider(before: Decision, after: Decision) -> bool:
    """Whether more is let through, fewer are asked, or less is counted."""
    match before, after:
        case _, Deny():
            return False
        case Deny(), _:
            return True
        case Ask(), Allow():
            return True
        case Ask(), Ask():
            return not set(before.overseers) <= set(after.overseers) or before.spends.keys() > after.spends.keys()
        case Allow(), _:
            return before.spends.keys() > after.spends.keys()
    return False


def widened_silently(seed: int) -> tuple[Charter, Charter, Call, Decision, Decision] | None:
    """Two charters, one edit apart, and a call only the second lets through although no widening was reported."""
    random = Random(seed)
    old = made_up.charter(random, conditions=True)
    document = edited(random, copy.deepcopy(dict(old.document)))
    new = charter_from_document(document)
    if any(change.kind == "widened" for change in compare_authority(old, new)):
        return None
    standing = made_up.standing(random)
    budgets = {name: Remaining(left=1e6, used=0.0) for name in old.budgets}
    standing = Standing(facts=standing.facts, cwd=standing.cwd, budgets=budgets)
    for _ in range(12):
        call = made_up.call(random, random.choice((old, new)))
        signature = random.choice((None, MORE))
        before = decide(old, call, standing, signature=signature, resolver=as_written)
        after = decide(new, call, standing, signature=signature, resolver=as_written)
        if is_wider(before, after):
            return old, new, call, before, after
    return None


@pytest.mark.requirement("DECIDE-11")
@given(seed=st.integers(0, 2**32))
def test_no_edit_lets_more_through_without_a_widening_in_the_diff(seed: int) -> None:
    assert widened_silently(seed) is None
