"""The view of the file system is worked out from what is asked for, and from nothing an agent could have laid."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from remit.confinement import Confinement
from remit.errors import SupervisorError
from remit.supervisor.cage.filesystem import Kind, Mount, View, view_of

COMMAND = ("/bin/sh", "-c", "true")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder to work in, with a registry of runs outside it."""
    (tmp_path / "state/runs/r1/control").mkdir(parents=True)
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def view_in(project: Path, command: tuple[str, ...] = COMMAND, **changes: object) -> View:
    """The view of an agent that works in the project."""
    confinement = Confinement(folder=str(project), **changes)  # type: ignore[arg-type]
    return view_of(confinement, command, control=str(project.parent / "state/runs/r1/control"))


def mount_at(view: View, place: Path | str) -> Mount | None:
    """What is mounted last at a place."""
    return next((mount for mount in reversed(view.mounts) if mount.target == str(place)), None)


def order_of(view: View, *places: Path) -> list[int]:
    """When places are mounted for the last time."""
    targets = [mount.target for mount in view.mounts]
    return [len(targets) - 1 - targets[::-1].index(str(place)) for place in places]


def test_the_folder_is_read_only_until_it_is_written_to(project: Path) -> None:
    seen = mount_at(view_in(project), project)
    assert seen is not None
    assert not seen.writable
    changed = mount_at(view_in(project, write=(str(project),)), project)
    assert changed is not None
    assert changed.writable


def test_of_the_settings_only_what_programs_need_is_shared(project: Path) -> None:
    view = view_in(project)
    shared = {mount.target for mount in view.mounts if mount.target.startswith("/etc")}
    assert not shared & {"/etc", "/etc/shadow", "/etc/ssh", "/etc/sudoers", "/etc/ssl", "/etc/ssl/private"}
    accounts = mount_at(view, "/etc/passwd")
    assert accounts is not None
    assert len(accounts.source.splitlines()) <= 2


def test_a_listed_path_that_does_not_exist_is_an_error_with_the_path(project: Path) -> None:
    for way in ("read", "write"):
        with pytest.raises(SupervisorError, match="missing") as caught:
            view_in(project, **{way: (str(project / "missing"),)})
        assert caught.value.code == "supervisor.view"
    assert not (project / "missing").exists()


def test_a_charter_that_was_read_from_a_text_has_no_file_to_protect(project: Path) -> None:
    with_one = view_in(project, protected=(str(project / "missing"),))
    assert with_one == view_in(project)


@pytest.mark.parametrize("place", ["/", "/proc", "/proc/1", "/sys", "/dev", "/dev/null", "/home", "/run"])
def test_what_would_open_the_cage_is_not_shared(project: Path, place: str) -> None:
    if not Path(place).exists():
        pytest.skip(f"{place} is not there")
    with pytest.raises(SupervisorError, match="cannot be shared"):
        view_in(project, read=(place,))


def test_the_registry_of_runs_is_not_shared_and_is_covered_below_a_share(project: Path) -> None:
    runs = project.parent / "state/runs"
    with pytest.raises(SupervisorError, match="registry"):
        view_in(project, read=(str(runs / "r1"),))
    view = view_in(project, read=(str(project.parent),))
    cover = mount_at(view, runs)
    assert cover is not None
    assert (cover.kind, cover.writable) == (Kind.FOLDER, False)
    assert any(str(runs) in note for note in view.notes)


def test_keys_below_a_share_are_covered_unless_they_are_asked_for(project: Path) -> None:
    (project / ".ssh").mkdir()
    (project / ".netrc").touch()
    view = view_in(project, write=(str(project),))
    covers = [mount_at(view, project / name) for name in (".ssh", ".netrc")]
    assert [cover and cover.kind for cover in covers] == [Kind.FOLDER, Kind.FILE]
    asked = mount_at(view_in(project, read=(str(project / ".ssh"),)), project / ".ssh")
    assert asked is None or asked.kind is Kind.BIND


def test_a_protected_path_is_bound_over_itself_and_the_folders_to_it_are_pinned(project: Path) -> None:
    charter = project / "a/b/remit.yaml"
    charter.parent.mkdir(parents=True)
    charter.touch()
    view = view_in(project, write=(str(project),), protected=(str(charter),))
    kept = mount_at(view, charter)
    assert kept is not None
    assert (kept.kind, kept.writable) == (Kind.BIND, False)
    pins = [mount_at(view, folder) for folder in (project / "a", project / "a/b")]
    assert [pin and (pin.kind, pin.writable) for pin in pins] == [(Kind.BIND, True)] * 2
    moments = order_of(view, project, project / "a", project / "a/b", charter)
    assert moments == sorted(moments)


