"""``remit doctor``: green only what a probe just showed, and for everything else what to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from remit.cli.runs.doctor import best_of_pieces, missing_probes
from remit.confinement import Degree, Piece
from remit.supervisor import probes as home
from remit.supervisor.probes import Probe

Typed = Callable[..., Any]


def probe(name: str, piece: Piece | None, degree: Degree, advice: str = "") -> Probe:
    """What became of a trial."""
    return Probe(name=name, piece=piece, degree=degree, proof=f"{name} was tried", advice=advice, took=0.02)


WHOLE = (
    probe("cgroup freeze", Piece.HOLD, Degree.FULL),
    probe("cgroup memory", Piece.MEMORY, Degree.FULL),
    probe("memory limit of a process", Piece.MEMORY, Degree.PARTIAL, "to limit it as a whole: run as root"),
)
BARE = (
    probe("cgroup freeze", Piece.HOLD, Degree.NONE, "run as root"),
    probe("cgroup memory", Piece.MEMORY, Degree.NONE, "run as root"),
    probe("memory limit of a process", Piece.MEMORY, Degree.PARTIAL, "run as root"),
    probe("bubblewrap", None, Degree.NONE, "sudo apt-get install bubblewrap"),
    probe("clock", None, Degree.FULL),
)


def seen(monkeypatch: pytest.MonkeyPatch, found: Sequence[Probe]) -> None:
    """Let the host be one on which this was seen."""

    def probe_all(progress: Callable[[int, int, str], None] | None = None) -> tuple[Probe, ...]:
        for number, one in enumerate(found, start=1):
            if progress is not None:
                progress(number, len(found), one.name)
        return tuple(found)

    monkeypatch.setattr(home, "probe_all", probe_all)


def test_a_second_best_is_missing_only_where_the_best_is() -> None:
    assert missing_probes(WHOLE) == ()
    assert missing_probes(BARE) == BARE[:4]
    assert missing_probes([probe("clock", None, Degree.PARTIAL)]) != ()
    assert best_of_pieces(BARE) == {Piece.HOLD: Degree.NONE, Piece.MEMORY: Degree.PARTIAL}


@pytest.mark.requirement("CAGE-01")
def test_all_is_well_only_when_everything_was_seen_to_work(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    seen(monkeypatch, WHOLE)
    answer = typed("doctor")
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0] == "READY  everything a charter can ask for was just seen to work (3 probes, 60 ms)"
    assert "  full     cgroup freeze              cgroup freeze was tried" in lines
    assert "  partial  memory limit of a process  memory limit of a process was tried" in lines
    assert "WHAT TO DO" not in answer.out


@pytest.mark.requirement("CAGE-01")
def test_what_is_missing_comes_first_with_what_to_do_about_it(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    seen(monkeypatch, BARE)
    answer = typed("doctor")
    assert answer.code == 10
    lines = answer.out.splitlines()
    assert lines[0] == "MISSING  4 of 5 probes did not give everything (100 ms)"
    at = lines.index("WHAT TO DO")
    assert lines[at + 1 : at + 5] == [
        "  1  run as root",
        "     mends: cgroup freeze, cgroup memory, memory limit of a process",
        "  2  sudo apt-get install bubblewrap",
        "     mends: bubblewrap",
    ]
    assert "  none     bubblewrap                 bubblewrap was tried" in lines


def test_quiet_leaves_only_the_exit_code(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    seen(monkeypatch, BARE)
    answer = typed("doctor", "--quiet")
    assert (answer.code, answer.out, answer.err) == (10, "", "")


@pytest.mark.parametrize(("found", "ready", "code"), [(WHOLE, True, 0), (BARE, False, 10)])
def test_what_was_seen_as_data(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, found: Sequence[Probe], *, ready: bool, code: int
) -> None:
    seen(monkeypatch, found)
    answer = typed("doctor", "--json")
    document = json.loads(answer.out)
    assert answer.code == code
    assert (document["schema"], document["version"], document["ready"]) == ("remit.doctor/1", 1, ready)
    assert [one["name"] for one in document["probes"]] == [one.name for one in found]
    assert document["missing"] == [one.name for one in missing_probes(found)]
    assert document["pieces"]["hold"] == ("full" if ready else "none")
