"""Plain values on one line of YAML."""

import pytest

from remit.charter.writing import write_value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "null"),
        (True, "true"),
        (0.5, "0.5"),
        ("email.send", "email.send"),
        ("oversight.*", "oversight.*"),
        ("20 EUR/day", "20 EUR/day"),
        ("env:CRM_TOKEN", "env:CRM_TOKEN"),
        ("out.tickets >= 2", "out.tickets >= 2"),
        ("", '""'),
        ("1", '"1"'),
        ("true", '"true"'),
        ("*", '"*"'),
        ("*.example", '"*.example"'),
        ("a: b", '"a: b"'),
        ("a, b", '"a, b"'),
        ("a #b", '"a #b"'),
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("two\nlines", '"two\\nlines"'),
        ("\u2028", '"\\u2028"'),
        ({"tool": "a", "ask": ["ops"], "args": {}}, "{tool: a, ask: [ops], args: {}}"),
    ],
)
def test_a_value_is_written_the_way_charters_are(value: object, written: str) -> None:
    assert write_value(value) == written


def test_what_is_no_plain_value_is_refused() -> None:
    with pytest.raises(TypeError):
        write_value(object())
