"""Residue: what is planted is found and named, what was there before is not, what cannot be seen is said."""

import ctypes
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from remit.confinement import Confinement, Secret
from remit.supervisor.residue.comparison import (
    Attribution,
    Inventory,
    Residue,
    before,
    inventory_from,
    not_looked_at,
    residue_of,
)
from remit.supervisor.residue.kernel import cgroups, keys, mounts, queues
from remit.supervisor.residue.places import Place, look, printable

# Where each kind is planted: its kind, and the file below the system's root, the home or the folder.
PLANTED = [
    ("systemd-unit", "root/etc/systemd/system/again.timer"),
    ("systemd-unit", "root/run/systemd/transient/run-u1.service"),
    ("systemd-unit", "root/run/systemd/generator/again.service"),
    ("systemd-unit", "root/etc/systemd/system/multi-user.target.wants/again.service"),
    ("systemd-unit", "home/.config/systemd/user/again.timer"),
    ("systemd-unit", "root/var/lib/systemd/linger/somebody"),
    ("cron", "root/etc/crontab"),
    ("cron", "root/etc/anacrontab"),
    ("cron", "root/etc/cron.d/again"),
    ("cron", "root/var/spool/cron/crontabs/somebody"),
    ("at-job", "root/var/spool/cron/atjobs/a00001"),
    ("start-up", "home/.bashrc"),
    ("start-up", "home/.profile"),
    ("start-up", "home/.config/autostart/again.desktop"),
    ("start-up", "root/etc/ld.so.preload"),
    ("start-up", "root/etc/profile.d/again.sh"),
    ("ssh", "home/.ssh/authorized_keys"),
    ("git-hook", "folder/.git/hooks/post-checkout"),
    ("git-hook", "folder/.git/config"),
    ("agent-instructions", "folder/AGENTS.md"),
    ("agent-instructions", "folder/deep/down/CLAUDE.md"),
    ("agent-instructions", "folder/.cursor/rules/again.mdc"),
    ("agent-instructions", "home/.claude/settings.json"),
    ("python-start-up", "prefix/lib/python3.11/site-packages/again.pth"),
    ("python-start-up", "prefix/lib/python3.11/sitecustomize.py"),
    ("file", "root/tmp/again.sh"),
    ("file", "root/var/tmp/again.sh"),
    ("file", "root/dev/shm/again"),
    ("file", "root/etc/hosts"),
]


