from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from remit.cli.main import app

Typed = Callable[..., Any]


def parameters() -> Iterator[tuple[str, Any]]:
    """Every option and argument of every verb, with the verb's name."""
    group: Any = typer.main.get_command(app)
    for name, command in group.commands.items():
        for parameter in command.params:
            yield name, parameter


def test_every_option_has_an_environment_variable_and_a_help_text() -> None:
    bare = [f"{verb} {parameter.name}" for verb, parameter in parameters() if not parameter.help]
    assert bare == []
    unset = {
        f"{verb} {parameter.name}"
        for verb, parameter in parameters()
        if parameter.name != "help" and not str(parameter.envvar or "").startswith("REMIT_")
    }
    lists = {
        "init mcp",
        "init claude",
        "init inspect",
        "init python",
        "init iam",
        "init env",
        "drill only",
        "proxy credential",
        "pins accept",
    }  # several values, no one variable
    assert unset - lists == {"explain charter_and_id"}


def test_every_verb_teaches_with_an_example() -> None:
    group: Any = typer.main.get_command(app)
    written = {"check", "explain", "diff", "init", "schema", "demo"}
    running = {"run", "runs", "hold", "resume", "correct", "beat", "stop", "doctor"}
    assert written | running <= set(group.commands)
    without = [name for name, command in group.commands.items() if "Example" not in command.help]
    assert without == ["demo"]  # it takes nothing and explains itself


def test_a_verb_made_alone_says_what_it_says_among_all_the_others(
    typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    group: Any = typer.main.get_command(app)
    different = []
    for verb in group.commands:
        group(args=[verb, "--help"], prog_name="remit", standalone_mode=False)
        if capsys.readouterr().out != typed(verb, "--help").out:
            different.append(verb)
    assert len(group.commands) > 20
    assert different == []


@pytest.mark.usefixtures("folder", "engine")
def test_an_option_can_come_from_the_environment(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REMIT_FAIL_ON", "never")
    monkeypatch.setenv("REMIT_NO_COLOR", "1")
    assert typed("check").code == 0


def test_the_version_is_printed(typed: Typed) -> None:
    answer = typed("--version")
    assert (answer.code, answer.out.split()[0]) == (0, "remit")


@pytest.mark.requirement("CHECK-09")
@pytest.mark.parametrize(
    "words", [("chek",), ("check", "--nope"), ("diff",), ("explain", "a", "b", "c"), ("check", "--goals", "x")]
)
def test_a_wrong_command_line_is_answered_without_a_traceback(typed: Typed, words: tuple[str, ...]) -> None:
    answer = typed(*words)
    assert answer.code == 2
    assert "Traceback" not in answer.err
    assert "Error: " in answer.err


@pytest.mark.requirement("CHECK-09")
@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("remit: 1\nagent: {name: x}\npurpse: {}\n", "bad.yaml:3:1", "`purpose`"),
        ("remit: 1\nremit: 2\n", "bad.yaml:2:1", "remit"),
        ("", "bad.yaml:1:1", "empty"),
        ("a: [1\n", "bad.yaml:", ""),
    ],
)
def test_a_broken_charter_is_answered_with_its_place_what_is_allowed_and_where_to_read_on(
    typed: Typed, folder: Path, text: str, place: str, says: str
) -> None:
    (folder / "bad.yaml").write_text(text, encoding="utf-8")
    answer = typed("check", "bad.yaml")
    assert answer.code == 3
    assert place in answer.err
    assert says in answer.err
    assert "hint: " in answer.err
    assert "more: remit explain REMIT-S" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.usefixtures("folder")
def test_an_error_is_json_where_json_was_asked_for(typed: Typed) -> None:
    answer = typed("check", "nowhere.yaml", "--json")
    assert answer.code == 3
    assert '"schema": "remit.error/1"' in answer.out
    assert '"code": "REMIT-S001"' in answer.out


@pytest.mark.requirement("CHECK-09")
@pytest.mark.usefixtures("folder", "engine")
def test_a_fault_of_remit_is_one_line_and_a_traceback_only_with_debug(
    typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(sys.modules["remit.incentives.assessment"], "assess", fail)
    plain = typed("check")
    assert plain.code == 4
    assert "ZeroDivisionError" in plain.err
    assert "Traceback" not in plain.err
    assert "Traceback" in typed("check", "--debug").err


@pytest.mark.usefixtures("folder", "engine")
def test_an_interruption_by_the_user_ends_as_shells_expect(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_arguments: object, **_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["remit.incentives.assessment"], "assess", interrupt)
    assert typed("check").code == 130


@pytest.mark.requirement("HOUSE-04")
def test_the_start_of_the_command_line_loads_nothing_heavy() -> None:
    code = (
        "import sys, remit.cli.main\n"
        "heavy = ('numpy', 'scipy', 'numba', 'mcp', 'pydantic', 'ruamel', 'rich', 'celpy', 'asyncio')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_shell_completion_offers_the_verbs() -> None:
    settings = {"_REMIT_COMPLETE": "complete_bash", "COMP_WORDS": "remit ch", "COMP_CWORD": "1"}
    done = subprocess.run(
        [str(Path(sys.executable).parent / "remit")], capture_output=True, text=True, env=settings, check=False
    )
    assert done.stdout.split() == ["check"]


@pytest.mark.parametrize("module", ["remit", "remit.cli"])
def test_the_package_is_the_command(module: str, typed: Typed) -> None:
    said = subprocess.run([sys.executable, "-m", module, "--version"], capture_output=True, text=True, check=True)
    assert said.stdout == typed("--version").out
