"""The drill of the cage finds every fault that is sown into a copy of the supervisor, and none in the copy itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.drills.faults import BOTH, FAULTS, fault_named
from tests.drills.sowing import SOURCE, Edit, Fault, Found, changed, drilled, judged, net, sown
from tests.supervisor.scene import can_freeze, obstacle_of

PROBE = """
import json
from remit.confinement import Confinement
from remit.drills import cage

tried = cage.Cage(confinement=Confinement(folder=CHARTER_FOLDER), backend=BACKEND)
found = [{"check": item.name, "held": item.held, "found": item.found} for item in cage._probe(tried)]
failed = any(item["held"] is not True for item in found)
print(json.dumps({"cage": found, "verdict": "fail" if failed else "pass"}))
raise SystemExit(int(failed))
"""
NAMED = (
    "no-die-with-parent killpg-only writable-cgroup reachable-launcher freeze-before-kill host-process-numbers "
    "inherited-descriptors leaked-environment receipt-without-proof sigstop-for-a-hold resume-without-a-key "
    "writable-charter"
).split()


def demand(cage: str) -> None:
    """Skip where a cage cannot be built, and fail the automatic check."""
    reason = obstacle_of(cage) or ("" if can_freeze() else "no cgroup of version 2 can be made here")
    if reason and os.environ.get("CI"):
        pytest.fail(f"the automatic check needs `{cage}`: {reason}")
    if reason:
        pytest.skip(f"`{cage}` cannot be used here: {reason}")


def probed(edits: tuple[Edit, ...], cage: str, folder: Path) -> Found:
    """Only the first part of the cage drill: what an agent can reach."""
    with sown(edits) as copy:
        program = PROBE.replace("CHARTER_FOLDER", repr(str(folder))).replace("BACKEND", repr(cage))
        return drilled(copy, cage, ("-c", program))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_fault_is_about_code_that_still_stands_there_and_changes_it(fault: Fault) -> None:
    texts = changed(fault.edits)
    assert texts.keys() == {edit.file for edit in fault.edits}
    assert all((SOURCE / "remit" / "supervisor" / file).read_text() != text for file, text in texts.items())
    assert set(fault.cages) <= set(BOTH)


def test_a_fault_whose_text_is_gone_is_an_error_and_not_a_pass() -> None:
    with (
        pytest.raises(LookupError, match=r"ladder\.py holds 0 times"),
        sown((Edit(file="ladder.py", old="π", new=""),)),
    ):
        pass


def test_the_faults_that_were_asked_for_are_all_there_and_no_name_stands_for_two() -> None:
    names = [fault.name for fault in FAULTS]
    assert set(NAMED) <= set(names)
    assert len(names) == len(set(names))
    assert len(names) >= 14


def test_a_drill_that_finds_something_else_or_knows_nothing_has_not_found_the_fault() -> None:
    fault = fault_named("resume-without-a-key")
    right = {fault.finding: "accepted without a key: resume"}

    def found(failed: dict[str, str], unknown: dict[str, str], *, code: int = 1, verdict: str = "fail") -> list[str]:
        return judged(fault, Found(code=code, verdict=verdict, failed=failed, unknown=unknown, checks=27))

    assert found(right, {}) == []
    assert found({}, {}, code=0, verdict="pass")
    assert found({fault.finding: "for another reason"}, {})
    assert found({**right, "no network but the proxy": "connected"}, {})
    assert found(right, {"a hold holds": "no cgroup"})
    assert found(right, {}, code=10, verdict="inconclusive")


def test_nothing_lives_on_in_the_net_of_a_drill() -> None:
    demand("bubblewrap")
    command = ["/bin/sh", "-c", 'echo 0 > "$1" && echo in && exec sleep 120', "sh"]
    with (
        net() as group,
        subprocess.Popen([*command, str(group.inner / "cgroup.procs")], stdout=subprocess.PIPE, text=True) as sleeper,
    ):
        assert sleeper.stdout is not None
        assert sleeper.stdout.readline() == "in\n"
        group.kill()
        assert sleeper.wait(60) == -signal.SIGKILL
    assert not group.path.exists()


@pytest.mark.parametrize(("name", "cage"), [("leaked-environment", "bubblewrap"), ("writable-charter", "namespaces")])
def test_what_an_agent_can_reach_through_a_fault_is_found(name: str, cage: str, tmp_path: Path) -> None:
    demand(cage)
    fault = fault_named(name)
    assert judged(fault, probed(fault.edits, cage, tmp_path)) == []


def test_what_an_agent_can_reach_without_a_fault_is_nothing(tmp_path: Path) -> None:
    demand("bubblewrap")
    found = probed((), "bubblewrap", tmp_path)
    assert (found.code, found.verdict, found.failed, found.unknown) == (0, "pass", {}, {})
    assert found.checks >= 9


@pytest.mark.requirement("DRILL-05")
@pytest.mark.slow
@pytest.mark.parametrize("cage", BOTH)
def test_the_drill_finds_no_fault_in_the_supervisor_as_it_is(cage: str) -> None:
    demand(cage)
    with sown(()) as copy:
        found = drilled(copy, cage)
    assert (found.code, found.verdict, found.failed, found.unknown) == (0, "pass", {}, {})


@pytest.mark.requirement("DRILL-05")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "cage"),
    [pytest.param(fault, fault.cages[0], id=f"{fault.name}-{fault.cages[0]}") for fault in FAULTS],
)  # `python -m bench.faults` sows each in every cage it is about
def test_the_drill_finds_the_fault(fault: Fault, cage: str) -> None:
    demand(cage)
    if fault.name == "shared-temporary-folder" and Path(sys.prefix).is_relative_to("/tmp"):  # noqa: S108 - a place
        pytest.skip("this interpreter lies in the folder that the fault shares, so nothing starts")
    with sown(fault.edits) as copy:
        found = drilled(copy, cage)
    assert judged(fault, found) == []
