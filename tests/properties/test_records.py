"""Files of evidence from strangers: whatever is in them, they are a record or are refused, and nothing else happens."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.example_counts import examples

from remit.assurance.case import Result
from remit.assurance.kinds import KINDS
from remit.assurance.record import Record
from remit.assurance.records import read_record, seal, wrap
from remit.errors import EvidenceError

GOLDEN = Path(__file__).parent.parent / "assurance" / "records" / "golden"
DOCUMENTS = {
    path.name: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(GOLDEN.iterdir())
    if path.suffix in {".json", ".sarif"} and path.name != "expected.json"
}
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    2**70,
    1.5,
    "",
    "x",
    "\ud800",
    "\x1b[2J",
    [],
    {},
    [[]],
    [{}],
    {"a": []},
    [None],
    1e308,
]


def read(data: bytes) -> Record | None:
    """The record, or nothing where it was refused."""
    refused = ""
    record: Record | None = None
    try:
        record = read_record(data, name="x")
    except EvidenceError as error:
        refused = error.message
    assert refused.isprintable()
    if record is None:
        return None
    for text in (record.tool, record.version, record.run, record.setting, *record.because, *record.subject.values()):
        assert text.isprintable()
    return record


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The document with another value in one place."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


@pytest.mark.requirement("RECORD-02")
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_with_one_odd_value_is_a_record_or_is_refused(name: str) -> None:
    document = DOCUMENTS[name]
    own = document.get("schema") == "remit.evidence/1"
    paths = places(document)
    for path in random.Random(1).sample(paths, min(150, len(paths))):
        for odd in ODD:
            other = changed(document, path, odd)
            try:
                other = seal(other) if own and isinstance(other, dict) else other
            except (ValueError, TypeError):
                continue
            record = read(json.dumps(other).encode())
            assert record is None or wrap(record, {}, "Ada")["result"] == record.result


@pytest.mark.requirement("RECORD-02")
@settings(max_examples=examples(300), deadline=None)
@given(
    name=st.sampled_from(sorted(path.name for path in GOLDEN.iterdir())),
    at=st.floats(0, 1),
    length=st.integers(0, 40),
    noise=st.binary(max_size=20),
)
def test_a_file_with_damaged_bytes_is_a_record_or_is_refused(name: str, at: float, length: int, noise: bytes) -> None:
    data = (GOLDEN / name).read_bytes()
    start = int(at * len(data))
    record = read(data[:start] + noise + data[start + length :])
    assert record is None or record.kind in KINDS


@pytest.mark.requirement("RECORD-02")
@settings(max_examples=examples(200), deadline=None)
@given(st.sampled_from([b"", b"PK\x03\x04", b"<", b"{", b'{"runs":', b"\xff\xfe"]), st.binary(max_size=200))
def test_noise_is_refused(start: bytes, noise: bytes) -> None:
    assert read(start + noise) is None


@pytest.mark.requirement("RECORD-03")
@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.sampled_from(["", "<skipped/>", "<failure/>", "<error/>"]), max_size=12))
def test_a_report_passes_exactly_where_a_test_passed_and_none_failed(ends: list[str]) -> None:
    cases = "".join(f'<testcase name="t{number}">{end}</testcase>' for number, end in enumerate(ends))
    record = read(f'<testsuite name="s" tests="{len(ends)}">{cases}</testsuite>'.encode())
    assert record is not None
    bad = any(end in ("<failure/>", "<error/>") for end in ends)
    assert (record.result is Result.PASS) == ("" in ends and not bad)
    assert (record.result is Result.FAIL) == bad
    assert record.k == ends.count("")
