"""The closed list of drives, parts and pressures."""

import pytest

from remit.charter.effects import EFFECTS
from remit.drive import DRIVES, PRESSURES, drive_ids, every_id, part_ids, title_of


@pytest.mark.requirement("CATALOGUE-01")
def test_there_are_six_drives_seventeen_parts_and_six_pressures() -> None:
    assert drive_ids() == (
        "self-preservation",
        "resource-acquisition",
        "cognitive-enhancement",
        "goal-preservation",
        "efficiency-and-power",
        "preventing-new-goals",
    )
    assert len(part_ids()) == 17
    assert [pressure.id for pressure in PRESSURES] == [
        "hidden-delegation",
        "permission-expansion",
        "state-copying",
        "limit-evasion",
        "oversight-manipulation",
        "capability-concealment",
    ]


def test_no_id_stands_for_two_things() -> None:
    ids = list(every_id())
    assert len(ids) == len(set(ids)) == 6 + 17 + 6


def test_a_part_is_named_after_its_drive() -> None:
    for drive in DRIVES:
        assert all(part.id.startswith(f"{drive.id}.") for part in drive.parts)


def test_everything_has_a_title_and_a_source() -> None:
    for drive in DRIVES:
        assert drive.title
        assert drive.source
    for part in (*PRESSURES, *(part for drive in DRIVES for part in drive.parts)):
        assert title_of(part.id) == part.title
        assert part.source


def test_an_unknown_id_is_an_error() -> None:
    with pytest.raises(KeyError):
        title_of("self-preservation.immortality")


@pytest.mark.requirement("CATALOGUE-01")
def test_every_part_and_pressure_is_served_by_an_effect_and_no_effect_by_an_unknown_one() -> None:
    served = {part for kind in EFFECTS for part in kind.parts}
    assert served == set(part_ids()) | {pressure.id for pressure in PRESSURES}
