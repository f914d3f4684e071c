from __future__ import annotations

from typing import Any

import pytest

from remit.charter.lint.tools import (
    acts,
    declares_facts,
    effects_of,
    is_mcp_tool,
    reaches_people,
    reserved_effects,
    spends,
)
from remit.charter.model import Grant
from remit.charter.reader import charter_from_document


def grant_of(tool: str, **parts: Any) -> Grant:
    """A grant of a tool as the reader makes it."""
    head = {"remit": 1, "agent": {"name": "a"}, "purpose": {"text": "x"}}
    return charter_from_document({**head, "grants": [{"tool": tool, **parts}]}).grants[0]


@pytest.mark.parametrize(
    "tool", ["email.send", "crm.update", "bash", "bash_log", "kubectl", "pip.install", "stripe.pay"]
)
def test_a_tool_acts_unless_its_name_says_that_it_only_looks(tool: str) -> None:
    assert acts(grant_of(tool))


@pytest.mark.parametrize(
    "tool", ["email.read", "crm.get_orders", "listBuckets", "subagent.list", "invoice.list", "k8s.describe_pod"]
)
def test_a_tool_whose_name_says_that_it_looks_does_not_act(tool: str) -> None:
    assert not acts(grant_of(tool))


def test_declared_effects_beat_the_name() -> None:
    assert acts(grant_of("crm.read", effects=["data.write"]))
    assert not acts(grant_of("crm.update", effects=["info.orders", "data.probe"]))


def test_an_effect_taken_back_is_no_effect() -> None:
    grant = grant_of("crm.read", effects=["not irreversible", "data.destroy", "out.done"])
    assert effects_of(grant) == ("data.destroy", "out.done")
    assert reserved_effects(grant) == ("data.destroy",)


@pytest.mark.parametrize(
    ("tool", "reaches"),
    [
        ("gmail.send", True),
        ("gmail.draft", False),
        ("slack.post", True),
        ("slack.search", False),
        ("crm.update", False),
    ],
)
def test_only_sending_reaches_people(tool: str, *, reaches: bool) -> None:
    assert reaches_people(grant_of(tool)) is reaches


def test_a_payment_tool_spends_unless_it_says_what_else_it_does() -> None:
    assert spends(grant_of("invoice.pay"))
    assert spends(grant_of("crm.read", effects=["money.spend"]))
    assert not spends(grant_of("invoice.list"))
    assert not spends(grant_of("order.return", effects=["money.earn"]))


def test_a_grant_of_a_known_kind_declares_facts_only_by_naming_them() -> None:
    assert declares_facts(grant_of("crm.read", effects=["info.orders"]))
    assert not declares_facts(grant_of("crm.read", effects=["data.write"]))
    assert declares_facts(grant_of("frobnicate", effects=["data.write"]))
    assert not declares_facts(grant_of("frobnicate"))


@pytest.mark.parametrize(("tool", "served"), [("mcp__git__commit", True), ("git/commit", True), ("git.commit", False)])
def test_a_tool_served_over_mcp_is_told_by_its_name(tool: str, *, served: bool) -> None:
    assert is_mcp_tool(grant_of(tool)) is served
