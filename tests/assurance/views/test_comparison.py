from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assurance.case_folder import OTHER_IMAGE, CaseFolder
from tests.assurance.cases import assessed, decided, random_case

from remit.assurance.release.release import judge
from remit.assurance.release.verdict import Verdict
from remit.assurance.views.comparison import Comparison, Direction, compare_cases

pytestmark = pytest.mark.requirement("CASE-38")


@pytest.fixture
def folder(tmp_path: Path) -> CaseFolder:
    """A case that is PROMOTE."""
    return CaseFolder(tmp_path)


def compared(folder: CaseFolder, change: Callable[[CaseFolder], object]) -> Comparison:
    """What is said of one change to a case that was PROMOTE."""
    before = folder.assess()
    change(folder)
    after = folder.assess()
    return compare_cases(before, judge(before), after, judge(after))


def lines(found: Comparison) -> set[str]:
    """The changes, one line each."""
    return {f"{item.direction} {item.part} {item.id}: {item.sentence}" for item in found.changes}


def test_the_same_case_twice_has_no_changes(folder: CaseFolder) -> None:
    found = compared(folder, lambda _same: None)
    assert (found.changes, found.why, found.weaker) == ((), (), False)
    assert found.before is found.after is Verdict.PROMOTE


def test_evidence_that_is_taken_out_changes_claims_and_verdict_and_says_why(folder: CaseFolder) -> None:
    found = compared(folder, lambda it: it.document["evidence"].pop("E-log"))
    said = lines(found)
    assert "weaker verdict verdict: was PROMOTE, is HOLD" in said
    assert any(line.startswith("neither evidence E-log: was taken out: run record, pass") for line in said)
    assert any(line.startswith("weaker claim C-stop: was supported, fresh; is partial") for line in said)
    assert any(line.startswith("weaker claim C-top: was supported, fresh; is partial") for line in said)
    assert not any("claim C-quiet" in line for line in said)
    assert any(why.startswith("now: C-top: ") for why in found.why)


def test_evidence_that_failed_cannot_be_taken_out_quietly(folder: CaseFolder) -> None:
    folder.add("E-bad", "behaviour_eval", "C-quiet", result="fail")
    found = compared(folder, lambda it: it.document["evidence"].pop("E-bad"))
    assert found.after is Verdict.PROMOTE
    assert found.weaker
    assert "weaker evidence E-bad: was taken out, and it had not passed: behaviour eval, fail" in lines(found)


def test_evidence_that_was_replaced_is_named_with_both_numbers(folder: CaseFolder) -> None:
    found = compared(folder, lambda it: it.add("E-drill", "interruption_drill", "C-stop", group="drills", n=80, k=80))
    assert any(
        line.startswith("neither evidence E-drill: was replaced: interruption drill, pass, 40 of 40")
        and "is interruption drill, pass, 80 of 80" in line
        for line in lines(found)
    )


def test_another_image_is_another_thing_and_its_evidence_no_longer_counts(folder: CaseFolder) -> None:
    found = compared(folder, lambda it: it.document["case"]["subject"].update(image=OTHER_IMAGE))
    assert any(f"is {OTHER_IMAGE}: it is another thing that is released" in line for line in lines(found))
    assert any(line.startswith("weaker evidence E-drill: no longer counts") for line in lines(found))


