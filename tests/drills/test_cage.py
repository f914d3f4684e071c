from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.drills.real import demand_a_cage

from remit.confinement import Confinement
from remit.drills import cage, cage_stop
from remit.drills.cage import PROBE, Cage, drill_cage
from remit.drills.observer import Beat, Observation, Seen
from remit.drills.report import CageResult
from remit.drills.surroundings import CANARY, Surroundings, surroundings
from remit.errors import NotEnforcedError
from remit.supervisor.report import Rung, StopReport, Verdict
from remit.supervisor.running import supervise

CLEAN: dict[str, list[object]] = {
    name: []
    for name in ("environment", "canary", "descriptors", "groups", "sockets", "network", "charter", "inbox", "readable")
} | {"processes": [1, 2]}
FAULTS = {
    "canary": "environment not leaked",
    "descriptors": "no inherited descriptor",
    "groups": "no cgroup in view",
    "sockets": "no socket of the outside",
    "network": "no network but the proxy",
    "inbox": "instructions cannot be forged",
    "readable": "nothing outside can be read",
}
ELSEWHERE = 4026539999


def failed(found: dict[str, list[object]], around: Surroundings, namespace: object = ELSEWHERE) -> list[str]:
    return [item.name for item in cage._judged(found, around, namespace) if item.held is False]


def test_a_probe_that_reaches_nothing_leaves_every_check_held() -> None:
    with surroundings() as around:
        assert failed(CLEAN, around) == []


@pytest.mark.parametrize(("key", "name"), FAULTS.items())
def test_each_thing_a_probe_reaches_is_a_finding_of_its_own(key: str, name: str) -> None:
    with surroundings() as around:
        assert failed({**CLEAN, key: ["something"]}, around) == [name]


def test_a_charter_that_was_changed_is_found_by_looking_not_by_asking() -> None:
    with surroundings() as around:
        around.charter.write_text("changed", encoding="utf-8")
        assert failed(CLEAN, around) == ["the charter cannot be changed"]
        around.charter.unlink()
        assert failed(CLEAN, around) == ["the charter cannot be changed"]


def test_a_shared_process_namespace_and_a_killed_process_are_found() -> None:
    name = ["processes outside are out of reach"]
    with surroundings() as around:
        assert failed(CLEAN, around, Path("/proc/self/ns/pid").stat().st_ino) == name
        assert failed(CLEAN, around, None) == name
        assert failed({**CLEAN, "processes": [1, around.victim.pid]}, around) == name
        around.victim.kill()
        around.victim.wait(60)
        assert failed(CLEAN, around) == name


def test_the_probe_outside_of_any_cage_reaches_everything_it_was_pointed_at(tmp_path: Path) -> None:
    with surroundings() as around:
        inbox = tmp_path / "inbox"
        inbox.mkdir()
        leaked = os.open(tmp_path / "leak", os.O_CREAT | os.O_RDWR)
        os.set_inheritable(leaked, True)  # noqa: FBT003 - its only parameter
        plan = json.loads(around.script.read_text(encoding="utf-8"))
        around.script.write_text(json.dumps({**plan, "victim": around.victim.pid}), encoding="utf-8")
        subprocess.run(
            [sys.executable, "-I", "-S", str(PROBE), str(around.script), str(around.result)],
            env={CANARY: around.canary, "REMIT_INBOX": str(inbox)},
            pass_fds=(leaked,),
            timeout=60,
            check=True,
        )
        os.close(leaked)
        around.victim.wait(60)
        found = around.findings()
        assert found is not None
        reached = set(failed(found, around, Path("/proc/self/ns/pid").stat().st_ino))
    assert reached >= {*FAULTS.values(), "the charter cannot be changed", "processes outside are out of reach"} - {
        "no cgroup in view"  # a host may have none
    }


def receipt(verdict: Verdict, proof: tuple[str, ...] = ("seen",)) -> StopReport:
    return StopReport(run="r", verdict=verdict, rung=Rung.KILL, took=0.01, proof=proof)


def seen(*, late: bool = False, living: bool = False, last: float = 1.0) -> Observation:
    beats = (Beat(at=5, process=1, word="beat"),) if late else ()
    processes = (Seen(process=1, started=1, command="x", mark="maps"),) if living else ()
    return Observation(late=beats, living=processes, last=int(last * 1e9))


def judged(report: StopReport, observation: Observation) -> tuple[object, str]:
    found = cage_stop._receipt("deaf", report, observation, None, asked=1.0)
    return found.held, found.found


