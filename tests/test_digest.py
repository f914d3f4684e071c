import json
import math
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.digest import canonical_json, sha256_digest

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.requirement("HOUSE-08")
@pytest.mark.parametrize(
    ("number", "spelling"),
    [  # RFC 8785 appendix B, and the edges where ECMAScript changes its notation
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (-5e-324, "-5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992.0, "9007199254740992"),
        (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (1e23, "1e+23"),
        (1.0000000000000001e23, "1.0000000000000001e+23"),
        (999999999999999700000.0, "999999999999999700000"),
        (1e21, "1e+21"),
        (9.999999999999997e-7, "9.999999999999997e-7"),
        (0.000001, "0.000001"),
        (333333333.3333332, "333333333.3333332"),
        (-0.0000033333333333333333, "-0.0000033333333333333333"),
        (1424953923781206.2, "1424953923781206.2"),
        (100.0, "100"),
        (4.50, "4.5"),
    ],
)
def test_numbers_are_spelled_as_rfc_8785_says(number: float, spelling: str) -> None:
    assert canonical_json(number) == spelling.encode()


@pytest.mark.requirement("HOUSE-08")
def test_the_example_of_rfc_8785_section_3_2_2_comes_out() -> None:
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    expected = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical_json(value) == expected.encode()


@pytest.mark.requirement("HOUSE-08")
def test_keys_sort_by_utf_16_code_units() -> None:
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]  # RFC 8785 section 3.2.3
    spelled = canonical_json(dict.fromkeys(keys, 0)).decode()
    assert list(json.loads(spelled)) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


@given(VALUES)
def test_reading_the_spelling_gives_the_value_back(value: Any) -> None:
    assert json.loads(canonical_json(value), parse_int=float) == value


@pytest.mark.requirement("HOUSE-08")
@given(st.dictionaries(st.text(max_size=4), st.integers(0, 9), max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_change_the_digest(value: dict[str, int], random: Any) -> None:
    items = list(value.items())
    random.shuffle(items)
    assert sha256_digest(dict(items)) == sha256_digest(value)


def test_the_digest_names_its_algorithm() -> None:
    assert sha256_digest({}) == "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_tuples_and_enumerations_of_text_are_spelled_like_what_they_hold() -> None:
    class Colour(StrEnum):
        RED = "red"

    assert canonical_json((1, Colour.RED)) == b'[1,"red"]'


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 2**53, -(2**53), "\ud800"])
def test_a_value_without_an_exact_spelling_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"finite|too large|surrogates"):
        canonical_json([value])


@pytest.mark.parametrize("value", [{1: 2}, {1}, b"bytes", object()])
def test_a_type_json_does_not_have_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=r"no canonical JSON spelling|is not text"):
        canonical_json(value)
