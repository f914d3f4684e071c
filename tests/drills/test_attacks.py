"""Attacks: the cage holds against every one, for every account; without a cage they succeed, so this can fail."""

import ast
import contextlib
import json
import os
import secrets
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.some_cases import some_of

from remit.drills.attacks.files import rewrite_charter
from remit.drills.attacks.interfaces import change_kernel_settings
from remit.drills.attacks.mail import nonsense
from remit.drills.attacks.processes import kill_everything
from remit.drills.attacks.starving import bomb_with_forks, eat_memory
from remit.drills.attacks.table import ATTACKS, Attack, attack_named
from remit.drills.attacks.target import LONGEST, Seen, Target
from remit.drills.outworks import Outworks
from remit.drills.siege import MAIN, NOBODY, PYTHON, SOURCE, Assault, play
from remit.ledger.store import Ledger
from remit.supervisor.cage.launching import backends

CAGES = ("bubblewrap", "namespaces")
ACCOUNTS = ("own", "nobody", "dropped")
COMBINATIONS = [(cage, account) for account in ACCOUNTS for cage in CAGES]
NAMES = [attack.name for attack in ATTACKS]
QUICK = (  # one or two for each thing that stands in the way; the slow tests play them all, everywhere
    "signal-outsiders trace-outsiders take-over-init kernel-settings leave-cgroup enter-namespaces hide-under-mount "
    "leave-key io-uring gain-by-exec leave-set-user-id rewrite-charter move-charter link-charter change-record "
    "reach-outside control-socket forge-resume late-socket abstract-sockets host-loopback smuggle-requests "
    "steal-credential forge-inbox swap-outbox outbox-links outbox-traps fill-disk memory-bomb vfork-sleep outlive-main"
).split()
TELLING = ("signal-outsiders", "rewrite-charter", "change-record", "control-socket", "host-loopback", "io-uring")


def need(backend: str, account: str) -> None:
    """Skip where this host cannot play it; the automatic check fails instead."""
    obstacle = next(found.obstacle for found in backends() if found.name == backend)
    if account != "own" and os.geteuid() != 0:
        pytest.skip("only root can start a process as another account")
    if account != "own" and not all(place.stat().st_mode & 1 for place in (SOURCE / "remit").resolve().parents):
        pytest.skip(f"another account cannot read {SOURCE}")
    if account != "own" and subprocess.run([PYTHON, "-c", "import datetime; datetime.UTC"], check=False).returncode:
        obstacle = f"{PYTHON} is missing or older than 3.11"
    if obstacle and os.environ.get("CI"):
        pytest.fail(f"the automatic check needs `{backend}`: {obstacle}")
    if obstacle:
        pytest.skip(f"`{backend}` cannot be used here: {obstacle}")


def besieged(name: str, backend: str, account: str) -> dict[str, object]:
    """Play one attack in a folder every account can reach."""
    base = Path("/var/tmp", f"remit-siege-{secrets.token_hex(6)}")  # noqa: S108 - its name cannot be guessed
    return play(name, backend, base, account=account)


def expect_held(name: str, backend: str, account: str) -> None:
    """Play one attack; it must be held."""
    need(backend, account)
    came = besieged(name, backend, account)
    for _ in range(2):  # a busy machine may keep a supervisor from answering; an attack that can does so every time
        broken = came.get("broken")
        if not broken or not all("the supervisor did not answer" in str(line) for line in broken):  # type: ignore[attr-defined]
            break
        came = besieged(name, backend, account)
    assert came.get("held") is True, json.dumps(came, indent=1)
    assert (came["broken"], came["claimed"], came["verdict"]) == ([], False, "dead")


@pytest.mark.requirement("ATTACK-01")
@pytest.mark.parametrize("name", some_of(QUICK, 10))
def test_the_cage_holds_against_the_attack(name: str) -> None:
    # Each attack meets another cage and account; `python -m bench.attacks` plays all of them in all.
    number = QUICK.index(name) % len(COMBINATIONS)
    backend, account = COMBINATIONS[number] if os.geteuid() == 0 else (CAGES[number % 2], "own")
    expect_held(name, backend, account)


