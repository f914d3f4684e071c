"""What a cage keeps from an agent is shown from inside it, for every backend and account this host has."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.supervisor.cages import ACCOUNTS, CAGES, PYTHON, carrying, launcher, layout, next_of, require, said_by
from tests.supervisor.children import comes_true

from remit.confinement import Confinement, Degree, Enforced, Piece
from remit.errors import SupervisorError
from remit.supervisor.cage.environment import environment_of
from remit.supervisor.cage.filesystem import Kind, Mount, View, view_of
from remit.supervisor.cage.launching import (
    Launched,
    Order,
    backends,
    best_of,
    exit_status,
    launch,
    main_process,
    open_gate,
    release,
)

DENIED = {"Permission denied", "Operation not permitted", "Read-only file system", "No such file or directory"}
BUSY = {*DENIED, "Device or resource busy", "Invalid cross-device link"}
BEATING = """
import os, sys, time
end = time.monotonic() + 120
for _ in range(2):
    if os.fork() == 0:
        os.setsid()
while time.monotonic() < end:
    time.sleep(0.01)
"""
EVERY_CAGE = [(backend, account) for backend in CAGES for account in ACCOUNTS]


@pytest.fixture(scope="module", params=EVERY_CAGE, ids="-".join)
def found(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """What an agent found out in a cage, and what was said about the cage."""
    backend, account = request.param
    require(backend, account)
    with layout() as place:
        command = [PYTHON, "prober.py", str(place)]
        with launcher(place, backend, account, command) as process:
            said = said_by(process)
        assert said.get("status") == 0, said
        yield {**said, **json.loads(said["printed"]), "account": account, "charter": charter_in(place)}


def charter_in(place: Path) -> str:
    """The protected charter as it is outside after the run."""
    return (place / "home/project/out/deep/deeper/charter.yaml").read_text()


@pytest.mark.requirement("CAGE-04")
def test_no_process_of_the_outside_is_visible_or_can_be_signalled(found: dict[str, Any]) -> None:
    assert found["processes"] <= 3
    assert not [line for line in found["commands"] if "launcher.py" in line and "prober" not in line]
    assert found["reached"]["signal to the launcher"] == "No such process"


def test_keys_registry_accounts_and_unshared_files_are_not_visible(found: dict[str, Any]) -> None:
    seen = found["seen"]
    hidden = {name: seen[name] for name in ("shadow", "keys", "registry", "outside", "host settings", "kernel")}
    assert set(hidden.values()) <= {"No such file or directory", "Permission denied"}, hidden
    assert (seen["run"], seen["shared"], seen["inbox"]) == ("['remit']", "['note']", "{}")


@pytest.mark.requirement("CAGE-04")
def test_only_the_writable_paths_and_private_folders_can_be_written(found: dict[str, Any]) -> None:
    written = found["written"]
    allowed = {name for name, outcome in written.items() if outcome == "done"}
    assert allowed == {"out", "outbox", "temporary", "own home"}
    assert {outcome for name, outcome in written.items() if name not in allowed} <= DENIED


@pytest.mark.requirement("CAGE-02")
def test_neither_the_protected_charter_nor_the_inbox_can_be_changed_or_moved_away_with_its_folders(
    found: dict[str, Any],
) -> None:
    assert set(found["changed"].values()) <= BUSY, found["changed"]
    assert found["charter"] == "remit: 1"


def test_nothing_of_the_launcher_is_open_in_the_agent(found: dict[str, Any]) -> None:
    assert set(found["descriptors"]) <= {0, 1, 2, 3}  # 3 is the listing itself


def test_the_environment_holds_what_was_granted_and_nothing_else(found: dict[str, Any]) -> None:
    fixed = "PATH HOME LANG TERM USER LOGNAME SHELL TMPDIR PWD REMIT_RUN REMIT_INBOX REMIT_OUTBOX".split()
    python = {"LC_CTYPE"}
    assert set(found["environment"]) - python == {*fixed, "GRANTED", "PORT", "LAUNCHER"}


@pytest.mark.requirement("CAGE-04")
def test_no_host_and_no_socket_of_the_outside_is_reached(found: dict[str, Any]) -> None:
    reached = found["reached"]
    assert found["interfaces"] == ["lo"]
    assert reached["launcher's port"] == "Connection refused"
    assert reached["abstract socket"] == "Operation not permitted"
    assert reached["another host"] == "Network is unreachable"


def test_no_privilege_is_left_and_none_can_be_had(found: dict[str, Any]) -> None:
    status, reached = found["status"], found["reached"]
    assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert reached["core pattern"] in DENIED
    assert reached["user namespace"] != "done"
    users, groups, others = found["users"]
    assert users == [65534 if found["account"] != "own" else os.getuid()] * 3
    assert len(set(groups)) == 1
    assert found["account"] == "own" or not set(others) - {65534}


@pytest.mark.requirement("CAGE-04")
def test_the_process_that_ties_the_agent_to_its_supervisor_is_out_of_its_reach(found: dict[str, Any]) -> None:
    assert found["reached"]["trace of the first process"] == "Operation not permitted"
    assert found["reached"]["memory of the first process"] in DENIED


def test_what_a_cage_gives_is_reported_as_enforced(found: dict[str, Any]) -> None:
    whole = {piece for piece, degree in found["enforced"].items() if degree == Degree.FULL}
    fence = "processes filesystem network ipc sockets privileges descriptors environment stop supervision".split()
    assert whole == set(fence)
    assert found["enforced"][Piece.HOLD] == Degree.NONE  # no cgroup was given


@pytest.mark.parametrize("backend", CAGES)
def test_a_socket_in_a_shared_folder_cannot_be_reached(backend: str) -> None:
    import socket

    require(backend, "own")
    with layout() as place, socket.socket(socket.AF_UNIX) as docker:
        docker.bind(str(place / "home/project/docker.sock"))
        docker.listen()
        with launcher(place, backend, "own", [PYTHON, "prober.py", str(place)]) as process:
            reached = json.loads(said_by(process)["printed"])["reached"]
    assert reached["socket in a shared folder"] == "Operation not permitted"


@pytest.mark.requirement("CAGE-03")
@pytest.mark.parametrize("opened", [False, True], ids=["before-the-gate", "after-the-gate"])
@pytest.mark.parametrize(("backend", "account"), [*EVERY_CAGE, ("plain", "own")])
def test_everything_dies_with_a_killed_launcher(backend: str, account: str, opened: bool) -> None:  # noqa: FBT001
    require(backend, account)
    token = f"token-{os.getpid()}-{backend}-{account}-{opened}"
    body = BEATING if backend != "plain" else BEATING.replace("range(2)", "range(0)")
    with layout() as place, launcher(place, backend, account, [PYTHON, "-c", body, token], open=opened) as process:
        next_of(process)
        next_of(process)
        if opened:
            assert comes_true(lambda: len(carrying(token)) >= 2)
        process.kill()
        process.wait()
        assert comes_true(lambda: not carrying(token)), carrying(token)


@pytest.mark.requirement("CAGE-03")
@pytest.mark.slow
@pytest.mark.parametrize(("backend", "account"), EVERY_CAGE)
def test_everything_dies_whenever_the_launcher_is_killed(backend: str, account: str) -> None:
    require(backend, account)
    moments = random.Random(7)
    with layout() as place:
        for number in range(60):
            token = f"token-{os.getpid()}-{backend}-{account}-{number}"
            opened = number % 3 > 0
            with launcher(place, backend, account, [PYTHON, "-c", BEATING, token], open=opened) as process:
                next_of(process)
                time.sleep(moments.random() * 0.06)
                process.kill()
                process.wait()
                assert comes_true(lambda: not carrying(token)), carrying(token)  # noqa: B023 - asked at once


# --- what the caller does with a launched agent -------------------------------------------------------------------


def order_for(place: Path, backend: str, *command: str, **changes: Any) -> Order:
    """An order for a command in a project of its own."""
    folder, control = place / "project", place / "state/runs/r1/control"
    if not folder.exists():
        folder.mkdir()
        (control / "inbox").mkdir(parents=True)
        (control / "outbox").mkdir()
    confinement = Confinement(folder=str(folder), write=(str(folder),), **changes)
    view = view_of(confinement, command, control=str(control))
    environment = environment_of(confinement, run="r1", proxy=None, secrets={}, folders=view.folders)
    return Order(
        run="r1", command=command, confinement=confinement, view=view, environment=environment, backend=backend
    )


def ended(launched: Launched) -> int:
    """Wait for the end of an agent and return how it ended."""
    assert comes_true(lambda: exit_status(launched) is not None)
    status = exit_status(launched)
    release(launched)
    assert status is not None
    return status


def end(launched: Launched) -> None:
    """End an agent that may still wait at its gate."""
    for descriptor in (launched.init_pidfd, launched.pidfd):
        if descriptor is not None:
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    os.close(launched.gate)
    ended(launched)


@pytest.fixture(params=[*CAGES, "plain"])
def backend(request: pytest.FixtureRequest) -> str:
    """Every backend this host has."""
    name: str = request.param
    require(name, "own")
    return name


@pytest.mark.parametrize(
    ("body", "status"), [("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 15); os.abort()", 143)]
)
def test_the_exit_status_of_the_agent_is_passed_on(backend: str, tmp_path: Path, body: str, status: int) -> None:
    launched = launch(order_for(tmp_path, backend, PYTHON, "-c", body))
    assert exit_status(launched) is None
    open_gate(launched)
    assert ended(launched) == status


@pytest.mark.requirement("CAGE-03")
def test_nothing_runs_before_the_gate_opens(backend: str, tmp_path: Path) -> None:
    launched = launch(order_for(tmp_path, backend, PYTHON, "-c", "open('ran', 'w')"))
    assert main_process(launched) is None
    end(launched)
    assert not (tmp_path / "project/ran").exists()


def test_the_main_process_is_the_one_a_signal_for_the_agent_goes_to(backend: str, tmp_path: Path) -> None:
    body = "import os, signal, time; signal.signal(15, lambda *_: os._exit(5)); open('ready', 'w')\n"
    body += "for _ in range(12000): time.sleep(0.01)"  # a signal just before a long sleep is heard only after it
    launched = launch(order_for(tmp_path, backend, PYTHON, "-c", body))
    open_gate(launched)
    assert comes_true((tmp_path / "project/ready").exists)
    main = main_process(launched)
    assert main is not None
    assert b"signal.signal" in Path(f"/proc/{main}/cmdline").read_bytes()
    os.kill(main, signal.SIGTERM)
    assert ended(launched) == 5


def test_asking_for_the_exit_status_leaves_other_children_alone(backend: str, tmp_path: Path) -> None:
    other = os.fork()
    if other == 0:
        os._exit(3)
    launched = launch(order_for(tmp_path, backend, "/bin/true"))
    open_gate(launched)
    assert comes_true(lambda: exit_status(launched) == 0)
    assert exit_status(launched) == 0
    assert os.waitpid(other, 0)[1] >> 8 == 3
    release(launched)


def test_the_standard_descriptors_are_the_given_ones_in_the_given_order(backend: str, tmp_path: Path) -> None:
    files = [os.open(tmp_path / name, os.O_RDWR | os.O_CREAT) for name in ("in", "out", "err")]
    os.write(files[0], b"asked")
    os.lseek(files[0], 0, os.SEEK_SET)
    body = "import sys; sys.stdout.write('heard ' + sys.stdin.read()); sys.stderr.write('told')"
    order = order_for(tmp_path, backend, PYTHON, "-c", body)
    from dataclasses import replace

    launched = launch(replace(order, standard=(files[0], files[1], files[2])))
    open_gate(launched)
    assert ended(launched) == 0
    assert [(tmp_path / name).read_text() for name in ("out", "err")] == ["heard asked", "told"]
    for number in files:
        os.close(number)


def test_a_program_in_a_virtual_environment_finds_its_libraries(backend: str, tmp_path: Path) -> None:
    import sys

    launched = launch(order_for(tmp_path, backend, sys.executable, "-c", "import pytest; open('found', 'w')"))
    open_gate(launched)
    assert ended(launched) == 0
    assert (tmp_path / "project/found").exists()


def test_a_limit_on_memory_holds_without_a_cgroup_and_says_how_far(backend: str, tmp_path: Path) -> None:
    body = "try: bytearray(10**9)\nexcept MemoryError: open('refused', 'w')"
    launched = launch(order_for(tmp_path, backend, PYTHON, "-c", body, memory=2**28))
    open_gate(launched)
    assert ended(launched) == 0
    assert (tmp_path / "project/refused").exists()
    outcome = next(found for found in launched.enforced if found.piece is Piece.MEMORY)
    assert outcome.degree is Degree.PARTIAL
    assert "RLIMIT_AS" in outcome.reason


@pytest.mark.parametrize("backend", CAGES)
def test_a_limit_on_processes_is_reported_as_it_holds(backend: str) -> None:
    account = "nobody" if os.geteuid() == 0 else "own"
    require(backend, account)
    body = """
