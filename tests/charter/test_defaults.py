"""Which defaults were taken."""

from collections.abc import Mapping
from pathlib import Path

from remit.charter.defaults import defaults_taken
from remit.charter.patch import Set, apply
from remit.charter.reader import charter_from_document, parse_charter, read_charter

SMALL = "remit: 1\nagent: {name: clerk}\npurpose: {text: file the invoices}\noverseers: {ops: {}}\n"


def taken(text: str) -> Mapping[str, object]:
    return defaults_taken(parse_charter(text))


def test_a_charter_that_says_nothing_takes_every_default() -> None:
    found = taken(SMALL)
    assert found["oversight.stop.rate"] == 0.05
    assert found["oversight.monitor.response"] == "stop"
    assert found["oversight.approvals.ops.grant"] == 0.8
    assert found["assume.discount"] == 0.97
    assert "oversight.monitor.tamper.response" not in found


def test_what_is_written_is_no_default_even_when_it_equals_one() -> None:
    found = taken(SMALL + "oversight: {stop: {rate: 0.05}, approvals: {ops: {retry: false}}}\nassume: {crash: 0.02}\n")
    assert "oversight.stop.rate" not in found
    assert "oversight.approvals.ops.retry" not in found
    assert "assume.crash" not in found
    assert found["oversight.stop.grace"] == 1


def test_writing_a_default_down_changes_nothing_but_the_list() -> None:
    charter = read_charter(Path(__file__).parent / "support-desk.yaml")
    for path, value in defaults_taken(charter).items():
        written = charter_from_document(apply(charter.document, [Set(path=path, value=value)]))
        assert written.oversight.stop.rate == charter.oversight.stop.rate
        assert set(defaults_taken(written)) == set(defaults_taken(charter)) - {path}