@pytest.mark.requirement("ATTACK-01")
@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_cage_holds_against_every_attack(name: str) -> None:
    number = (NAMES.index(name) + 3) % len(COMBINATIONS)
    backend, account = COMBINATIONS[number] if os.geteuid() == 0 else (CAGES[number % 2], "own")
    expect_held(name, backend, account)


def expect_success(name: str, account: str) -> None:
    """Play one attack without a cage; it must succeed."""
    need("plain", account)
    came = besieged(name, "plain", account)
    assert came.get("succeeded") is True, json.dumps(came, indent=1)


@pytest.mark.requirement("ATTACK-02")
@pytest.mark.parametrize("name", some_of(TELLING, 2))
def test_without_a_cage_the_same_attack_succeeds(name: str) -> None:
    expect_success(name, "own")


@pytest.mark.slow
@pytest.mark.parametrize("account", ["own", "nobody"])
@pytest.mark.parametrize("name", [attack.name for attack in ATTACKS if attack.weak])
def test_without_a_cage_every_attack_that_harms_nothing_else_succeeds(name: str, account: str) -> None:
    if attack_named(name).weak == "root" and (account == "nobody" or os.geteuid() != 0):
        pytest.skip("without a cage this one needs root")
    expect_success(name, account)


def test_there_are_enough_attacks_and_each_says_what_it_tries_and_what_stands_against_it() -> None:
    assert len(set(NAMES)) == len(NAMES) >= 18
    assert [attack.name for attack in ATTACKS if not attack.tries.endswith(".") or not attack.fence] == []


def test_the_quick_ones_are_attacks_and_meet_every_cage_and_account() -> None:
    assert [name for name in QUICK if name not in NAMES] == []
    assert len(QUICK) >= 3 * len(COMBINATIONS)


def test_the_telling_twins_are_among_those_that_harm_nothing_else() -> None:
    assert [name for name in TELLING if attack_named(name).weak != "all"] == []


def targeted(tmp_path: Path, *, inside: bool = False, limited: bool = True) -> Target:
    """A target of nothing but a folder; ``inside``: other namespaces than those of the harness are around."""
    (tmp_path / "charter.yaml").write_text("remit: 1\n")
    own = {kind: str(Path("/proc/self/ns", kind).readlink()) for kind in ("pid", "mnt")}
    return Target(
        deadline=time.monotonic() + 5,
        namespaces=dict.fromkeys(own, "pid:[1]") if inside else own,
        canary=os.getpid(),
        supervisor=os.getpid(),
        folder=str(tmp_path),
        charter=str(tmp_path / "charter.yaml"),
        run=str(tmp_path),
        secret=str(tmp_path / "charter.yaml"),
        sockets=[],
        abstract="none",
        ports=[1, 2],
        inbox=str(tmp_path),
        outbox=str(tmp_path),
        limited=limited,
    )


DANGEROUS = (change_kernel_settings, kill_everything, bomb_with_forks, eat_memory)


@pytest.mark.parametrize("attack", DANGEROUS)
def test_what_could_harm_the_machine_is_not_tried_where_no_cage_stands(attack: object, tmp_path: Path) -> None:
    assert callable(attack)
    outcome = attack(targeted(tmp_path))
    assert outcome == Seen(succeeded=False, seen=outcome.seen)
    assert outcome.seen.startswith("not tried")


@pytest.mark.parametrize("attack", [bomb_with_forks, eat_memory])
def test_what_grows_is_not_tried_without_a_limit(attack: object, tmp_path: Path) -> None:
    assert callable(attack)
    assert attack(targeted(tmp_path, inside=True, limited=False)).seen.startswith("not tried")


@pytest.mark.parametrize(("inside", "fenced"), [(False, False), (True, True)])
def test_a_cage_is_known_by_its_namespaces(tmp_path: Path, *, inside: bool, fenced: bool) -> None:
    assert targeted(tmp_path, inside=inside).fenced is fenced


