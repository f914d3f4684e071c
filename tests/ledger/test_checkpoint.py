"""Checkpoints as text: read strictly, written as the reference implementation of signed notes writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.test_tree import from_go

from remit.errors import LedgerUnavailableError, TamperedError
from remit.ledger.checkpoint import Checkpoint, Note, Signature, key_id, origin_of, parse_note, stated
from remit.ledger.signing import PublicKey, SigningKey

pytestmark = pytest.mark.requirement("LEDGER-04")

SPECIFIED = (  # the example of c2sp.org/tlog-checkpoint
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
KEY = SigningKey(bytes(range(32)))
CHECKPOINT = Checkpoint(origin=origin_of(bytes(32)), size=7, root=bytes(range(32)))
NOTE = KEY.sign(CHECKPOINT)


def test_the_example_of_the_specification_is_read_and_written_back() -> None:
    note = parse_note(SPECIFIED)
    assert note.text() == SPECIFIED
    assert note.checkpoint.size == 20852163
    assert note.signatures[0].key.hex() == "033de0ae"


@pytest.mark.requirement("LEDGER-08")
def test_notes_of_the_reference_implementation_verify_and_ours_are_theirs_byte_for_byte() -> None:
    key = PublicKey.parse(from_go()["public_key"])
    _, _, name, _, seed = from_go()["private_key"].split("+", 4)
    own = SigningKey(_seed(seed), name=name)
    assert own.public.text() == from_go()["public_key"]
    for size, text in from_go()["notes"]:
        checkpoint = key.verify(text)
        assert (checkpoint.origin, checkpoint.size) == ("remit.ledger/vectors", size)
        assert own.sign(checkpoint) == text


def _seed(value: str) -> bytes:
    """The seed in a private key's text."""
    from base64 import b64decode

    return b64decode(value)[1:]


def test_a_note_is_verified_with_the_public_key_alone() -> None:
    key = PublicKey.parse(KEY.public.text())
    assert key.verify(NOTE) == CHECKPOINT == stated(NOTE)
    assert PublicKey.parse(KEY.public.text(CHECKPOINT.origin)).data == key.data


def test_a_note_of_another_key_or_under_another_origin_is_refused() -> None:
    with pytest.raises(TamperedError, match="not signed by the key") as refused:
        SigningKey(bytes(32)).public.verify(NOTE)
    assert refused.value.code == "ledger.tampered.signature"
    with pytest.raises(TamperedError, match="not signed by the key"):
        KEY.public.verify(NOTE.replace("remit.ledger/0", "remit.ledger/1"))


def test_signatures_of_others_beside_it_are_ignored() -> None:
    other = Signature(name="witness.example", key=key_id("witness.example", bytes(32)), signature=bytes(72))
    note = Note(checkpoint=CHECKPOINT, signatures=(other, *parse_note(NOTE).signatures))
    assert KEY.public.verify(note.text()) == CHECKPOINT


@given(st.integers(min_value=0, max_value=len(NOTE.encode()) - 1), st.integers(min_value=1, max_value=255))
def test_no_note_with_one_byte_changed_is_accepted(place: int, difference: int) -> None:
    data = bytearray(NOTE.encode())
    data[place] ^= difference
    text = bytes(data).decode("utf-8", errors="replace")
    with pytest.raises(TamperedError):
        KEY.public.verify(text)


@given(st.integers(min_value=0, max_value=len(NOTE)), st.sampled_from("\n\r\t \x00=A+—1０"))
def test_no_note_with_one_sign_more_is_accepted(place: int, sign: str) -> None:
    with pytest.raises(TamperedError):
        KEY.public.verify(NOTE[:place] + sign + NOTE[place:])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n\n",
        NOTE.removesuffix("\n"),
        NOTE.replace("\n7\n", "\n07\n"),
        NOTE.replace("\n7\n", "\n+7\n"),
        NOTE.replace("\n7\n", "\n-7\n"),
        NOTE.replace("\n7\n", "\n7_0\n"),
        NOTE.replace("\n7\n", "\n٧\n"),
        NOTE.replace("\n7\n", "\n9223372036854775808\n"),
        NOTE.replace("\n7\n", "\n7\nan extension\n"),
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("— ", "- "),
        NOTE[: NOTE.index("—")],
        NOTE.replace("Hh8=", "Hh9="),
        NOTE + "x" * (1 << 16),
    ],
)
def test_what_is_not_spelled_exactly_is_no_checkpoint(text: str) -> None:
    assert text != NOTE
    with pytest.raises(TamperedError):
        KEY.public.verify(text)


@pytest.mark.parametrize("text", ["", "a", "a+b", "a+b+c", "remit.ledger+00000000+AQ==", "x" + KEY.public.text()])
def test_a_text_that_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(LedgerUnavailableError, match="no Ed25519 key") as refused:
        PublicKey.parse(text)
    assert refused.value.code == "ledger.unavailable.key"
