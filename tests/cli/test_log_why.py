"""``remit log why``: a call traced back on the screen and as JSON, and what is said where there is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.small_ledgers import small_ledger

Typed = Callable[..., Any]
CHARTER = """
remit: 1
agent: {name: mailer}
purpose: {text: answer mail; done when none is left, task: [{when: out.answered, value: 1}]}
overseers: {alice: {channels: [cli]}}
grants: [{tool: mail.send, kind: email, effects: [out.answered]}]
oversight: {stop: {by: alice}}
"""


@pytest.fixture
def charter(tmp_path: Path, state: Path) -> Path:
    """The charter of a mailer whose ledger is there."""
    assert state.name == "runs"
    small_ledger("mailer-3f2a9c")
    place = tmp_path / "mailer.yaml"
    place.write_text(CHARTER, encoding="utf-8")
    return place


@pytest.mark.requirement("REVIEW-07")
def test_a_call_is_shown_with_its_rule_its_grant_and_the_drives(typed: Typed, charter: Path) -> None:
    answer = typed("log", "why", "mailer", "3", "--charter", str(charter))
    assert answer.code == 0
    assert "mail.send" in answer.out
    assert "remit.yaml:4: it leaves the house" in answer.out
    assert "another charter was in force then" in answer.out
    assert "WHAT THE SAME GRANT OPENS" in answer.out
    assert "not granted; opened by grant mail.send" in answer.out
    assert "remit explain CHARTER email." in answer.out


def test_the_same_as_json_names_every_act_and_its_bond(typed: Typed, charter: Path) -> None:
    said = json.loads(typed("log", "why", "mailer", "6", "--charter", str(charter), "--json").out)
    assert (said["schema"], said["entry"], said["tool"], said["result"]) == (
        "remit.origin/1", 3, "mail.send", "performed",
    )  # fmt: skip
    assert {act["bond"] for act in said["acts"]} <= {"is", "leads", "beside"}
    assert {part for act in said["acts"] for part in act["parts"]} == set(said["parts"]) != set()


@pytest.mark.parametrize(("entry", "said"), [("8", "belongs to no call"), ("99", "there is no entry `99`")])
def test_an_entry_without_a_call_is_a_usage_error(typed: Typed, charter: Path, entry: str, said: str) -> None:
    answer = typed("log", "why", "mailer", entry, "--charter", str(charter))
    assert answer.code == 2
    assert said in answer.err
    assert "remit log show" in answer.err


def test_without_an_entry_it_says_what_to_type(typed: Typed, charter: Path) -> None:
    answer = typed("log", "why", "mailer", "--charter", str(charter))
    assert answer.code == 2
    assert "which entry?" in answer.err
