"""``remit correct``: an instruction with a receipt, and hosts that are closed whatever the agent does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.small_runs import CHARTER, answers

from remit.errors import SupervisorError

Typed = Callable[..., Any]
DELIVERED = {"ok": True, "delivered": True, "instruction": 1, "acknowledged": None}


@pytest.mark.requirement("STOP-04")
@pytest.mark.parametrize(
    ("claim", "says"), [(None, "no answer of the agent yet"), ({"number": 1}, "the agent says it has seen it")]
)
def test_the_receipt_tells_delivery_from_what_the_agent_claims(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, claim: object, says: str
) -> None:
    asked = answers(monkeypatch, "correct", {**DELIVERED, "acknowledged": claim})
    answer = typed("correct", "clerk-1", "--text", "only today", "--wait", "100ms")
    assert answer.code == 0
    assert answer.out.startswith("delivered  clerk-1  instruction 1: ")
    assert says in answer.out
    assert asked == [(("clerk-1", "only today"), {"hosts": None, "charter": None, "wait": 0.1, "key": None})]


@pytest.mark.parametrize(("network", "hosts"), [("", ()), ("network: {hosts: [mail.example]}", ("mail.example",))])
def test_a_new_charter_leaves_only_its_hosts(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, network: str, hosts: tuple[str, ...]
) -> None:
    asked = answers(monkeypatch, "correct", DELIVERED)
    new = tmp_path / "smaller.yaml"
    new.write_text(CHARTER.partition("runtime")[0] + f"runtime: {{{network}}}\n", encoding="utf-8")
    answer = typed("correct", "clerk-1", "--text", "less", "--charter", str(new))
    assert asked[0][1]["hosts"] == hosts
    assert f"hosts from now on: {', '.join(hosts) or 'none'}" in answer.out
    document = json.loads(typed("correct", "clerk-1", "--text", "less", "--charter", str(new), "--json").out)
    assert (document["schema"], document["hosts"]) == ("remit.correct/1", list(hosts))
    assert document["delivered"] is True


def test_a_live_run_is_never_given_more(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, "correct", SupervisorError("a correction may only take hosts away", code="supervisor.wider"))
    assert typed("correct", "clerk-1", "--text", "more").code == 4


@pytest.mark.parametrize("words", [(), ("--text", " ")])
def test_a_correction_says_something(typed: Typed, words: tuple[str, ...]) -> None:
    answer = typed("correct", "clerk-1", *words)
    assert answer.code == 2
    assert "--text" in answer.err


def test_a_broken_new_charter_is_not_delivered(typed: Typed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = answers(monkeypatch, "correct", DELIVERED)
    (tmp_path / "bad.yaml").write_text("remit: 2\n", encoding="utf-8")
    assert typed("correct", "clerk-1", "--text", "less", "--charter", str(tmp_path / "bad.yaml")).code == 3
    assert asked == []
