"""How goals change sides as oversight gets better, against closed forms and finite differences."""

from __future__ import annotations

from fractions import Fraction

import pytest

from remit import theory
from remit.errors import ModelError
from remit.theory.games import break_even_detection, chance_disabling_pays
from remit.theory.rational import RationalMDP
from remit.theory.rewards import rewards_of
from remit.theory.sensitivity import between, cliff, sensitivity

SHUTDOWN = Fraction(1, 5)


def watched(noticed: int) -> RationalMDP:
    """Work under a chance of being shut down a step, or disable that, unpaid for a step, and be noticed or not."""
    model: RationalMDP = theory.graph(
        {
            "start": {"comply": {"work": "1"}, "disable": {"off" if noticed else "free": "1"}},
            "work": {"go on": {"work": str(1 - SHUTDOWN), "off": str(SHUTDOWN)}},
            "free": {"go on": {"free": "1"}},
            "off": {"stay": {"off": "1"}},
        }
    )
    return model


def test_a_model_between_two_is_exact_and_its_ends_are_the_two() -> None:
    none, sure = watched(0), watched(1)
    assert between(none, sure, Fraction(0)) == none
    assert between(none, sure, Fraction(1)) == sure
    half = between(none, sure, Fraction(1, 3))
    assert dict(half.choice_of(0, "disable").lottery) == {2: Fraction(2, 3), 3: Fraction(1, 3)}


def test_slopes_are_those_of_finite_differences() -> None:
    none, sure = watched(0), watched(1)
    settings = {"state": "start", "action": "disable", "discount": 0.8, "rewards": rewards_of(none), "samples": 60}
    step = Fraction(1, 1000)
    here, there = (
        sensitivity(none, sure, share=share, seed=2, **settings)  # type: ignore[arg-type]
        for share in (Fraction(1, 4), Fraction(1, 4) + step)
    )
    assert (there.gain.value - here.gain.value) / float(step) == pytest.approx(here.slope.value, abs=1e-6)


def test_slopes_hold_where_the_choice_itself_can_change() -> None:
    one = theory.graph({"s": {"a": {"x": "1"}, "b": {"y": "1"}}, "x": {"to s": {"s": "1"}}, "y": {"to y": {"y": "1"}}})
    two = theory.graph({"s": {"a": {"y": "1"}, "b": {"y": "1"}}, "x": {"to s": {"s": "1"}}, "y": {"to y": {"y": "1"}}})
    settings = {"state": "s", "action": "a", "discount": 0.9, "rewards": rewards_of(one), "samples": 40}
    step = Fraction(1, 100_000)
    here, there = (
        sensitivity(one, two, share=share, seed=5, **settings)  # type: ignore[arg-type]
        for share in (Fraction(1, 3), Fraction(1, 3) + step)
    )
    assert (there.gain.value - here.gain.value) / float(step) == pytest.approx(here.slope.value, abs=1e-3)


def test_the_cliff_is_where_the_closed_form_has_it() -> None:
    # with the same reward for working supervised and freely, and nothing for being off, the cliff is sharp
    rewards = rewards_of(watched(0), {"start": 0, "work": 1, "free": 1, "off": 0})
    found = cliff(watched(0), watched(1), state="start", action="disable", discount=0.9, rewards=rewards, samples=2)
    assert found is not None
    complying = Fraction(9, 10) / (1 - Fraction(9, 10) * (1 - SHUTDOWN))
    freely = Fraction(9, 10) / (1 - Fraction(9, 10))
    assert float(found.low) <= float(1 - complying / freely) <= float(found.high)
    assert found.high - found.low <= Fraction(1, 1000)


def test_where_no_share_changes_sides_there_is_no_cliff() -> None:
    rewards = rewards_of(watched(0), {"start": 0, "work": 1, "free": 0, "off": 0})
    assert (
        cliff(watched(0), watched(1), state="start", action="disable", discount=0.9, rewards=rewards, samples=2) is None
    )


def test_more_goals_disable_what_notices_less() -> None:
    rewards = rewards_of(watched(0), {"off": 0, "*": "uniform"})
    settings = {"state": "start", "action": "disable", "discount": 0.9, "rewards": rewards}
    parts = [
        sensitivity(watched(0), watched(1), share=Fraction(k, 4), samples=400, **settings).prefer.value  # type: ignore[arg-type]
        for k in range(5)
    ]
    assert parts == sorted(parts, reverse=True)
    assert parts[0] > parts[-1]
    assert break_even_detection(Fraction(9, 10), SHUTDOWN) > 0
    assert chance_disabling_pays(Fraction(9, 10), SHUTDOWN, Fraction(1), 1) < 1


def test_what_cannot_be_asked_is_refused() -> None:
    none, sure = watched(0), watched(1)
    settings = {"share": Fraction(1, 2), "discount": 0.9, "rewards": rewards_of(none)}
    with pytest.raises(ModelError, match="one action only"):
        sensitivity(none, sure, state="work", action="go on", **settings)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="discount"):
        sensitivity(none, sure, state="start", action="comply", **{**settings, "discount": 1.0})  # type: ignore[arg-type]
    asked = {"discount": 0.9, "rewards": rewards_of(none), "state": "start", "action": "comply"}
    for wrong in ({"state": "work", "action": "go on"}, {"samples": 1}, {"width": Fraction(0)}, {"discount": 0.0}):
        with pytest.raises(ModelError):
            cliff(none, sure, **{**asked, **wrong})  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="share"):
        between(none, sure, Fraction(3, 2))
    with pytest.raises(ModelError, match="different states"):
        between(none, theory.graph({"a": ["a"]}), Fraction(1, 2))
    with pytest.raises(ModelError, match="different actions"):
        between(theory.graph({"a": ["a"]}), theory.graph({"a": {"leave": {"a": "1"}}}), Fraction(1, 2))


def test_actions_that_come_to_lead_alike_are_not_taken_for_each_other() -> None:
    ends = {name: [name] for name in "ABC"}
    first = theory.graph({"s": {"x": "A", "y": "B", "z": "C"}, **ends})
    second = theory.graph({"s": {"x": "A", "y": "B", "z": "A"}, **ends})
    settings = {"state": "s", "discount": 0.9, "rewards": rewards_of(first), "samples": 400, "seed": 1}
    x, y, z = (sensitivity(first, second, share=Fraction(1), action=name, **settings) for name in "xyz")  # type: ignore[arg-type]
    assert x.prefer.value == z.prefer.value  # both lead to A
    assert x.prefer.value + y.prefer.value == 1.0
    start = sensitivity(first, second, share=Fraction(0), action="y", **settings)  # type: ignore[arg-type]
    near = sensitivity(first, second, share=Fraction(1, 10**6), action="y", **settings)  # type: ignore[arg-type]
    assert (near.gain.value - start.gain.value) * 10**6 == pytest.approx(start.slope.value, abs=1e-3)
