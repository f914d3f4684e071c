"""Charters too large to solve whole: a clear refusal with ``--exact``, announced bounds without, never a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Typed = Callable[..., Any]
HEAD = """\
remit: 1
agent: {name: everything, reviewed: never}
purpose: {text: run the company; done when the plan is delivered, task: [{when: TASK, value: 1}]}
overseers: {ops: {channels: [cli]}}
"""
TOOLS = (
    "shell.run", "git.commit", "git.push", "git.merge", "files.read", "files.write", "http.fetch", "http.post",
    "email.read", "email.send", "slack.post", "pay.order", "pay.refund", "db.query", "db.write", "memory.write",
    "memory.read", "subagent.spawn", "config.set", "browser.navigate", "browser.click", "k8s.patch", "k8s.scale",
    "ci.trigger", "deploy.run", "iam.attach", "ec2.run", "vault.read", "calendar.create", "pip.install",
)  # fmt: skip


def everything() -> str:
    """A charter that holds thirty tools of every kind."""
    grants = "".join(f"  - {{tool: {name}}}\n" for name in TOOLS)
    return (
        HEAD.replace("TASK", "out.report")
        + "credentials: {aws: {from: env:AWS_KEY, ttl: never, opens: cloud}}\nbudget: {money: 500 EUR/day}\n"
        + f"grants:\n  - {{tool: report.file, kind: files, effects: [out.report]}}\n{grants}"
        + "oversight: {stop: {by: ops, at: host}}\n"
    )


def scattered() -> str:
    """A charter whose catalogue extension brings about seventy outcomes that have nothing to do with each other."""
    rows = "".join(
        f"  - {{id: desk.sort_{number}, kind: database, title: sort tray {number}, needs: [cap.database], "
        f"effects: [out.tray_{number}], observability: 0.1, source: house rules}}\n"
        for number in range(70)
    )
    return (
        HEAD.replace("TASK", "out.tray_0")
        + "grants:\n  - {tool: desk.open, kind: database}\noversight: {stop: {by: ops, at: outside}}\n"
        + f"catalogue:\n{rows}"
    )


@pytest.mark.parametrize("text", [everything, scattered])
def test_exact_refuses_a_world_out_of_reach_with_what_and_what_next(
    typed: Typed, tmp_path: Path, text: Callable[[], str]
) -> None:
    (tmp_path / "large.yaml").write_text(text(), encoding="utf-8")
    answer = typed("check", str(tmp_path / "large.yaml"), "--exact", "--goals", "50")
    assert answer.code == 4
    words = " ".join(answer.err.split())
    assert "the full world is out of reach" in words
    assert any(size in words for size in ("more than `120000` states", "do not fit in"))
    assert "split the role" in words
    assert "--exact" in words
    assert "bounds follow" not in words
    assert "Traceback" not in answer.err + answer.out


def test_exact_refuses_in_json_too(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "large.yaml").write_text(everything(), encoding="utf-8")
    answer = typed("check", str(tmp_path / "large.yaml"), "--exact", "--goals", "50", "--json")
    assert answer.code == 4
    assert json.loads(answer.out)["error"]["code"] == "model.state-budget"


@pytest.mark.requirement("WORLD-11")
def test_more_outcomes_than_a_state_holds_give_announced_bounds(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "large.yaml").write_text(scattered(), encoding="utf-8")
    answer = typed("check", str(tmp_path / "large.yaml"), "--goals", "50", "--shapley", "--json")
    assert answer.err.count("the full world is out of reach: bounds follow") == 1
    document = json.loads(answer.out)
    assert document["world"]["method"] == "bound"
    assert document["shapley"] is None
    assert "REMIT-R006" in {finding["code"] for finding in document["findings"]}
    assert answer.code in (0, 1, 10)


@pytest.mark.slow
def test_what_bounds_cannot_tell_is_said_to_be_unknown_and_never_shown_as_nothing(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "large.yaml").write_text(everything(), encoding="utf-8")
    shown = typed("check", str(tmp_path / "large.yaml"), "--goals", "50")
    assert shown.code in {1, 10}
    words = " ".join(shown.out.split())
    assert "whether the declared task itself gains there is not known" in words
    assert "the declared task itself gains nothing there" not in words
    told = json.loads(typed("check", str(tmp_path / "large.yaml"), "--goals", "50", "--json").out)
    assert told["task_value"] is None
    assert told["peak"]["task"] is None
    assert told["tier_facts"]["task_peak"] is None
    assert {one["u"] for one in told["affordances"]} == {None}
