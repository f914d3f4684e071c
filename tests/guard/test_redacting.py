"""What a charter calls secret is in no file of the ledger, and can still be shown by whoever keeps the salt."""

import re
from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest
from tests.guard.desk import Desk, charter_of

from remit.charter.comparison import compare_authority
from remit.guard.call import Call
from remit.guard.calls.redacting import redaction_of
from remit.ledger.redaction import opens
from remit.ledger.store import Ledger
from remit.ledger.verification import verify

GRANTS = [
    {"tool": "door.open", "args": {"pin": {"secret": True}, "door": {"length": 20}}, "ask": []},
    {"tool": "note.add", "args": {"text": {"length": 100}, "pin": {"length": 10}}},
]
PIN = "7305"


def written(folder: Path) -> bytes:
    """Every byte of the ledger's files."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("record.db*")))


@pytest.mark.requirement("LEDGER-14")
def test_a_secret_argument_reaches_the_tool_and_never_the_record(tmp_path: Path) -> None:
    charter = charter_of(grants=GRANTS)
    desk = Desk(folder=tmp_path, charter=charter)

    async def main(ledger: Ledger) -> None:
        async with desk.guard(ledger=ledger) as guard:
            await guard.perform(Call(tool="door.open", args={"pin": PIN, "door": "front"}), desk.do)
            await guard.perform(Call(tool="note.add", args={"text": "done", "pin": PIN}), desk.do)

    path = tmp_path / "record.db"
    with Ledger.open(path, redaction=redaction_of(charter)) as ledger:
        anyio.run(main, ledger)
        assert [args["pin"] for args in desk.ran] == [PIN, PIN]
        assert PIN.encode() not in written(tmp_path)
        intent = next(entry for entry in ledger.entries() if entry.kind == "intent")
        call = intent.facts["call"]
        assert isinstance(call, Mapping)
        assert isinstance(call["args"], Mapping)
        assert call["args"]["door"] == "front"
        shown = re.fullmatch(r"\[redacted secret (sha256:[0-9a-f]{64})\]", str(call["args"]["pin"]))
        assert shown is not None
        assert str(intent.facts["digest"]).startswith("[redacted digest ")  # from a bare one it could be guessed
        salt = ledger.salts(intent.number)[shown[1]]
        assert opens(shown[1], salt, PIN)
        assert not opens(shown[1], salt, "7306")
    assert verify(path).ok


def test_without_a_secret_in_the_charter_the_digest_of_a_call_stands_in_the_open() -> None:
    redaction = redaction_of(charter_of())
    kept, salts = redaction.apply({"digest": "sha256:1", "call": {"args": {"password": "x"}}})
    assert kept["digest"] == "sha256:1"
    assert len(salts) == 1  # what gives itself away is left out all the same


@pytest.mark.parametrize(("old", "new", "kind"), [(True, False, "widened"), (False, True, "narrowed")])
def test_letting_a_secret_into_the_record_is_a_widening(*, old: bool, new: bool, kind: str) -> None:
    def charter(secret: bool) -> object:  # noqa: FBT001 (the very thing)
        return charter_of(grants=[{"tool": "door.open", "args": {"pin": {"secret": secret, "length": 4}}}])

    changes = compare_authority(charter(old), charter(new))  # type: ignore[arg-type]
    assert [(change.kind, change.path) for change in changes] == [(kind, "grants.0.args.pin.secret")]
