"""The bench of forms writes acts again, and nothing around them; what is held out it does not touch."""

from __future__ import annotations

import json

from bench.monitor_forms import SHELLS, TYPED, acts_of, transcript


def test_nothing_that_is_held_out_is_written_again() -> None:
    assert "held" not in {*SHELLS, *TYPED}
    assert not any(act.family.held for act in (*acts_of(SHELLS, typed=False), *acts_of(TYPED, typed=True)))


def test_a_form_changes_the_act_and_nothing_around_it() -> None:
    act = next(one for one in acts_of(("tuned",), typed=False) if one.kind == "benign")
    plain, dressed = (transcript(act, group, form, 0) for group, form in (("plain", "as it is"), ("encoded", "rev")))
    assert plain != dressed
    assert len(json.dumps(plain)) < len(json.dumps(dressed))
    assert plain["id"] == dressed["id"]
