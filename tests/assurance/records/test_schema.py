"""The JSON Schema of a record, for other languages, says what the reader accepts."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from remit.assurance.kinds import KINDS
from remit.assurance.records.schema import json_schema

ROOT = Path(__file__).parents[3]
FOLDER = Path(__file__).parent
SCHEMA = ROOT / "spec" / "evidence.schema.json"
STRUCTURAL = ("own-unknown-kind", "own-unknown-result", "own-no-time", "own-no-subject", "own-unsealed")


@pytest.mark.requirement("RECORD-01")
def test_the_committed_schema_is_the_one_the_reader_has() -> None:
    committed = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert committed == json_schema()
    jsonschema.Draft202012Validator.check_schema(committed)


@pytest.mark.requirement("RECORD-01")
@pytest.mark.parametrize("name", ["own.json", "wrapped.json"])
def test_golden_records_have_the_form_of_the_schema(name: str) -> None:
    document = json.loads((FOLDER / "golden" / name).read_text(encoding="utf-8"))
    assert list(jsonschema.Draft202012Validator(json_schema()).iter_errors(document)) == []


@pytest.mark.parametrize("name", STRUCTURAL)
def test_records_of_another_form_do_not(name: str) -> None:
    document = json.loads((FOLDER / "rejected" / f"{name}.json").read_text(encoding="utf-8"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json_schema())


def test_every_kind_and_every_key_has_its_place_in_the_specification() -> None:
    text = (ROOT / "spec" / "evidence.md").read_text(encoding="utf-8")
    for word in (*KINDS, *json_schema()["properties"]):
        assert f"`{word}`" in text
