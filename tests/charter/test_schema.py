"""The accepted form, and the JSON Schema editors use."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.charter.context import CONTEXT
from remit.charter.explaining import allowed_keys
from remit.charter.model import Charter
from remit.charter.patch import Set, apply
from remit.charter.reader import charter_from_document, parse_charter, read_charter, read_document
from remit.charter.schema import Document, json_schema, validate
from remit.errors import CharterError

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
ZOO = sorted((HERE / "zoo").glob("*.yaml"))
CHARTERS = [*sorted((ROOT / "src/remit/charters").glob("*.yaml")), HERE / "support-desk.yaml"]
SMALL: dict[str, Any] = {"remit": 1, "agent": {"name": "clerk"}, "purpose": {"text": "file the invoices"}}


@pytest.mark.requirement("CHARTER-09")
def test_the_committed_json_schema_is_current() -> None:
    committed = json.loads((ROOT / "spec/charter.schema.json").read_text(encoding="utf-8"))
    assert committed == json_schema(), "write it again: `remit schema > spec/charter.schema.json`"


def test_the_json_schema_is_itself_valid() -> None:
    meta = jsonschema.Draft202012Validator(jsonschema.Draft202012Validator.META_SCHEMA)
    assert list(meta.iter_errors(json_schema())) == []


@pytest.mark.requirement("CHARTER-09")
@pytest.mark.parametrize("path", CHARTERS, ids=lambda path: path.stem)
def test_the_json_schema_accepts_every_shipped_charter(path: Path) -> None:
    document, _ = read_document(path.read_text(encoding="utf-8"))
    assert list(jsonschema.Draft202012Validator(json_schema()).iter_errors(document)) == []


def test_the_json_schema_finds_what_an_editor_can_find() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    assert not validator.is_valid({**SMALL, "grnts": []})
    assert not validator.is_valid({**SMALL, "remit": 2})
    assert not validator.is_valid({**SMALL, "grants": [{"tool": "a", "effects": ["oversite.stop"]}]})
    assert not validator.is_valid({**SMALL, "context": {"stop_at": "office"}})
    assert not validator.is_valid({**SMALL, "oversight": {"stop": {"rate": 2}}})
    assert validator.is_valid({**SMALL, "grants": [{"tool": "a", "args": {"to": "me", "n": {"max": "5 EUR"}}}]})


def test_every_field_is_described() -> None:
    for name, part in json_schema()["$defs"].items():  # type: ignore[attr-defined]
        assert part["description"], name
        for field, form in part["properties"].items():
            assert form.get("description"), f"{name}.{field}"


def test_every_context_fact_is_in_the_schema() -> None:
    properties: Any = json_schema()["properties"]
    assert set(properties["context"]["properties"]) == {key.id for key in CONTEXT}


def test_the_keys_of_a_path_are_those_of_its_part() -> None:
    assert allowed_keys(["oversight", "correct"]) == ["by", "rate"]
    assert allowed_keys(["grants", 0, "args", "to"])[:2] == ["equals", "in"]
    assert allowed_keys(["credentials", "crm"])[:4] == ["from", "ttl", "opens", "host"]
    assert allowed_keys([]) == list(Document.model_fields)


@pytest.mark.parametrize("version", [True, 1.0, "1", 2, None, [1]])
def test_only_the_number_one_is_a_version(version: object) -> None:
    checked, problems = validate({**SMALL, "remit": version})
    assert checked is None
    assert [problem["loc"] for problem in problems] == [("remit",)]


def test_a_single_name_stands_for_a_list_of_one() -> None:
    text = "remit: 1\nagent: {name: a}\npurpose: {text: x}\noverseers: {ops: {channels: cli}}\noversight: {stop: {by: ops}}\n"
    charter = parse_charter(text)
    assert charter.oversight.stop.by == ("ops",)
    assert charter.overseers["ops"].channels == ("cli",)


@pytest.mark.parametrize(
    ("hosts", "read"), [("any", ("*",)), ("none", ()), ("[a.example]", ("a.example",)), ("a.example", ("a.example",))]
)
def test_hosts_are_any_none_or_named(hosts: str, read: tuple[str, ...]) -> None:
    text = f"remit: 1\nagent: {{name: a}}\npurpose: {{text: x}}\nruntime: {{network: {{hosts: {hosts}}}}}\n"
    assert parse_charter(text).runtime.hosts == read


def test_a_plain_argument_is_a_constraint_to_exactly_that() -> None:
    text = (
        "remit: 1\nagent: {name: a}\npurpose: {text: x}\ngrants: [{tool: t, args: {a: main, b: 3, c: true, d: {}}}]\n"
    )
    args = parse_charter(text).grants[0].args
    assert [args[name].equals for name in "abcd"] == ["main", 3, True, None]


def accepted(document: dict[str, object]) -> bool:
    """Whether the reader takes a document."""
    try:
        charter_from_document(document)
    except CharterError:
        return False
    return True


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(section=st.sampled_from(sorted(Document.model_fields)), value=PLAIN)
def test_what_the_reader_accepts_the_json_schema_accepts(section: str, value: object) -> None:
    document = {**SMALL, section: value}
    assert not accepted(document) or list(jsonschema.Draft202012Validator(json_schema()).iter_errors(document)) == []


@given(charter=st.sampled_from([read_charter(path) for path in CHARTERS]), data=st.data())
def test_a_changed_charter_the_reader_accepts_the_json_schema_accepts_too(
    charter: Charter, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(sorted(path for path in charter.places if path)))
    value: object = data.draw(
        st.sampled_from([None, True, 0, 1, 0.5, "", "x", "any", "none", "5 EUR", "2h", [], ["x"], {}])
    )
    document = apply(charter.document, [Set(path=path, value=value)])
    assert not accepted(document) or list(jsonschema.Draft202012Validator(json_schema()).iter_errors(document)) == []
