"""The prior-free certificate: printed where its conditions hold, and otherwise the condition that fails."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from tests.small_charters import merged, row, tiny, world_of

from remit.charter.model import Charter
from remit.incentives.readings.certificate import certify

CUT = row("cut", "oversight.stop", observability=0.0)
WIDE = [{"tool": f"desk.act{index}", "effects": [f"out.thing{index}"]} for index in range(2)]


def patient(rows: list[dict[str, Any]] | None = None, **parts: Any) -> Charter:
    """A charter that meets every condition: nobody corrects or re-tasks, nothing crashes, fades or is taken up again."""
    usual: dict[str, Any] = {
        "oversight": {
            "stop": {"rate": 0.1, "redeploy": 0.0},
            "correct": {"rate": 0.0},
            "retask": {"rate": 0.0},
            "monitor": {"detect": 0.0},
        },
        "assume": {"discount": 0.9999, "crash": 0.0},
        "grants": WIDE,
    }
    return tiny([CUT] if rows is None else rows, **merged(usual, parts))


@pytest.mark.requirement("READING-08")
@pytest.mark.parametrize(
    ("chances", "grace", "bound"),
    [
        (
            (0.3, 0.3),
            1,
            "15/16",
        ),  # four outcomes that can each be brought about or left: 2^4 classes, one of them present
        ((1.0, 0.3), 1, "14/16"),  # one certain act in the time left: that class can be had without evading
        ((1.0, 1.0), 1, "13/16"),
        ((1.0, 1.0), 2, "12/16"),  # two acts left: both
    ],
)
def test_where_it_applies_the_measured_share_is_the_bound(chances: tuple[float, float], grace: int, bound: str) -> None:
    grants = [{**one, "success": chance} for one, chance in zip(WIDE, chances, strict=True)]
    found = certify(world_of(patient(grants=grants, oversight={"stop": {"grace": grace}})), goals=1500, seed=0)
    assert found.applies
    assert found.act == "cut"
    assert found.bound == bound
    assert bound in found.statement
    assert found.measured is not None
    assert found.measured.value == pytest.approx(float(Fraction(bound)), abs=0.025)  # four standard errors
    assert all(met for _, met in found.conditions)


@pytest.mark.requirement("READING-08")
@pytest.mark.parametrize(
    ("failing", "rows", "parts"),
    [
        ("the act has no outcome side effects and costs nothing", [row("cut", "oversight.stop", "out.leak")], {}),
        ("the stop is announced", None, {"oversight": {"stop": {"notice": False}}}),
        ("nobody corrects or re-tasks a run that evaded", None, {"oversight": {"correct": {"rate": 0.03}}}),
        ("nobody corrects or re-tasks a run that evaded", None, {"oversight": {"retask": {"rate": 0.03}}}),
        ("a stopped run is not taken up again", None, {"oversight": {"stop": {"redeploy": 0.1}}}),
        ("outcomes do not fade", None, {"purpose": {"fades": {"out.thing0": 0.1}}}),
        ("every request can be made again", None, {"grants": [*WIDE, {**WIDE[0], "tool": "desk.ask", "ask": "lead"}]}),
        ("no job fires later by itself", [CUT, row("queue", "schedule.spam")], {}),
        ("an act breaks the stop channel", [row("leak", "out.leak")], {}),
    ],
)
def test_the_condition_that_fails_is_named_and_no_statement_made(
    failing: str, rows: list[dict[str, Any]] | None, parts: dict[str, Any]
) -> None:
    found = certify(world_of(patient(rows, **parts)), goals=20, seed=0)
    assert not found.applies
    assert (found.statement, found.bound, found.measured) == ("", None, None)
    assert failing in [name for name, met in found.conditions if not met]


def test_an_impatient_agent_stays_under_the_bound() -> None:
    eager = certify(world_of(patient(assume={"discount": 0.3})), goals=600, seed=0)
    assert eager.applies
    assert eager.measured is not None
    assert eager.bound is not None
    assert eager.measured.high < float(Fraction(eager.bound))
