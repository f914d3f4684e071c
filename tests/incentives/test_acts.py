"""Which acts a charter opens, who allows them, and what each rests on."""

from __future__ import annotations

from typing import Any

from tests.small_charters import blueprint_of, calm, row, tiny, world_of

from remit.charter.model import Charter
from remit.charter.reader import parse_charter
from remit.incentives.worlds.acts import Act, acts_of, has_money, outcome_levels, start_facts, within_reach


def acts(charter: Charter) -> dict[str, Act]:
    return {act.id: act for act in acts_of(charter, charter.catalogue)}


def test_a_grant_authorises_its_act_and_a_row_nobody_named_is_not_authorised() -> None:
    found = acts(tiny([row("leak", "out.leak")]))
    assert (found["desk.answer"].authorised, found["leak"].authorised) == ("yes", "no")
    assert found["leak"].unauthorised
    assert found["leak"].opened_by == "your own catalogue row"


def test_a_row_that_names_a_granted_tool_is_authorised_by_it() -> None:
    found = acts(tiny([row("also", "out.also", tools=["desk.answer"]), row("other", "out.x", tools=["desk.unknown"])]))
    assert (found["also"].authorised, found["other"].authorised) == ("yes", "no")


def test_an_act_behind_an_overseer_names_who_is_asked() -> None:
    grants: list[dict[str, Any]] = [
        {"tool": "desk.pay", "effects": ["out.paid"], "ask": "lead"},
        {"tool": "desk.wire", "effects": ["out.wired"], "ask": ["lead", "ops"]},
    ]
    found = acts(tiny(grants=grants))
    assert found["desk.pay"].overseers == ("lead",)
    assert found["desk.wire"].overseers == ("lead", "ops")
    assert found["desk.answer"].overseers == ()


def test_a_limit_beats_a_grant_by_effect_by_family_and_by_tool() -> None:
    grants = [
        {"tool": "desk.restart", "effects": ["oversight.monitor"]},
        {"tool": "desk.post", "effects": ["out.posted"]},
        {"tool": "ops.reboot", "effects": ["out.rebooted"]},
    ]
    limits = [{"effect": "oversight.*"}, {"effect": "out.posted"}, {"tool": "ops.reboot"}]
    found = acts(tiny(grants=grants, limits=limits))
    assert [found[grant["tool"]].authorised for grant in grants] == ["no", "no", "no"]  # type: ignore[index]
    assert found["desk.answer"].authorised == "yes"


def test_a_limit_on_single_calls_does_not_forbid_the_act() -> None:
    limits = [{"tool": "desk.answer", "when": "size(call.tool) > 500"}]
    assert acts(tiny(limits=limits))["desk.answer"].authorised == "yes"


def test_a_row_whose_surroundings_do_not_hold_is_out() -> None:
    near = row("near", "oversight.stop", when={"stop_at": "host"})
    charter = tiny([near])  # unstated surroundings take their unsafe value
    assert "near" in acts(charter)
    assert "near" not in acts(tiny([near], oversight={"stop": {"at": "outside"}}))


def test_what_can_never_be_met_is_out_of_reach() -> None:
    chain = [row("late", "out.late", needs=["cap.late"]), row("open", "cap.late", needs=["info.key"])]
    assert not {"late", "open"} & acts(tiny(chain)).keys()
    assert {"late", "open"} <= acts(tiny([*chain, row("read", "info.key")])).keys()


def test_a_need_of_a_family_is_met_by_any_fact_of_it() -> None:
    found = acts(tiny([row("send", "out.sent", needs=["info.*"]), row("one", "info.one"), row("two", "info.two")]))
    assert set(found["send"].ways) == {("info.one",), ("info.two",)}


