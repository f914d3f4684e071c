"""What becomes of a verb whose reader left, whose disk is full, or that was started with its output closed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from remit.cli.exits import ExitCode
from remit.cli.main import _command, app, main

PRINTS = [
    ["schema"],
    ["--help"],
    ["--version"],
    ["eval", "--json"],
    ["eval", "organisms"],
    ["eval", "-b", "avoid-shutdown", "-e", "E1", "-o", "inert", "-n", "4", "--json"],
    ["eval", "reliability"],
    ["monitor", "score", "t.jsonl"],
    ["monitor", "score", "t.jsonl", "--json", "--at-least", "0.0"],
    ["monitor", "score", "none.jsonl", "--help"],
    ["check", "none.yaml", "--json"],
    ["explain", "none.yaml", "--json"],
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    step = {"role": "assistant", "tool": "bash", "args": {"command": "ls"}, "result": ""}
    (tmp_path / "t.jsonl").write_text(json.dumps({"id": "one", "steps": [step]}) + "\n")
    return tmp_path


@pytest.mark.parametrize("words", PRINTS, ids=" ".join)
def test_a_verb_nobody_reads_on_ends_quietly_and_answers_nothing(words: list[str], folder: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "remit.cli", *words], stdout=writing, stderr=subprocess.PIPE, cwd=folder, check=False
        )
    finally:
        os.close(writing)
    assert done.returncode == ExitCode.UNREAD
    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr
    assert words[0] in ("check", "explain") or done.stderr == b""  # those two say why they could not go on


def test_a_reader_that_leaves_in_the_middle_ends_a_verb_as_well(folder: Path) -> None:
    line = (folder / "t.jsonl").read_text()
    (folder / "many.jsonl").write_text(line * 2000)
    command = f'"{sys.executable}" -m remit.cli monitor score many.jsonl --json; echo "$?" >&2'
    done = subprocess.run(
        ["sh", "-c", f"({command}) | head -1"], capture_output=True, text=True, cwd=folder, check=False
    )
    assert json.loads(done.stdout)["id"] == "one"
    assert done.stderr == "141\n"


@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_verb_whose_output_was_closed_still_answers(closed: str, folder: Path) -> None:
    for file, code in [("t.jsonl", 0), ("none.jsonl", 3)]:
        command = f'"{sys.executable}" -m remit.cli monitor score {file} --json {closed}'
        assert subprocess.run(["sh", "-c", command], cwd=folder, check=False).returncode == code


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_said_to_be_full(folder: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "remit.cli", "monitor", "score", "t.jsonl"],
            stdout=full, stderr=subprocess.PIPE, text=True, cwd=folder, check=False,
        )  # fmt: skip
    assert done.returncode == ExitCode.COULD_NOT
    assert "nothing more can be written: no space left on device" in done.stderr
    assert "should not" not in done.stderr


def test_a_broken_connection_that_is_not_the_readers_is_not_hidden(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def schema() -> None:
        raise BrokenPipeError(32, "Broken pipe")

    verb = next(made for made in app.registered_commands if getattr(made.callback, "__name__", "") == "schema")
    monkeypatch.setattr(verb, "callback", schema)
    _command.cache_clear()  # verbs that were built before keep what they do
    with pytest.raises(SystemExit) as left:
        main(["schema"])
    _command.cache_clear()
    assert left.value.code == ExitCode.COULD_NOT
    assert "BrokenPipeError" in capfd.readouterr().err
