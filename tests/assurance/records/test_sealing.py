"""Records are composed in one place and sealed; what a person says of a foreign file is said to be theirs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from remit.assurance.case import Result
from remit.assurance.record import Record
from remit.assurance.records import compose, read_record, seal, wrap
from remit.clock import FixedClock
from remit.digest import sha256_digest
from remit.errors import EvidenceError

GOLDEN = Path(__file__).parent / "golden"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def composed(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "kind": "run_record", "subject": {"charter": "sha256:aa"}, "told": {"image": "sha256:bb"}, "tool": "remit log",
        "version": "1", "clock": FixedClock(NOON), "setting": "here", "result": "pass", "because": ["it held"],
        "said": {"n": 3, "k": 3},
    }  # fmt: skip
    return compose(**{**given, **changes})


def back(document: dict[str, Any]) -> Record:
    return read_record(json.dumps(document).encode(), name="x.json")


@pytest.mark.requirement("RECORD-01")
def test_a_composed_record_reads_back_as_what_was_composed() -> None:
    record = back(composed(run="mailer-1", said={"n": 3, "k": 2, "bound95": 0.13, "more": {"x": [1]}}))
    assert (record.kind, record.tool, record.run, record.produced_at) == ("run_record", "remit log", "mailer-1", NOON)
    assert (record.n, record.k, record.bound95, record.result) == (3, 2, 0.13, Result.PASS)
    assert record.subject == {"charter": "sha256:aa", "image": "sha256:bb"}
    assert record.details["more"] == {"x": [1]}


@pytest.mark.requirement("RECORD-05")
def test_what_a_tool_was_told_is_told_apart_from_what_it_found_out() -> None:
    assert composed()["asserted"] == {"by": "the command line", "subject": {"image": "sha256:bb"}}
    assert "asserted" not in composed(told={})
    assert "asserted" not in composed(told={"charter": "sha256:aa"})
    with pytest.raises(ValueError, match="the subject's `charter` is"):
        composed(told={"charter": "sha256:cc"})


def test_what_a_kind_adds_cannot_overwrite_what_every_record_has() -> None:
    with pytest.raises(ValueError, match="`result` is a key of every record"):
        composed(said={"result": "pass"})


def test_reasons_with_signs_no_terminal_should_see_are_cleaned_before_they_are_sealed() -> None:
    assert back(composed(because=["a\x1b[31m\nb"], setting="x\ty")).because == ("a\ufffd[31m b",)


@pytest.mark.requirement("RECORD-01")
def test_a_seal_is_the_digest_of_all_the_rest_whatever_seal_was_there() -> None:
    plain = {"a": 1, "b": [True, None]}
    assert seal(plain) == {**plain, "sha256": sha256_digest(plain)}
    assert seal({**plain, "sha256": "another"}) == seal(plain)


@pytest.mark.requirement("RECORD-05")
def test_a_person_says_what_a_foreign_file_speaks_of_and_is_named() -> None:
    foreign = read_record((GOLDEN / "ruff.sarif").read_bytes(), name="ruff.sarif")
    record = back(wrap(foreign, {"image": "sha256:bb"}, " Ada ", produced_at=NOON))
    assert record.subject == {"image": "sha256:bb"}
    assert record.produced_at == NOON
    assert record.result is foreign.result
    assert record.details["asserted"] == {"by": "Ada", "subject": {"image": "sha256:bb"}, "produced_at": True}
    assert record.details["wrapped"]["sha256"] == foreign.details["sha256"]
    assert "undated" not in record.details["wrapped"]


@pytest.mark.requirement("RECORD-05")
def test_an_assertion_fills_a_gap_and_never_overrules() -> None:
    foreign = read_record((GOLDEN / "pytest.xml").read_bytes(), name="pytest.xml")
    with pytest.raises(EvidenceError, match="the record says its image is"):
        wrap(foreign, {"image": "sha256:cc"}, "Ada")
    with pytest.raises(EvidenceError, match="the record says itself when it was made"):
        wrap(foreign, {}, "Ada", produced_at=NOON)
    with pytest.raises(EvidenceError, match="nobody is named"):
        wrap(foreign, {"model": "m@1"}, "  ")
    with pytest.raises(EvidenceError, match="a subject has no part `weather`"):
        wrap(foreign, {"weather": "fine"}, "Ada")
    undated = read_record((GOLDEN / "ruff.sarif").read_bytes(), name="ruff.sarif")
    with pytest.raises(EvidenceError, match="no time zone"):
        wrap(undated, {}, "Ada", produced_at=datetime(2026, 11, 20))  # noqa: DTZ001 - that is what is refused


def test_a_file_that_is_undated_stays_so_when_nobody_says_when_it_was_made() -> None:
    foreign = read_record((GOLDEN / "ruff.sarif").read_bytes(), name="ruff.sarif")
    record = back(wrap(foreign, {"image": "sha256:bb"}, "Ada"))
    assert record.produced_at.year == 1970
    assert record.details["wrapped"]["undated"] is True
