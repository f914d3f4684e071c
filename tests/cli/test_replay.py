"""``remit replay``: a ledger decided again, on the terminal, as data, and as an exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.guard.desk import DOCUMENT, charter_of, refund

from remit.errors import RefusedError
from remit.guard.guard import Guard
from remit.ledger.store import Ledger

Typed = Callable[..., Any]
NOTE, REFUND, *_ = DOCUMENT["grants"]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a ledger of three calls, one of them denied, and three charters."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with Ledger.open(tmp_path / "week.db") as ledger, Guard(charter_of(), ledger=ledger, run="week") as guard:
        for amount in (20, 30, 90):
            try:
                guard.perform_here(refund(amount), lambda _args: None)
            except RefusedError:
                continue
    wider = {**REFUND, "args": {**REFUND["args"], "amount": {"max": "95 EUR"}}}
    narrower = {**REFUND, "args": {**REFUND["args"], "amount": {"max": "25 EUR"}}}
    charters = {"same": DOCUMENT["grants"], "wider": [NOTE, wider], "narrower": [NOTE, narrower]}
    for name, grants in charters.items():
        document = {**DOCUMENT, "grants": grants, "budget": {"money": "500 EUR/run", "calls": "50/run"}}
        (tmp_path / f"{name}.yaml").write_text(json.dumps(document), encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("office")
def test_a_charter_that_decides_alike_says_so(typed: Typed) -> None:
    answer = typed("replay", "week.db", "same.yaml")
    assert (answer.code, answer.out) == (0, "week under same.yaml: 3 calls, 0 would go otherwise\n")


@pytest.mark.usefixtures("office")
def test_what_would_go_otherwise_is_listed_with_its_entry(typed: Typed) -> None:
    answer = typed("replay", "week.db", "wider.yaml")
    assert answer.code == 1
    assert "NEWLY ALLOWED  1" in answer.out
    assert "refunds.issue  (deny before)" in answer.out
    answer = typed("replay", "week.db", "narrower.yaml")
    assert "NEWLY DENIED  1" in answer.out


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("charter", "policy", "code"),
    [("wider", "denied", 0), ("wider", "allowed", 1), ("narrower", "allowed", 0), ("narrower", "never", 0)],
)
def test_the_exit_code_is_what_was_asked_for(typed: Typed, charter: str, policy: str, code: int) -> None:
    assert typed("replay", "week.db", f"{charter}.yaml", "--fail-on", policy, "--quiet").code == code


@pytest.mark.usefixtures("office")
def test_as_data_every_change_has_its_reason(typed: Typed) -> None:
    document = json.loads(typed("replay", "week.db", "narrower.yaml", "--json").out)
    assert (document["schema"], document["calls"], document["unchanged"]) == ("remit.replay/1", 3, 2)
    (changed,) = document["changed"]
    assert (changed["tool"], changed["before"], changed["after"]) == ("refunds.issue", "allow", "deny")
    assert changed["because"]


@pytest.mark.usefixtures("office")
def test_faults_are_told_apart(typed: Typed, office: Path) -> None:
    assert typed("replay").code == 2
    assert typed("replay", "week.db", "same.yaml", "--fail-on", "sometimes").code == 2
    assert typed("replay", "week.db", "nowhere.yaml").code == 3
    (office / "broken.db").write_bytes(b"nothing")
    assert typed("replay", "broken.db", "same.yaml").code == 1  # tampered with, as `remit log` answers
