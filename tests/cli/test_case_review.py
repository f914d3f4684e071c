"""``remit case review``: what it shows, when it is on hold, and how a review that took place is written down."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.own_runs import EVERYTHING, run_of, small_tree
from tests.small_ledgers import small_ledger

from remit.assurance.reader import read_case
from remit.ledger.store import Ledger

Typed = Callable[..., Any]
NEXT = (datetime.now(UTC).date() + timedelta(days=60)).isoformat()
INDICATOR = '  S-stop: {claim: C-stop, metric: p50_stop_ms, warn: 4000, fail: 5000, source: "ledger"}\n'


@pytest.fixture
def case(folder: Path, typed: Typed) -> Path:
    """A case whose only indicator is the median of its stops, due for review in sixty days."""
    assert typed("case", "init", "--subject", "model=acme@1").code == 0
    path = folder / "case.yaml"
    text = path.read_text(encoding="utf-8")
    head, _, tail = text.partition("\nindicators:")
    behind = tail.partition("\n\n")[2] if "\n\n" in tail else ""
    due = read_case(path).review_by
    assert due is not None
    path.write_text(f"{head}\nindicators:\n{INDICATOR}\n{behind}".replace(due.isoformat(), NEXT), encoding="utf-8")
    return path


@pytest.fixture
def ledger(folder: Path) -> Path:
    """A ledger with forty quick stops and a call that was denied."""
    path = folder / "fleet.db"
    with Ledger.open(path) as opened:
        opened.record(
            "denied", {"call": {"tool": "mail.send", "args": {"to": "a@acme.example"}}, "because": ["a limit"]}
        )
        for _ in range(40):
            opened.record("stopped", {"report": {"took": 0.1, "verdict": "dead", "reason": "drill"}})
    return path


def told(answer: Any) -> Any:
    """The document a command printed."""
    return json.loads(answer.out)


@pytest.mark.requirement("REVIEW-01")
def test_without_a_ledger_nobody_can_tell_and_it_is_on_hold(case: Path, typed: Typed) -> None:
    assert case.is_file()
    answer = typed("case", "review", "--json")
    assert answer.code == 10
    assert told(answer)["verdict"] == "HOLD"
    assert told(answer)["indicators"][0]["state"] == "unknown"


@pytest.mark.requirement("REVIEW-03")
def test_with_a_ledger_it_is_in_time_until_its_day_has_passed(case: Path, ledger: Path, typed: Typed) -> None:
    words = ("case", "review", str(case), "--ledger", str(ledger), "--json")
    answer = typed(*words, "--as-of", NEXT)
    assert (answer.code, told(answer)["reasons"]) == (0, [])
    assert told(answer)["indicators"][0]["signal"]["n"] == 40
    late = typed(*words, "--as-of", "2031-01-01")
    assert late.code == 10
    assert f"a review was due on {NEXT}" in told(late)["reasons"][0]["why"]


def test_a_denied_call_can_be_marked_and_events_before_a_day_are_left_out(
    case: Path, ledger: Path, typed: Typed
) -> None:
    words = ("case", "review", str(case), "--ledger", str(ledger), "--json")
    signals = {one["metric"]: one for one in told(typed(*words, "--benign", "fleet#1"))["signals"]}
    assert (signals["blocked_but_benign"]["k"], signals["blocked_but_benign"]["n"]) == (1, 1)
    later = told(typed(*words, "--since", "2031-01-01", "--as-of", "2031-02-01"))
    assert later["entries"] == 0
    assert later["indicators"][0]["state"] == "unknown"


@pytest.mark.requirement("REVIEW-01")
def test_a_ledger_that_was_changed_is_a_problem_whatever_it_says(case: Path, ledger: Path, typed: Typed) -> None:
    assert case.is_file()
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("UPDATE entries SET body = replace(body, '0.1', '0.2') WHERE number = 3")
        connection.commit()
    answer = typed("case", "review", "--ledger", str(ledger), "--json")
    assert answer.code == 10
    assert any("entry 3" in problem for problem in told(answer)["problems"])
    assert told(answer)["indicators"][0]["state"] == "unknown"


def test_a_run_is_counted_by_its_name_and_the_screen_and_markdown_name_entries(
    case: Path, state: Path, typed: Typed
) -> None:
    assert case.is_file()
    assert state is not None
    small_ledger("mailer-3f2a9c")
    screen = typed("case", "review", "--run", "mailer-3f2a9c")
    assert screen.code == 10
    assert "refusal_share" in screen.out
    assert "OPEN DOUBTS" in screen.out
    text = typed("case", "review", "--run", "mailer", "--markdown").out
    assert text.startswith("# Review of")
    assert "## Open doubts" in text
    assert typed("case", "review", "--run", "nobody").code == 2


@pytest.mark.requirement("REVIEW-01")
def test_the_gate_heeds_the_numbers_of_the_running_system_where_it_is_given_them(
    tmp_path: Path, ledger: Path, typed: Typed
) -> None:
    case = run_of(small_tree(tmp_path / "own"), *EVERYTHING) / "assumed.yaml"
    indicator = INDICATOR.replace("C-stop", "STOP-01")
    case.write_text(f"{case.read_text(encoding='utf-8')}indicators:\n{indicator}", encoding="utf-8")
    assert typed("gate", str(case)).code == 0
    assert typed("gate", str(case), "--ledger", str(ledger)).code == 0
    with Ledger.open(ledger) as opened:
        for _ in range(60):
            opened.record("stopped", {"report": {"took": 9.0, "verdict": "dead", "reason": "drill"}})
    answer = typed("gate", str(case), "--ledger", str(ledger), "--json")
    assert answer.code == 10
    assert (told(answer)["verdict"], told(answer)["reasons"][0]["claim"]) == ("HOLD", "STOP-01")
    assert "at or beyond 5000 ms" in told(answer)["reasons"][0]["why"]
    for words, verdict in (((), "PROMOTE"), (("--ledger", str(ledger)), "HOLD")):
        page = typed("case", "render", str(case), *words, "--markdown", "-")
        assert page.code == 0
        assert verdict in page.out.splitlines()[0]


@pytest.mark.requirement("REVIEW-04")
def test_a_review_that_took_place_is_sealed_evidence_and_sets_the_next_date(
    case: Path, ledger: Path, typed: Typed
) -> None:
    words = ("case", "review", "--ledger", str(ledger), "--done", "--by", "lena", "--found", "nothing new")
    due = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    answer = typed(*words, "--next", due)
    assert answer.code == 0, answer.err
    held = read_case(case)
    assert held.review_by is not None
    assert held.review_by.isoformat() == due
    written = next(item for item in held.evidence.values() if item.kind == "review")
    assert written.supports == ("C-review",)
    record = json.loads((case.parent / written.file).read_text(encoding="utf-8"))
    assert (record["reviewer"], record["result"], record["because"]) == ("lena", "pass", ["nothing new"])
    assert record["pack"]["signals"]
    again = told(typed("case", "review", "--ledger", str(ledger), "--json"))
    assert again["since"] == record["produced_at"]


@pytest.mark.requirement("REVIEW-04")
def test_looking_at_what_nobody_can_tell_does_not_make_it_good(case: Path, typed: Typed) -> None:
    answer = typed("case", "review", "--done", "--by", "lena", "--found", "we looked", "--next", NEXT)
    assert answer.code == 0
    written = next(item for item in read_case(case).evidence.values() if item.kind == "review")
    assert written.result.value == "inconclusive"


@pytest.mark.requirement("REVIEW-04")
@pytest.mark.parametrize(
    "words",
    [
        ("--by", "lena", "--found", "x"),
        ("--by", "lena", "--found", "x", "--next", "soon"),
        ("--by", "lena", "--found", "x", "--next", "2020-01-01"),
        ("--found", "x", "--next", NEXT),
        ("--by", "lena", "--next", NEXT),
        ("--by", "lena", "--found", "x", "--next", NEXT, "--claim", "C-nothing"),
        ("--by", "lena", "--found", "x", "--next", NEXT, "--as-of", "2026-01-01"),
    ],
)
def test_a_review_without_a_person_a_finding_or_a_day_to_come_is_none(
    case: Path, typed: Typed, words: tuple[str, ...]
) -> None:
    before = case.read_bytes()
    assert typed("case", "review", "--done", *words).code == 2
    assert case.read_bytes() == before


@pytest.mark.requirement("REVIEW-02")
def test_doubts_are_as_old_as_the_commit_that_wrote_them_down(case: Path, typed: Typed) -> None:
    identity = ["-c", "user.name=lena", "-c", "user.email=lena@acme.example"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first", "--date", "2026-10-01T00:00:00+00:00"]):
        subprocess.run(
            ["git", *identity, *words],
            cwd=case.parent,
            check=True,
            timeout=240,
            env={"PATH": "/usr/bin:/bin", "HOME": str(case.parent), "GIT_COMMITTER_DATE": "2026-10-01T00:00:00+00:00"},
        )
    doubts = told(typed("case", "review", "--json"))["doubts"]
    assert doubts
    assert {doubt["since"][:10] for doubt in doubts} == {"2026-10-01"}


def test_a_case_that_is_not_there_cannot_be_read(folder: Path, typed: Typed) -> None:
    assert typed("case", "review", str(folder / "nothing.yaml")).code == 3
    assert typed("case", "review", "--since", "yesterday-ish").code in (2, 3)
