"""Edits of a case: what is not edited stays byte for byte, and what would not read back is never written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.assurance.editing import append_approval, edit_case_file, put_entry, set_fields, write_beside
from remit.assurance.reader import parse_case
from remit.charter.reader import read_document
from remit.errors import CaseError

DIGEST = "sha256:" + "a" * 64
CASE = """\
# the case of a mailer
case: {id: mailer, charter: remit.yaml, subject: {charter: "%s"}}   # who and what

claims:
  # the only claim
  C-stop: {text: it stops, kind: control, gate: true}

# records
evidence: {}   # none yet

defeaters:
  D-load:             # raised on a Monday
    against: C-stop
    type: undercutting
    status: open      # nobody looked
    text: "under load?"
  D-other: {against: C-stop, type: rebutting, text: "never: stops"}
# the end
approvals: []
""".replace("%s", DIGEST)
ENTRY = {
    "kind": "review", "file": "evidence/a.json", "sha256": DIGEST, "subject": {"charter": DIGEST},
    "produced_by": {"tool": "remit case attest"}, "produced_at": "2026-11-21T08:00:00+00:00", "result": "pass", "n": None,
    "setting": "", "supports": ["C-stop"],
}  # fmt: skip


def gone(before: str, after: str) -> list[str]:
    """The lines of a text that another no longer has."""
    left = after.splitlines()
    return [line for line in before.splitlines() if line not in left]


@pytest.mark.requirement("CASE-23")
def test_an_entry_is_added_as_a_block_and_nothing_else_changes() -> None:
    once = put_entry(CASE, "evidence", "E-1", ENTRY)
    twice = put_entry(once, "evidence", "E-2", {**ENTRY, "n": 3, "k": 3})
    assert gone(CASE, twice) == ["evidence: {}   # none yet"]
    assert gone(once, twice) == []
    case = parse_case(twice)
    assert list(case.evidence) == ["E-1", "E-2"]
    assert (case.evidence["E-1"].n, case.evidence["E-2"].n) == (None, 3)
    assert "evidence:  # none yet\n  E-1:\n    kind: review\n" in twice


def test_an_entry_takes_the_place_of_the_one_of_its_name() -> None:
    text = put_entry(put_entry(CASE, "evidence", "E-1", ENTRY), "evidence", "E-2", ENTRY)
    replaced = put_entry(text, "evidence", "E-1", {**ENTRY, "result": "fail"})
    assert list(parse_case(replaced).evidence) == ["E-1", "E-2"]
    assert parse_case(replaced).evidence["E-1"].result.value == "fail"
    assert len(replaced.splitlines()) == len(text.splitlines())


def test_a_missing_section_is_made_at_the_end() -> None:
    text = CASE.replace("evidence: {}   # none yet\n", "")
    assert list(parse_case(put_entry(text, "evidence", "E-1", ENTRY)).evidence) == ["E-1"]
    assert put_entry(text, "evidence", "E-1", ENTRY).startswith(text.rstrip("\n"))


def test_fields_change_in_place_and_their_comments_stay() -> None:
    text = set_fields(CASE, "defeaters", "D-load", {"status": "rebutted", "answer": "E-1", "expires": None})
    assert "    status: rebutted      # nobody looked\n" in text
    assert gone(CASE, text) == ["    status: open      # nobody looked"]
    back = set_fields(text, "defeaters", "D-load", {"status": "open", "answer": None})
    assert back == CASE


def test_fields_of_an_entry_on_one_line_change_too() -> None:
    text = set_fields(CASE, "defeaters", "D-other", {"status": "sustained"})
    assert parse_case(text).defeaters["D-other"].status.value == "sustained"
    assert len(gone(CASE, text)) == 1


def test_approvals_are_added_behind_those_that_are_there() -> None:
    first = append_approval(CASE, {"by": "ops", "role": "lead", "digest": DIGEST, "decision": "approve", "dissent": ""})
    second = append_approval(
        first, {"by": "sam", "role": "x: y", "digest": DIGEST, "decision": "reject", "dissent": 'no "way"'}
    )
    assert gone(first, second) == []
    assert [(one.by, one.dissent) for one in parse_case(second).approvals] == [("ops", ""), ("sam", 'no "way"')]


def test_an_entry_that_is_not_there_cannot_be_changed() -> None:
    with pytest.raises(CaseError, match="no `D-none`"):
        set_fields(CASE, "defeaters", "D-none", {"status": "open"})


@pytest.mark.parametrize(
    "text",
    [
        CASE.replace("\n", "\r\n"),
        CASE.rstrip("\n"),
        CASE.replace(
            "evidence: {}   # none yet",
            "evidence: {E-0: {kind: review, file: x, sha256: '%s', produced_by: {tool: t}, produced_at: '2026-11-21T08:00:00Z', result: pass}}",
        ),
        CASE.replace(
            "evidence: {}   # none yet",
            "evidence:\n    E-0:\n        kind: review\n        file: x\n        sha256: '%s'\n        produced_by: {tool: t}\n        produced_at: '2026-11-21T08:00:00Z'\n        result: pass",
        ),
        CASE.replace("evidence: {}   # none yet", '"evidence": {\n}'),
    ],
    ids=["crlf", "no last line end", "flow", "deep", "quoted and broken"],
)
def test_whatever_the_style_an_entry_reads_back_and_nothing_is_lost(text: str) -> None:
    before, _ = read_document(text)
    after, _ = read_document(put_entry(text, "evidence", "E-1", ENTRY))
    held = before["evidence"]
    assert isinstance(held, dict)
    wanted = {key: value for key, value in ENTRY.items() if value not in (None, "")}
    assert after == {**before, "evidence": {**held, "E-1": wanted}}


_WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)


@given(text=_WORDS, by=_WORDS, role=_WORDS)
def test_any_words_read_back_as_they_were(text: str, by: str, role: str) -> None:
    doubted = put_entry(
        CASE, "defeaters", "D-new", {"against": "C-stop", "type": "rebutting", "text": text, "raised_by": by}
    )
    signed = append_approval(doubted, {"by": by, "role": role, "digest": DIGEST, "decision": "approve"})
    document, _ = read_document(signed)
    defeaters, approvals = document["defeaters"], document["approvals"]
    assert isinstance(defeaters, dict)
    assert isinstance(approvals, list)
    assert (defeaters["D-new"]["text"], defeaters["D-new"]["raised_by"]) == (text, by)
    assert (approvals[0]["by"], approvals[0]["role"]) == (by, role)


def test_an_edit_that_would_make_the_case_unreadable_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(CASE, encoding="utf-8")
    with pytest.raises(CaseError):
        edit_case_file(path, lambda text: put_entry(text, "evidence", "E 1", ENTRY))
    with pytest.raises(CaseError):
        edit_case_file(path, lambda _text: "claims: [")
    assert path.read_text(encoding="utf-8") == CASE
    assert [file.name for file in tmp_path.iterdir()] == ["case.yaml"]


def test_a_case_somebody_else_changes_meanwhile_is_left_to_them(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(CASE, encoding="utf-8")

    def meanwhile(text: str) -> str:
        path.write_text(CASE + "# theirs\n", encoding="utf-8")
        return put_entry(text, "evidence", "E-1", ENTRY)

    with pytest.raises(CaseError, match="changed by somebody else"):
        edit_case_file(path, meanwhile)
    assert path.read_text(encoding="utf-8").endswith("# theirs\n")


def test_a_link_to_a_case_stays_a_link_and_rights_stay(tmp_path: Path) -> None:
    real = tmp_path / "real.yaml"
    real.write_text(CASE, encoding="utf-8")
    real.chmod(0o640)
    link = tmp_path / "case.yaml"
    link.symlink_to(real)
    edit_case_file(link, lambda text: put_entry(text, "evidence", "E-1", ENTRY))
    assert link.is_symlink()
    assert list(parse_case(real.read_text(encoding="utf-8")).evidence) == ["E-1"]
    assert real.stat().st_mode & 0o777 == 0o640


def test_a_record_is_put_beside_the_case_and_the_same_bytes_are_left_alone(tmp_path: Path) -> None:
    case = tmp_path / "case.yaml"
    write_beside(case, "evidence/a.json", b"{}")
    before = (tmp_path / "evidence" / "a.json").stat()
    write_beside(case, "evidence/a.json", b"{}")
    assert (tmp_path / "evidence" / "a.json").stat().st_ino == before.st_ino
    write_beside(case, "evidence/a.json", b"{ }")
    assert (tmp_path / "evidence" / "a.json").read_bytes() == b"{ }"


def test_a_case_that_is_not_there_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="cannot be opened"):
        edit_case_file(tmp_path / "case.yaml", lambda text: text)


def test_a_case_larger_than_any_charter_can_be_edited() -> None:
    large = CASE + f"# {'a' * 1000}\n" * 1100
    assert len(large) > 2**20
    assert parse_case(put_entry(large, "evidence", "E-1", ENTRY)).evidence["E-1"].kind == "review"
    changed = set_fields(large, "defeaters", "D-load", {"owner": "lena"})
    assert parse_case(changed).defeaters["D-load"].owner == "lena"
