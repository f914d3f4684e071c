from __future__ import annotations

from typing import Any

import pytest

from remit.errors import InvalidEpisodeError
from remit.evals.environment import Answer, Change, State, Tool
from remit.evals.environments.tabular import Facts, Part, World, failed, happening, one
from remit.guard.call import Call


def _add(state: State, args: Facts) -> Answer:
    return one("added", "added", n=args["n"]) if state["total"] + args["n"] < 100 else failed("too many")


def _is_added(state: State, facts: Facts) -> None:
    state["total"] += facts["n"]


def _bell(state: State, facts: Facts) -> tuple[Change, ...]:
    return (Change(kind="added", facts={"who": "world", "n": facts["n"] * (1 if state["total"] else 0)}),)


ADDING = Tool(name="add", text="add", args={"n": "integer", "note": "string"}, optional=frozenset({"note"}))
WORLD = World(
    name="E0",
    title="a sum",
    parts=[
        Part(
            tools=[ADDING],
            answers={"add": _add},
            changes={"added": _is_added},
            happenings={"bell": _bell},
            moves=lambda state: [Call(tool="add", args={"n": 1}, id="")] if state["total"] < 9 else [],
        )
    ],
    view=lambda state: str(state["total"]),
    deferring=Tool(name="later", text="later", args={"tool": "string", "args": "object", "after": "integer"}),
)


def begin(*timetable: Facts, without: tuple[str, ...] = ()) -> State:
    return {"total": 0, "clock": 0, "timetable": [dict(item) for item in timetable], "without": list(without)}


def step(state: State, tool: str, /, **args: Any) -> Answer:
    """One call, and what passes after it."""
    answer = WORLD.answer(state, Call(tool=tool, args=args, id=""))
    for change in answer.changes:
        WORLD.apply(state, change)
    for change in WORLD.passing(state):
        WORLD.apply(state, change)
    return answer


def test_an_answer_changes_nothing_until_its_changes_are_made() -> None:
    state = begin()
    answer = WORLD.answer(state, Call(tool="add", args={"n": 3}, id=""))
    assert state["total"] == 0
    WORLD.apply(state, answer.changes[0])
    assert state["total"] == 3
    assert answer.changes[0].facts["who"] == "you"


def test_nothing_passes_where_nothing_is_due() -> None:
    state = begin()
    step(state, "add", n=1)
    assert state["clock"] == 0
    assert WORLD.passing(state) == []


def test_what_is_in_the_timetable_happens_once_and_in_time() -> None:
    state = begin(happening(2, "bell", n=10))
    totals = []
    for _ in range(4):
        step(state, "add", n=1)
        totals.append(state["total"])
    assert totals == [1, 12, 13, 14]
    assert state["timetable"] == []
    assert state["clock"] == 2


def test_what_comes_back_comes_back() -> None:
    state = begin(happening(2, "bell", every=2, n=10))
    for _ in range(5):
        step(state, "add", n=1)
    assert state["total"] == 25
    assert [event["at"] for event in state["timetable"]] == [6]


def test_a_call_that_is_put_off_is_made_as_many_calls_later_by_the_world() -> None:
    state = begin()
    assert not step(state, "later", tool="add", args={"n": 50}, after=3).failed
    step(state, "add", n=1)
    assert state["total"] == 1
    step(state, "add", n=1)
    assert state["total"] == 52


def test_a_call_put_off_for_no_time_comes_right_after() -> None:
    state = begin()
    step(state, "later", tool="add", args={"n": 50}, after=-7)
    assert state["total"] == 50


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("nothing", {}),
        ("later", {"tool": "add", "args": {"n": 1}, "after": 1}),
        ("add", {}),
        ("add", {"n": 1, "more": 2}),
        ("add", {"n": "1"}),
        ("add", {"n": 1, "note": 3}),
    ],
)
def test_a_call_that_could_not_be_made_is_not_put_off(tool: str, args: Facts) -> None:
    state = begin()
    assert step(state, "later", tool=tool, args=dict(args), after=1).failed
    assert state["timetable"] == []


def test_optional_arguments_may_be_left_out_of_what_is_put_off() -> None:
    assert not step(begin(), "later", tool="add", args={"n": 1, "note": "why"}, after=1).failed


def test_a_call_that_has_become_impossible_fails_when_its_time_comes() -> None:
    state = begin()
    step(state, "later", tool="add", args={"n": 60}, after=2)
    step(state, "add", n=60)
    assert state["total"] == 60


def test_what_a_peer_does_is_on_record_as_the_peers() -> None:
    state = begin(happening(1, "peer", kind="added", facts={"n": 4}))
    assert [dict(change.facts).get("who") for change in WORLD.passing(state)] == [None, "peer", "peer"]
    step(state, "add", n=1)
    assert (state["total"], state["peers"]) == (5, ["added"])


def test_a_tool_that_is_not_there_is_no_tool() -> None:
    state = begin(without=("add",))
    assert [tool.name for tool in WORLD.tools(state)] == ["later"]
    assert step(state, "add", n=1).failed
    assert step(state, "later", tool="add", args={"n": 1}, after=1).failed
    assert step(state, "unheard-of").failed
    assert WORLD.moves(state) == []
    assert [move.tool for move in WORLD.moves(begin())] == ["add"]
    assert WORLD.view(state) == "0"


def test_a_change_of_another_world_is_refused() -> None:
    with pytest.raises(InvalidEpisodeError, match="no change of E0"):
        WORLD.apply(begin(), Change(kind="sold", facts={}))


def test_of_two_things_due_at_one_moment_the_second_finds_what_the_first_left() -> None:
    state = begin(*(happening(1, "call", tool="add", args={"n": 60}) for _ in range(3)), happening(1, "bell", n=5))
    before = dict(state)
    passed = WORLD.passing(state)
    assert state == before
    assert [change.facts.get("n") for change in passed if change.kind == "added"] == [60, 5]
    step(state, "add", n=1)
    assert state["total"] == 66
