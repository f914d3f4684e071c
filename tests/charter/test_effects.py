"""The closed vocabulary of effects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.charter.effects import EFFECTS, FAMILIES, is_effect, kind_of, nearest_effect, parts_of, reserved
from remit.drive import every_id


def test_no_effect_is_listed_twice_and_each_has_a_meaning() -> None:
    ids = [kind.id for kind in EFFECTS]
    assert len(ids) == len(set(ids))
    assert all(kind.meaning and kind.meaning == kind.meaning.strip(". ") for kind in EFFECTS)
    assert {kind.family for kind in EFFECTS} == set(FAMILIES)


def test_effects_serve_only_parts_that_exist() -> None:
    known = set(every_id())
    assert all(set(kind.parts) <= known for kind in EFFECTS)


@pytest.mark.parametrize(
    "effect", ["oversight.stop", "cap.shell", "out.tickets_closed", "irreversible", "not out.refund"]
)
def test_effects_of_the_vocabulary_are_known(effect: str) -> None:
    assert is_effect(effect)


@pytest.mark.parametrize(
    "effect",
    [
        "oversight.stopp",
        "oversight",
        "cap",
        "cap.",
        "cap.Shell",
        "cap.a b",
        "cap.*",
        "out.1",
        "irreversible.x",
        "",
        "not",
        "x.y",
    ],
)
def test_anything_else_is_not_an_effect(effect: str) -> None:
    assert not is_effect(effect)


def test_a_family_with_a_star_is_a_pattern_and_not_an_effect() -> None:
    for family in FAMILIES:
        assert is_effect(f"{family}.*", pattern=True)
        assert not is_effect(f"{family}.*")
    assert not is_effect("nothing.*", pattern=True)


def test_the_nearest_effect_is_found() -> None:
    assert nearest_effect("oversite.stop") == "oversight.stop"
    assert nearest_effect("not data.destory") == "data.destroy"
    assert nearest_effect("zzzzzz") is None


def test_an_effect_taken_back_serves_nobody_and_is_reserved_for_nobody() -> None:
    assert parts_of("oversight.stop") == ("self-preservation.avoid-shutdown", "oversight-manipulation")
    assert parts_of("not oversight.stop") == ()
    assert reserved("oversight.stop")
    assert not reserved("not oversight.stop")
    assert not reserved("out.refund")


def test_every_act_on_a_control_is_reserved_for_a_person() -> None:
    assert all(kind.reserved for kind in EFFECTS if kind.family in ("oversight", "self"))
    assert reserved("irreversible")


@given(text=st.text(max_size=20))
def test_an_effect_is_known_exactly_when_it_has_a_kind(text: str) -> None:
    if is_effect(text):
        assert kind_of(text) in EFFECTS
    else:
        with pytest.raises(KeyError):
            kind_of(text)
