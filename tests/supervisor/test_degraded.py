"""Agents on hosts that lack something, made for real: refused, or run with exactly what is missing said."""

from typing import Any

import pytest
from tests.some_cases import some_of
from tests.supervisor.cages import NOBODY
from tests.supervisor.degraded import (
    ACCOUNTS,
    ASKED,
    BEGIN,
    CAGELESS,
    END,
    HOSTS,
    PAGE,
    REQUESTED,
    VENV,
    Host,
    needs_degrading,
    on_host,
    still_there,
    table,
)
from tests.supervisor.scene import eventually

from remit.confinement import Degree, Piece

NAMED = [
    pytest.param(host, id=" and ".join(host.steps), marks=[] if host.often else [pytest.mark.slow]) for host in HOSTS
]
RARE = [pytest.param(host, id=" and ".join(host.steps)) for host in HOSTS]


def check_missing(host: Host, user: int, missing: dict[Piece, tuple[str, str]]) -> None:
    """The pieces that are missing are exactly those of the table, to the same degree and for its reason."""
    expected = host.missing(user)
    assert {piece: degree for piece, (degree, _) in missing.items()} == {p: d for p, (d, _) in expected.items()}
    for piece, (_, part) in expected.items():
        assert part in missing[piece][1], f"{piece}: {missing[piece][1]}"
    for part in host.why:
        assert all(part in missing[piece][1] for piece in CAGELESS)


def check_refused(host: Host, user: int, said: dict[str, Any]) -> None:
    """The run was refused for what is missing, piece by piece, and nothing of the command was executed."""
    refused = said["refused"]
    assert refused is not None
    assert (refused["kind"], refused["code"]) == ("NotEnforcedError", "supervisor.not-enforced")
    for piece, (degree, part) in host.missing(user).items():
        assert f"{piece}: {degree} (" in refused["message"]
        assert part in refused["message"]
    for piece in set(REQUESTED) - set(host.missing(user)):
        assert f" {piece}: " not in refused["message"]
    assert "remit doctor" in refused["hint"]
    assert "--require best-effort" in refused["hint"]
    assert said["canary"] is False
    assert said["runs"] == []


def check_run(host: Host, user: int, said: dict[str, Any]) -> None:
    """The run was started, really ran, said what is missing, was listed, and came to an end that was told truthfully."""
    assert said["refused"] is None, said["refused"]
    assert said["backend"] == host.cage
    assert said["ran"] is True, said["errors"]
    enforced = {Piece(piece): tuple(outcome) for piece, outcome in said["enforced"].items()}
    assert set(enforced) >= set(REQUESTED)
    check_missing(host, user, {p: o for p, o in enforced.items() if o[0] != Degree.FULL and p in REQUESTED})
    assert said["phase"] == "running"
    assert said["living"] == [said["run"]]
    check_hold(host, user, said["hold"])
    check_end(host, user, said)


def check_hold(host: Host, user: int, hold: dict[str, Any]) -> None:
    """What stands still is called held; what does not is not, and the reason is the one that was given before."""
    degree, part = host.missing(user).get(Piece.HOLD, (Degree.FULL, ""))
    assert hold["held"] is (degree is not Degree.NONE)
    assert hold["beat"] is not hold["held"]
    assert part in hold["reason"]
    assert bool(hold["reason"]) is (degree is not Degree.FULL)


def check_end(host: Host, user: int, said: dict[str, Any]) -> None:
    """Nobody is left, and the receipt claims a proof only where there is one."""
    report = said["stop"]
    assert report["verdict"] == ("dead" if host.sealed(user) else "unknown")
    assert report["dead"] is host.sealed(user)
    assert ("was not sealed" in " ".join(report["proof"])) is not host.sealed(user)
    assert said["beat"] is False
    assert said["ended"] is True
    eventually(lambda: still_there(said["named"]) == [])


def check_doctor(host: Host, said: dict[str, Any]) -> None:
    """The doctor misses it too, and says what to do about it."""
    for name, part in host.advice:
        _, degree, proof, advice = said["doctor"][name]
        assert degree != Degree.FULL, f"{name}: {proof}"
        assert part.lower() in advice.lower(), f"{name}: {advice}"


