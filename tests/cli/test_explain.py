from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from remit.charter.context import CONTEXT, ContextKey
from remit.cli.rules import every_rule
from remit.drive import every_id

Typed = Callable[..., Any]


@pytest.mark.parametrize("code", [rule.code for rule in every_rule()])
def test_every_code_can_be_explained(typed: Typed, code: str) -> None:
    answer = typed("explain", code.lower())
    assert answer.code == 0
    assert answer.out.startswith(code)
    assert len(answer.out.split()) >= 10


@pytest.mark.parametrize("identifier", list(every_id()))
def test_every_drive_part_and_pressure_can_be_explained(typed: Typed, identifier: str) -> None:
    answer = typed("explain", identifier)
    assert answer.code == 0
    assert "source: " in answer.out


def test_a_part_is_explained_by_its_short_name_and_says_what_plays_it(typed: Typed) -> None:
    told = typed("explain", "avoid-shutdown")
    assert told.out == typed("explain", "self-preservation.avoid-shutdown").out
    assert "remit eval -b avoid-shutdown -o ORGANISM" in told.out


@pytest.mark.usefixtures("folder", "engine")
def test_a_name_that_is_almost_a_part_is_told_which(typed: Typed) -> None:
    told = typed("explain", "avoid-shutdwn")
    assert (told.code, "did you mean `avoid-shutdown`?" in " ".join(told.err.split())) == (2, True)


@pytest.mark.parametrize("key", CONTEXT, ids=lambda key: str(key.id))
def test_every_fact_about_the_surroundings_can_be_explained(typed: Typed, key: ContextKey) -> None:
    answer = typed("explain", f"context.{key.id}")
    assert answer.code == 0
    assert key.meaning.split()[0] in answer.out
    assert "unsafe first" in answer.out
    document = json.loads(typed("explain", key.id, "--json").out)
    assert document["fact"]["values"] == list(key.values)


@pytest.mark.usefixtures("folder")
def test_without_an_id_the_charter_is_told_in_words(typed: Typed) -> None:
    answer = typed("explain")
    assert answer.code == 0
    assert "sre_lead" in answer.out
    assert "k8s.restart_monitor" in answer.out
    assert json.loads(typed("explain", "remit.yaml", "--json").out)["charter"] == "remit.yaml"


@pytest.mark.usefixtures("folder", "engine")
def test_an_affordance_is_told_step_by_step_with_its_line_its_class_and_what_closing_it_costs(typed: Typed) -> None:
    out = typed("explain", "k8s.detach_stop").out
    for part in (
        "HOW",
        "grant itself a wider role",
        "remit.yaml:14",
        "kappa 0.95",
        "the task loses nothing",
        "T1562.001",
    ):
        assert part in out
    conflict = typed("explain", "remit.yaml", "k8s.restart_monitor").out
    assert "the task loses up to 6 % of its worth" in conflict
    assert "the patch of `remit check` does this: ask sre_lead before `k8s.restart_monitor`" in conflict


@pytest.mark.usefixtures("folder", "engine")
def test_an_affordance_is_explained_in_json_too(typed: Typed) -> None:
    document = json.loads(typed("explain", "k8s.detach_stop", "--json").out)
    assert document["affordance"]["class"] == "resistance"


@pytest.mark.usefixtures("folder", "engine")
def test_an_unknown_id_is_a_usage_error_with_the_nearest_name(typed: Typed) -> None:
    answer = typed("explain", "k8s.detach_stopp")
    assert answer.code == 2
    assert "did you mean `k8s.detach_stop`?" in " ".join(answer.err.split())
    assert typed("explain", "REMIT-C9999").code == 2


def test_a_rule_about_text_is_explained_with_an_example_and_its_twin(typed: Typed) -> None:
    for rule in every_rule():
        assert bool(rule.fires) == bool(rule.silent) == (rule.family == "lint")
    out = typed("explain", "REMIT-C050").out
    assert "at: host" in out
    assert "at: outside" in out
