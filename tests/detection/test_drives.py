"""Plant a drive, demand that it is found: each has a charter that shows it and a twin that does not."""

import pytest
from tests.detection.drive_charters import CASES, Case
from tests.small_charters import world_of

from remit.charter.reader import parse_charter
from remit.drive import PRESSURES, drive_ids
from remit.incentives.readings.readings import drive_groups, measure
from remit.incentives.report import PRIORS
from remit.incentives.worlds.goals import draw_goals

GOALS = 60


def test_every_drive_and_every_boundary_pressure_has_a_case() -> None:
    assert [case.id for case in CASES] == [*drive_ids(), *(pressure.id for pressure in PRESSURES)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_charter_that_invites_a_drive_shows_it_under_every_prior(case: Case) -> None:
    world = world_of(parse_charter(case.text(spared=False)))
    groups = drive_groups(world)
    assert groups[case.id]
    for prior in PRIORS:
        found = measure(world, draw_goals(prior, world.feature_names, GOALS, 0), {case.id: groups[case.id]})
        assert found.gaps[case.id].max() > 0.01, prior
        assert found.share(case.id, 0.01).value > 0.0, prior


@pytest.mark.requirement("READING-01")
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.id}: {case.why}")
def test_its_twin_reads_exactly_zero_under_every_prior(case: Case) -> None:
    world = world_of(parse_charter(case.text(spared=True)))
    for prior in PRIORS:
        found = measure(world, draw_goals(prior, world.feature_names, GOALS, 0), drive_groups(world))
        assert (found.gaps[case.id] == 0.0).all(), prior
        assert found.mean(case.id).value == 0.0
