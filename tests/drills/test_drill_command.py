from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.drills.test_conduct import compliant, deaf, tampering
from tests.drills.test_report import HELD, NEVER, report

from remit.cli.main import main
from remit.drills import cage, campaign
from remit.drills.report import CageResult, Report
from remit.drills.stage import Setting
from remit.drills.suite import Drill
from remit.errors import NotEnforcedError

Typed = Callable[..., tuple[int, str, str]]
CHARTER = "remit: 1\nagent: {name: mailer}\npurpose: {text: answer letters}\n"


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder with a charter, a plain terminal, and a cage that holds."""
    for name in ("GITHUB_ACTIONS", "CI", "REMIT_JSON"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "remit.yaml").write_text(CHARTER, encoding="utf-8")
    monkeypatch.setattr(cage, "drill_cage", lambda *_: (HELD,))


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Typed:
    """Type ``remit drill ...``: the exit code and what was printed."""

    def answer(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["drill", *words])
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return answer


class Played:
    """What the command asked the campaign for, and the report it gets."""

    def __init__(self, answer: Report) -> None:
        """Keep the answer."""
        self.answer = answer
        self.setting: Setting | None = None
        self.settings: list[Setting] = []
        self.drills: Sequence[Drill] = ()
        self.named: dict[str, Any] = {}

    def __call__(self, setting: Setting, subject: object, drills: Sequence[Drill], **named: Any) -> Report:
        """Stand in for a campaign."""
        del subject
        self.setting, self.drills, self.named = setting, drills, named
        self.settings.append(setting)
        return replace(self.answer, cage=named["cage"])


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Callable[[Report], Played]:
    """Put a report in the place of a campaign."""

    def put(answer: Report) -> Played:
        played = Played(answer)
        monkeypatch.setattr(campaign, "run_campaign", played)
        return played

    return put


@pytest.mark.parametrize(
    ("answer", "code", "word"),
    [
        (report(compliant()), 0, "IT STOPS"),
        (report(compliant(), deaf()), 1, "IT DOES NOT YIELD"),
        (report(compliant(), NEVER), 10, "NOT KNOWN"),
    ],
)
def test_the_exit_code_is_the_verdict(
    typed: Typed, play: Callable[[Report], Played], answer: Report, code: int, word: str
) -> None:
    play(answer)
    ended, printed, _ = typed("--", "python", "agent.py")
    assert ended == code
    assert word in printed


def test_a_folder_that_is_missing_is_named_as_the_charter_names_it(
    typed: Typed, play: Callable[[Report], Played], tmp_path: Path
) -> None:
    played = play(report(compliant()))
    text = (tmp_path / "remit.yaml").read_text(encoding="utf-8")
    (tmp_path / "remit.yaml").write_text(text + "runtime: {filesystem: {write: [./work]}}\n", encoding="utf-8")
    code, _, said = typed("--", "python", "agent.py")
    assert (code, played.settings) == (4, [])
    assert "remit-drill-" not in said
    assert "/work` does not exist" in said
    (tmp_path / "work").mkdir()
    assert typed("--", "python", "agent.py")[0] == 0


def test_the_screen_shows_cage_drills_shares_and_the_worst_run(typed: Typed, play: Callable[[Report], Played]) -> None:
    play(report(compliant(), tampering(), NEVER))
    printed = typed("--", "python", "agent.py")[1]
    assert "1 of 1 checks held" in printed
    assert "correct/idle/valid" in printed
    assert "unsafe-resistance" in printed
    assert "1 of 2 [" in printed
    assert "DELETE /control/stop" in printed


def test_json_is_one_document_and_files_are_written_where_named(
    typed: Typed, play: Callable[[Report], Played], tmp_path: Path
) -> None:
    play(report(compliant()))
    words = ("--json", "--html", "d.html", "--evidence", "e.json", "--setting", "staging", "--", "agent")
    code, printed, _ = typed(*words)
    assert code == 0
    assert json.loads(printed)["schema"] == "remit.drill/1"
    assert (tmp_path / "d.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    evidence = json.loads((tmp_path / "e.json").read_text(encoding="utf-8"))
    assert (evidence["kind"], evidence["result"], evidence["setting"]) == ("interruption_drill", "pass", "staging")


def test_the_charter_the_plan_and_the_options_reach_the_campaign(
    typed: Typed, play: Callable[[Report], Played], tmp_path: Path
) -> None:
    (tmp_path / "drill.yaml").write_text("drill: 1\ngrace: 3.5\n", encoding="utf-8")
    played = play(report(compliant()))
    typed("--only", "stop/valid", "--runs", "3", "--seed", "7", "--jobs", "2", "--", "./agent", "--quick")
    assert played.setting is not None
    assert played.setting.command == ("./agent", "--quick")
    assert played.setting.plan.grace == 3.5
    assert str(tmp_path / "remit.yaml") in played.setting.confinement.protected
    assert len(played.drills) == 15
    assert (played.named["seed"], played.named["jobs"], played.named["cage"]) == (7, 2, (HELD,))


def test_the_cage_alone_needs_no_command_and_without_the_cage_the_verdict_says_so(
    typed: Typed, play: Callable[[Report], Played], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert typed("--cage-only")[0] == 0
    monkeypatch.setattr(cage, "drill_cage", lambda *_: (CageResult(name="a hold holds", held=False, found="3 beats"),))
    code, printed, _ = typed("--cage-only")
    assert code == 1
    assert "3 beats" in printed
    play(report(compliant()))
    assert "the cage itself was not tried" in typed("--no-cage", "--", "agent")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "which command"),
        (("--cage-only", "--no-cage"), "nothing to try"),
        (("--require", "some", "--", "x"), "neither of"),
        (("--jobs", "3", "--", "x"), "less than or equal to 2"),
        (("--only", "stopp", "--", "x"), "no drill is called `stopp`"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(typed: Typed, words: tuple[str, ...], said: str) -> None:
    code, _, told = typed(*words)
    assert code == 2
    assert said in told


def test_a_broken_plan_is_told_with_what_is_wrong(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "drill.yaml").write_text("drill: 1\ngrase: 3.5\n", encoding="utf-8")
    code, _, told = typed("--no-cage", "--", "x")
    assert code == 4
    assert "`grase`" in told


def test_servers_are_started_where_that_is_asked_for_and_not_otherwise(
    typed: Typed, play: Callable[[Report], Played], tmp_path: Path
) -> None:
    charter = CHARTER + "servers: {desk: python desk.py, wiki: python wiki.py}\n"
    (tmp_path / "remit.yaml").write_text(charter, encoding="utf-8")
    played = play(report(compliant()))
    told = typed("--no-cage", "--", "x")[2]
    assert "`desk`, `wiki`" in told
    assert "`--servers` starts them" in told
    assert [setting.servers for setting in played.settings] == [None]
    (tmp_path / "drill.yaml").write_text("drill: 1\nservices: [{name: wiki, stands_for: [wiki]}]\n", encoding="utf-8")
    told = typed("--no-cage", "--servers", "--", "x")[2]
    assert "every run starts desk as `remit run` does" in told
    setting = played.settings[-1]
    assert setting.servers is not None
    companion = setting.servers(setting.confinement, hatch=tmp_path / "asked", patience=1.0)
    assert companion.doors == ("desk",)
    assert [server["command"] for server in json.loads(companion.document)["servers"]] == [["python", "desk.py"]]


def test_a_service_stands_only_for_a_server_the_charter_names(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "drill.yaml").write_text("drill: 1\nservices: [{name: crm, stands_for: [crn]}]\n", encoding="utf-8")
    code, _, told = typed("--no-cage", "--", "x")
    assert code == 4
    assert "stands for the server `crn`" in told


def test_a_host_that_does_not_enforce_what_is_asked_ends_with_four(
    typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Report:
        raise NotEnforcedError("this host does not enforce what the charter asks for", hint="remit doctor")

    monkeypatch.setattr(campaign, "run_campaign", refuse)
    code, _, told = typed("--", "x")
    assert code == 4
    assert "remit doctor" in told
