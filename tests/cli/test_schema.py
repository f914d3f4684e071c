from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

Typed = Callable[..., Any]


def test_the_schema_is_a_json_schema_that_describes_the_shipped_charters(typed: Typed) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(typed("schema").out))


def test_a_schema_file_is_current_or_the_check_fails(typed: Typed, folder: Path) -> None:
    (folder / "remit.schema.json").write_text(typed("schema").out, encoding="utf-8")
    assert typed("schema", "--check", "remit.schema.json").code == 0
    (folder / "remit.schema.json").write_text("{}", encoding="utf-8")
    assert typed("schema", "--check", "remit.schema.json").code == 1
    assert typed("schema", "--check", "nowhere.json").code == 4


def test_the_rules_are_listed_with_unique_codes_in_five_families(typed: Typed) -> None:
    rules = json.loads(typed("schema", "--rules", "--json").out)["rules"]
    codes = [rule["code"] for rule in rules]
    assert len(codes) == len(set(codes)) >= 90
    assert {rule["family"] for rule in rules} == {"form", "lint", "reading", "case", "incident"}
    assert all(rule["title"] and rule["help"] for rule in rules)
    assert all(code in typed("schema", "--rules").out for code in codes[:3])


@pytest.mark.usefixtures("folder")
def test_quiet_prints_no_schema(typed: Typed) -> None:
    assert typed("schema", "--quiet").out == ""
