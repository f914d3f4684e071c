"""Calls of tools, with arguments and with fields nobody named, made up from a seed: every one is denied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from tests.small_charters import tiny

from remit.guard.call import Call
from remit.guard.decide import decide
from remit.guard.decision import Allow, Deny
from remit.guard.rules.looking import as_written
from remit.guard.rules.rulebook import Rulebook
from remit.guard.rules.signature import Signature
from remit.guard.standing import Standing

CHARTER = tiny(
    grants=[
        {"tool": "mail.send", "args": {"to": {"domain": ["a.example"]}, "subject": {}}},
        {"tool": "fs.read", "args": {"path": {"under": ["./work"]}}},
        {"tool": "order", "args": {"order": {}, "amount": {"max": 5}}},
        {"tool": "order", "args": {"order": {}, "note": {"in": ["x"]}}},
    ],
    limits=[{"tool": "mail.send", "when": "call.recipients > 3"}],
)
BOOK = Rulebook.of(CHARTER)
LISTED = {
    "mail.send": Signature(names=("to", "subject", "body", "cc")),
    "fs.read": Signature(names=("path", "lines")),
    "order": Signature.of_schema(
        {
            "properties": {
                "order": {"properties": {"id": {}, "lines": {"items": {"properties": {"sku": {}, "count": {}}}}}},
                "amount": {},
                "note": {},
            }
        }
    ),
}
GOOD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("mail.send", {"to": "x@a.example", "subject": "hi"}),
    ("fs.read", {"path": "work/a"}),
    ("order", {"order": {"id": 1, "lines": [{"sku": "x", "count": 2}]}, "amount": 3}),
    ("order", {"order": {"id": 1, "lines": []}, "note": "x"}),
)
LETTERS = "abcdefgtoxyz._-/:*# \u0430\u00e9\u200b\u0000" + "AZ09"


def name(random: Random, near: str) -> str:
    """A name that is not ``near``: another one, or one that only looks, starts or ends like it."""
    made = "".join(random.choice(LETTERS) for _ in range(random.randint(0, 8)))
    place = random.randint(0, len(near))
    edits: tuple[Callable[[], str], ...] = (
        lambda: made,
        lambda: near + (made or " "),
        lambda: (made or "_") + near,
        lambda: near[:place] + random.choice(LETTERS) + near[place:],
        lambda: near[:-1],
        near.upper,
        lambda: near.swapcase() + made,
        lambda: near.replace("o", "\u043e") + "\u200b",
    )
    found = random.choice(edits)()
    return found if found != near else found + "_"


def spoiled(random: Random) -> tuple[str, Call, Signature | None]:
    """A good call with one thing in it nobody named, what that is, and what is known of the tool."""
    tool, args = random.choice(GOOD)
    what = random.choice(("tool", "argument", "argument with signature", "field"))
    signature: Signature | None = LISTED[tool]
    value: object = random.choice((1, "x", None, [], {}, "x@a.example", "work/a", True))
    if what == "tool":
        signature = random.choice((signature, None))
        while (found := name(random, tool)) in BOOK.pages:
            pass
        return what, Call(tool=found, args=args), signature
    if what != "field":
        signature = None if what == "argument" else signature
        named = {name for permit in BOOK.page(tool).permits for name in permit.grant.args}
        listed = {*named, *(signature.names if signature is not None else ())}
        while (found := name(random, random.choice(sorted(listed)))) in listed:
            pass
        changed = {**args, found: value}
    else:
        tool, args = random.choice(GOOD[2:])
        signature = LISTED[tool]
        while (found := name(random, random.choice(("id", "lines", "sku", "count")))) in (
            "id",
            "lines",
            "sku",
            "count",
        ):
            pass
        inside = random.random() < 0.5
        order = (
            {**args["order"], "lines": [{"sku": "x"}, {"sku": "y", found: value}]}
            if inside
            else {**args["order"], found: value}
        )
        changed = {**args, "order": order}
    items = list(changed.items())
    random.shuffle(items)
    return what, Call(tool=tool, args=dict(items)), signature


def denied(seed: int, count: int) -> Counter[str]:
    """How many calls of each kind were denied; fails at the first that was not."""
    random, found = Random(seed), Counter[str]()
    for _ in range(count):
        what, call, signature = spoiled(random)
        decision = decide(BOOK, call, Standing(cwd="/w"), signature=signature, resolver=as_written)
        assert isinstance(decision, Deny), (what, call)
        assert decision.because
        found[what] += 1
    return found


@pytest.mark.parametrize(("tool", "args"), GOOD)
def test_the_calls_that_are_spoiled_are_allowed_as_they_are(tool: str, args: dict[str, Any]) -> None:
    for signature in (None, LISTED[tool]):
        decision = decide(
            BOOK, Call(tool=tool, args=args), Standing(cwd="/w"), signature=signature, resolver=as_written
        )
        assert isinstance(decision, Allow)


@pytest.mark.requirement("DECIDE-03")
def test_what_nobody_named_is_denied() -> None:
    assert min(denied(seed=11, count=3000).values()) > 500


@pytest.mark.slow
@pytest.mark.requirement("DECIDE-03")
def test_what_nobody_named_is_denied_a_hundred_thousand_times() -> None:
    found = denied(seed=12, count=100_000)
    assert found.total() == 100_000
    assert len(found) == 4
