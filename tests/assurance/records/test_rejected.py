"""A zoo of broken files, each named for its fault; every one is refused with a reason, none is a record."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path

import pytest

from remit.assurance.case import Result
from remit.assurance.record import Record
from remit.assurance.records import read_bytes, read_record
from remit.assurance.records.bounds import LARGEST
from remit.errors import EvidenceError

FOLDER = Path(__file__).parent / "rejected"
FORM = "the record is not in the form of remit.evidence/1: "
REASONS = {
    "dsse-nested.json": "the payload of the envelope is no in-toto statement",
    "dsse-no-statement.json": "the payload of the envelope is no in-toto statement",
    "dsse-not-base64.json": "the payload of the envelope is no base64",
    "dsse-other-payload.json": "the payload of the envelope is no in-toto statement",
    "dsse-unsigned.json": "the envelope is not signed",
    "empty.json": "it is empty",
    "in-toto-names.json": "`passedTests` is no list",
    "in-toto-no-digest.json": "an artifact of the subject has no digest",
    "in-toto-no-subject.json": "the statement has no subject",
    "in-toto-other-predicate.json": "the predicate is not test-result v0.1",
    "in-toto-passed-and-failed.json": "the test `stop (x86)` both passed and failed",
    "in-toto-result.json": "the result is none of PASSED, WARNED and FAILED",
    "inspect-criterion.json": "the criterion of the log is not of the form `METRIC <= NUMBER`",
    "inspect-cut.eval": "the archive is damaged or was cut off",
    "inspect-nan.json": "the file cannot be read: `NaN` is not JSON",
    "inspect-no-header.eval": "the archive holds no `header.json`, as when the log was cut off",
    "inspect-no-task.eval": "it is no log of Inspect: the head has no task or no known status",
    "inspect-unknown-status.json": "it is no log of Inspect: the head has no task or no known status",
    "junit-billion-laughs.xml": "the XML has a document type, which is not read",
    "junit-count.xml": "`tests` of a suite is no number",
    "junit-cut.xml": "the XML is broken: unclosed token: line 1, column 494",
    "junit-deep.xml": "the report has more elements than are read, or they are nested too deeply",
    "junit-external-entity.xml": "the XML has a document type, which is not read",
    "junit-other-xml.xml": "it is XML, but no JUnit report",
    "junit-time.xml": "a time in it is no ISO 8601 text",
    "not-utf-8.json": "the file is not UTF-8",
    "otlp-backwards.json": "a span does not say when it began and ended",
    "otlp-no-id.json": "a span has no ids, or there are more than are read",
    "otlp-scopes.json": "`scopeSpans` is no list",
    "own-asserts-otherwise.json": f"{FORM}it asserts another `image` than it states",
    "own-bound-above-share.json": f"{FORM}`bound95` is no lower bound of the share of `k` in `n`",
    "own-changed.json": "the record was changed after it was sealed",
    "own-cut.json": "the file cannot be read: it breaks off inside a text",
    "own-deep.json": "the record is nested too deeply or holds too many values",
    "own-infinite.json": "the record holds numbers or text that no digest can be taken over",
    "own-key-twice.json": "the file cannot be read: the key `result` is given twice",
    "own-more-than-all.json": f"{FORM}`k` is more than `n`",
    "own-nan.json": "the file cannot be read: `NaN` is not JSON",
    "own-no-subject.json": f"{FORM}`subject`: Field required",
    "own-no-time-zone.json": f"{FORM}`produced_at`: Input should have timezone info",
    "own-no-time.json": f"{FORM}`produced_at`: Field required",
    "own-pass-uncounted.json": f"{FORM}it passes without a trial",
    "own-pass-of-nothing.json": f"{FORM}it passes without a trial",
    "own-seal-of-another.json": "the record was changed after it was sealed",
    "own-several.json": "the file holds 2 records, and a file of evidence holds one",
    "own-terminal.json": f"{FORM}`because.0`: it holds signs that are not printed",
    "own-unknown-kind.json": f"{FORM}there is no kind of evidence `horoscope`",
    "own-unknown-result.json": f"{FORM}`result`: Input should be 'pass', 'fail' or 'inconclusive'",
    "own-unsealed.json": "the record has no seal",
    "pickle.bin": "the file is not UTF-8",
    "prose.txt": "the file cannot be read: it is not JSON",
    "sarif-level.sarif": "a result has a kind or a level that SARIF does not have",
    "sarif-nameless.sarif": "a tool has no name",
    "sarif-result.sarif": "a result is no object",
    "sarif-runs.sarif": "`runs` is no list",
    "sarif-version.sarif": "the log is of another version of SARIF than 2.1.0",
    "table.csv": "the file cannot be read: it is not JSON",
    "unknown.json": "nobody knows its format",
}


def refusal(data: bytes, name: str = "x") -> str:
    """Why some bytes are refused, without the name of the file."""
    with pytest.raises(EvidenceError) as caught:
        read_record(data, name=name)
    assert caught.value.message.startswith(f"`{name}` is no evidence: ")
    return caught.value.message.removeprefix(f"`{name}` is no evidence: ")


def plainly(record: Record) -> tuple[object, ...]:
    """What a record says, but for the digest of the bytes it was read from."""
    return record.kind, record.subject, record.produced_at, record.result, record.n, record.because


@pytest.mark.requirement("RECORD-02")
@pytest.mark.parametrize("name", sorted(REASONS))
def test_a_broken_file_is_refused_with_its_fault(name: str) -> None:
    assert refusal((FOLDER / name).read_bytes(), name) == REASONS[name]


@pytest.mark.requirement("RECORD-02")
def test_every_broken_file_has_a_reason_and_every_format_has_two() -> None:
    names = {path.name for path in FOLDER.iterdir()}
    assert names == REASONS.keys()
    for form in ("own", "inspect", "junit", "sarif", "otlp", "in-toto", "dsse"):
        assert sum(name.startswith(f"{form}-") for name in names) >= 2


@pytest.mark.requirement("RECORD-02")
def test_a_bomb_in_an_archive_is_not_unpacked() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", b" " * (LARGEST + 100))
    assert len(stream.getvalue()) < 100_000
    assert refusal(stream.getvalue()) == "`header.json` unpacks to more than is read"


@pytest.mark.requirement("RECORD-02")
def test_an_archive_with_more_files_than_are_read_is_not_listed() -> None:
    listed = b"PK\x03\x04" + b"PK\x01\x02" * 200_000
    assert refusal(listed) == "the archive lists more files than are read"


@pytest.mark.requirement("RECORD-02")
@pytest.mark.parametrize("packing", ["stored", "deflated", "bzip2", "lzma", "zstandard"])
def test_damage_inside_of_an_archive_is_found_whatever_it_is_packed_with(packing: str) -> None:
    numbers = {"stored": 0, "deflated": 8, "bzip2": 12, "lzma": 14}
    golden = FOLDER.parent / "golden"
    data = (golden / "inspect.eval").read_bytes()
    if packing in numbers:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", numbers[packing]) as archive:
            archive.writestr("header.json", (golden / "inspect.json").read_bytes())
        data = stream.getvalue()
    whole, refused = read_record(data, name="x"), 0
    assert whole.result is Result.PASS
    head = zipfile.ZipFile(io.BytesIO(data)).getinfo("header.json")
    start = head.header_offset + 30 + len(head.filename)
    for at in range(start, start + head.compress_size, max(1, head.compress_size // 40)):
        damaged = bytearray(data)
        damaged[at] ^= 0x10
        try:
            read = read_record(bytes(damaged), name="x")
        except EvidenceError:
            read, refused = None, refused + 1
        assert read is None or plainly(read) == plainly(whole)  # some bits of a packing mean nothing
    assert refused >= 30


@pytest.mark.requirement("RECORD-02")
@pytest.mark.parametrize(
    "data",
    [
        b'{"x":' + b"[" * 100_000,
        b'{"x":[' + b"[]," * 1_000_000 + b"1]}",
        b'{"x":' + b"9" * 10_000 + b"}",
        b'{"runs":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b',"version":"2.1.0"}',
        b"<testsuite>" + b"<x>" * 10_000,
        b"<testsuite>" + b"<x/>" * 600_000 + b"</testsuite>",
        b" " * (LARGEST + 1),
        b"PK\x05\x06" + b"\x00" * 18,
        b"PK\x03\x04" + os.urandom(2000),
        b'{"payloadType":"application/vnd.in-toto+json","payload":7,"signatures":[{"sig":"x"}]}',
    ],
    ids=["brackets", "many", "number", "objects", "elements", "siblings", "large", "zip", "noise", "seven"],
)  # fmt: skip
def test_a_bomb_is_refused_and_nothing_falls_over(data: bytes) -> None:
    assert refusal(data)


@pytest.mark.requirement("RECORD-02")
def test_attributes_inside_one_another_are_read_or_refused_and_nothing_falls_over() -> None:
    value = b'{"arrayValue":{"values":[' * 240 + b"1" + b"]}}" * 240
    data = b'{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":' + value + b"}]}}]}"
    try:
        assert read_record(data, name="x").result is Result.INCONCLUSIVE
    except EvidenceError:
        assert "nested too deeply" in refusal(data)


@pytest.mark.requirement("RECORD-02")
def test_a_sparse_gigabyte_a_pipe_a_device_and_a_folder_are_never_read(tmp_path: Path) -> None:
    sparse = tmp_path / "sparse.json"
    with sparse.open("wb") as file:
        file.truncate(1 << 30)
    os.mkfifo(tmp_path / "pipe")
    for place, why in (
        (sparse, "is larger than 16 MiB"), (tmp_path / "pipe", "is no file"), ("/dev/null", "is no file"),
        ("/dev/zero", "is no file"), (tmp_path, "is no file"), (tmp_path / "none", "is no file"),
        ("a\x00b", "cannot be read"),
    ):  # fmt: skip
        with pytest.raises(EvidenceError, match=why):
            read_bytes(place)


def test_the_bytes_of_a_small_file_are_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"{}")
    assert read_bytes(tmp_path / "a.json") == b"{}"


@pytest.mark.requirement("RECORD-02")
def test_the_name_of_a_file_is_shown_without_what_a_terminal_acts_upon() -> None:
    with pytest.raises(EvidenceError) as caught:
        read_record(b"", name="\x1b[2J\n<b>evil</b>.json")
    assert caught.value.message.isprintable()


@pytest.mark.requirement("RECORD-01")
def test_changing_any_one_value_of_a_record_breaks_its_seal() -> None:
    whole = json.loads((FOLDER.parent / "golden" / "own.json").read_text(encoding="utf-8"))
    for key in whole.keys() - {"sha256", "schema"}:
        other = "x" if whole[key] != "x" else "y"
        assert refusal(json.dumps({**whole, key: other}).encode()) == "the record was changed after it was sealed"
        rest = {name: value for name, value in whole.items() if name != key}
        assert refusal(json.dumps(rest).encode()) == "the record was changed after it was sealed"
