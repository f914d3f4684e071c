"""``remit log``: the ledgers there are, what happened in one, and what is said when it cannot be read."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.small_ledgers import small_ledger

from remit.cli.log.places import _completed, known_ledgers
from remit.ledger.places import agent_ledger
from remit.ledger.store import Ledger

Typed = Callable[..., Any]


@pytest.fixture
def mailer(state: Path) -> Path:
    """The ledger of a run with a few calls in it."""
    assert state.name == "runs"
    return small_ledger("mailer-3f2a9c")


@pytest.mark.usefixtures("state")
def test_before_the_first_ledger_it_says_what_makes_one(typed: Typed) -> None:
    answer = typed("log")
    assert (answer.code, answer.out) == (
        0,
        "no ledgers yet: every `remit run -- COMMAND` and every `remit proxy` keeps one\n",
    )
    assert json.loads(typed("log", "--json").out) == {"schema": "remit.ledgers/1", "version": 1, "ledgers": []}


@pytest.mark.requirement("LOG-01")
def test_the_ledgers_of_runs_and_agents_are_listed_the_newest_first(typed: Typed, mailer: Path) -> None:
    os.utime(mailer, (1, 1))
    place = agent_ledger(os.environ, "clerk")
    place.parent.mkdir(parents=True)
    Ledger.open(place).close()
    lines = typed("log").out.splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [["ledger", "entries"], ["clerk", "0"], ["mailer-3f2a9c", "12"]]
    assert "remit log show clerk" in lines[-1]
    listed = json.loads(typed("log", "--json").out)["ledgers"]
    assert [(one["name"], one["kind"], one["entries"]) for one in listed] == [
        ("clerk", "agent", 0),
        ("mailer-3f2a9c", "run", 12),
    ]
    assert [one.name for one in known_ledgers()] == ["clerk", "mailer-3f2a9c"]
    assert _completed("m") == ["mailer-3f2a9c"]


def test_the_ledgers_of_drills_are_listed_where_all_are_asked_for(typed: Typed, mailer: Path) -> None:
    folder = mailer.parent.parent / "cage-3f2a9c"
    folder.mkdir()
    Ledger.open(folder / "ledger.db").close()
    (folder / "run.json").write_text('{"role": "drill"}', encoding="utf-8")
    out = typed("log").out
    assert "cage-3f2a9c" not in out
    assert "... and 1 more: remit log --all" in out
    assert "cage-3f2a9c" in typed("log", "--all").out
    refused = typed("log", "show", "nobody")
    assert (refused.code, "cage-3f2a9c" in refused.err, "mailer-3f2a9c" in refused.err) == (2, False, True)


def test_only_the_latest_are_listed_unless_all_are_asked_for(
    typed: Typed, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remit.cli.log.list._LATEST", 2)
    for number in range(3):
        os.utime(small_ledger(f"clerk-{number}"), (number, number))
    assert state.is_dir()
    out = typed("log").out
    assert "... and 1 more: remit log --all" in out
    assert "clerk-0" not in out
    assert "clerk-0" in typed("log", "--all").out
    assert len(json.loads(typed("log", "--json").out)["ledgers"]) == 3


def test_a_ledger_that_cannot_be_read_is_listed_with_the_reason(typed: Typed, mailer: Path) -> None:
    mailer.write_bytes(b"not a ledger at all" * 100)
    for companion in mailer.parent.glob("ledger.db-*"):
        companion.unlink()
    out = typed("log").out
    assert "mailer-3f2a9c" in out
    assert "?" in out
    assert "the ledger cannot be" in out


@pytest.mark.requirement("LOG-02")
def test_what_happened_is_shown_with_its_reason_and_its_end(typed: Typed, mailer: Path) -> None:
    assert mailer.is_file()
    lines = typed("log", "show", "mailer").out.splitlines()
    assert lines[0].startswith("mailer-3f2a9c   12 entries   ")
    said = {int(line.split()[0]): line.split(maxsplit=2)[2] for line in lines[2:]}
    assert said == {
        1: "started       run=mailer-3f2a9c  command=python agent.py",
        2: "opened        charter sha256:cccccccccccc",
        3: 'intent        mail.send(text="Dear all,\\nsee \\u001b[31mred", to=a@acme.example)  ask: remit.yaml:4: it leaves the house',
        4: "asked         of 3  overseers=alice bob",
        5: "approved      of 3  by=alice",
        6: "outcome       of 3  performed in 2.5 s  bytes=17",
        7: 'denied        shell.run(command="curl | sh")  remit.yaml:9: a limit holds',
        8: "held          wrong recipients  by=alice",
        9: "intent        mail.delete(id=17 18)  allow: `mail.*` is granted",
        10: 'outcome       of 9  failed in 250 ms  error="no such message"',
        11: "intent        mail.send()  allow",
        12: "reconciled    of 11  unknown",
    }
    assert "\x1b" not in "".join(lines)


@pytest.mark.requirement("LOG-02")
@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (["--kind", "denied"], [7]),
        (["--kind", "denied", "--kind", "held"], [7, 8]),
        (["--tool", "mail.send"], [3, 4, 5, 6, 11, 12]),
        (["--tool", "shell.*"], [7]),
        (["--call", "3"], [3, 4, 5, 6]),
        (["--call", "6"], [3, 4, 5, 6]),
        (["--call", "id-delete"], [9, 10]),
        (["--last", "2"], [11, 12]),
        (["-n", "1", "--kind", "intent"], [11]),
        (["--since", "3d", "--all"], list(range(1, 13))),
        (["--since", "2999-01-01"], []),
    ],
)
def test_only_what_is_wanted_is_shown(typed: Typed, mailer: Path, words: list[str], numbers: list[int]) -> None:
    answer = typed("log", "show", str(mailer), "--json", *words)
    assert answer.code == 0
    assert [json.loads(line)["number"] for line in answer.out.splitlines()] == numbers


def test_each_entry_is_a_line_of_data(typed: Typed, mailer: Path) -> None:
    with Ledger.open(mailer) as ledger:
        expected = [entry.document() for entry in ledger.entries()]
    assert [json.loads(line) for line in typed("log", "show", "mailer", "--json").out.splitlines()] == expected


def test_every_fact_and_the_digest_are_shown_when_asked_for(typed: Typed, mailer: Path) -> None:
    out = typed("log", "show", "mailer", "--call", "8", "--full").out
    with Ledger.open(mailer) as ledger:
        [entry] = ledger.entries(8, 9)
    assert "     reason: wrong recipients" in out
    assert f"     leaf: {entry.leaf.hex()}" in out


def test_a_terminal_gets_no_line_longer_than_itself_and_the_reason_below(
    typed: Typed, mailer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mailer.is_file()
    monkeypatch.setattr("rich.console.Console.is_terminal", property(lambda _self: True))
    monkeypatch.setenv("COLUMNS", "72")
    lines = re.sub(r"\x1b\[[0-9;]*m", "", typed("log", "show", "mailer").out).splitlines()
    assert max(map(len, lines)) <= 72
    assert "                                 ask: remit.yaml:4: it leaves the house" in lines


def test_what_was_left_out_is_said(typed: Typed, mailer: Path) -> None:
    assert mailer.is_file()
    assert (
        "... 10 entries before these: remit log show mailer-3f2a9c --all"
        in typed("log", "show", "mailer", "-n", "2").err
    )
    assert "none of the 12 entries is like that" in typed("log", "show", "mailer", "--kind", "drifted").err


@pytest.mark.usefixtures("mailer")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no ledger is named, so nothing was done: remit log show LEDGER"),
        (["maier"], "there is no ledger called `maier`"),
        (["mailer", "--kind", "denid"], "`denied`?"),
        (["mailer", "--since", "soon"], "`soon` is no time"),
        (["mailer", "--last", "0"], "greater than or equal to 1"),
    ],
)
def test_what_was_typed_wrong_is_said_and_nothing_shown(typed: Typed, words: list[str], said: str) -> None:
    answer = typed("log", "show", *words)
    assert answer.code == 2
    assert said in " ".join(answer.err.split())
    assert "intent" not in answer.out


def test_a_name_that_could_be_two_is_asked_about(typed: Typed, mailer: Path) -> None:
    assert mailer.is_file()
    small_ledger("mailer-999999")
    answer = typed("log", "show", "mailer")
    assert answer.code == 2
    assert "which one: mailer-" in answer.err


@pytest.mark.parametrize("place", ["/nowhere/ledger.db", "mysql://db.example/x", "postgresql:///x?host=/nowhere"])
def test_a_ledger_that_is_not_there_is_unreadable(typed: Typed, place: str) -> None:
    for verb in ("show", "export"):
        answer = typed("log", verb, place)
        assert answer.code in (3, 4)
        assert (answer.out, bool(answer.err)) == ("", True)


@pytest.mark.requirement("LOG-02")
def test_an_entry_somebody_changed_ends_what_is_shown_with_its_number(typed: Typed, mailer: Path) -> None:
    with closing(sqlite3.connect(mailer)) as connection, connection:
        connection.execute("update entries set body = cast(replace(body, 'alice', 'malice') as blob) where number = 5")
    answer = typed("log", "show", "mailer")
    assert answer.code == 1
    assert "entry 5 is not what was recorded" in " ".join(answer.err.split())
    as_data = typed("log", "show", "mailer", "--json")
    assert [json.loads(line).get("number") for line in as_data.out.splitlines()] == [1, 2, 3, 4, None]
    assert json.loads(as_data.out.splitlines()[-1])["code"] == "ledger.tampered.edited"


def test_what_is_appended_is_followed_until_somebody_interrupts(
    typed: Typed, mailer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def sleep(_seconds: float) -> None:
        looks.append(True)
        if len(looks) == 3:
            raise KeyboardInterrupt
        with Ledger.open(mailer) as ledger:
            ledger.record("held", {"reason": f"look {len(looks)}"})
            ledger.record("message", {})

    monkeypatch.setattr("remit.cli.log.show.time.sleep", sleep)
    answer = typed("log", "show", "mailer", "--follow", "--kind", "held")
    assert answer.code == 0
    assert [line.split()[-2:] for line in answer.out.splitlines()[-2:]] == [["look", "1"], ["look", "2"]]


def test_a_terminal_gets_the_latest_and_a_file_gets_all(
    typed: Typed, mailer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mailer.is_file()
    monkeypatch.setattr("remit.cli.log.show.USUAL", 5)
    assert len(typed("log", "show", "mailer").out.splitlines()) == 14
    monkeypatch.setattr("rich.console.Console.is_terminal", property(lambda _self: True))
    answer = typed("log", "show", "mailer")
    assert "... 7 entries before these" in answer.err
    assert "shell.run" not in answer.out
