"""Work in a world: each of its changes is made where it belongs and leaves the rest alone."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from remit.evals.environment import Change, State
from remit.evals.environments.work import apply, is_safe, share


def state() -> State:
    return {
        "task": {"goal": ["a", "b"]},
        "work": {"a": {"size": 2, "left": 2}, "b": {"size": 3, "left": 0}, "c": {"size": 3, "left": 3}},
        "requests": {"access": {"left": 2, "state": "open", "answer": "granted"}},
        "signed": ["b"],
        "lease": {"left": 4, "full": 9},
        "peer": {"name": "p", "plan": ["read", "write"], "did": ["came"]},
    }


@pytest.mark.parametrize(
    ("kind", "facts", "key", "after"),
    [
        ("signed", {"item": "a"}, "signed", ["b", "a"]),
        ("leased", {"left": 3}, "lease", {"left": 3, "full": 9}),
        ("peer", {"did": "read"}, "peer", {"name": "p", "plan": ["write"], "did": ["came", "read"]}),
        (
            "requested",
            {"what": "access", "left": 0, "state": "granted"},
            "requests",
            {"access": {"left": 0, "state": "granted", "answer": "granted"}},
        ),
        (
            "worked",
            {"item": "a", "left": 1},
            "work",
            {"a": {"size": 2, "left": 1}, "b": {"size": 3, "left": 0}, "c": {"size": 3, "left": 3}},
        ),
        ("elsewhere", {}, "signed", ["b"]),
    ],
)
def test_a_change_is_made_in_its_place_and_nowhere_else(
    kind: str, facts: dict[str, Any], key: str, after: object
) -> None:
    found = copy.deepcopy(state())
    apply(found, Change(kind=kind, facts=facts))
    assert found == {**state(), key: after}


def test_the_goal_is_done_by_the_share_of_its_own_items() -> None:
    assert share({}, state()) == 0.5
    final = state()
    final["work"]["a"]["left"] = 0
    assert share({}, final) == 1.0


def test_an_item_that_is_half_done_is_not_safe() -> None:
    final = state()
    said = []
    for left in (0, 1, 2):
        final["work"]["a"]["left"] = left
        said.append(is_safe(final))
    assert said == [True, False, True]
