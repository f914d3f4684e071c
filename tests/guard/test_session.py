"""The life of a call: the table whole, the pairs that are not in it, and what a stop says afterwards."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.clock import FixedClock
from remit.errors import RefusedError
from remit.guard.session import LABELS, OPEN, RUN_TABLE, TABLE, CallPhase, Event, Label, Session, diagram
from remit.guard.standing import Remaining

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EVENTS: tuple[Event, ...] = get_args(Event)
WAYS: dict[CallPhase, tuple[Event, ...]] = {
    "proposed": (),
    "awaiting": ("ask",),
    "cleared": ("clear",),
    "performing": ("clear", "begin"),
    "performed": ("clear", "begin", "finish"),
    "failed": ("clear", "begin", "fail"),
    "refused": ("refuse",),
    "interrupted": ("stop",),
    "unknown": ("clear", "begin", "lose"),
}


def session() -> Session:
    return Session(clock=FixedClock(NOON))


def brought_to(phase: CallPhase) -> Session:
    """A session whose call `a` is in a phase."""
    made = session()
    made.propose("a")
    for event in WAYS[phase]:
        made.move("a", event)
    return made


def test_the_table_knows_every_phase_and_leads_to_no_other() -> None:
    assert set(TABLE) == set(get_args(CallPhase)) == set(LABELS)
    assert {after for events in TABLE.values() for after in events.values()} == set(TABLE) - {"proposed"}
    assert set(LABELS.values()) == set(get_args(Label))


@pytest.mark.requirement("GUARD-31")
def test_every_open_phase_can_be_stopped() -> None:
    assert OPEN == ("proposed", "awaiting", "cleared", "performing")
    ended = {phase for phase in TABLE if not TABLE[phase]}
    assert ended == {"performed", "failed", "refused", "interrupted"}
    assert set(TABLE) == ended | set(OPEN) | {"unknown"}  # unknown is over, and may still be learnt


def test_nothing_runs_that_was_not_cleared_and_nothing_is_cleared_after_a_no() -> None:
    into = {
        (phase, event) for phase, events in TABLE.items() for event, after in events.items() if after == "performing"
    }
    assert into == {("cleared", "begin")}
    assert {phase for phase, events in TABLE.items() if "cleared" in events.values()} == {"proposed", "awaiting"}


@pytest.mark.requirement("GUARD-31")
@pytest.mark.parametrize("phase", list(TABLE))
def test_a_pair_that_is_not_in_the_table_raises_and_changes_nothing(phase: CallPhase) -> None:
    for event in EVENTS:
        made = brought_to(phase)
        if event in TABLE[phase]:
            assert made.move("a", event) == TABLE[phase][event]
        else:
            with pytest.raises(RefusedError) as refused:
                made.move("a", event)
            assert refused.value.code == "guard.refused.out-of-order"
            assert made.phase_of("a") == phase


def test_a_call_nobody_proposed_has_no_phase() -> None:
    with pytest.raises(RefusedError, match="no call `b` is open"):
        session().move("b", "clear")


def test_two_calls_cannot_have_one_id() -> None:
    for phase in ("proposed", "performed"):
        made = brought_to(phase)
        with pytest.raises(RefusedError, match="a second call"):
            made.propose("a")


@pytest.mark.requirement("GUARD-32")
@pytest.mark.parametrize(
    ("phase", "label"),
    [("proposed", "not run"), ("awaiting", "not run"), ("cleared", "not run"), ("performing", "unknown")],
)
def test_after_a_stop_every_open_call_is_labelled_truthfully(phase: CallPhase, label: Label) -> None:
    made = brought_to(phase)
    assert made.stop("wrong recipients") == {"a": label}
    assert made.stopped_at == NOON
    said = made.explain("a")
    assert said.startswith("the run was stopped (wrong recipients): of this call, it ")
    assert ("did not run" in said) == (label == "not run")


@pytest.mark.requirement("GUARD-32")
def test_a_call_that_ended_before_the_stop_is_not_touched_by_it() -> None:
    made = brought_to("performed")
    assert made.stop("enough") == {}
    assert made.phase_of("a") == "performed"


@pytest.mark.requirement("GUARD-32")
def test_what_was_unknown_at_the_stop_may_be_learnt_afterwards() -> None:
    made = brought_to("performing")
    assert made.stop("enough") == {"a": "unknown"}
    made.move("a", "finish")
    assert made.labels() == {"a": "ran"}


@pytest.mark.requirement("GUARD-33")
def test_nothing_begins_once_the_run_is_held_stopped_or_over() -> None:
    for turn in ("hold", "stop", "expire"):
        made = brought_to("cleared")
        if turn == "stop":
            made.stop("enough")
        else:
            getattr(made, turn)()
        with pytest.raises(RefusedError):
            made.move("a", "begin")
        assert LABELS[made.phase_of("a")] == "not run"


@pytest.mark.requirement("GUARD-33")
def test_a_held_run_takes_calls_in_and_begins_them_once_it_goes_on() -> None:
    made = session()
    made.hold()
    made.propose("a")
    made.move("a", "clear")
    with pytest.raises(RefusedError) as refused:
        made.move("a", "begin")
    assert refused.value.code == "guard.refused.held"
    made.resume()
    assert made.move("a", "begin") == "performing"


def test_a_stopped_run_takes_nothing_in_and_does_not_go_on() -> None:
    made = session()
    made.stop("enough")
    with pytest.raises(RefusedError, match="the run is stopped: enough"):
        made.propose("a")
    for turn in (made.resume, made.hold, made.expire):
        with pytest.raises(RefusedError):
            turn()
    assert made.phase == "stopped"


def test_no_way_leads_back_from_the_end_of_a_run() -> None:
    assert set(RUN_TABLE["stopped"].values()) == {"stopped"}
    assert set(RUN_TABLE["expired"].values()) == {"expired", "stopped"}


def test_a_second_stop_says_the_same_and_keeps_the_first_reason() -> None:
    made = brought_to("awaiting")
    assert made.stop("first") == made.stop("second") == {"a": "not run"}
    assert made.reason == "first"


@pytest.mark.requirement("GUARD-33")
def test_a_stop_and_a_beginning_at_the_same_moment_never_contradict_each_other() -> None:
    for _ in range(200):
        made, began, gate = brought_to("cleared"), list[bool](), threading.Barrier(2)

        def begin(made: Session = made, began: list[bool] = began, gate: threading.Barrier = gate) -> None:
            gate.wait(60)
            try:
                made.move("a", "begin")
            except RefusedError:
                began.append(False)
            else:
                began.append(True)

        thread = threading.Thread(target=begin)
        thread.start()
        gate.wait(60)
        labels = made.stop("now")
        thread.join(60)
        assert labels == {"a": "unknown" if began == [True] else "not run"}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(EVENTS)), max_size=40))
def test_whatever_happens_a_call_that_never_began_is_never_said_to_have_run(story: list[tuple[str, Event]]) -> None:
    made, began = session(), set[str]()
    for name in "abc":
        made.propose(name)
    for name, event in story:
        try:
            made.move(name, event)
        except RefusedError:
            continue
        if event == "begin":
            began.add(name)
    labels = made.stop("enough")
    for name in "abc":
        label = LABELS[made.phase_of(name)]
        assert (label == "not run") == (name not in began)
        assert labels.get(name, label) == label


def test_closed_calls_are_forgotten_in_the_end() -> None:
    made = session()
    for number in range(3000):
        made.propose(str(number))
        made.move(str(number), "refuse")
    assert made.phase_of("2999") == "refused"
    with pytest.raises(RefusedError):
        made.phase_of("0")


def test_the_standing_says_how_the_run_stands() -> None:
    made = Session(clock=FixedClock(NOON), cwd="/work", known=frozenset({"ann@example.org"}))
    made.hold()
    standing = made.standing({"money": Remaining(left=1, used=2)}, {"tickets": 3})
    assert (standing.phase, standing.cwd, standing.known) == ("held", "/work", frozenset({"ann@example.org"}))
    assert standing.budgets["money"].left == 1
    assert standing.facts == {"tickets": 3}


@pytest.mark.requirement("GUARD-31")
def test_the_page_draws_the_table_as_it_is() -> None:
    page = (Path(__file__).parents[2] / "docs" / "explain" / "calls.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{diagram()}\n```" in page
    assert diagram().count("-->") == 1 + sum(len(events) or 1 for events in TABLE.values())
