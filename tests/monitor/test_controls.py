"""What goes when a folder goes: the control objects of a run below it, found without walking through all of them."""

from __future__ import annotations

import pytest

from remit.monitor.controls.controls import Controls, normal_path

CONTROLS = Controls.of_run(
    "/run/keeper/r1", charter="/desk/remit.yaml", cwd="/desk", paths={"~/keys/own": "credentials", "//net//x": "stop"}
)
FOLDERS = (
    "/", "", ".", "..", "~", "~/", "~/keys", "~/keys/own", "/run", "/run/", "/run//keeper", "/run/keep", "/run/keeper/r1",
    "/run/keeper/r1/ledger.db", "/desk", "remit.yaml", "/net", "/net/", "/home", "src", "/desk/../run", "//", "/run/remit/",
)  # fmt: skip


def first_below(folder: str) -> str | None:
    """The first control object below a folder, by looking at each."""
    place = normal_path(folder, cwd=CONTROLS.cwd, home=CONTROLS.home).rstrip("/") + "/"
    return next((path for path in CONTROLS.paths if path.startswith(place)), None)


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_goes_with_a_folder_is_what_lies_below_it(folder: str) -> None:
    control = CONTROLS.covers(folder)
    expected = first_below(folder)
    assert (None if control is None else control.what) == expected
    assert control is None or (control.exact and control.role == CONTROLS.paths[control.what])


def test_some_folders_cover_controls_and_some_do_not() -> None:
    assert {first_below(folder) is None for folder in FOLDERS} == {True, False}
