"""Secrets: kept out before anything is hashed or written, shown to whoever may see them, destroyed for good."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.ledger.redaction import USUAL, Redaction, Rule, opens
from remit.ledger.store import Ledger
from remit.ledger.verification import verify

pytestmark = pytest.mark.requirement("LEDGER-13")


def digest_in(text: object) -> str:
    """The digest that stands in place of a secret."""
    return str(text).rstrip("]").rsplit(" ", 1)[1]


def test_a_secret_is_in_no_file_and_its_digest_opens_with_the_salt(tmp_path: Path) -> None:
    redaction = Redaction((Rule(name="pin", path="call.args.pin"),))
    with Ledger.open(tmp_path / "ledger.db", redaction=redaction) as ledger:
        said = ledger.entry("intent", {"call": {"tool": "door.open", "args": {"pin": "8421-secret", "door": 2}}})
        files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        assert b"8421-secret" not in files + json.dumps(said).encode()
        call = said["call"]
        assert isinstance(call, dict)
        assert call["args"]["door"] == 2
        digest = digest_in(call["args"]["pin"])
        salt = ledger.salts(1)[digest]
        assert opens(digest, salt, "8421-secret")
        assert not opens(digest, salt, "8422-secret")
        assert not opens(digest, bytes(32), "8421-secret")
        assert not opens(digest, b"", "8421-secret")
        root = ledger.root()
        ledger.forget_salts([1])
        assert ledger.salts(1) == {}
        assert salt not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
        assert ledger.root() == root
    assert verify(tmp_path / "ledger.db", thorough=True).ok


def test_equal_secrets_have_different_digests() -> None:
    redaction = Redaction((Rule(name="pin", path="**.pin"),))
    kept, salts = redaction.apply({"pin": "1", "other": {"pin": "1"}, "list": [{"PIN": "1"}]})
    assert len(salts) == 3
    assert kept["pin"] != kept["other"]["pin"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("path", "covered"),
    [
        ("a.b", {"a.b"}),
        ("a.*", {"a.b", "a.c", "a.list"}),
        ("**.b", {"a.b", "a.list.*.b"}),
        ("a.list.*.b", {"a.list.*.b"}),
        ("**", {"a"}),
        ("A.B", {"a.b"}),
        ("b", set()),
    ],
)
def test_a_path_covers_what_it_says(path: str, covered: set[str]) -> None:
    facts = {"a": {"b": 1, "c": None, "list": [{"b": 2, "d": 3}]}}
    kept, salts = Redaction((Rule(name="r", path=path),)).apply(facts)
    found = {place for place, value in _places(kept) if str(value).startswith("[redacted r sha256:")}
    assert found == covered
    assert len(salts) == len(covered)


def _places(value: object, path: tuple[str, ...] = ()) -> list[tuple[str, object]]:
    """Every value with its path."""
    here: list[tuple[str, object]] = [(".".join(path), value)]
    if isinstance(value, dict):
        return here + [found for key, item in value.items() for found in _places(item, (*path, key))]
    if isinstance(value, list):
        return here + [found for item in value for found in _places(item, (*path, "*"))]
    return here


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abcdefgh.ijkl", "abcdefgh.ijkl"),
        ("key AKIAIOSFODNN7EXAMPLE here", "AKIAIOSFODNN7EXAMPLE"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"),
        ("sk-proj-abcdefghijklmnop", "sk-proj-abcdefghijklmnop"),
        ("xoxb-1234567890-abc", "xoxb-1234567890-abc"),
        ("postgres://ana:hunter2@db/x", "ana:hunter2"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----", "MIIEpAIBAAKCAQEA"),
        ("t=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"),
    ],
)
def test_the_usual_secrets_are_seen_in_any_text(text: str, secret: str) -> None:
    for facts in ({"text": text}, {"list": [{"deep": f"so {text} then"}]}, {text: 1}):
        kept, salts = Redaction(USUAL).apply(facts)
        assert secret not in json.dumps(kept)
        assert len(salts) == 1


def test_the_usual_keys_are_covered_whatever_they_hold_and_others_are_not() -> None:
    facts = {"call": {"args": {"Password": ["a", 1], "api_key": None, "user": "ana", "tokens": 3, "path": "/token"}}}
    kept, salts = Redaction(USUAL).apply(facts)
    args = kept["call"]["args"]  # type: ignore[index]
    assert {key for key, value in args.items() if str(value).startswith("[redacted")} == {"Password", "api_key"}
    assert opens(digest_in(args["Password"]), salts[digest_in(args["Password"])], ["a", 1])


def test_a_rule_with_place_and_pattern_replaces_the_part_only() -> None:
    rule = Rule(name="card", path="**.note", pattern=r"\d{4}-\d{4}")
    kept, salts = Redaction((rule,)).apply({"note": "card 1234-5678 ok", "text": "1234-5678"})
    assert str(kept["note"]).startswith("card [redacted card sha256:")
    assert str(kept["note"]).endswith("] ok")
    assert kept["text"] == "1234-5678"
    assert [opens(digest, salt, "1234-5678") for digest, salt in salts.items()] == [True]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"name": "r"}, "neither where nor what"),
        ({"name": "a b", "path": "x"}, "no name for a rule"),
        ({"name": "r", "pattern": "("}, "cannot be read"),
    ],
)
def test_a_rule_that_covers_nothing_or_cannot_be_read_is_refused(rule: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Rule(**rule)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=5), parts, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=4))
def test_without_rules_nothing_changes_and_no_rule_touches_what_it_does_not_cover(facts: dict[str, object]) -> None:
    assert Redaction().apply(facts) == (facts, {})
    kept, salts = Redaction((Rule(name="r", path="no-such-key.at-all"),)).apply(facts)
    assert kept == facts
    assert salts == {}
