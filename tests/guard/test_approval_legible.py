"""What an overseer sees is what will run, whatever an agent writes."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.guard.asking import order

from remit.guard.approvals.legible import escaped, notes, shown_lines
from remit.guard.approvals.request import exact

TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)
HOSTILE = {
    "escape sequence": "\x1b[2J\x1b[1;1Happroved",
    "right to left": "\u202etxt.exe",
    "isolate": "\u2066a\u2069",
    "zero width": "pay\u200bpal",
    "joiner": "a\u2060b",
    "soft hyphen": "pay\u00adpal",
    "line separator": "a\u2028b\u2029c",
    "next line": "a\x85b",
    "carriage return": "good\rbad!",
    "backspace": "bad\b\b\bgood",
    "bell": "\x07",
    "no-break space": "a\u00a0b",
    "ideographic space": "a\u3000b",
    "hangul filler": "a\u3164b",
    "braille blank": "a\u2800b",
    "variation selector": "a\ufe0fb",
    "more selectors": "a\U000e0100b",
    "tags": "a\U000e0041b",
    "private use": "a\ue000b",
    "many marks": "a" + "\u0301" * 12,
    "byte order mark": "\ufeffa",
}


@pytest.mark.requirement("APPROVAL-07")
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_sign_that_could_deceive_is_written_out(text: str) -> None:
    (line,) = [line for line in shown_lines(exact(order(text=text))) if '"text"' in line]
    assert "\\" in line
    hidden = [sign for sign in line if unicodedata.category(sign)[0] in "CZ" and sign != " "]
    assert hidden == []
    assert text not in line


@pytest.mark.requirement("APPROVAL-07")
@given(st.dictionaries(TEXTS, st.one_of(TEXTS, st.integers(-(2**53) + 1, 2**53 - 1), st.booleans(), st.none())))
def test_what_is_on_the_screen_is_json_that_means_exactly_what_will_run(args: dict[str, object]) -> None:
    shown = exact(order(x=args))
    lines = shown_lines(shown)
    assert json.loads("\n".join(lines)) == json.loads(shown)
    for line in lines:
        assert line.isprintable()


@given(TEXTS)
def test_an_escaped_text_is_printable_and_ordinary_writing_is_left_as_it_is(text: str) -> None:
    assert escaped(text).isprintable()
    assert escaped("Zürich, 東京, Київ: 5 €") == "Zürich, 東京, Київ: 5 €"


@pytest.mark.requirement("APPROVAL-07")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("p\u0430ypal", "mixes Cyrillic and Latin letters"),
        ("\u03bfpen", "mixes Greek and Latin letters"),
        ("\u0440\u0430\u0443", "looks Latin and is written in Cyrillic letters"),
        ("\uff50\uff41\uff59", "only look like `pay`"),
        ("\U0001d429ay", "only look like `pay`"),
        ("xn--pypal-4ve.com", "is shown by a browser as"),
        ("a\u200bb", "zero width space"),
        ("\u202eabc", "right-to-left override"),
    ],
)
def test_a_name_that_is_not_what_it_looks_like_is_pointed_out(text: str, said: str) -> None:
    found = notes(exact(order(payee=text)))
    assert any(said in note for note in found)
    assert all(note.isprintable() for note in found)


@pytest.mark.parametrize("text", ["paypal", "Київ", "Zürich", "東京タワー", "naïve café", "100 €", "Ωmega-3"[1:]])
def test_honest_writing_is_not_pointed_out(text: str) -> None:
    assert notes(exact(order(payee=text))) == ()


def test_there_are_never_more_notes_than_somebody_reads() -> None:
    words = " ".join(f"p\u0430ypal{chr(97 + number)}" for number in range(20))
    assert len(notes(exact(order(payee=words)))) == 8


@given(st.binary(max_size=200))
def test_bytes_that_are_no_call_raise_a_value_error_and_nothing_else(data: bytes) -> None:
    try:
        lines = shown_lines(data)
    except ValueError:
        return
    assert json.loads("\n".join(lines)) == json.loads(data)