def test_namespaces_nobody_told_of_count_as_the_hosts(tmp_path: Path) -> None:
    target = targeted(tmp_path, inside=True)
    target.namespaces.clear()
    assert not target.fenced


def test_an_attack_that_works_says_so(tmp_path: Path) -> None:
    outcome = rewrite_charter(targeted(tmp_path))
    assert outcome.succeeded
    assert (tmp_path / "charter.yaml").read_text().count("mine")


def test_an_attacker_prints_one_line_and_ends_at_its_deadline(tmp_path: Path) -> None:
    target = targeted(tmp_path)
    document = {name: getattr(target, name) for name in Target.__slots__}
    command = [sys.executable, "-I", "-S", str(MAIN), "link-charter", str(tmp_path / "target.json")]

    def attacked(life: float) -> subprocess.CompletedProcess[str]:
        document["deadline"] = time.monotonic() + life
        (tmp_path / "target.json").write_text(json.dumps(document))
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    found = attacked(1.0)
    if not found.stdout:  # a busy machine may end it before it has said anything
        found = attacked(15.0)
    assert found.returncode == 0
    line = json.loads(found.stdout)
    assert line.keys() == {"attack", "tried", "succeeded", "seen"}
    assert (line["attack"], line["succeeded"]) == ("link-charter", True)
    assert json.loads((tmp_path / "target.json.said").read_text()) == line
    assert LONGEST <= 20


def test_the_acknowledgements_that_make_no_sense_are_what_they_say() -> None:
    pieces = list(nonsense())
    assert any(b"NaN" in piece for piece in pieces)
    assert max(len(piece) for piece in pieces) < 64 * 1024


