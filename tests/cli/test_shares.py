"""What ``remit check --shapley`` shows, in every form."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.example_report import example_report, shares

from remit.incentives.encoding import encode
from remit.incentives.shares import part_in_words, ranked_shares, shares_in_words
from remit.theory.estimate import exact

Typed = Callable[..., Any]
MAIL = """\
remit: 1
agent: {name: mail-helper}
purpose: {text: draft answers to the mail of the day; done when each has one, task: [{when: out.drafted, value: 1}]}
overseers: {me: {channels: [cli]}}
grants:
  - {tool: gmail.read, effects: [info.mail]}
  - {tool: gmail.draft, needs: [info.mail], effects: [out.drafted]}
oversight: {stop: {by: me}}
"""


@pytest.mark.usefixtures("engine")
def test_the_incentive_is_shared_out_only_when_that_is_asked_for(typed: Typed, folder: Path) -> None:
    plain = typed("check", "--html", "plain.html")
    assert "WHAT IT HANGS ON" not in plain.out
    answer = typed("check", "--shapley", "--html", "shared.html")
    part = answer.out[answer.out.index("WHAT IT HANGS ON") :]
    assert [part.index(name) for name in ("k8s.detach_stop", "k8s.restart_monitor", "k8s.silence_alerts")] == sorted(
        part.index(name) for name in ("k8s.detach_stop", "k8s.restart_monitor", "k8s.silence_alerts")
    )
    assert "about half (55–65 %, 95 % interval)" in part
    assert 'id="section-shares"' not in (folder / "plain.html").read_text(encoding="utf-8")
    page = (folder / "shared.html").read_text(encoding="utf-8")
    assert 'id="section-shares"' in page
    assert "about half (55–65 %, 95 % interval)" in page


@pytest.mark.usefixtures("folder", "engine")
def test_the_shares_stand_in_the_json_only_when_asked_for_and_sum_to_their_total(typed: Typed) -> None:
    assert "shapley" not in json.loads(typed("check", "--json").out)
    found = json.loads(typed("check", "--json", "--shapley").out)["shapley"]
    assert found["total"] == pytest.approx(0.1)
    assert sum(row["gap"]["value"] for row in found["shares"]) == pytest.approx(found["total"])
    assert sum(row["part"]["value"] for row in found["shares"]) == pytest.approx(1.0)


def test_shares_whose_intervals_overlap_share_a_rank() -> None:
    ranked = ranked_shares(example_report(shapley=shares()))
    assert [(row.rank, row.id) for row in ranked] == [
        ("1", "k8s.detach_stop"),
        ("2=", "k8s.restart_monitor"),
        ("2=", "k8s.silence_alerts"),
    ]


def test_a_share_is_never_less_than_nothing_or_more_than_the_whole_and_a_tiny_one_is_not_ranked() -> None:
    wide = (("a.b", exact(0.9999)), ("c.d", exact(0.0001)))
    first, second = ranked_shares(example_report(shapley=wide))
    assert part_in_words(first) == "almost all of it (>99 %, exact)"
    assert (second.rank, part_in_words(second)) == ("–", "next to nothing (<1 %, exact)")


def test_where_nothing_resists_or_nothing_is_known_the_report_says_which() -> None:
    calm = example_report(shapley=(("a.b", exact(0.0)),))
    assert ranked_shares(calm) == ()
    assert "nothing to share out" in shares_in_words(calm)
    bounded = example_report(world=replace(example_report().world, method="bound"))
    assert "out of reach" in shares_in_words(bounded)
    assert encode(bounded, shapley=True)["shapley"] is None


@pytest.mark.usefixtures("folder", "engine")
def test_shares_and_exactness_are_about_readings_which_lint_only_leaves_out(typed: Typed) -> None:
    assert typed("check", "--lint-only", "--shapley").code == 2
    assert typed("check", "--lint-only", "--exact").code == 2


@pytest.mark.slow
def test_the_shares_of_a_real_charter_sum_to_what_resistance_is_worth(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "mail.yaml").write_text(MAIL, encoding="utf-8")
    document = json.loads(typed("check", str(tmp_path / "mail.yaml"), "--shapley", "--json", "--goals", "50").out)
    mean = document["overall"]["resistance"]["sparse2"]["mean_gap"]
    assert mean > 0.0
    assert document["shapley"]["total"] == pytest.approx(mean, rel=1e-6)
    assert all(row["part"]["method"] == "exact" for row in document["shapley"]["shares"])
    resist = {row["id"] for row in document["affordances"] if row["class"] in ("resistance", "conflict")}
    assert {row["id"] for row in document["shapley"]["shares"]} <= resist