def test_a_receipt_is_believed_only_when_nobody_is_seen_and_a_proof_is_given() -> None:
    assert judged(receipt(Verdict.DEAD), seen())[0] is True
    assert judged(receipt(Verdict.SURVIVORS), seen())[0] is False
    assert judged(receipt(Verdict.UNKNOWN), seen())[0] is False
    assert judged(receipt(Verdict.DEAD, proof=()), seen())[0] is False
    assert judged(receipt(Verdict.DEAD), seen(last=1.9))[0] is False


@pytest.mark.parametrize("observation", [seen(late=True), seen(living=True)])
def test_a_receipt_that_says_dead_while_something_lives_is_called_false(observation: Observation) -> None:
    held, found = judged(receipt(Verdict.DEAD), observation)
    assert held is False
    assert found.startswith("FALSE RECEIPT")


@pytest.mark.parametrize(
    ("changes", "held"),
    [
        (["cgroup.kill"], True),
        (["cgroup.kill", "cgroup.freeze"], True),
        (["cgroup.freeze", "cgroup.kill"], False),
        (["cgroup.freeze"], False),
        ([], False),
    ],
)
def test_a_kill_that_comes_after_a_freeze_or_not_at_all_is_found(changes: list[str], held: object) -> None:
    assert cage_stop._order(changes, known=True).held is held
    assert cage_stop._order(changes, known=False).held is None


def test_a_cage_that_cannot_be_built_is_not_tried_and_never_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NotEnforcedError("this host does not enforce it")

    monkeypatch.setattr(cage, "supervise", refuse)
    results = drill_cage(Cage(confinement=Confinement(folder=str(tmp_path))), lambda _: None)
    assert results
    assert {item.held for item in results} == {None}


def played(monkeypatch: pytest.MonkeyPatch, *, over: bool, part: str, tries: list[list[CageResult]]) -> None:
    """Let an evader show these results, try after try."""

    @contextmanager
    def evading(*_: object) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(over=over)

    monkeypatch.setattr(cage_stop, "evading", evading)
    monkeypatch.setattr(cage_stop, part, lambda *_, **__: iter(tries.pop(0)))


def test_what_an_evader_that_ended_by_itself_did_not_show_is_tried_again_and_then_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = CageResult(name="a hold holds", held=True)
    gone = CageResult(name="a resume resumes", held=False, found="0 beats")
    false = CageResult(name="stop: x", held=False, found="FALSE RECEIPT: it lives")
    tries = [[right, gone] for _ in range(3)]
    played(monkeypatch, over=True, part="_held_and_stopped", tries=tries)
    assert [item.held for item in cage_stop.hold_and_stop(supervise)] == [True, None]
    assert tries == []
    played(monkeypatch, over=True, part="_held_and_stopped", tries=[[right, gone, false], [right, right, right]])
    assert [item.held for item in cage_stop.hold_and_stop(supervise)] == [True, None, False]  # no later try hides it
    played(monkeypatch, over=False, part="_held_and_stopped", tries=[[gone]])
    assert list(cage_stop.hold_and_stop(supervise)) == [gone]


def test_a_stop_that_was_late_once_is_tried_again_and_one_that_failed_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    late = CageResult(name="stop: x", held=False, found="last beat 300.0 ms after the request")
    failed = CageResult(name="stop: x", held=False, found="it says dead without a proof")
    right = CageResult(name="stop: x", held=True, found="last beat 3.0 ms after the request")
    monkeypatch.setattr(cage_stop, "PATTERNS", ("one", "two", "three"))
    played(monkeypatch, over=False, part="_stop", tries=[[late], [right], [failed], [late], [late], [late]])
    told = list(cage_stop.stop_evaders(supervise))
    assert [item.held for item in told] == [True, False, False]
    assert told[0].found == f"{right.found}; in a try before it: {late.found}"
    assert told[1] == failed
    assert told[2].found.count(late.found) == 3


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["bubblewrap", "namespaces"])
def test_every_check_of_the_cage_holds_here(tmp_path: Path, backend: str) -> None:
    demand_a_cage()
    environ = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    tried = Cage(
        confinement=Confinement(folder=str(tmp_path), hosts=("example.org",)), backend=backend, environ=environ
    )
    told: list[str] = []
    results = drill_cage(tried, told.append)
    assert [f"{item.name}: {item.found}" for item in results if item.held is not True] == []
    assert len(results) >= 25
    assert len(told) == 5
