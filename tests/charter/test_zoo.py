"""A zoo of broken charters, named for their fault: each gives its own error at its own place, and nothing else."""

import re
from pathlib import Path

import pytest

from remit.charter.faults import SCHEMA_RULES
from remit.charter.reader import diagnose, read_charter
from remit.errors import CharterError
from remit.finding import Where

ZOO = sorted((Path(__file__).parent / "zoo").glob("*.yaml"))
HEADER = re.compile(r"# expect (?P<code>REMIT-S\d{3}) at (?P<line>\d+):(?P<column>\d+)")


def expected(path: Path) -> tuple[str, Where]:
    """The code and place written in the first line."""
    match = HEADER.fullmatch(path.read_text(encoding="utf-8").partition("\n")[0])
    assert match is not None, path.name
    return match["code"], Where(file=str(path), line=int(match["line"]), column=int(match["column"]))


@pytest.mark.requirement("CHARTER-06")
@pytest.mark.parametrize("path", ZOO, ids=[path.stem for path in ZOO])
def test_a_broken_charter_gives_its_error_at_its_place(path: Path) -> None:
    code, where = expected(path)
    with pytest.raises(CharterError) as caught:
        read_charter(path)
    findings = diagnose(path.read_text(encoding="utf-8"), str(path))
    assert [(finding.code, finding.where) for finding in findings] == [(code, where)]
    assert caught.value.where == where
    assert type(caught.value) is SCHEMA_RULES[code].raises


@pytest.mark.parametrize("path", ZOO, ids=[path.stem for path in ZOO])
def test_a_message_is_one_line_without_full_stop_and_comes_with_a_hint(path: Path) -> None:
    for finding in diagnose(path.read_text(encoding="utf-8"), str(path)):
        for text in (finding.message, finding.hint):
            assert text
            assert "\n" not in text
            assert not text.endswith(".")
            assert text[0] == text[0].lower() or text.startswith(("CEL", "RE2", "YAML"))
            assert "Error" not in text
            assert "pydantic" not in text


def test_the_zoo_is_large_and_knows_almost_every_rule() -> None:
    assert len(ZOO) >= 40
    elsewhere = {"REMIT-S001", "REMIT-S002", "REMIT-S003"}  # no file, a large file, bytes: tested in test_reader
    assert {expected(path)[0] for path in ZOO} == SCHEMA_RULES.keys() - elsewhere


@pytest.mark.requirement("CHARTER-01")
def test_both_lines_of_a_duplicate_key_are_named() -> None:
    [finding] = diagnose("remit: 1\nagent: {name: a}\nagent: {name: b}\n")
    assert finding.where == Where(file="remit.yaml", line=3)
    assert "line 2" in finding.hint


@pytest.mark.requirement("CHARTER-02")
def test_an_unknown_key_names_the_nearest_and_the_allowed_ones() -> None:
    [finding] = diagnose("remit: 1\nagent: {name: a}\npurpose: {text: x}\noversigt: {}\n")
    assert finding.hint.startswith("did you mean `oversight`?")
    assert "`catalogue`" in finding.hint


@pytest.mark.requirement("CHARTER-04")
def test_an_unknown_effect_and_an_unknown_kind_name_the_nearest() -> None:
    effect, kind = diagnose(
        "remit: 1\nagent: {name: a}\npurpose: {text: x}\n"
        "grants:\n  - {tool: a, effects: [oversite.stop]}\n  - {tool: b, kind: databse}\n"
    )
    assert effect.hint.startswith("did you mean `oversight.stop`?")
    assert kind.hint.startswith("did you mean `database`?")


@pytest.mark.requirement("CHARTER-05")
def test_a_name_nobody_declared_is_found_wherever_it_is_used() -> None:
    text = (
        "remit: 1\nagent: {name: a}\npurpose: {text: x}\n"
        "grants:\n  - {tool: a, ask: bob, budget: gold}\n"
        "oversight:\n  stop: {by: bob}\n  correct: {by: bob}\n  retask: {by: bob}\n  approvals: {bob: {}}\n"
    )
    assert [(finding.code, finding.where.line) for finding in diagnose(text)] == [
        ("REMIT-S040", line) for line in (5, 5, 7, 8, 9, 10)
    ]