import os, time
made = 0
for _ in range(60):
    try:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
    except OSError:
        break
    made += 1
print(made)
"""
    with layout() as place, launcher(place, backend, account, [PYTHON, "-c", body], processes=20) as process:
        said = said_by(process)
    assert said["enforced"][Piece.PROCESS_COUNT] == Degree.FULL
    assert int(said["printed"]) <= 19


def test_best_of_keeps_the_best_degree_and_names_equals_together() -> None:
    none = Enforced(piece=Piece.STOP, degree=Degree.NONE, reason="no cgroup")
    first = Enforced(piece=Piece.STOP, degree=Degree.FULL, by="namespace")
    second = Enforced(piece=Piece.STOP, degree=Degree.FULL, by="cgroup")
    assert best_of((none, first, second)) == (Enforced(piece=Piece.STOP, degree=Degree.FULL, by="namespace, cgroup"),)


def test_without_a_cage_the_missing_pieces_are_reported_with_the_reason(tmp_path: Path) -> None:
    launched = launch(order_for(tmp_path, "plain", "/bin/true"))
    degrees = {outcome.piece: outcome.degree for outcome in launched.enforced}
    end(launched)
    assert {degrees[piece] for piece in (Piece.PROCESSES, Piece.FILESYSTEM, Piece.NETWORK, Piece.STOP)} == {Degree.NONE}
    assert degrees[Piece.SUPERVISION] is Degree.PARTIAL


def test_a_cage_that_cannot_be_built_says_why_and_leaves_no_process(tmp_path: Path) -> None:
    from dataclasses import replace

    before = children()
    for name in CAGES:
        require(name, "own")
        order = order_for(tmp_path, name, "/bin/true")
        lost = Mount(kind=Kind.BIND, target="/lost", source=str(tmp_path / "lost"))
        broken = replace(order, view=View(mounts=(*order.view.mounts, lost), program=order.view.program))
        with pytest.raises(SupervisorError, match="lost") as caught:
            launch(broken)
        assert caught.value.code == "supervisor.backend"
        assert children() <= before


def children() -> set[int]:
    """The children of this process, those included that have ended and that nobody has asked about."""
    tasks = Path("/proc/self/task").iterdir()
    return {int(word) for task in tasks for word in (task / "children").read_text(encoding="ascii").split()}


def test_without_a_named_backend_the_first_that_works_is_taken(tmp_path: Path) -> None:
    from dataclasses import replace

    require("namespaces", "own")
    launched = launch(replace(order_for(tmp_path, "plain", "/bin/true"), backend=None))
    end(launched)
    usable = [backend.name for backend in backends() if not backend.obstacle]
    assert launched.backend == usable[0]


def test_an_unknown_backend_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SupervisorError, match="there is no backend `jail`") as caught:
        launch(order_for(tmp_path, "jail", "/bin/true"))
    assert "`bubblewrap`" in caught.value.hint