def test_a_secret_from_the_environment_opens_what_it_opens() -> None:
    read = row("read", "credential.env")
    closed = acts(tiny([read]))
    opened = acts(tiny([read], credentials={"key": {"from": "env:KEY", "opens": "cloud"}}))
    elsewhere = acts(tiny([read], credentials={"key": {"from": "file:/key", "opens": "cloud"}}))
    kept = {"from": "env:KEY", "opens": "cloud", "host": "cloud.example"}
    assert "read" not in closed
    assert opened["read"].adds == ("cap.cloud",)
    assert "read" not in elsewhere
    assert "read" not in acts(tiny([read], credentials={"key": kept}))  # held outside: the environment has none


def test_what_a_broker_keeps_opens_nothing_by_itself() -> None:
    charter = tiny(credentials={"card": {"from": "broker:card", "opens": "payments"}})
    assert "cap.payments" not in start_facts(charter)


def test_a_secret_in_a_file_opens_what_it_opens_even_where_it_is_kept_for_a_host() -> None:
    kept = {"from": "file:/key", "opens": "cloud", "host": "cloud.example"}
    found = acts(tiny([row("read", "credential.file")], credentials={"key": kept}))
    assert found["read"].adds == ("cap.cloud",)


def test_money_is_there_when_a_budget_or_a_spending_grant_says_so() -> None:
    spends = [{"tool": "desk.buy", "effects": ["money.spend", "out.bought"]}]
    assert not has_money(tiny())
    assert has_money(tiny(grants=spends))
    assert has_money(tiny(budget={"money": "1 EUR/day"}))
    assert not has_money(tiny(grants=spends, budget={"money": "0 EUR/day"}))
    found = acts(tiny(grants=spends, budget={"money": "0 EUR/day"}))
    assert "desk.buy" not in found


def test_reach_ignores_what_acts_take_away() -> None:
    charter = tiny([row("give-up", "out.gone", "not out.done")], grants=[])
    reached = within_reach(acts(charter).values(), start_facts(charter), funded=False)
    assert {act.id for act in reached} == {"desk.answer", "desk.other", "give-up"}


def test_a_shorter_way_nobody_granted_to_a_granted_outcome_is_leverage() -> None:
    found = acts(tiny([row("shortcut", "out.done"), row("leak", "out.leak")]))
    assert {"limit-evasion", "efficiency-and-power.seeking-leverage"} <= set(found["shortcut"].parts())
    assert found["leak"].parts() == ()


def test_outcomes_are_counted_as_high_as_anybody_asks() -> None:
    charter = tiny(purpose={"task": [{"when": "out.done >= 3"}], "retask": [{"when": "out.done >= 2 and out.other"}]})
    assert outcome_levels(charter) == {"out.done": 3}


def test_two_grants_of_one_tool_are_two_acts() -> None:
    again = [{"tool": "desk.answer", "effects": ["out.also"]}]
    assert {"desk.answer", "desk.answer#2"} <= acts(tiny(grants=again)).keys()


def test_irreversible_is_a_mark_and_no_fact_of_the_world() -> None:
    plan = blueprint_of(tiny([row("wipe", "out.wiped", "irreversible")], oversight=calm()))
    assert "irreversible" not in plan.bits
    (act,) = (one for one in plan.acts if one.id == "wipe")
    assert "irreversible" in act.effects


def test_acts_without_any_bearing_are_dormant_and_take_no_bit() -> None:
    world = world_of(tiny([row("muse", "info.musing"), row("leak", "out.leak")]))
    assert [act.id for act in world.blueprint.dormant] == ["muse"]
    assert "info.musing" not in world.blueprint.bits


def test_what_always_holds_takes_no_bit() -> None:
    charter = parse_charter(
        "remit: 1\nagent: {name: tiny}\npurpose: {text: fetch pages; done when read, task: [{when: out.read}]}\n"
        "grants: [{tool: web.fetch, effects: [out.read]}]\n"
    )
    plan = blueprint_of(charter)
    (act,) = plan.acts
    assert act.ways == (("cap.http",),)
    assert "cap.http" not in plan.bits
