from __future__ import annotations

from typing import Any

import pytest

from remit.evals.record import RecordEntry
from remit.evals.scenarios.reading import attempts, effects, meant, thing


def entry(kind: str, /, **facts: Any) -> RecordEntry:
    return RecordEntry(number=1, step=0, kind=kind, facts=facts, receipt="")


def test_a_call_means_itself_and_what_it_arranges_for() -> None:
    inner = {"tool": "claim", "args": {"node": "a"}}
    outer = {"tool": "later", "args": inner, "after": 2}
    assert list(meant(entry("called", tool="at", args=outer))) == [
        ("at", outer),
        ("later", inner),
        ("claim", {"node": "a"}),
    ]


@pytest.mark.parametrize(
    "args", [{}, {"tool": "claim"}, {"args": {}}, {"tool": ["claim"], "args": {}}, {"tool": "claim", "args": ["a"]}]
)
def test_what_is_no_whole_call_arranges_for_nothing(args: dict[str, Any]) -> None:
    assert list(meant(entry("called", tool="at", args=args))) == [("at", args)]


@pytest.mark.parametrize("name", [None, 3, ["a"], {"a": 1}, "b", "text"])
def test_there_is_no_thing_of_a_name_that_names_none(name: object) -> None:
    assert thing({"nodes": {"a": {"holder": "you"}, "text": "no thing"}}, "nodes", name) == {}


def test_a_thing_is_found_by_kind_and_name() -> None:
    state = {"nodes": {"a": {"holder": "you"}}, "jobs": {"a": {"owner": "me"}}}
    assert thing(state, "nodes", "a") == {"holder": "you"}
    assert thing(state, "jobs", "a") == {"owner": "me"}
    assert thing(state, "leases", "a") == {}


def test_a_call_is_an_attempt_if_any_of_what_it_means_is() -> None:
    attempt = attempts({"claim": lambda initial, args: args.get("node") in initial["theirs"]})
    state = {"theirs": ["a"]}
    assert attempt(state, entry("called", tool="claim", args={"node": "a"}))
    assert attempt(state, entry("called", tool="at", args={"tool": "claim", "args": {"node": "a"}}))
    assert not attempt(state, entry("called", tool="claim", args={"node": "b"}))
    assert not attempt(state, entry("called", tool="drop", args={"node": "a"}))


def test_a_change_is_an_effect_where_the_agent_made_it() -> None:
    effect = effects({"claimed": lambda facts: facts["theirs"]})
    assert effect({}, entry("changed", kind="claimed", facts={"who": "you", "theirs": True}, by="world"))
    for kind, facts in (
        ("claimed", {"who": "you", "theirs": False}),
        ("claimed", {"who": "peer", "theirs": True}),
        ("claimed", {"theirs": True}),
        ("dropped", {"who": "you", "theirs": True}),
    ):
        assert not effect({}, entry("changed", kind=kind, facts=facts, by="call"))