CHANGES: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda it: it["claims"]["C-top"].pop("gate"), "weaker claim C-top: the release no longer waits for it"),
    (lambda it: it["claims"]["C-stop"].pop("min_independence"),
     "weaker claim C-stop: needed 2 independent groups, needs 1"),
    (lambda it: it["claims"]["C-stop"].update(ttl="5d"),
     "stronger claim C-stop: its evidence could be as old as its kind allows, can be 5 days old"),
    (lambda it: it["claims"]["C-top"].update(support=["C-stop"]), "weaker claim C-top: no longer rests on `C-quiet`"),
    (lambda it: it["claims"]["C-top"].pop("hazards"), "weaker claim C-top: no longer covers `H-stop`"),
    (lambda it: it["claims"]["C-top"].update(text="it may go out"),
     "neither claim C-top: said: it may be released; says: it may go out"),
    (lambda it: it["claims"].pop("C-top"), "weaker claim C-top: was taken out: it may be released"),
    (lambda it: it["claims"].update({"C-new": {"text": "more", "kind": "control"}}), "neither claim C-new: is new: more"),
    (lambda it: it["hazards"].clear(), "weaker hazard H-stop: was taken out: it runs on after a stop"),
    (lambda it: it["case"].update(review_by="2028-01-01"), "weaker review review_by: was 2027-06-01, is 2028-01-01"),
    (lambda it: it["case"].update(reviewers=["Grace"]), "stronger reviewer Grace: is asked too"),
    (lambda it: it["case"].update(owner="Alan"), "neither case owner: was `Ada`, is `Alan`"),
    (lambda it: it["defeaters"].update({"D-1": {
        "against": "C-stop", "type": "rebutting", "status": "open", "text": "not at night", "raised_by": "Alan"}}),
     "neither doubt D-1: is new, against `C-stop`, open: nobody has answered it: not at night"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "sentence"), CHANGES, ids=[sentence for _change, sentence in CHANGES])
def test_a_change_is_said_in_plain_words(
    change: Callable[[dict[str, Any]], object], sentence: str, folder: CaseFolder
) -> None:
    assert sentence in lines(compared(folder, lambda it: change(it.document)))


def test_a_doubt_is_followed_from_raised_to_answered_and_cannot_vanish(folder: CaseFolder) -> None:
    doubt = {"against": "C-stop", "type": "rebutting", "status": "open", "text": "not at night", "raised_by": "Alan"}
    folder.document["defeaters"]["D-1"] = doubt
    answered = compared(folder, lambda it: it.document["defeaters"]["D-1"].update(status="rebutted", answer="E-drill"))
    assert "stronger doubt D-1: was open, is rebutted with `E-drill`" in lines(answered)
    assert (answered.before, answered.after) == (Verdict.HOLD, Verdict.PROMOTE)
    folder.document["defeaters"]["D-1"] = dict(doubt, status="open")
    gone = compared(folder, lambda it: it.document["defeaters"].pop("D-1"))
    assert gone.after is Verdict.PROMOTE
    assert gone.weaker
    assert "weaker doubt D-1: was taken out while open: not at night" in lines(gone)


def test_time_alone_changes_nothing_between_two_states_of_one_moment(folder: CaseFolder) -> None:
    from tests.assurance.case_folder import TODAY

    late = TODAY + timedelta(days=400)
    before, after = folder.assess(late), folder.assess(late)
    assert compare_cases(before, judge(before), after, judge(after)).changes == ()


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_any_two_cases_are_compared_and_reversed_changes_are_changes_too(one: int, other: int) -> None:
    first, second = assessed(random_case(one, claims=5), one), assessed(random_case(other, claims=7), other)
    there = compare_cases(first, decided(first), second, decided(second))
    back = compare_cases(second, decided(second), first, decided(first))
    assert bool(there.changes) == bool(back.changes)
    assert all("\n" not in item.sentence for item in (*there.changes, *back.changes))
    same = compare_cases(first, decided(first), replace(first), decided(first))
    assert same.changes == ()


def test_a_lost_dissent_is_weaker() -> None:
    before = assessed(random_case(3, claims=5), 3)
    kept = tuple(item for item in before.case.approvals if not item.dissent)
    after = replace(before, case=replace(before.case, approvals=kept))
    found = compare_cases(before, decided(before), after, decided(after))
    assert [(item.id, item.direction) for item in found.changes] == [("Alan", Direction.WEAKER)]
    assert found.changes[0].sentence.endswith("with the dissent: the drill was not run at night")
