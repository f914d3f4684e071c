"""The seven facts a release gate asks for, stated or derived."""

import pytest

from remit.charter.gate_facts import GATE_FACTS, derive_gate_facts
from remit.charter.model import Agent
from remit.charter.reader import parse_charter

SMALL = "remit: 1\npurpose: {text: file the invoices}\n"


def agent(more: str = "", stated: str = "") -> Agent:
    return parse_charter(SMALL + f"agent: {{name: clerk{stated}}}\n" + more).agent


@pytest.mark.requirement("CHARTER-12")
@pytest.mark.parametrize(
    ("more", "facts"),
    [
        ("", set()),
        ("grants: [{tool: crm.read}]\n", {"calls_tools"}),
        ("grants: [{tool: x, effects: [money.spend]}]\n", {"calls_tools", "spends_money"}),
        ("grants: [{tool: x, effects: [not money.spend]}]\n", {"calls_tools"}),
        ("grants: [{tool: bank.transfer}]\n", {"calls_tools", "spends_money"}),
        ("budget: {money: 5 EUR}\n", {"spends_money"}),
        ("budget: {money: unlimited}\n", {"spends_money"}),
        ("budget: {money: 0}\n", set()),
        ("grants: [{tool: bash}]\n", {"calls_tools", "writes_code"}),
        ("grants: [{tool: git_commit}]\n", {"calls_tools", "writes_code"}),
        ("grants: [{tool: x, effects: [self.modify]}]\n", {"calls_tools", "writes_code"}),
        ("grants: [{tool: spawn_worker}]\n", {"calls_tools", "manages_agents"}),
        ("budget: {agents: 2}\n", {"manages_agents"}),
        ("budget: {agents: 0}\n", set()),
        ("credentials: {t: {from: env:T}}\n", {"holds_credentials"}),
    ],
)
def test_facts_are_derived_from_the_rest(more: str, facts: set[str]) -> None:
    found = agent(more)
    assert {name for name in GATE_FACTS if getattr(found, name)} == facts


@pytest.mark.requirement("CHARTER-12")
def test_a_stated_fact_is_kept_even_against_the_rest_and_marked_as_stated() -> None:
    found = agent("grants: [{tool: bash}]\n", ", writes_code: false, spends_money: true")
    assert not found.writes_code
    assert found.spends_money
    assert found.stated == {"name", "writes_code", "spends_money"}


def test_what_is_not_said_about_planning_and_review_is_taken_to_be_unsafe() -> None:
    found = agent()
    assert found.plans
    assert found.runs_unreviewed
    assert not agent(stated=", reviewed: per-call").runs_unreviewed
    assert agent(stated=", reviewed: sampled").runs_unreviewed


def test_nothing_is_derived_from_nothing() -> None:
    assert set(derive_gate_facts((), (), {}).values()) == {False}