@pytest.mark.requirement("HOST-01")
@pytest.mark.parametrize("user", some_of(ACCOUNTS, 1))
@pytest.mark.parametrize("host", NAMED)
def test_on_a_poorer_host_a_run_is_refused_or_says_exactly_what_is_missing(host: Host, user: int) -> None:
    needs_degrading(host)
    said = on_host(host.steps, user, probes=[name for name, _ in host.advice])
    if host.missing(user):
        check_refused(host, user, said["full"])
    else:
        check_run(host, user, said["full"])
    check_run(host, user, said["best-effort"])
    check_doctor(host, said)
    assert said["left"] == {"processes": [], "cgroups": []}


def asked_about(host: Host) -> tuple[dict[str, Any], list[str]]:
    """What a run and the doctor of a host say, and why trials could not be made where the machine was too busy."""
    said = on_host(host.steps, 0, probes=[], doctor=VENV, tries=["best-effort"])
    proofs = [one["proof"] for one in said["command"]["said"]["probes"]]
    return said, [proof for proof in proofs if "too busy" in proof or "did not finish" in proof]


def cage_works(said: dict[str, Any]) -> bool:
    """Whether the doctor found a cage that works."""
    probes = said["command"]["said"]["probes"]
    return any(one["degree"] == Degree.FULL for one in probes if "bubblewrap" in one["name"])


@pytest.mark.requirement("HOST-02")
@pytest.mark.slow
@pytest.mark.parametrize("host", RARE)
def test_the_doctor_of_a_poorer_host_says_what_its_runs_say(host: Host) -> None:
    needs_degrading(host)
    works = host.cage != "plain" and host.filters
    said, busy = asked_about(host)
    for _ in range(4):
        if not busy and cage_works(said) is works:
            break
        said, busy = asked_about(host)  # on a busy machine a trial may come too late, which is none and never more
    doctor = said["command"]["said"]
    if busy:
        pytest.skip(busy[0])
    assert cage_works(said) is works
    assert said["command"]["code"] == (10 if doctor["missing"] else 0)
    assert doctor["ready"] is not bool(doctor["missing"])
    if host.advice:
        assert {name for name, _ in host.advice} <= set(doctor["missing"])
    for piece, (degree, _) in said["best-effort"]["enforced"].items():
        if degree != Degree.FULL and host.cage != "plain":
            serving = {one["name"] for one in doctor["probes"] if one["piece"] == piece}
            assert serving & set(doctor["missing"]), f"the doctor promises {piece}"
    assert all(one["advice"] for one in doctor["probes"] if one["name"] in doctor["missing"])


@pytest.mark.parametrize("user", ACCOUNTS)
def test_a_state_folder_that_cannot_be_written_starts_nothing(user: int) -> None:
    needs_degrading()
    said = on_host(("read-only state",), user, probes=["state folder"])
    for require in ("full", "best-effort"):
        refused = said[require]["refused"]
        assert refused["code"] == "supervisor.state"
        assert "Read-only file system" in refused["message"]
        assert "XDG_STATE_HOME" in refused["hint"]
        assert said[require]["canary"] is False
        assert said[require]["runs"] == []
    _, degree, _, advice = said["doctor"]["state folder"]
    assert degree == Degree.NONE
    assert "XDG_STATE_HOME" in advice
    assert said["left"] == {"processes": [], "cgroups": []}


def test_hosts_cannot_be_kept_to_without_a_network_namespace_and_nothing_is_run_that_was_to_keep_to_them() -> None:
    needs_degrading()
    secret = {"name": "key", "source": "env:TOKEN_OUTSIDE", "host": "example.org"}
    asked = {**ASKED, "hosts": ["example.org"], "secrets": [secret]}
    said = on_host(("no net namespaces",), NOBODY, confinement=asked)
    full, best = said["full"]["refused"], said["best-effort"]["refused"]
    assert full["kind"] == "NotEnforcedError"
    for piece in (Piece.PROCESSES, Piece.NETWORK, Piece.CREDENTIALS, Piece.HOLD):
        assert f"{piece}: none (" in full["message"]
    assert best["code"] == "supervisor.egress"
    assert "remit doctor" in best["hint"]
    assert said["full"]["canary"] is said["best-effort"]["canary"] is False
    assert said["left"] == {"processes": [], "cgroups": []}


def test_the_threat_model_shows_the_table_these_hosts_are_held_to() -> None:
    shown = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].strip()
    assert shown == table(), "python -m tests.supervisor.degraded writes it anew"