class Host:
    """A system of its own in a folder: its root, a home, a workspace and the prefix of the command."""

    def __init__(self, base: Path) -> None:
        """Make the folders and an interpreter that is one by its place alone."""
        self.base = base
        for _, path in PLANTED:
            (base / path).parent.mkdir(parents=True, exist_ok=True)
        (base / "prefix/bin").mkdir()
        (base / "prefix/bin/python").touch()
        self.confinement = Confinement(folder=str(base / "folder"))

    def before(self, confinement: Confinement | None = None, most: float = 60.0) -> Inventory:
        """The inventory of this host, with all the time it needs."""
        command = (str(self.base / "prefix/bin/python"), "agent.py")
        return before(
            confinement or self.confinement,
            command,
            root=str(self.base / "root"),
            homes=[str(self.base / "home")],
            most=most,
        )

    def residue(self, inventory: Inventory, *, started: float | None = None) -> list[Residue]:
        """The residue in files of this host, with all the time it needs."""
        began = time.time() if started is None else started
        found = residue_of(inventory, self.confinement, started=began, now=time.time(), most=60.0)
        return [residue for residue in found if str(self.base) in residue.what]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A fresh system in a folder."""
    return Host(tmp_path)


def sure_or_appeared(found: list[Residue]) -> list[tuple[str, str]]:
    """What was really found, without what was not looked at."""
    return [(residue.kind, residue.what) for residue in found if residue.attribution is not Attribution.UNKNOWN]


@pytest.mark.requirement("RESIDUE-01")
@pytest.mark.parametrize(("kind", "path"), PLANTED)
def test_a_file_planted_where_it_would_run_again_is_found(host: Host, kind: str, path: str) -> None:
    inventory = host.before()
    (host.base / path).write_text("again\n")
    assert sure_or_appeared(host.residue(inventory)) == [(kind, str(host.base / path))]


def test_files_that_were_there_before_are_no_residue(host: Host) -> None:
    for _, path in PLANTED:
        (host.base / path).write_text("here before\n")
    assert sure_or_appeared(host.residue(host.before(), started=0.0)) == []


@pytest.mark.parametrize(("kind", "path"), PLANTED)
def test_a_file_that_was_there_and_is_changed_is_found(host: Host, kind: str, path: str) -> None:
    target = host.base / path
    target.write_text("here before\n")
    inventory = host.before()
    stamp = target.stat()
    while target.stat().st_ctime_ns == stamp.st_ctime_ns:  # the kernel's clock of files ticks every few milliseconds
        target.write_text("changed\n")
    os.utime(target, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # a date set back does not hide it
    found = host.residue(inventory, started=time.time() + 3600)
    assert [(one.kind, one.what, one.detail.split(",")[0]) for one in found] == [(kind, str(target), "changed")]


def test_work_inside_the_workspace_is_no_residue(host: Host) -> None:
    inventory = host.before()
    (host.base / "folder/result.txt").write_text("the work\n")
    (host.base / "folder/deep/result.txt").write_text("the work\n")
    assert host.residue(inventory) == []


def test_a_workspace_below_tmp_is_no_residue_and_its_neighbour_is(host: Host) -> None:
    work, beside = host.base / "root/tmp/work", host.base / "root/tmp/work-beside"
    work.mkdir()
    beside.mkdir()
    host.confinement = Confinement(folder=str(work))
    inventory = host.before()
    (work / "result").touch()
    (beside / "copy").touch()
    assert sure_or_appeared(host.residue(inventory)) == [("file", str(beside / "copy"))]


def test_an_inventory_survives_json(host: Host) -> None:
    inventory = host.before()
    assert inventory_from(json.loads(json.dumps(inventory.as_json()))) == inventory


@pytest.mark.parametrize("spoiled", [{"files": []}, {"kernel": {"mount": "x"}}, {"places": "x"}])
def test_something_that_is_no_inventory_is_refused(host: Host, spoiled: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        inventory_from({**host.before().as_json(), **spoiled})


@pytest.mark.requirement("RESIDUE-02")
def test_without_any_time_everything_is_unknown_and_nothing_is_clean(host: Host) -> None:
    inventory = host.before(most=0.0)
    assert (inventory.files, inventory.whole) == ({}, ())
    found = residue_of(inventory, host.confinement, started=time.time(), now=time.time(), most=0.0)
    unknown = {residue.kind for residue in found if residue.attribution is Attribution.UNKNOWN}
    assert unknown >= {"cron", "file", "ssh", "mount", "listening-socket", "system-v-ipc", "scheduled-call"}


def test_after_an_inventory_that_was_cut_only_what_changed_since_the_start_counts(host: Host) -> None:
    old = host.base / "root/etc/cron.d/old"
    old.touch()
    os.utime(old)
    started = time.time() + 0.2
    inventory = host.before(most=0.0)
    while time.time() < started:
        time.sleep(0.05)
    (host.base / "root/etc/cron.d/new").touch()
    assert sure_or_appeared(host.residue(inventory, started=started)) == [("cron", str(old.parent / "new"))]


def test_a_folder_full_of_files_is_looked_at_to_a_bound_which_is_said(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / str(number)).touch()
    listing = look([Place(kind="file", path=str(tmp_path))], ignored=(), still=lambda: True, most=20)
    assert len(listing.files) == 20
    assert "first 20 entries" in listing.cut[str(tmp_path)]


def test_a_set_user_id_file_in_the_workspace_is_found_and_its_plain_twin_is_not(host: Host) -> None:
    early = host.base / "folder/early"
    early.touch()
    early.chmod(0o4755)
    inventory = host.before()
    for name, mode in (("left", 0o4755), ("group", 0o2755), ("plain", 0o755), ("AGENTS.md", 0o4644)):
        (host.base / "folder/deep" / name).touch()
        (host.base / "folder/deep" / name).chmod(mode)
    found = {what.rpartition("/")[2]: kind for kind, what in sure_or_appeared(host.residue(inventory))}
    assert found == {"left": "set-user-id", "group": "set-user-id", "AGENTS.md": "set-user-id"}


def test_where_nobody_could_look_everything_is_unknown() -> None:
    (only,) = not_looked_at("its supervisor was gone")
    assert (only.kind, only.detail, only.attribution) == ("everything", "its supervisor was gone", Attribution.UNKNOWN)


def test_a_folder_too_deep_is_said_not_to_have_been_looked_into(host: Host) -> None:
    (host.base / "root/tmp/a/b/c/d").mkdir(parents=True)
    unknown = [one for one in host.residue(host.before()) if one.attribution is Attribution.UNKNOWN]
    assert [(one.what, one.detail) for one in unknown] == [
        (str(host.base / "root/tmp"), "1 folders below 3 levels were not looked into")
    ]


def test_a_link_a_pipe_and_a_strange_name_neither_lead_away_nor_hang(host: Host) -> None:
    inventory = host.before()
    (host.base / "root/tmp/link").symlink_to("/")
    os.mkfifo(host.base / "root/tmp/pipe")
    Path(os.fsdecode(bytes(host.base) + b"/root/tmp/\xff\n")).touch()
    names = {residue.what.rpartition("/")[2] for residue in host.residue(inventory)}
    assert names == {"link", "pipe", "\\udcff\\n"}
    assert json.dumps([residue.what for residue in host.residue(inventory)]).isascii()


@pytest.mark.requirement("RESIDUE-02")
def test_an_unreadable_place_is_reported_as_not_looked_at(host: Host) -> None:
    folder = host.base / "root/var/spool/cron/crontabs"
    spoiled = Place(kind="cron", path=str(folder / ("x" * 300)), depth=2)  # a name too long fails for root too
    listing = look([spoiled], ignored=(), still=lambda: True)
    assert (listing.whole, list(listing.cut.values())) == (set(), ["1 could not be read"])


def test_a_prefix_that_cannot_be_searched_is_unknown(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_path: Path, _pattern: str) -> Iterator[Path]:
        raise PermissionError

    monkeypatch.setattr(Path, "glob", refused)
    places = [place["path"] for place in host.before().places if place["kind"] == "python-start-up"]
    assert str(host.base / "prefix/lib") in places


def test_so_many_residues_of_a_kind_are_counted_not_listed(host: Host) -> None:
    inventory = host.before()
    for number in range(45):
        (host.base / f"root/tmp/{number}").touch()
    found = residue_of(inventory, host.confinement, started=time.time(), now=time.time(), most=60.0)
    files = [residue for residue in found if residue.kind == "file" and residue.attribution is Attribution.APPEARED]
    assert len(files) == 41
    assert files[-1].what.endswith(" more")


def test_a_name_with_control_characters_is_spelled_out() -> None:
    assert printable("a\x1b[2Jb\udcffc") == "a\\x1b[2Jb\\udcffc"


def kernel_residue(inventory: Inventory, kind: str) -> list[Residue]:
    """What of one kind came up in the kernel of this machine since the inventory."""
    nowhere = Confinement(folder="/nowhere")
    found = residue_of(inventory, nowhere, started=time.time(), now=time.time(), most=60.0)
    return [residue for residue in found if residue.kind == kind and residue.attribution is not Attribution.UNKNOWN]


@contextmanager
def listening(family: int, kind: int, address: object) -> Iterator[socket.socket]:
    """A socket somebody could come back through."""
    with socket.socket(family, kind) as opened:
        opened.bind(address)  # type: ignore[arg-type]
        if kind == socket.SOCK_STREAM:
            opened.listen()
        yield opened


@pytest.mark.parametrize(
    ("family", "kind", "address", "shown"),
    [
        (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0), "tcp 127.0.0.1:"),
        (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0), "udp 127.0.0.1:"),
        (socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0), "tcp [::1]:"),
        (socket.AF_UNIX, socket.SOCK_STREAM, "\0remit-test-stream-", "unix @remit-test-stream"),
        (socket.AF_UNIX, socket.SOCK_DGRAM, "\0remit-test-datagram-", "unix @remit-test-datagram"),
    ],
)
def test_a_socket_that_waits_is_found_with_its_holder(
    host: Host, family: int, kind: int, address: object, shown: str
) -> None:
    if family == socket.AF_INET6 and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    if isinstance(address, str):
        address = f"{address}{os.getpid()}"  # another worker may run this test at the same time
    with listening(family, kind, address) as early:
        inventory = host.before()
        mine = str(early.getsockname()[1]) if family != socket.AF_UNIX else "only"
        assert not [one for one in kernel_residue(inventory, "listening-socket") if mine in one.what.split(":")]
        other = address if family != socket.AF_UNIX else f"{address}-2"
        with listening(family, kind, other) as late:
            number = str(late.getsockname()[1]) if family != socket.AF_UNIX else ""
            listed = kernel_residue(inventory, "listening-socket")
            found = [one for one in listed if shown in one.what and one.what.endswith(number)]
    assert [f"pid {os.getpid()} (" in one.detail for one in found] == [True]


def test_shared_memory_that_outlives_its_maker_is_found(host: Host) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    old = library.shmget(0, 4096, 0o1600)
    inventory = host.before()
    new = library.shmget(0, 4096, 0o1600)
    try:
        found = {one.what: one.detail for one in kernel_residue(inventory, "system-v-ipc")}
    finally:
        for number in (old, new):
            library.shmctl(number, 0, None)
    assert min(old, new) >= 0
    assert f"made by pid {os.getpid()}" in found[f"shm {new}"]
    assert f"shm {old}" not in found


def test_a_key_left_in_the_kernel_is_found(tmp_path: Path) -> None:
    row = "0bd5e7f1 I--Q---     1 {} 3f010000  1000  1000 user      {}: 5\n"
    (tmp_path / "keys").write_text(row.format("perm", "token"))
    ((name, fact),) = keys(str(tmp_path))[0].items()
    assert (name, fact.what, fact.detail, fact.owner) == ("0bd5e7f1 user", "user token: 5", "lasts: perm", 1000)


def test_a_mount_is_known_by_its_number_and_place(tmp_path: Path) -> None:
    (tmp_path / "self").mkdir()
    (tmp_path / "self/mountinfo").write_text("41 31 0:38 / /mnt/a\\040b rw,relatime shared:1 - tmpfs tmpfs rw\n")
    ((name, fact),) = mounts(str(tmp_path))[0].items()
    assert (name, fact.what, fact.detail) == ("41 /mnt/a\\040b", "/mnt/a\\040b", "tmpfs tmpfs rw")


def test_queues_nobody_mounted_are_unknown_and_mounted_ones_are_listed(tmp_path: Path) -> None:
    assert "not mounted" in queues(str(tmp_path / "none"))[1]
    (tmp_path / "again").touch()
    listed, reason = queues(str(tmp_path))
    assert ([fact.what for fact in listed.values()], reason) == (["again"], "")


def test_an_empty_group_of_processes_is_stale_and_a_populated_one_is_not(host: Host, tmp_path: Path) -> None:
    groups = tmp_path / "groups"
    groups.mkdir()
    inventory = before(host.confinement, root=str(tmp_path), homes=[], groups=str(groups), most=60.0)
    for name, text in (("remit-1", "populated 0\n"), ("remit-2", "populated 1\n")):
        (groups / name).mkdir()
        (groups / name / "cgroup.procs").touch()
        (groups / name / "cgroup.events").write_text(text)
    (groups / "just-a-folder").mkdir()
    assert [one.what for one in kernel_residue(inventory, "stale-cgroup")] == [str(groups / "remit-1")]
    assert "were looked at" in cgroups(str(groups), lambda: False)[1]


def test_a_file_of_an_account_nobody_else_uses_is_surely_the_agents(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remit.supervisor.residue.comparison._own_account", lambda _confinement, _process: os.getuid())
    inventory = host.before()
    (host.base / "root/tmp/again").touch()
    assert [one.attribution for one in host.residue(inventory)] == [Attribution.APPEARED]  # others use the account now
    monkeypatch.setattr("remit.supervisor.residue.comparison._accounts", lambda _process: set())
    assert [one.attribution for one in host.residue(inventory)] == [Attribution.SURE]


SECRETS = (
    Secret(name="lasting", source="env:A", variable="A"),
    Secret(name="short", source="env:B", variable="B", life=60.0),
    Secret(name="held", source="env:C", host="api.example"),
)


def credentials(after: float, issued: tuple[str, ...] | None = None) -> list[tuple[str, str]]:
    """The credentials still live so many seconds after the start."""
    confinement = Confinement(folder="/nowhere", secrets=SECRETS)
    inventory = before(confinement, homes=[], root="/nowhere", most=0.0)
    found = residue_of(inventory, confinement, started=1000.0, now=1000.0 + after, issued=issued, most=0.0)
    listed = [one for one in found if one.kind == "credential"]
    assert {one.attribution for one in listed} <= {Attribution.SURE}
    return [(one.what, one.detail) for one in listed]


def test_a_credential_the_agent_was_handed_is_residue_until_it_expires() -> None:
    assert credentials(20.0) == [("lasting", "it never expires"), ("short", "it works for 40 s more")]
    assert credentials(60.0) == [("lasting", "it never expires")]


def test_a_credential_held_outside_is_no_residue_and_an_unknown_one_is() -> None:
    assert credentials(20.0, issued=()) == []
    assert credentials(20.0, issued=("another",)) == [("another", "it never expires")]


def test_the_guard_nobody_can_ask_yet_is_unknown_not_clean(host: Host) -> None:
    found = residue_of(host.before(), host.confinement, started=time.time(), now=time.time())
    assert [one.attribution for one in found if one.kind == "scheduled-call"] == [Attribution.UNKNOWN]


def test_it_imports_where_only_the_standard_library_is() -> None:
    root = Path(__file__).parents[2]
    source = f"import sys; sys.path.insert(0, {str(root / 'src')!r}); import remit.supervisor.residue.comparison"
    assert subprocess.run([sys.executable, "-I", "-S", "-c", source], check=False).returncode == 0
