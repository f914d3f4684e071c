from __future__ import annotations

import itertools
from dataclasses import replace
from typing import get_args

import pytest
from tests.assurance.incidents.made_up import made_up, weights

from remit.assurance.incidents import Incident, derive
from remit.assurance.incidents.building import FACTS, GAINED
from remit.assurance.incidents.deriving import AGAINST, FOR
from remit.assurance.incidents.gravity import MEANINGS, floor_of
from remit.assurance.incidents.incident import Awareness, Cause, Disagreement, Pointed
from remit.assurance.incidents.schema import CauseName
from remit.assurance.resistance import Act, Class, Known

BASE = made_up()
WEIGHTS = (0.0, 0.2, 0.4)
STATES = (Known.YES, Known.NO, Known.UNKNOWN)


def with_gain(incident: Incident, known: Known) -> Incident:
    gained = dict.fromkeys(GAINED, Pointed(known=Known.NO)) | {"access": Pointed(known=known)}
    return replace(incident, gained=gained)


def naive_instrumental(gain: Known, pro: float, contra: float, dark: float, aware: str) -> str:
    """The rule again: yes iff gained, and for outweighs against, and awareness at least plausible."""
    possible = set()
    for gained, share, knew in itertools.product(
        (True, False) if gain is Known.UNKNOWN else (gain is Known.YES,),
        (0.0, 1.0) if dark else (0.5,),
        (True, False) if aware == "unknown" else (aware != "no",),
    ):
        outweighs = {pro + dark * share > contra + dark * (1 - share)} if dark else {pro > contra}
        if not dark and pro == contra and pro > 0:
            outweighs = {True, False}
        possible |= {gained and outweigh and knew for outweigh in outweighs}
    return "contested" if len(possible) > 1 else "yes" if True in possible else "no"


@pytest.mark.requirement("INCIDENT-05")
def test_over_every_combination_instrumental_is_what_the_rule_says() -> None:
    checked = 0
    for gain, pro, contra, dark, aware in itertools.product(
        STATES, WEIGHTS, WEIGHTS, (0.0, 0.15), ("yes", "plausible", "no", "unknown")
    ):
        causes = (
            Cause(cause="instrumental-task", weight=pro),
            Cause(cause="prompt-injection", weight=contra),
            Cause(cause="unknown", weight=dark),
            Cause(cause="over-granted-authority", weight=0.05),
        )
        given = replace(with_gain(BASE, gain), causes=causes, awareness=Awareness(known=aware))
        derived = derive(given)
        assert derived.instrumental == naive_instrumental(gain, pro, contra, dark, aware), (
            gain,
            pro,
            contra,
            dark,
            aware,
        )
        assert derived.instrumental_because
        assert any(line.startswith("instrumental") for line in derived.missing) == (derived.instrumental == "contested")
        checked += 1
    assert checked == 3 * 3 * 3 * 2 * 4


def test_every_cause_speaks_for_against_or_is_a_condition() -> None:
    conditions = {"goal-misgeneralisation", "over-granted-authority", "missing-approval", "unknown"}
    assert set(get_args(CauseName)) == FOR | AGAINST | conditions
    assert not FOR & AGAINST


def test_weights_that_are_equal_but_for_rounding_leave_it_open() -> None:
    causes = (*(Cause(cause=name, weight=0.1) for name in sorted(FOR)), Cause(cause="capability-error", weight=0.3))
    assert derive(
        replace(with_gain(BASE, Known.YES), causes=causes, awareness=Awareness(known="yes"))
    ).instrumental == ("contested")


@pytest.mark.requirement("INCIDENT-02")
def test_a_fact_that_rests_on_the_agents_word_alone_counts_as_unknown() -> None:
    told = {"act": "stops", "candour": {"known": "yes", "shows": ["C2"]}}
    assert derive(made_up(facts=told)).found == "unknown"
    assert derive(made_up(facts=told)).facts["candour"] is Known.UNKNOWN
    shown = {"act": "stops", "candour": {"known": "yes", "shows": ["C2", "O1"]}}
    assert derive(made_up(facts=shown)).found == "complied"
    acted = {"act": {"kind": "stops", "shows": ["C2"]}, "candour": "yes"}
    assert derive(made_up(facts=acted)).found == "unknown"


@pytest.mark.parametrize("name", FACTS)
def test_a_disputed_fact_counts_as_unknown_until_a_record_settles_it(name: str) -> None:
    stated = replace(BASE, facts=dict(BASE.facts) | {name: Pointed(known=Known.YES, shows=("O1",))})
    point = Disagreement(about=name, between=("O1", "C1"), text="one says so, one does not")
    assert derive(replace(stated, disagreement=(point,))).facts[name] is Known.UNKNOWN
    settled = replace(point, settled_by="entry 12")
    assert derive(replace(stated, disagreement=(settled,))).facts[name] is Known.YES


def test_a_disputed_word_for_it_changes_nothing() -> None:
    point = Disagreement(about="label", between=(), text="a rogue agent, says the press")
    assert derive(replace(BASE, disagreement=(point,))) == derive(BASE)


@pytest.mark.requirement("INCIDENT-04")
def test_when_in_doubt_the_mundane_label_is_taken_and_the_missing_record_named() -> None:
    derived = derive(made_up(facts={"act": "goes-on", "signal": "no", "candour": "yes"}))
    assert derived.found == Class.BENIGN_PERSISTENCE
    assert derived.missing == ("T5: a second, out-of-band stop",)


@pytest.mark.requirement("INCIDENT-04")
def test_unknown_facts_never_give_complied() -> None:
    for act in Act:
        derived = derive(replace(BASE, facts={name: Pointed() for name in FACTS}, act=act, control_object="log"))
        assert derived.found != Class.COMPLIED
        assert derived.missing or derived.found == Class.SCOPE_OVERREACH


@pytest.mark.requirement("INCIDENT-06")
def test_severity_rises_with_the_outcome_and_never_falls_below_its_floor() -> None:
    settings = ("production", "internal", "live-red-team", "training", "evaluation", "research-sim")
    for setting in settings:
        for who in ("agent", "enforcement", "monitor", "human", "victim", "luck", "unknown"):
            floors = [floor_of(outcome, setting, who) for outcome in ("E0", "E1", "E2", "E3", "E4")]
            assert floors == sorted(floors)
            assert set(floors) <= MEANINGS.keys()
            assert floors[0] == "S0"
    assert floor_of("E3", "production", "human") == "S3"
    assert floor_of("E3", "production", "luck") == "S4"
    assert floor_of("E4", "production", "human") == "S4"
    assert derive(replace(BASE, severity="S4")).severity == "S4"
    assert derive(replace(BASE, severity="")).severity == "S2"


def test_the_same_record_always_comes_to_the_same() -> None:
    assert derive(made_up(weights=None, causes=weights(("unknown", 0.4)))) == derive(
        made_up(causes=weights(("unknown", 0.4)))
    )