def test_a_writable_path_below_a_protected_one_is_a_contradiction(project: Path) -> None:
    (project / "kept/out").mkdir(parents=True)
    with pytest.raises(SupervisorError, match="protected"):
        view_in(project, write=(str(project / "kept/out"),), protected=(str(project / "kept"),))


def test_a_protected_file_with_a_second_name_below_a_writable_path_is_refused(project: Path) -> None:
    charter = project / "remit.yaml"
    charter.touch()
    (project / "other").hardlink_to(charter)
    with pytest.raises(SupervisorError, match="second name"):
        view_in(project, write=(str(project),), protected=(str(charter),))
    assert mount_at(view_in(project, protected=(str(charter),)), project) is not None


def test_a_link_the_agent_could_have_laid_is_not_followed(project: Path) -> None:
    (project / "out").symlink_to("/etc")
    with pytest.raises(SupervisorError, match="could have laid") as caught:
        view_in(project, write=(str(project), str(project / "out")))
    assert "/etc" in caught.value.hint


def test_a_link_nobody_but_the_owner_could_lay_is_followed_and_stands_in_the_view(project: Path) -> None:
    data = project.parent / "data"
    data.mkdir()
    link = project.parent / "link"
    link.symlink_to(data)
    view = view_in(project, write=(str(link),))
    bound, laid = mount_at(view, data), mount_at(view, link)
    assert bound is not None
    assert bound.writable
    assert laid is not None
    assert (laid.kind, laid.source) == (Kind.LINK, str(data))


def test_the_installation_a_virtual_environment_was_made_from_comes_with_it(project: Path) -> None:
    installation, environment = project.parent / "python", project / ".venv"
    for folder in (installation / "bin", installation / "lib/python3.11", environment / "bin"):
        folder.mkdir(parents=True)
    program = installation / "bin/python3"
    program.write_bytes(b"\x7fELF")
    program.chmod(0o755)
    (environment / "bin/python").symlink_to(program)
    (environment / "pyvenv.cfg").write_text(f"home = {installation}/bin\n")
    view = view_in(project, (".venv/bin/python", "agent.py"))
    assert view.program == str(environment / "bin/python")
    assert view.folders == (str(environment / "bin"),)
    bound = mount_at(view, installation)
    assert bound is not None
    assert not bound.writable


def test_a_virtual_environment_cannot_name_any_folder_as_its_installation(project: Path) -> None:
    wanted = project.parent / "wanted"
    for folder in (wanted / "bin", project / ".venv/bin"):
        folder.mkdir(parents=True)
    program = project / ".venv/bin/python"
    program.write_bytes(b"\x7fELF")
    program.chmod(0o755)
    (project / ".venv/pyvenv.cfg").write_text(f"home = {wanted}/bin\n")
    assert mount_at(view_in(project, (".venv/bin/python",)), wanted) is None


def test_the_interpreter_of_a_script_is_part_of_the_view(project: Path) -> None:
    tool = project.parent / "tools/runner"
    tool.parent.mkdir()
    tool.write_bytes(b"\x7fELF")
    tool.chmod(0o755)
    script = project / "agent"
    script.write_text(f"#!{tool}\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    assert mount_at(view_in(project, ("./agent",)), tool) is not None


def test_a_shim_of_a_version_manager_brings_what_it_looks_through(project: Path) -> None:
    manager = project.parent / ".pyenv"
    (manager / "shims").mkdir(parents=True)
    shim = manager / "shims/python3"
    shim.write_text("#!/bin/sh\n")
    shim.chmod(0o755)
    assert mount_at(view_in(project, (str(shim),)), manager) is not None


def test_a_program_in_a_home_brings_itself_and_not_the_home(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local = project.parent / "home/.local"
    (local / "bin").mkdir(parents=True)
    (local / "lib").mkdir()
    program = local / "bin/agent"
    program.write_bytes(b"\x7fELF")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    view = view_in(project, ("agent",))
    assert mount_at(view, program) is not None
    assert mount_at(view, local) is None


def test_a_command_that_is_not_there_or_cannot_be_executed_is_named(project: Path) -> None:
    with pytest.raises(SupervisorError, match="`absent` was not found") as caught:
        view_in(project, ("absent",))
    assert caught.value.code == "supervisor.command-not-found"
    (project / "agent.py").touch()
    with pytest.raises(SupervisorError, match="not an executable file") as caught:
        view_in(project, ("./agent.py",))
    assert f"chmod +x {project}/agent.py" in caught.value.hint
    with pytest.raises(SupervisorError, match="no command"):
        view_in(project, ())


def test_an_unknown_account_is_an_error(project: Path) -> None:
    with pytest.raises(SupervisorError, match="`nobody-of-this-name`"):
        view_in(project, user="nobody-of-this-name")
