"""``remit log`` with the address of a database: every verb works as it does with a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from remit.cli.main import main
from remit.ledger.opening import open_ledger

Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Typed:
    """Type ``remit log ...`` and look at the answer."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "100")

    def answer(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["log", *words])
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return answer


@pytest.fixture
def fleet(dsn: str) -> str:
    """The address of a ledger with a call in it."""
    store = open_ledger(dsn)
    intent = store.record("intent", {"call": {"tool": "mail.send", "args": {"to": "a"}}, "decision": "allow"})
    store.record("outcome", {"intent": intent, "result": "performed"})
    store.close()
    return dsn


@pytest.mark.requirement("LEDGER-41", "LOG-02")
def test_a_database_is_shown_verified_anchored_proved_and_exported(typed: Typed, fleet: str, tmp_path: Path) -> None:
    anchors, proof = str(tmp_path / "anchors.jsonl"), str(tmp_path / "proof.json")
    code, out, _ = typed("show", fleet)
    assert code == 0
    assert "mail.send(to=a)  allow" in out
    assert "owner" not in out.splitlines()[0]
    assert typed("verify", fleet)[0] == 10
    assert typed("anchor", fleet, "--to", anchors)[0] == 0
    assert typed("verify", fleet, "--anchor", anchors)[0] == 0
    assert typed("prove", fleet, "1", "--output", proof)[0] == 0
    assert typed("verify", "--proof", proof)[0] == 0
    code, out, _ = typed("export", fleet)
    assert [json.loads(line)["kind"] for line in out.splitlines()] == ["intent", "outcome", "anchored"]


def test_a_database_without_a_ledger_is_unreadable_and_says_what_makes_one(typed: Typed, dsn: str) -> None:
    for verb in ("show", "verify"):
        code, _, err = typed(verb, dsn)
        assert code == 3
        assert "has no ledger called `remit`" in " ".join(err.split())
        assert "remit log setup" in err
