"""Arguments against constraints, and constraints against each other."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.charter.answer import Undecidable
from remit.charter.matching import covers, covers_grant, matches
from remit.charter.model import Constraint, Grant
from remit.finding import Where

WHERE = Where(file="remit.yaml", line=1)
UNKNOWN = "undecidable"


def constraint(**parts: Any) -> Constraint:
    return Constraint(where=WHERE, **parts)


def grant(**parts: Any) -> Grant:
    empty: dict[str, Any] = {
        "tool": "email.send", "kind": "email", "args": {}, "budget": None, "ask": (), "effects": (), "needs": (),
        "success": None, "helps": {}, "when": None, "pinned": None, "where": WHERE,
    }  # fmt: skip
    return Grant(**{**empty, **parts})


def answer(found: object) -> object:
    return UNKNOWN if isinstance(found, Undecidable) else found


@pytest.mark.requirement("CHARTER-10")
@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        ("bob@acme.example", True),
        ("bob@ACME.Example", True),
        ("bob@acme.example.", True),
        ("acme.example", True),
        ("https://acme.example:8443/x", True),
        ("bob@evil.example", False),
        ("bob@acme.example.evil.example", False),
        ("bob@notacme.example", False),
        ("https://acme.example@evil.example/", False),
        ("https://evil.example/acme.example", False),
        ("bob@sub.acme.example", False),
        ("https://acme.example\\@evil.example/", UNKNOWN),
        ("bob@acme.example, eve@evil.example", UNKNOWN),
        ("bob@acme.example@evil.example", UNKNOWN),
        ("Bob <bob@acme.example>", UNKNOWN),
        ("@acme.example", UNKNOWN),
        ("x/y@acme.example", UNKNOWN),
        ("https://acme%2eexample/", UNKNOWN),
        ("", UNKNOWN),
        (7, UNKNOWN),
        (["a@acme.example", "b@acme.example"], True),
        (["a@acme.example", "b@evil.example"], False),
        ([], UNKNOWN),
    ],
)
def test_a_domain_is_compared_as_a_host(value: object, allowed: object) -> None:
    assert answer(matches(constraint(domain=("acme.example",)), value)) == allowed


@pytest.mark.requirement("CHARTER-10")
@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        ("x@bücher.example", True),
        ("x@bu\u0308cher.example", True),
        ("x@xn--bcher-kva.example", True),
        ("x@BÜCHER.example", True),
        ("x@bucher.example", False),
        ("x@stra\u00dfe.example", UNKNOWN),
    ],
)
def test_international_domains_have_one_spelling(value: str, allowed: object) -> None:
    assert answer(matches(constraint(domain=("bücher.example",)), value)) == allowed


def test_a_star_takes_subdomains_and_not_the_domain_itself() -> None:
    below = constraint(domain=("*.acme.example",))
    assert matches(below, "x@mail.acme.example") is True
    assert matches(below, "x@acme.example") is False
    assert matches(below, "x@evilacme.example") is False


@pytest.mark.requirement("CHARTER-10")
@pytest.mark.parametrize(
    ("root", "value", "allowed"),
    [
        ("./work", "work/a.txt", True),
        ("./work", "./work/../work/a.txt", True),
        ("./work", "work", True),
        ("./work", "work//b/./c", True),
        ("./work", "workshop/a.txt", False),
        ("./work", "work/../../etc/passwd", False),
        ("./work", "../work/a", False),
        ("./work", "/work/a", UNKNOWN),
        ("./work", "~/work/a", UNKNOWN),
        ("./work", "$HOME/a", UNKNOWN),
        ("./work", "work\\..\\x", UNKNOWN),
        ("./work", "work/%2e%2e/x", UNKNOWN),
        ("./work", "file:work/a", UNKNOWN),
        ("./work", "work/a\x00b", UNKNOWN),
        ("./work", "", UNKNOWN),
        (".", "a/b", True),
        (".", "../b", False),
        ("/srv", "/srv/a", True),
        ("/srv", "//srv/a", True),
        ("/srv", "/srv/../etc", False),
        ("/", "/etc", True),
        ("../up", "../up/x", UNKNOWN),
    ],
)
def test_a_path_is_compared_after_dots_are_resolved(root: str, value: str, allowed: object) -> None:
    assert answer(matches(constraint(under=(root,)), value)) == allowed


@pytest.mark.requirement("CHARTER-10")
@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        (80, True),
        (80.01, False),
        (0, True),
        (-1, False),
        ("80", True),
        ("80 EUR", True),
        ("81 EUR", False),
        ("8 USD", UNKNOWN),
        ("1,000", UNKNOWN),
        ("1.000,00", UNKNOWN),
        ("1e1", UNKNOWN),
        ("٤", UNKNOWN),
        ("80 EUR/day", UNKNOWN),
        (True, UNKNOWN),
        (None, UNKNOWN),
        (float("nan"), UNKNOWN),
        (float("inf"), UNKNOWN),
        (10**400, UNKNOWN),
    ],
)
def test_an_amount_is_compared_as_a_number_with_its_unit(value: object, allowed: object) -> None:
    assert answer(matches(constraint(minimum=0.0, maximum=80.0, unit="EUR"), value)) == allowed


@pytest.mark.parametrize(
    ("parts", "value", "allowed"),
    [
        ({"equals": "main"}, "main", True),
        ({"equals": "main"}, "Main", False),
        ({"equals": "caf\u00e9"}, "cafe\u0301", True),
        ({"equals": 3}, 3.0, True),
        ({"equals": 3}, "3", True),
        ({"equals": 3}, "3,0", UNKNOWN),
        ({"equals": 1}, True, False),
        ({"equals": True}, True, True),
        ({"equals": True}, 1, False),
        ({"equals": "3"}, 3, False),
        ({"one_of": ("a", "b")}, "b", True),
        ({"one_of": ("a", "b")}, "c", False),
        ({"prefix": "release/"}, "release/1", True),
        ({"prefix": "release/"}, "rel", False),
        ({"matches": "[a-z]+"}, "abc", True),
        ({"matches": "[a-z]+"}, "abc1", False),
        ({"length": 3}, "abc", True),
        ({"length": 3}, "abcd", False),
        ({"length": 1}, ["abcd"], True),
        ({"length": 1}, ["a", "b"], False),
        ({"length": 3}, 5, UNKNOWN),
        ({"known": True}, "bob", UNKNOWN),
        ({"prefix": "x", "known": True}, "bob", False),
        ({}, object(), True),
    ],
)
def test_each_part_of_a_constraint_decides_for_itself(parts: dict[str, object], value: object, allowed: object) -> None:
    assert answer(matches(constraint(**parts), value)) == allowed


def test_who_is_known_is_told_by_the_caller() -> None:
    known = constraint(known=True)
    assert matches(known, "Bob@Acme.example", known={"bob@acme.example"}) is True
    assert matches(known, "eve@acme.example", known={"bob@acme.example"}) is False


@pytest.mark.parametrize(
    ("wider", "narrower", "shown"),
    [
        ({}, {"equals": "a"}, True),
        ({"equals": "a"}, {}, False),
        ({"one_of": ("a", "b")}, {"equals": "a"}, True),
        ({"one_of": ("a", "b")}, {"one_of": ("a", "c")}, False),
        ({"maximum": 80.0, "unit": "EUR"}, {"maximum": 50.0, "unit": "EUR"}, True),
        ({"maximum": 80.0, "unit": "EUR"}, {"maximum": 90.0, "unit": "EUR"}, False),
        ({"maximum": 80.0, "unit": "EUR"}, {"maximum": 50.0, "unit": "USD"}, False),
        ({"maximum": 80.0}, {"equals": 50}, True),
        ({"maximum": 80.0}, {"minimum": 1.0}, False),
        ({"domain": ("*.acme.example",)}, {"domain": ("mail.acme.example",)}, True),
        ({"domain": ("*.acme.example",)}, {"domain": ("*.eu.acme.example",)}, True),
        ({"domain": ("*.acme.example",)}, {"domain": ("acme.example",)}, False),
        ({"domain": ("acme.example",)}, {"domain": ("*.acme.example",)}, False),
        ({"domain": ("a.example", "b.example")}, {"domain": ("b.example",)}, True),
        ({"under": ("./work",)}, {"under": ("work/a",)}, True),
        ({"under": ("./work",)}, {"under": ("work/../x",)}, False),
        ({"prefix": "rel"}, {"prefix": "release/"}, True),
        ({"prefix": "release/"}, {"prefix": "rel"}, False),
        ({"matches": "a+"}, {"matches": "a+"}, True),
        ({"matches": "a+"}, {"matches": "a"}, False),
        ({"matches": "a+"}, {"equals": "aaa"}, True),
        ({"known": True}, {}, False),
        ({}, {"known": True}, True),
        ({"length": 5}, {"length": 3}, True),
        ({"length": 5}, {"equals": "abc"}, False),
    ],
)
def test_a_constraint_covers_another_when_that_can_be_shown(
    wider: dict[str, object], narrower: dict[str, object], shown: object
) -> None:
    assert covers(constraint(**wider), constraint(**narrower)) is shown


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ({}, {}, True),
        ({}, {"tool": "email.read"}, False),
        ({"tool": "*"}, {"tool": "email.read"}, True),
        ({}, {"tool": "*"}, False),
        ({"ask": ("ops",)}, {}, False),
        ({}, {"ask": ("ops",)}, True),
        ({"budget": "emails"}, {}, False),
        ({"when": "call.recipients < 5"}, {}, False),
        ({}, {"when": "call.recipients < 5"}, True),
        ({"pinned": "sha256:" + "0" * 64}, {}, False),
        ({"args": {"to": constraint(domain=("a.example",))}}, {}, False),
        ({}, {"args": {"to": constraint(domain=("a.example",))}}, True),
    ],
)
def test_a_grant_covers_another_when_nothing_was_loosened(
    old: dict[str, object], new: dict[str, object], shown: object
) -> None:
    assert covers_grant(grant(**old), grant(**new)) is shown


HOSTS = st.sampled_from(["a.example", "*.a.example", "b.a.example", "*.b.a.example", "c.example"])
PATHS = st.sampled_from(["work", "work/a", "./work/../x", "x", "/srv", "/srv/a", "."])
TEXTS = st.sampled_from(
    ["a", "ab", "abc", "b", "3", "x@b.a.example", "a.example", "c.b.a.example", "work/a/f", "/srv/a", "x"]
)
CONSTRAINTS = st.fixed_dictionaries(
    {},
    optional={
        "equals": TEXTS | st.integers(0, 4),
        "one_of": st.lists(TEXTS | st.integers(0, 4), min_size=1, max_size=3).map(tuple),
        "domain": st.lists(HOSTS, min_size=1, max_size=2).map(tuple),
        "under": st.lists(PATHS, min_size=1, max_size=2).map(tuple),
        "prefix": st.sampled_from(["a", "ab", "b"]),
        "matches": st.sampled_from(["a.*", "ab?", "[0-9]"]),
        "minimum": st.sampled_from([0.0, 2.0]),
        "maximum": st.sampled_from([1.0, 3.0]),
        "length": st.integers(1, 3),
        "known": st.booleans(),
    },
).map(lambda parts: constraint(**parts))
VALUES = TEXTS | st.integers(0, 4) | st.lists(TEXTS | st.integers(0, 4), max_size=3)


@given(wider=CONSTRAINTS, narrower=CONSTRAINTS, value=VALUES)
def test_what_a_narrower_constraint_lets_through_the_wider_one_does_too(
    wider: Constraint, narrower: Constraint, value: object
) -> None:
    known = {"a", "x@b.a.example"}
    if covers(wider, narrower) and matches(narrower, value, known=known) is True:
        assert matches(wider, value, known=known) is True


@given(one=CONSTRAINTS)
def test_a_constraint_covers_itself(one: Constraint) -> None:
    assert covers(one, one)


JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5)


@given(one=CONSTRAINTS, value=JSON)
def test_matching_is_total(one: Constraint, value: object) -> None:
    assert isinstance(matches(one, value), bool | Undecidable)
