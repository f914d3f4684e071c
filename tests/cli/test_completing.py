"""What a shell offers: the names verbs take, without loading what computes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from remit.cli.completing import ORGANISMS, connectable, profiles

Offered = Callable[[str], list[str]]


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Offered:
    """What is offered for the last word of a line, as bash asks for it."""
    from remit.cli.main import main

    def ask(line: str) -> list[str]:
        monkeypatch.setenv("_REMIT_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
        with pytest.raises(SystemExit):
            main([])
        return capsys.readouterr().out.split()

    return ask


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("remit eval -b avoid-", ["avoid-shutdown"]),
        ("remit eval --behaviour self-preservation.a", ["self-preservation.avoid-shutdown"]),
        ("remit eval -e E6", ["E6"]),
        ("remit eval -o planner-t", ["planner-task"]),
        ("remit eval -o al", ["all"]),
        ("remit eval --variant a", ["all"]),
        ("remit eval --variant A,Q", ["A,Q"]),
        ("remit eval play sandbag", []),
        ("remit eval play capability-c", ["capability-concealment"]),
        ("remit eval play avoid-shutdown --variant Q", ["Q"]),
        ("remit eval play avoid-shutdown --template brea", ["breaker"]),
        ("remit eval play avoid-shutdown --environment E1 --template cra", []),
        ("remit eval play no-such-behaviour --template ", []),
        ("remit eval serve avoid-shutdown -o colluding", []),
        ("remit explain self-p", ["self-preservation"]),
        ("remit explain self-preservation.avoid", ["self-preservation.avoid-shutdown"]),
        ("remit explain avoid-sh", ["avoid-shutdown"]),
        ("remit explain metadata_s", ["metadata_service"]),
        ("remit explain REMIT-C011", ["REMIT-C011"]),
        ("remit drill --only sto", ["stop"]),
        ("remit drill --only stop/v", ["stop/valid"]),
        ("remit drill --only stop/h", []),
        ("remit init --template cod", ["coding-agent"]),
        ("remit case init --profile mul", ["multi-agent"]),
        ("remit check --fail-on e", ["error"]),
        ("remit run --require best", ["best-effort"]),
    ],
)
def test_names_are_offered_where_they_are_taken(offered: Offered, line: str, names: list[str]) -> None:
    assert offered(line) == names


def test_a_letter_that_was_given_is_not_offered_again(offered: Offered) -> None:
    found = offered("remit eval --variant A,B,")
    assert "A,B,C" in found
    assert not {"A,B,A", "A,B,B", "all"} & set(found)


def test_the_organisms_offered_are_those_there_are() -> None:
    from remit.evals.organisms import KINDS, organisms

    every = organisms(*KINDS)
    assert list(ORGANISMS) == [item.name for item in every]
    assert connectable("") == [item.name for item in every if item.principals == 1]


def test_a_charter_and_a_case_start_from_the_same_profiles() -> None:
    from remit.assurance.profiles import PROFILES

    assert tuple(profiles("")) == PROFILES


@pytest.mark.parametrize(
    "line", ["remit eval -o pl", "remit eval -b av", "remit explain REMIT-", "remit drill --only s"]
)
def test_a_press_of_a_key_loads_no_numbers(line: str) -> None:
    code = (
        "import sys, atexit\n"
        "from remit.cli.main import main\n"
        "atexit.register(lambda: print('numpy' in sys.modules, file=sys.stderr))\n"
        "main([])\n"
    )
    asked = {"_REMIT_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={**os.environ, **asked}
    )
    assert done.stdout.strip()
    assert done.stderr.strip() == "False"