def assault(**changes: object) -> Assault:
    """An attack that was held."""
    facts = {
        "attack": "x",
        "backend": "bubblewrap",
        "account": NOBODY,
        "claimed": False,
        "seen": "",
        "broken": (),
        "slowest": 0.0,
        "verdict": "dead",
        "took": 0.0,
    }
    return Assault(**{**facts, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change", [{"claimed": True}, {"broken": ("the charter was changed",)}, {"verdict": "unknown"}]
)
def test_one_thing_amiss_and_an_attack_is_not_held(change: dict[str, object]) -> None:
    assert assault().held
    assert not assault(**change).held


class Folder:
    """The folder of a run, as far as a siege looks at it."""

    def __init__(self, path: Path) -> None:
        """Make it."""
        self.end: dict[str, object] = {}
        self.record, self.key, self.control = path / "ledger.db", path / "overseer.key", path / "control"
        for name in ("inbox", "outbox"):
            (self.control / name).mkdir(parents=True)
        with Ledger.open(self.record) as ledger:
            ledger.record("message", {"about": "nothing"})
        self.key.write_text("abc\n")

    def read_state(self) -> dict[str, object]:
        """The daemon is this very process until somebody says otherwise."""
        return {"daemon": os.getpid(), "phase": "running", **self.end}


class Besieged:
    """A run, as far as a siege looks at it."""

    def __init__(self, path: Path) -> None:
        """Make its folder."""
        self.folder = Folder(path)


PLANTED: dict[str, Callable[[Outworks, Besieged], object]] = {
    "the charter was changed": lambda works, _run: works.charter.write_text("other"),
    "the file outside was changed": lambda works, _run: works.secret.write_text("other"),
    "something was made outside": lambda works, _run: (works.secret.parent / "new").touch(),
    "the record or the key was changed": lambda _works, run: changed(run, "DELETE FROM entries"),
    "the record is not in order": lambda _works, run: changed(
        run, "UPDATE entries SET body = replace(body, 'nothing', 'somethng')"
    ),
    "a secret was read out into the record": lambda works, run: told(run, works.secret_text),
    "the process outside was stopped or killed": lambda works, _run: end(works.canary),
    "the inbox holds a forged `9.json`": lambda _works, run: (run.folder.control / "inbox/9.json").write_text("{}"),
}


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process of this test and take it off the table."""
    process.kill()
    process.wait(timeout=60)


def changed(run: Besieged, statement: str) -> None:
    """Change a ledger behind its back."""
    with contextlib.closing(sqlite3.connect(run.folder.record)) as connection, connection:
        connection.execute(statement)


def told(run: Besieged, text: str) -> None:
    """Tell a ledger something."""
    with Ledger.open(run.folder.record) as ledger:
        ledger.record("message", {"about": text})


@pytest.mark.parametrize("fault", PLANTED)
def test_what_is_broken_outside_is_seen_whatever_the_attacker_says(fault: str, tmp_path: Path) -> None:
    with Outworks.built(tmp_path / "siege") as works:
        run = Besieged(tmp_path / "run")
        record = works.note_record(run.folder)  # type: ignore[arg-type]
        assert works.broken(run, record) == []  # type: ignore[arg-type]
        PLANTED[fault](works, run)
        assert fault in works.broken(run, record)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("end", "found"),
    [({"phase": "ended", "how": "exited"}, []), ({"phase": "ended", "by": "its watcher"}, ["the supervisor is dead"])],
)
def test_a_supervisor_is_gone_when_its_run_has_ended_and_missed_when_somebody_else_says_so(
    tmp_path: Path, end: dict[str, object], found: list[str]
) -> None:
    with Outworks.built(tmp_path / "siege") as works, subprocess.Popen(["true"]) as supervisor:
        run = Besieged(tmp_path / "run")
        supervisor.wait()
        record = replace(works.note_record(run.folder), daemon=supervisor.pid)  # type: ignore[arg-type]
        run.folder.end = end
        assert works.broken(run, record) == found  # type: ignore[arg-type]


@pytest.mark.parametrize("stolen", [False, True])
def test_a_record_may_be_closed_while_it_is_looked_at_and_hides_nothing_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, stolen: bool
) -> None:
    with Outworks.built(tmp_path / "siege") as works:
        run = Besieged(tmp_path / "run")
        record = works.note_record(run.folder)  # type: ignore[arg-type]
        supervisor = Ledger.open(run.folder.record)
        supervisor.record("message", {"about": works.secret_text if stolen else "nothing"})
        assert len(list(run.folder.record.parent.glob("ledger.db?*"))) > 1, "a log lies beside it"
        read = Path.read_bytes

        def read_late(path: Path) -> bytes:
            if path.name.startswith("ledger.db"):
                supervisor.close()
            return read(path)

        monkeypatch.setattr(Path, "read_bytes", read_late)
        found = works.broken(run, record)  # type: ignore[arg-type]
    assert found == (["a secret was read out into the record"] if stolen else [])


def test_somebody_who_knocks_at_a_service_is_seen(tmp_path: Path) -> None:
    with Outworks.built(tmp_path / "siege") as works:
        run = Besieged(tmp_path / "run")
        record = works.note_record(run.folder)  # type: ignore[arg-type]
        code = f"import socket; socket.create_connection(('127.0.0.1', {works.ports[1]})).recv(1)"
        subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
        assert "somebody reached the service `forbidden`" in works.broken(run, record)  # type: ignore[arg-type]


def test_an_attack_needs_nothing_but_the_standard_library() -> None:
    allowed = set(sys.stdlib_module_names) | {"remit"}
    for path in sorted(MAIN.parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= allowed, path
            assert not [name for name in names if name.startswith("remit") and ".attacks" not in name], path


def test_every_attack_has_a_sentence_on_the_page() -> None:
    page = (SOURCE.parent / "docs/explain/attacks.md").read_text(encoding="utf-8")
    missing = [attack.name for attack in ATTACKS if not is_told(attack, page)]
    assert missing == []


def is_told(attack: Attack, page: str) -> bool:
    """Whether the page names an attack with what it tries and what stands against it."""
    return all(text in page for text in (f"`{attack.name}`", attack.tries, attack.fence))
