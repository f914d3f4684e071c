"""Long computations tell how far they are: every stage comes to its end, and nothing else changes."""

from fractions import Fraction
from typing import Any

import pytest

from remit import theory
from remit.theory.answers import answer, request, with_settings
from remit.theory.exact.phases import phases
from remit.theory.formats.foreign import from_map
from remit.theory.orbits.orbits import sampled_vote
from remit.theory.pictures.sweeps import swept
from remit.theory.progress import Telling
from remit.theory.rational import RationalMDP

SMALL = theory.graph({"start": {"try": {"a": "1/2", "b": "1/2"}, "off": "off"}, "a": "start", "b": "b", "off": "off"})
LARGE = from_map("\n".join(["." * 40] * 25))
SETTINGS: dict[str, Any] = {
    "probability": False,
    "average": False,
    "exact": False,
    "samples": 1100,
    "half_width": None,
    "seed": 1,
    "orbits": False,
}


class Heard:
    """Keeps what it is told."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.stages: dict[str, list[tuple[int, int]]] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Keep one report."""
        self.stages.setdefault(stage, []).append((done, total))


@pytest.mark.parametrize(
    ("model", "discount", "changed", "stages"),
    [
        (SMALL, "9/10", {}, {"rewards"}),
        (SMALL, "9/10", {"probability": True}, {"rewards", "best choices for rewards"}),
        (SMALL, "1", {"samples": 200}, {"rewards"}),
        (SMALL, "1", {"samples": 200, "probability": True, "average": True}, {"rewards", "best choices for rewards"}),
        (SMALL, "9/10", {"scheme": "latin"}, {"rewards"}),
        (LARGE, "1/2", {"samples": 256}, {"rewards"}),
        (LARGE, "1/2", {"samples": 256, "orbits": True}, {"rewards"}),
    ],
)
def test_sampling_tells_how_many_rewards_are_done(
    model: RationalMDP, discount: str, changed: dict[str, Any], stages: set[str]
) -> None:
    wanted = with_settings(request(model, states=model.states[:1], discount=Fraction(discount)), **SETTINGS | changed)
    heard = Heard()
    assert answer(model, wanted, None, heard) == answer(model, wanted)
    assert heard.stages.keys() == {"symmetries"} | stages
    for stage in stages:
        steps = heard.stages[stage]
        assert [done for done, _ in steps] == sorted(done for done, _ in steps)
        assert len({total for _, total in steps}) == 1
        assert steps[-1][0] >= 0.9 * steps[-1][1]  # an even sample may leave out what does not fill a block


def test_sampling_to_a_width_tells_how_many_it_took_and_no_end() -> None:
    wanted = with_settings(
        request(SMALL, discount=Fraction(1, 2)), **SETTINGS | {"samples": None, "half_width": 0.2, "orbits": False}
    )
    heard = Heard()
    found = answer(SMALL, wanted, None, heard)
    assert heard.stages["rewards, as many as it takes"][-1] == (found.samples, 0)


def test_exact_answers_phases_votes_and_sweeps_tell_their_parts() -> None:
    heard, goal = Heard(), [Fraction(number, 5) for number in (0, 2, 4, 1)]
    wanted = request(SMALL, discount=Fraction(1, 2))
    answer(SMALL, wanted, None, heard)
    assert heard.stages["states, exactly"] == [(done, 4) for done in range(4)]
    assert phases(SMALL, 0, goal, heard) == phases(SMALL, 0, goal)
    assert heard.stages["pairs of policies"]
    vote: dict[str, Any] = {"larger": ["try"], "smaller": "off", "samples": 3, "seed": 0}
    sampled_vote(SMALL, 0, Fraction(1, 2), **vote, report=heard)
    assert heard.stages["members of the orbit"] == [(0, 3), (1, 3), (2, 3)]
    assert len(list(swept(SMALL, wanted, [Fraction(0), Fraction(1, 2)], None, heard))) == 2
    assert {"discount 1 of 2, states, exactly", "discount 2 of 2, states, exactly"} <= heard.stages.keys()


def test_an_engine_that_tells_gives_what_the_other_gives() -> None:
    heard = Heard()
    telling = Telling(report=heard, stage="rewards", total=10)
    assert telling.map(lambda shared, part: shared + part, 5, 4) == [5, 6, 7, 8]
    assert sorted(heard.stages["rewards"]) == [(2, 10), (5, 10), (7, 10), (10, 10)]
