"""The key in its file: made once, closed to others, the same afterwards."""

import os
from pathlib import Path

import pytest

from remit.errors import LedgerUnavailableError
from remit.ledger.checkpoint import Checkpoint
from remit.ledger.signing import SigningKey

pytestmark = pytest.mark.requirement("LEDGER-04")


def test_a_key_is_made_once_for_its_owner_only_and_signs_the_same_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    key, again = SigningKey.open(path), SigningKey.open(path, create=False)
    checkpoint = Checkpoint(origin="example.com/log", size=1, root=bytes(32))
    assert path.stat().st_mode & 0o777 == 0o600
    assert key.public == again.public
    assert key.sign(checkpoint) == again.sign(checkpoint)
    assert [file.name for file in tmp_path.iterdir()] == ["ledger.key"]


def test_two_keys_differ(tmp_path: Path) -> None:
    assert SigningKey.open(tmp_path / "a").public != SigningKey.open(tmp_path / "b").public


def test_a_key_others_can_read_signs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    SigningKey.open(path)
    path.chmod(0o640)
    with pytest.raises(LedgerUnavailableError, match="can be read or changed by others"):
        SigningKey.open(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="giving a file away needs root")
def test_a_key_of_somebody_else_signs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    SigningKey.open(path)
    os.chown(path, 12345, 12345)
    with pytest.raises(LedgerUnavailableError, match="can be read or changed by others"):
        SigningKey.open(path)


@pytest.mark.parametrize("text", ["", "PRIVATE+KEY+a+b", "ü", "PRIVATE+KEY+remit.ledger+00000000+" + "A" * 44])
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ledger.key"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(LedgerUnavailableError) as refused:
        SigningKey.open(path)
    assert refused.value.code == "ledger.unavailable.key"


def test_a_key_whose_number_is_that_of_another_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.key"
    SigningKey.open(path)
    head, _, tail = path.read_text().rpartition("+")
    path.write_text(f"{head[:-1]}{'0' if head[-1] != '0' else '1'}+{tail}")
    with pytest.raises(LedgerUnavailableError, match="no Ed25519 key"):
        SigningKey.open(path)


def test_a_key_that_is_missing_is_made_only_where_that_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnavailableError, match="cannot be read: No such file"):
        SigningKey.open(tmp_path / "ledger.key", create=False)
    with pytest.raises(LedgerUnavailableError, match="cannot be read: No such file"):
        SigningKey.open(tmp_path / "nowhere" / "ledger.key")
