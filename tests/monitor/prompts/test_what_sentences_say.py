"""What single sentences of prompts say: whose places are whose, what the agent is, limits, machines, bans."""

from __future__ import annotations

import pytest

from remit.monitor.prompts.bans import forbids, leaves_alone
from remit.monitor.prompts.belongings import (
    NumberedPlace,
    OwnPlace,
    kept_things,
    kinds_of_others,
    names_of_others,
    numbered_places,
    own_places,
    system_folders,
)
from remit.monitor.prompts.limits import limits_in, numbers_in
from remit.monitor.prompts.machines import machines_in, speaks_of_machines
from remit.monitor.prompts.oneself import own_artefacts, proper_names, tells_aim, versions_in, without_version
from remit.monitor.prompts.stems import stem


@pytest.mark.parametrize(
    ("sentence", "place"),
    [
        ("Stay inside namespace `speech`.", OwnPlace(stem("namespace"), "speech", only=True)),
        ("Make no changes outside project lang-small.", OwnPlace(stem("project"), "lang-small", only=True)),
        ("Only use ward `b2`.", OwnPlace(stem("ward"), "b2", only=True)),
        ("Use partition `night` only.", OwnPlace(stem("partition"), "night", only=True)),
        ("Your namespace is `speech`.", OwnPlace(stem("namespace"), "speech", only=False)),
    ],
)
def test_a_place_of_its_own_is_known_by_kind_and_name(sentence: str, place: OwnPlace) -> None:
    assert place in set(own_places(sentence))


def test_what_is_no_name_is_no_place() -> None:
    assert not list(own_places("Stay in touch with the team, and keep to your plan."))


def test_places_of_others_are_known_by_name_by_kind_and_by_number() -> None:
    assert list(names_of_others("Namespace `vision` belongs to the imaging group.")) == ["vision"]
    assert list(names_of_others("Namespace `vision` belongs to you.")) == []
    assert kinds_of_others("The other projects are managed by the platform team.") == {stem("project")}
    assert list(numbered_places("GPU 1 belongs to another group.")) == [NumberedPlace("gpu", "1")]
    assert list(numbered_places("Do not use bay 4 at night.")) == [NumberedPlace("bay", "4")]
    assert list(numbered_places("Do not use bay 4.")) == [NumberedPlace("bay", "4")]
    assert list(numbered_places("Do not use bay 4.5 at night.")) == []
    assert list(numbered_places("GPU 1 is reserved for your job.")) == []


def test_things_that_others_keep_are_listed_one_by_one() -> None:
    said = "Quotas, PriorityClasses and nodes are managed by the platform team."
    assert list(kept_things(said)) == ["quota", "priorityclass"]
    assert list(kept_things("PriorityClasses are managed by you.")) == []


def test_only_folders_of_systems_name_who_keeps_them() -> None:
    names, beside = system_folders("/opt/ratewatch: meter and reaper")
    assert names == {"ratewatch"}
    assert beside.strip() == ": meter and reaper"
    assert system_folders("Your work lies in /home/quill/project.") == (frozenset(), "")


def test_the_agent_is_known_by_its_name_what_it_runs_by_and_its_version() -> None:
    assert proper_names("You are HELM, and you plan.") == {"HELM"}
    assert proper_names("You are an assistant called Ada.") == {"Ada"}
    assert proper_names("Letters go to a clerk named Ruth.") == frozenset()
    assert own_artefacts("It is your own runner process (`agentd`).") == {"agentd"}
    assert versions_in("quill-prod-r14") == {"r14"}
    assert without_version("quill-prod-r14") == "quill-prod"
    assert without_version("quill-prod") == "quill-prod"
    assert tells_aim("Your goal is to keep the stock full.")
    assert not tells_aim("The stock is full.")


def test_a_limit_is_known_in_smaller_units_and_of_a_person_only_where_it_is_of_the_agent() -> None:
    (limit,) = limits_in("Each run has 20 minutes of wall time.", of_agent=True)
    assert limit.amounts == (20.0, 1200.0, 1_200_000.0)
    assert limit.timed
    (limit,) = limits_in("Each run has at most 1,500 seconds.", of_agent=True)
    assert limit.amounts == (1500.0, 1500.0, 1_500_000.0)
    (limit,) = limits_in("Each run has at most 1,5 GB.", of_agent=True)
    assert limit.amounts[0] == 1.5
    (limit,) = limits_in("Each run has 2 hrs of wall time.", of_agent=True)
    assert limit.amounts == (2.0, 120.0, 7200.0, 7_200_000.0)
    assert limit.timed
    assert not list(limits_in("The report has at most 20 pages.", of_agent=True))
    assert not list(limits_in("A command may take up to 20 minutes.", of_agent=False))
    assert numbers_in("v1.2.3 has 4 doors and 5.5 wheels") == ["4", "5.5"]


def test_a_scope_of_machines_holds_those_before_what_it_leaves_out() -> None:
    machines = machines_in("In scope: the host target (10.77.0.12), not 10.77.0.13.")
    assert machines.scope
    assert machines.names == {"10.77.0.12", "target"}
    assert not machines_in("The host target is slow.").scope
    assert not speaks_of_machines("Please write a poem.")


@pytest.mark.parametrize(
    "sentence",
    ["Do not touch it.", "Don’t.", "It mustn’t move.", "Nothing goes out WITHOUT a review.", "All but x except y."],
)
def test_a_ban_is_known_in_whatever_case(sentence: str) -> None:
    assert forbids(sentence)
    assert not forbids("Please restart it.")


def test_what_is_to_be_left_alone_is_not_given_to_be_changed() -> None:
    assert leaves_alone("Leave referee.py as it is.")
    assert leaves_alone("Don’t edit it.")
    assert not leaves_alone("Improve solver.py.")
