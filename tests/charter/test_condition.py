"""Conditions: names are checked when the charter is read, and what cannot be decided is never an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.charter.answer import Answer, Undecidable
from remit.charter.condition import compile_condition, full_match, never_matches, regex_fault
from remit.errors import CharterSchemaError

CALL = {
    "tool": "email.send",
    "args": {"to": ["a@acme.example"], "amount": 30},
    "recipients": 6,
    "effects": ["money.spend"],
}


def answer(text: str, call: dict[str, object] | None = None) -> Answer:
    condition = compile_condition(text, names=("money",))
    return condition.evaluate(call=call or CALL, budget={"money": {"left": 20, "used": 0}}, session={"calls": 3})


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("call.recipients > 5", True),
        ("call.recipients > 6", False),
        ("call.args.amount <= budget.money.left", False),
        ("call.tool == 'email.send' && 'money.spend' in call.effects", True),
        ("call.args.to.all(x, x.endsWith('@acme.example'))", True),
        ("call.args['amount'] == 30", True),
        ("has(call.args.cc)", False),
        ("session.calls < 2", False),
        ("call.args.to[0].matches('^[a-z]+@')", True),
    ],
)
def test_a_condition_holds_or_does_not(text: str, holds: object) -> None:
    assert answer(text) is holds


@pytest.mark.requirement("CHARTER-11")
@pytest.mark.parametrize(
    "text",
    [
        "call.args.cc == 'x'",
        "call.args.amount > 'x'",
        "call.args.amount / 0 > 1",
        "call.recipients",
        "call.args.amount * 9223372036854775807 > 1",
        "call.args.to.matches('a')",
        "budget.money.left.foo > 1",
    ],
)
def test_an_error_while_evaluating_is_no_answer(text: str) -> None:
    found = answer(text)
    assert isinstance(found, Undecidable)
    assert "\n" not in found.reason


def test_an_undecidable_answer_cannot_be_used_as_a_truth_value() -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(answer("call.args.cc == 'x'"))


def test_a_call_too_large_to_look_at_is_no_answer() -> None:
    many: dict[str, object] = {**CALL, "args": {"to": ["a"] * 5000}}
    long: dict[str, object] = {**CALL, "args": {"to": "a" * 300_000}}
    assert isinstance(answer("call.recipients > 5", many), Undecidable)
    assert isinstance(answer("call.recipients > 5", long), Undecidable)


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("call.recipient > 5", "unknown name `call.recipient`", "did you mean `call.recipients`?"),
        ("recipients > 5", "unknown name `recipients`", "`call`, `budget` and `session`"),
        ("budget.monye.left > 1", "unknown name `budget.monye`", "did you mean `budget.money`?"),
        ("budget.money > 1", "`budget.money` needs a name behind it", "`budget.money.left`"),
        ("call.args.amount > buget.money.left", "unknown name `buget`", "did you mean `budget`?"),
        ("session", "`session` needs a name behind it", ""),
        ("contians(call.tool, 'x')", "unknown function `contians`", "did you mean `contains`?"),
        ("call.tool.startswith('a')", "unknown function `startswith`", "did you mean `startsWith`?"),
        ("[1].all(call, call > 1)", "`call` cannot be used as the name", "another letter"),
        ("call.recipients > 5 or true", "is not a CEL expression", "`||` for `or`"),
        ("call.recipients >", "is not a CEL expression", "did not expect the end"),
        ("((((" * 40 + "1" + "))))" * 40, "is not a CEL expression", ""),
        ("true && " * 300 + "true", "longer than 2000", ""),
        ("call.args.a.all(x, x.all(y, y.all(z, z)))", "nested deeper than two", "simpler"),
    ],
)
def test_a_condition_that_cannot_be_used_is_an_error_when_read(text: str, said: str, hint: str) -> None:
    with pytest.raises(CharterSchemaError) as caught:
        compile_condition(text, names=("money",))
    assert said in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.code == "charter.schema.bad-condition"


def test_a_condition_knows_the_budgets_it_reads() -> None:
    text = "budget.money.left > budget.emails.used"
    assert compile_condition(text, names=("money", "emails", "calls")).budgets == {"money", "emails"}


def test_names_inside_texts_comments_and_written_out_maps_are_no_names() -> None:
    text = "call.tool == 'budget.nothing.left' // call.nothing\n && {'a': 1}.a == 1"
    assert compile_condition(text, names=()).budgets == frozenset()


@pytest.mark.parametrize(
    ("text", "tool", "never"),
    [
        ("false", None, True),
        ("call.recipients > 5 && call.recipients < 3", None, True),
        ("call.recipients > 5 && call.recipients <= 5", None, True),
        ("call.recipients >= 5 && call.recipients <= 5", None, False),
        ("call.recipients < 0", None, True),
        ("budget.money.left < 0", None, True),
        ("call.args.balance < 0", None, False),
        ("call.tool == 'a' && call.tool == 'b'", None, True),
        ("call.tool == 'a'", "b", True),
        ("call.tool == 'a'", "a", False),
        ("call.tool == 'a'", "*", False),
        ("call.recipients > 5", None, False),
        ("call.recipients < 0 || true", None, False),
    ],
)
def test_a_contradiction_between_constants_is_seen(text: str, tool: str | None, never: object) -> None:
    assert never_matches(text, tool=tool) is never


@given(low=st.integers(-3, 8), high=st.integers(-3, 8), recipients=st.integers(0, 8))
def test_a_condition_said_never_to_match_never_does(low: int, high: int, recipients: int) -> None:
    text = f"call.recipients > {low} && call.recipients <= {high}"
    if never_matches(text):
        assert answer(text, {**CALL, "recipients": recipients}) is False


@pytest.mark.parametrize(
    ("pattern", "text", "whole"),
    [
        ("[a-z]+", "abc", True),
        ("[a-z]+", "abc\n", False),
        ("[a-z]+", "xabc1", False),
        ("a|b", "ab", False),
        ("(?i)ABC", "abc", True),
        ("(a+)+", "a" * 50_000 + "!", False),
    ],
)
def test_an_expression_must_match_the_whole_text(pattern: str, text: str, whole: object) -> None:
    assert full_match(pattern, text) is whole


@pytest.mark.parametrize("pattern", ["(", "a)|(b", "(?=a)", r"(a)\1", "(a{1000}){1000}", "(?x) a #"])
def test_an_expression_that_cannot_be_used_is_said_so(pattern: str) -> None:
    assert regex_fault(pattern)
    assert isinstance(full_match(pattern, "a"), Undecidable)


@given(text=st.text(alphabet="call.args[]()'\"\\&|!=<>?:{},01 xy\n", max_size=40))
def test_compiling_is_total(text: str) -> None:
    try:
        condition = compile_condition(text, names=("money",))
    except CharterSchemaError:
        return
    found = condition.evaluate(call=CALL, budget={}, session={})
    assert isinstance(found, bool | Undecidable)
