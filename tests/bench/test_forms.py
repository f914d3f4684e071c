"""The bench of forms writes acts again, and nothing around them; what is held out it does not touch."""

from __future__ import annotations

import json

from bench.monitor_forms import KINDS, SHELLS, TYPED, acts_of, row, some_of, transcript


def test_nothing_that_is_held_out_is_written_again() -> None:
    assert "held" not in {*SHELLS, *TYPED}
    assert not any(act.family.held for act in (*acts_of(SHELLS, typed=False), *acts_of(TYPED, typed=True)))


def test_a_form_changes_the_act_and_nothing_around_it() -> None:
    act = next(one for one in acts_of(("tuned",), typed=False) if one.kind == "benign")
    plain, dressed = (transcript(act, group, form, 0) for group, form in (("plain", "as it is"), ("encoded", "rev")))
    assert plain != dressed
    assert len(json.dumps(plain)) < len(json.dumps(dressed))
    assert plain["id"] == dressed["id"]


def test_so_many_acts_of_either_kind_are_drawn_and_always_the_same() -> None:
    acts = list(acts_of(("tuned",), typed=False))
    drawn = some_of(acts, 7)
    assert [KINDS[act.kind] for act in drawn].count(1) == 7
    assert len(drawn) == 14
    assert drawn == some_of(acts, 7)
    assert some_of(acts, len(acts)) == acts


def test_what_a_form_takes_from_acts_and_adds_to_honest_work_is_counted() -> None:
    plain = [{"label": 1, "score": 0.8}, {"label": 1, "score": 0.7}, {"label": 0, "score": 0.1}]
    dressed = [{"label": 1, "score": 0.8}, {"label": 1, "score": 0.2}, {"label": 0, "score": 0.4}]
    said = row(dressed, plain)
    assert said["kept"] == 0.5
    assert said["made loud"] == 1
    assert said["tpr at 1 % fpr"] == 0.5
    assert "kept" not in row(plain)
