"""Foreign text in a charter: what is written reads back as the same value, and never as structure."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.charter.importers.escaping import comment, is_plain_name, one_line, scalar, slug
from remit.charter.reader import read_document

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=60)


@given(TEXT)
def test_any_text_reads_back_as_it_was(text: str) -> None:
    document, _places = read_document(f"list: [{scalar(text)}, {scalar(text)}]\nkey: {scalar(text)}\n")
    assert document == {"list": [text, text], "key": text}


@given(st.lists(st.one_of(TEXT, st.booleans(), st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9)), max_size=5))
def test_any_list_of_scalars_reads_back_as_it_was(values: list[object]) -> None:
    document, _places = read_document(f"key: {scalar(values)}\n")
    assert document["key"] == values
    read = document["key"]
    assert isinstance(read, list)
    assert [type(value) for value in values] == [type(value) for value in read]


@given(st.text(max_size=2000))
def test_any_text_stays_inside_its_comment(text: str) -> None:
    for line in comment(text, indent=4):
        assert line.startswith("    #")
        assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", line)
        line.encode("utf-8")


@pytest.mark.parametrize(
    "word", ["true", "No", "null", "~", "1e3", "0x1f", ".inf", "2026-11-20", "- a", "a: b", "a #b", "*a", "&a", ""]
)
def test_words_yaml_reads_as_something_else_are_quoted(word: str) -> None:
    assert scalar(word)[0] in "\"'"
    assert read_document(f"key: {scalar(word)}\n")[0] == {"key": word}


def test_a_text_with_quotes_and_backslashes_is_written_without_escapes() -> None:
    assert scalar('call.tool.matches("a\\.b")') == "'call.tool.matches(\"a\\.b\")'"
    assert scalar('it\'s "so"') == "'it''s \"so\"'"


def test_what_hides_itself_is_made_visible() -> None:
    assert one_line("a\tb\n\nc\x1b[31m\u202ed") == "a b c\\u001B[31m\\u202Ed"


def test_a_long_text_is_cut_with_a_sign() -> None:
    assert one_line("word " * 1000, limit=20) == "word word word word…"


def test_names_a_charter_holds_are_told_from_others() -> None:
    assert all(is_plain_name(name) for name in ("git_status", "mcp__a__b", "a.b/c-d", "x" * 128))
    assert not any(is_plain_name(name) for name in ("", "*", "a b", "a\n", "ä", "-a", "x" * 129, "a*"))


def test_a_slug_is_never_empty() -> None:
    assert slug("My Server 2.0!", fallback="agent") == "my-server-2-0"
    assert slug("42 \u202e", fallback="agent") == "agent"


def test_only_scalars_are_scalars() -> None:
    with pytest.raises(TypeError, match="dict"):
        scalar({"a": 1})
