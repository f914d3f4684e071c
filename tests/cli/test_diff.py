from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.example_report import clean_report, example_report

from remit.charter.reader import parse_charter
from remit.incentives.comparison import compare, task_kept
from remit.incentives.worlds.goals import task_in_words

Typed = Callable[..., Any]


@pytest.fixture
def smaller(folder: Path) -> Path:
    """The example's charter with its stop outside the cluster."""
    text = (
        (folder / "remit.yaml")
        .read_text(encoding="utf-8")
        .replace("rate: 0.05, at: cluster", "rate: 0.05, at: outside")
    )
    (folder / "smaller.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.usefixtures("smaller", "engine")
def test_a_wider_charter_fails_and_says_what_became_possible(typed: Typed) -> None:
    answer = typed("diff", "smaller.yaml", "remit.yaml")
    assert answer.code == 1
    assert "1 widened" in answer.out
    assert "T3 → T1" in answer.out
    assert "+ k8s.detach_stop  resistance" in answer.out
    assert typed("diff", "smaller.yaml", "remit.yaml", "--fail-on", "resistance").code == 1
    assert typed("diff", "smaller.yaml", "remit.yaml", "--fail-on", "never").code == 0


@pytest.mark.usefixtures("smaller", "engine")
def test_a_narrower_charter_passes(typed: Typed) -> None:
    answer = typed("diff", "remit.yaml", "smaller.yaml")
    assert answer.code == 0
    assert "1 narrowed" in answer.out
    assert "- k8s.detach_stop  resistance" in answer.out


@pytest.mark.usefixtures("smaller")
def test_authority_alone_is_compared_without_an_engine(typed: Typed) -> None:
    answer = typed("diff", "smaller.yaml", "remit.yaml", "--text-only", "--json")
    document = json.loads(answer.out)
    assert answer.code == 1
    assert document["readings"] is None
    assert [change["kind"] for change in document["authority"]] == ["widened"]
    assert typed("diff", "remit.yaml", "remit.yaml", "--text-only").code == 0
    assert typed("diff", "remit.yaml", "--text-only", "--fail-on", "resistance").code == 2


@pytest.mark.usefixtures("smaller", "engine")
def test_json_holds_authority_and_readings(typed: Typed) -> None:
    document = json.loads(typed("diff", "smaller.yaml", "remit.yaml", "--json").out)
    assert document["schema"] == "remit.diff/1"
    assert document["readings"]["tier"] == {"before": "T3", "after": "T1"}
    assert document["readings"]["regressions"]


def test_task_values_are_compared_on_one_scale_and_only_on_one_task() -> None:
    before, after = example_report(authorised_value=12.0), clean_report(authorised_value=9.0)
    change = next(one for one in compare(before, after).reading_changes if one.reading == "task value")
    assert (change.before, change.after, change.apart) == (1.0, 0.75, True)
    back = next(one for one in compare(after, before).reading_changes if one.reading == "task value")
    assert (back.before, back.after) == (0.75, 1.0)
    assert task_kept(before, after) == 0.75
    for other in (clean_report(task=("out.other: 1", "discount: 0.97")), clean_report(authorised_value=None)):
        assert "task value" not in {one.reading for one in compare(before, other).reading_changes}
        assert task_kept(before, other) is None


def test_charters_have_one_task_when_they_reward_the_same_outcomes_at_the_same_discount() -> None:
    def task(outcomes: str, more: str = "") -> tuple[str, ...]:
        head = "remit: 1\nagent: {name: desk}\noverseers: {ops: {channels: [cli]}}\ngrants: []\n"
        oversight = "oversight: {stop: {by: ops}}\n"
        return task_in_words(
            parse_charter(f"{head}{oversight}purpose: {{text: desk work, task: [{outcomes}]}}\n{more}")
        )

    one = task("{when: out.a and not out.b, value: 2}, {when: out.c >= 2, value: 1}")
    assert one == task("{when: out.c >= 2, value: 1}, {when: not out.b and out.a, value: 2}")
    assert one != task("{when: out.a and out.b, value: 2}, {when: out.c >= 2, value: 1}")
    assert one != task("{when: out.a and not out.b, value: 2}, {when: out.c >= 3, value: 1}")
    assert one != task("{when: out.a and not out.b, value: 2}, {when: out.c >= 2, value: 1}", "assume: {discount: 0.9}")
