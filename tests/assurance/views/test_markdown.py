import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from tests.assurance.cases import assessed, random_case
from tests.assurance.views.hostile import HOSTILE, poisoned, state

from remit.assurance.release.verdict import Verdict
from remit.assurance.views.markdown import markdown_text, plain_words
from remit.assurance.views.mermaid import MOST_NODES, label_text, mermaid_text

pytestmark = pytest.mark.requirement("CASE-32")


def tokens(text: str) -> list[Token]:
    """Everything a renderer makes of Markdown with HTML and tables."""
    found: list[Token] = []
    for token in MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text):
        found.append(token)
        found += token.children or []
    return found


def test_the_text_has_verdict_flip_doubts_tree_and_evidence() -> None:
    assessment, release, _found = state(3)
    text = markdown_text(assessment, release)
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    assert titles == [
        "◐ HOLD: case-3, version 3", "What would change this verdict", "What speaks against it", "Tree", "Claims",
        "Evidence", "Approvals and dissent", "The document",
    ]  # fmt: skip
    assert "Dissent: the drill was not run at night" in text
    assert "40 of 40, at least 92.8 %" in text


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_stays_text(payload: str) -> None:
    plain_case, hostile_case = poisoned("x", 3), poisoned(payload, 3)
    plain = tokens(markdown_text(plain_case[0], plain_case[1]))
    hostile = tokens(markdown_text(hostile_case[0], hostile_case[1]))
    assert [token.type for token in hostile if token.type not in {"text", "text_special"}] == [
        token.type for token in plain if token.type not in {"text", "text_special"}
    ]
    assert {token.type for token in hostile} & {
        "html_inline",
        "html_block",
        "image",
        "link_open",
        "code_inline",
    } == set()


@pytest.mark.parametrize("word", ["@everyone", "#1", "me/you#7", "@org/team"])
def test_nobody_is_called_and_nothing_referred_to(word: str) -> None:
    assert re.search(r"[@#][\w]", plain_words(word)) is None


@given(st.text())
def test_any_text_is_one_line_without_markup(text: str) -> None:
    found = tokens(f"- {plain_words(text)}\n")
    kinds = {token.type for token in found}
    assert kinds <= {
        "bullet_list_open", "list_item_open", "paragraph_open", "inline", "text", "text_special", "paragraph_close",
        "list_item_close", "bullet_list_close",
    }  # fmt: skip


@given(st.text())
def test_a_label_holds_no_sign_that_means_something(text: str) -> None:
    left = re.sub(r"#\d+;", "", label_text(text))
    assert re.search(r"[^\w ,.:-]", left.replace("_", "!")) is None or not any(
        letter in left for letter in '"#;`<>[](){}|&%\\\n'
    )
    assert not set(left) & set("\"#;`<>[](){}|&%\\\n_*~'")


@pytest.mark.parametrize("payload", HOSTILE)
def test_the_syntax_of_the_flowchart_is_only_ours(payload: str) -> None:
    assessment, _release, _found = poisoned(payload, 3)
    lines = mermaid_text(assessment).splitlines()
    assert lines[0] == "flowchart LR"
    node = re.compile(r'  n\d+(\[|\[/|\(\[|\{\{|>)"[^"`<>]*<br/>[^"`<>]*<br/>[^"`<>]*"(\]|/\]|\]\)|\}\}):::[a-z]+')
    link = re.compile(r"  n\d+ (-->|-\. doubt \.-) n\d+")
    style = re.compile(r"  classDef [a-z]+ [a-z#0-9:,-]+( [a-z#0-9:,-]+)?")
    for line in lines[1:]:
        assert node.fullmatch(line) or link.fullmatch(line) or style.fullmatch(line), line


def test_a_large_case_is_cut_and_says_how_much_is_left_out() -> None:
    assessment = assessed(random_case(3, claims=300))
    text = mermaid_text(assessment)
    drawn = len(re.findall(r"^  n\d+[\[({>]", text, re.MULTILINE))
    assert drawn == MOST_NODES
    assert f"and {len(assessment.nodes) - drawn} more nodes" in text
    assert len(text) < 50_000


def test_long_lists_are_cut_and_say_so() -> None:
    assessment, release, _found = state(3, claims=150, verdict=Verdict.HOLD)
    text = markdown_text(assessment, release)
    assert "and 100 more" in text


def test_the_same_case_gives_the_same_bytes() -> None:
    first, second = state(9), state(9)
    assert markdown_text(first[0], first[1]) == markdown_text(second[0], second[1])
