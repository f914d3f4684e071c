from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.incentives.legible import visible
from remit.incentives.pages.markup import Markup, element, joined, prose, text


class Reader(HTMLParser):
    """Keeps what a browser would read."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.values: list[str | None] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what was read."""
        self.tags.append(tag)
        self.values += [value for _name, value in attrs]

    def handle_data(self, data: str) -> None:
        """Keep what was read."""
        self.words += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


@pytest.mark.requirement("CHECK-04")
@given(st.text(), st.text())
def test_whatever_a_child_or_an_attribute_says_it_stays_text(child: str, value: str) -> None:
    found = read(element("p", child, title=value))
    assert found.tags == ["p"]
    assert found.words.replace("\r\n", "\n") == visible(child)
    assert found.values == [visible(value)]


@given(st.text())
def test_a_sentence_with_code_in_it_holds_no_other_element(sentence: str) -> None:
    found = read(prose(sentence))
    assert set(found.tags) <= {"code"}
    assert found.words == visible(sentence).replace("`", "") or "code" not in found.tags


def test_control_characters_and_turned_text_are_spelled_out() -> None:
    assert visible("a\x1b[2Jb\u202ec\nd") == "a\\x1b[2Jb\\u202ec\nd"


def test_markup_stays_as_it_is_and_text_does_not() -> None:
    assert text(Markup("<b>")) == "<b>"
    assert text("<b>") == "&lt;b&gt;"
    assert joined(["<", element("br")], ", ") == "&lt;, <br/>"


def test_an_element_needs_a_name_and_drops_what_is_none() -> None:
    assert element("rect", x=1.0, y=2.345, class_="bar", aria_label=None) == '<rect x="1" y="2.35" class="bar"/>'
    with pytest.raises(ValueError, match="is not the name of an element"):
        element("script src=x")
