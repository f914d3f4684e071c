"""Proofs to give away: they verify with a public key alone, here, in Node and in Go, and not when they are changed."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remit.errors import LedgerError, TamperedError
from remit.ledger.anchoring import sign_checkpoint
from remit.ledger.proof import (
    prove_consistency,
    prove_inclusion,
    verify_consistency_proof,
    verify_inclusion_proof,
)
from remit.ledger.signing import SigningKey
from remit.ledger.store import Ledger

pytestmark = pytest.mark.requirement("LEDGER-05")

KEY = SigningKey(bytes(range(32)))
NODE = Path(__file__).parent / "interop" / "verify.mjs"
GO = Path(__file__).parent / "interop"
Proofs = tuple[list[dict[str, Any]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def proofs(tmp_path_factory: pytest.TempPathFactory) -> Proofs:
    """Proofs of inclusion and of consistency from one ledger."""
    with Ledger.open(tmp_path_factory.mktemp("ledger") / "ledger.db") as ledger:
        notes = []
        for number in range(1, 23):
            ledger.record("message", {"text": f"ü {number} \U0001f600", "size": number * 1.5e-7})
            notes.append(sign_checkpoint(ledger, KEY))
        consistencies = [prove_consistency(ledger, notes[0], note) for note in notes]
        return [prove_inclusion(ledger, number, notes[-1]) for number in range(1, 23)], consistencies


def test_every_proof_verifies_without_the_ledger(proofs: Proofs) -> None:
    inclusions, consistencies = json.loads(json.dumps(proofs))
    for number, document in enumerate(inclusions, start=1):
        entry, checkpoint = verify_inclusion_proof(document, KEY.public)
        assert (entry.number, checkpoint.size) == (number, 22)
        assert entry.facts["text"] == f"ü {number} \U0001f600"
    for size, document in enumerate(consistencies, start=1):
        assert [found.size for found in verify_consistency_proof(document, KEY.public)] == [1, size]


@pytest.mark.slow
@pytest.mark.requirement("LEDGER-08")
def test_node_verifies_the_same_proofs_and_refuses_a_changed_one(proofs: Proofs, tmp_path: Path) -> None:
    node = found_or_skipped("node", "proofs are not tried with node:crypto")
    _check_verdicts([node, str(NODE)], proofs, tmp_path)


@pytest.mark.slow
@pytest.mark.requirement("LEDGER-08")
def test_the_reference_implementation_in_go_verifies_the_same_proofs(proofs: Proofs, tmp_path: Path) -> None:
    go = found_or_skipped("go", "proofs are not tried with golang.org/x/mod/sumdb")
    program = tmp_path / "interop"
    debian = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode"}  # where Debian puts the sources of libraries
    environ = {**os.environ, "GOCACHE": str(tmp_path / "cache"), "GOFLAGS": "-mod=mod"}
    for more in (debian, {}):
        command = [go, "build", "-o", str(program), "."]
        subprocess.run(command, cwd=GO, env={**environ, **more}, capture_output=True, check=False)
    if not program.exists():
        absent("golang.org/x/mod is not at hand: proofs are not tried with it")
    _check_verdicts([str(program), "verify"], proofs, tmp_path)


def found_or_skipped(program: str, without: str) -> str:
    """Where a program is; without it the test is skipped, and fails in the automatic check."""
    return shutil.which(program) or absent(f"{program} is not installed: {without}")


def absent(reason: str) -> NoReturn:
    """Say why a test cannot run: the automatic check has to have everything."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _check_verdicts(command: list[str], proofs: Proofs, folder: Path) -> None:
    """Let another program judge every proof, and each of them changed."""
    for document in [*proofs[0], *proofs[1]]:
        spoilt = {**document, "path": document["path"][1:] or ["A" * 43 + "="]}
        for said, expected in ((document, 0), (spoilt, 1)):
            (folder / "proof.json").write_text(json.dumps(said), encoding="utf-8")
            judged = subprocess.run(
                [*command, str(folder / "proof.json"), KEY.public.text()], capture_output=True, check=False
            )
            assert judged.returncode == expected, judged.stderr


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_no_changed_proof_shows_anything(proofs: Proofs, data: st.DataObject) -> None:
    inclusion = data.draw(st.booleans())
    document = data.draw(st.sampled_from(proofs[0] if inclusion else proofs[1][1:]))
    text = json.dumps(document)
    place = data.draw(st.integers(min_value=0, max_value=len(text) - 1))
    sign = data.draw(st.sampled_from('0123456789abcXYZ+/=—"{}[]:,\\ '))
    try:
        changed = json.loads(text[:place] + sign + text[place + 1 :])
    except ValueError:
        return
    if changed == document:
        return
    with pytest.raises(TamperedError):
        (verify_inclusion_proof if inclusion else verify_consistency_proof)(changed, KEY.public)


@pytest.mark.parametrize(
    "change",
    [
        {"number": 2},
        {"number": True},
        {"number": "1"},
        {"body": b"x"},
        {"path": "x"},
        {"path": [1]},
        {"path": ["AAAA"]},
        {"path": ["A" * 43 + "="] * 65},
        {"version": 2},
        {"schema": "remit.proof.consistency"},
        {"more": 1},
    ],
)
def test_a_document_of_another_form_is_no_proof(proofs: Proofs, change: dict[str, object]) -> None:
    with pytest.raises(TamperedError) as refused:
        verify_inclusion_proof({**proofs[0][0], **change}, KEY.public)
    assert refused.value.code == "ledger.tampered.proof"


def test_a_proof_under_another_key_shows_nothing(proofs: Proofs) -> None:
    other = SigningKey(bytes(32)).public
    with pytest.raises(TamperedError, match="not signed by the key"):
        verify_inclusion_proof(proofs[0][0], other)
    with pytest.raises(TamperedError, match="not signed by the key"):
        verify_consistency_proof(proofs[1][3], other)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger with one entry."""
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        ledger.record("message", {})
        yield ledger


def test_an_entry_newer_than_the_checkpoint_has_no_proof(ledger: Ledger) -> None:
    note = sign_checkpoint(ledger, KEY)
    ledger.record("message", {})
    for number in (0, 2, 3):
        with pytest.raises(LedgerError, match=f"does not cover entry {number}") as refused:
            prove_inclusion(ledger, number, note)
        assert refused.value.code == "ledger.error.uncovered"


def test_a_checkpoint_of_another_ledger_gives_no_proof(ledger: Ledger, proofs: Proofs) -> None:
    with pytest.raises(TamperedError, match="entry 1 does not lead to"):
        prove_inclusion(ledger, 1, KEY.sign(KEY.public.verify(proofs[1][0]["new"])))
