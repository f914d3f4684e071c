"""Properties of reading: any text gives a charter or an error with a place."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples

from remit.charter.faults import SCHEMA_RULES
from remit.charter.model import Charter
from remit.charter.patch import Append, Remove, Set, apply
from remit.charter.reader import charter_from_document, diagnose, parse_charter, read_charter
from remit.charter.writing import write_value
from remit.errors import CharterError
from remit.finding import Finding, Where

ROOT = Path(__file__).parents[2]
SOURCES = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "src/remit/charters").glob("*.yaml"))]
CHARTERS = [read_charter(path) for path in sorted((ROOT / "src/remit/charters").glob("*.yaml"))]
SNIPPETS = [
    "{",
    "}",
    "[",
    "]",
    ": ",
    "- ",
    "\n",
    "\t",
    "&a ",
    "*a",
    "!x ",
    "<<: ",
    "'",
    '"',
    "#",
    "|",
    ">",
    "%",
    "---",
    "0.5",
    "-1",
    "\x00",
    "é",
    "? ",
]


def reads(text: str) -> Charter | CharterError:
    """The charter, or the error; anything else raised is a bug."""
    try:
        return parse_charter(text)
    except CharterError as error:
        return error


def reads_document(document: dict[str, object]) -> Charter | CharterError:
    """As ``reads``, for plain values."""
    try:
        return charter_from_document(document)
    except CharterError as error:
        return error


def is_placed(found: Charter | CharterError) -> bool:
    """Whether the result is a charter, or an error whose every finding has a place and a rule."""
    if isinstance(found, Charter):
        return True
    findings = [finding for finding in found.findings if isinstance(finding, Finding)]
    return isinstance(found.where, Where) and bool(findings) and all(one.code in SCHEMA_RULES for one in findings)


@given(text=st.text(max_size=200))
def test_reading_any_text_is_total(text: str) -> None:
    assert is_placed(reads(text))


@given(source=st.sampled_from(SOURCES), data=st.data())
@settings(max_examples=examples(150))
def test_reading_a_damaged_charter_is_total(source: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(source)))
        end = min(len(source), start + data.draw(st.integers(0, 12)))
        source = source[:start] + data.draw(st.sampled_from(SNIPPETS) | st.just("")) + source[end:]
    found = reads(source)
    assert is_placed(found)
    count = source.count("\n") + 2
    assert all(1 <= finding.where.line <= count for finding in diagnose(source))


@given(charter=st.sampled_from(CHARTERS), data=st.data())
def test_changing_any_value_gives_a_charter_or_a_placed_error(charter: Charter, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(path for path in charter.places if path)))
    value = data.draw(st.sampled_from([None, True, -1, 0.5, 7, "", "x", "any", [], ["x"], {}, {"x": 1}]))
    document = apply(charter.document, [Set(path=path, value=value)])
    changed = reads_document(document)
    assert is_placed(changed)
    assert isinstance(changed, CharterError) or changed.document == document


@given(charter=st.sampled_from(CHARTERS), data=st.data())
def test_text_and_document_are_read_alike(charter: Charter, data: st.DataObject) -> None:
    keys = data.draw(st.permutations(sorted(charter.document)))
    text = "".join(f"{key}: {write_value(charter.document[key])}\n" for key in keys)
    assert parse_charter(text).digest == charter.digest


@given(charter=st.sampled_from(CHARTERS))
def test_adding_a_limit_leaves_every_grant_as_it_was(charter: Charter) -> None:
    limited = charter_from_document(apply(charter.document, [Append(path="limits", value={"effect": "irreversible"})]))
    assert len(limited.limits) == len(charter.limits) + 1
    assert [(grant.tool, grant.ask, grant.effects) for grant in limited.grants] == [
        (grant.tool, grant.ask, grant.effects) for grant in charter.grants
    ]
    assert charter_from_document(apply(limited.document, [Remove(path=f"limits.{len(charter.limits)}")])).grants
