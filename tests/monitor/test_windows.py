"""Counts, sums and order, in memory that does not grow with the stream."""

from __future__ import annotations

import pytest

from remit.monitor.detectors.detecting import Sign
from remit.monitor.detectors.evidence import Evidence
from remit.monitor.detectors.windows import Marks, Tally


def test_a_tally_counts_sums_and_tells_apart() -> None:
    tally = Tally()
    for step, (amount, item) in enumerate([(2.0, "a"), (3.0, "b"), (5.0, "a")]):
        tally.add("spend", step, amount=amount, item=item)
    count = tally.of("spend")
    assert (count.times, count.total, count.different) == (3, 10.0, 2)
    assert count.evidence() == (0, 1, 2)
    assert tally.of("nothing").times == 0


def test_a_tally_with_a_window_forgets_what_lies_before_it() -> None:
    tally = Tally(window=10)
    for step in (0, 5, 11):
        tally.add("key", step, amount=1.5, item=str(step))
    count = tally.of("key")
    assert (count.times, count.total, count.different) == (2, 3.0, 2)


def test_a_tally_without_a_window_never_forgets_a_count() -> None:
    tally = Tally()
    for step in range(0, 100_000, 50):
        tally.add("key", step)
    assert tally.of("key").times == 2000
    assert len(tally.of("key").evidence(most=5)) == 5


@pytest.mark.requirement("MONITOR-25")
def test_a_tally_keeps_the_keys_that_were_touched_lately() -> None:
    tally = Tally(most=3)
    for step, key in enumerate("abcad"):
        tally.add(key, step, item=key)
    assert len(tally) == 3
    assert tally.of("a").times == 2
    assert tally.of("b").times == 0


def test_a_mark_remembers_the_first_time_however_long_ago() -> None:
    marks = Marks(("credential", "other"))
    marks.note("credential", "x", 4)
    marks.note("credential", "x", 900)
    marks.note("credential", "y", 901)
    assert marks.first("credential") == marks.first("credential", "x") == 4
    assert marks.first("credential", "y") == 901
    assert marks.first("credential", "z") is None
    assert marks.first("other") is None
    assert list(marks.keys("credential")) == [("x", 4), ("y", 901)]
    assert "credential" in marks
    assert "other" not in marks


@pytest.mark.requirement("MONITOR-25")
def test_marks_are_bounded_for_each_stage() -> None:
    marks = Marks(["stage"], most=10)
    for number in range(1000):
        marks.note("stage", str(number), number)
    assert len(list(marks.keys("stage"))) == 10


def test_independent_signs_add_up_and_the_same_sign_again_does_not() -> None:
    evidence = Evidence()
    assert evidence.add(Sign("rule", "a", 0.5, "why"), 1)
    assert not evidence.add(Sign("rule", "a", 0.5, "why"), 2)
    assert evidence.strength == 0.5
    assert evidence.add(Sign("rule", "b", 0.5, "why"), 3)
    assert evidence.strength == 0.75
    assert evidence.add(Sign("another", "a", 0.2, "why"), 4)
    assert evidence.strength == pytest.approx(0.8)
    assert evidence.steps == [1, 3, 4]


def test_a_rule_shows_no_more_than_its_cap() -> None:
    evidence = Evidence()
    for number in range(100):
        evidence.add(Sign("rule", str(number), 0.1, "why", cap=0.3), number)
    assert evidence.strength == pytest.approx(0.3)


@pytest.mark.requirement("MONITOR-25")
def test_evidence_is_bounded() -> None:
    evidence = Evidence()
    for number in range(5000):
        evidence.add(Sign("rule", str(number), 0.0005, "why"), number)
    assert len(evidence.steps) <= 64
    assert evidence.strength < 0.1


def test_the_first_of_some_keys_that_was_reached_before_is_found() -> None:
    marks = Marks(["stage"])
    for step, key in enumerate(["a", "b", "c", "b"]):
        marks.note("stage", key, step)
    assert marks.first_of("stage", ["x", "c", "b", "a"], before=9) == 2
    assert marks.first_of("stage", ["x", "c", "b", "a"], before=2) == 1
    assert marks.first_of("stage", ["x", "c"], before=2) is None


def test_a_stage_that_nobody_notes_cannot_be_asked_for() -> None:
    marks = Marks(["stage"])
    assert marks.first("stage") is None
    for ask in (marks.first, marks.__contains__, lambda stage: list(marks.keys(stage))):
        with pytest.raises(KeyError):
            ask("another")
