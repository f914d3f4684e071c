"""Reading a case: strict, with the place of everything that is wrong, and bounded whatever it is given."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.assurance.case_folder import CaseFolder

from remit.assurance.case import Case, ClaimKind
from remit.assurance.reader import find_case, parse_case, read_case
from remit.assurance.schema import json_schema
from remit.charter.plain_lines import read_plainly
from remit.charter.positions import DocumentBuilder
from remit.charter.reader import read_document
from remit.errors import CaseError, CharterError
from remit.finding import Finding

ROOT = Path(__file__).parents[2]
SMALL = "case: {id: a}\nclaims:\n  C-1:\n    text: it stops\n    kind: control\n"


def faults(text: str) -> list[Finding]:
    with pytest.raises(CaseError) as caught:
        parse_case(text, path="case.yaml")
    return [finding for finding in caught.value.findings if isinstance(finding, Finding)]


@pytest.mark.requirement("CASE-01")
@pytest.mark.parametrize(
    ("text", "place", "code", "says"),
    [
        ("", "1:1", "REMIT-A007", "empty"),
        ("- a\n", "1:1", "REMIT-A007", "a list"),
        ("case: [\n", "2:1", "REMIT-A004", "a value is missing"),
        ("case: {id: a}\ncase: {id: b}\n", "2:1", "REMIT-A005", "`case` is written twice"),
        (SMALL + "  C-1: {}\n", "6:3", "REMIT-A005", "`C-1` is written twice"),
        (SMALL + "---\nx: 1\n", "6:1", "REMIT-A006", "second document"),
        (SMALL + "x: " + "[" * 60 + "]" * 60 + "\n", "6:43", "REMIT-A008", "nested deeper"),
        (SMALL + "x: *y\n", "6:4", "REMIT-A010", "`&y`"),
        (SMALL + "x: !!python/name:os.system\n", "6:4", "REMIT-A011", "python/name"),
        (SMALL + "clams: {}\n", "6:1", "REMIT-A020", "unknown key `clams`"),
        (SMALL + "    gat: true\n", "6:5", "REMIT-A020", "unknown key `gat` in `claims.C-1`"),
        ("case: {}\n", "1:1", "REMIT-A021", "`case` has no `id`"),
        ("claims: {}\n", "1:1", "REMIT-A021", "the case has no `case`"),
        (SMALL + "    gate: yes\n", "6:5", "REMIT-A022", "`yes` is not `true` or `false`"),
        (SMALL + "    support: C-2\n", "6:5", "REMIT-A022", "`C-2` is not a list"),
        (SMALL + "    min_independence: '2'\n", "6:5", "REMIT-A022", "not a whole number"),
        (SMALL.replace("control", "contrl"), "5:5", "REMIT-A023", "`contrl` is not allowed"),
        (SMALL + "    min_independence: 0\n", "6:5", "REMIT-A024", "at least 1"),
        (SMALL + "    ttl: 3 years\n", "6:5", "REMIT-A025", "`3 years` cannot be read"),
        (SMALL + "  charter: {text: so, kind: control}\n", "6:3", "REMIT-A025", "`charter` cannot be read"),
        (SMALL + "evidence: {C-1: {kind: review, file: a, sha256: 'sha256:1', produced_at: now, produced_by: {tool: t}, result: pass}}\n", "6:41", "REMIT-A025", "is not a digest"),
        (SMALL + "arguments: {C-1: {from: [C-1], to: C-1}}\n", "6:13", "REMIT-A026", "`C-1` is an id of arguments and of claims"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_form_is_found_at_its_place(text: str, place: str, code: str, says: str) -> None:
    found = faults(text)
    assert [
        item for item in found if str(item.where) == f"case.yaml:{place}" and item.code == code and says in item.message
    ]
    assert all(item.hint and "the charter" not in item.message for item in found)


@pytest.mark.requirement("CASE-01")
def test_everything_that_is_wrong_is_found_at_once() -> None:
    text = SMALL.replace("control", "contrl") + "    gat: true\nclams: {}\n"
    assert [item.code for item in faults(text)] == ["REMIT-A023", "REMIT-A020", "REMIT-A020"]


@pytest.mark.requirement("CASE-01")
def test_what_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    big = tmp_path / "case.yaml"
    big.write_bytes(b"# " + b"x" * (4 * 1024 * 1024))
    with pytest.raises(CaseError, match="larger than 4 MiB"):
        read_case(big)
    bomb = SMALL + "x1: &x1 [a, a, a, a, a, a, a, a, a, a]\n"
    bomb += "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]\n" for n in range(2, 12))
    assert [item.code for item in faults(bomb)] == ["REMIT-A009"]


@pytest.mark.requirement("CASE-01")
def test_only_an_ordinary_file_is_read_and_nothing_blocks(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("/dev/null", "/dev/zero", str(tmp_path / "pipe"), str(tmp_path), str(tmp_path / "none")):
        with pytest.raises(CaseError):
            read_case(name)
    (tmp_path / "latin.yaml").write_bytes(b"case: {id: a}\n# \xe9\n")
    with pytest.raises(CaseError, match="0xe9"):
        read_case(tmp_path / "latin.yaml")


def test_every_part_of_a_case_is_read() -> None:
    moment = "2026-11-20T16:03:00+02:00"
    text = (
        SMALL
        + f"""    ttl: 2w
evidence:
  E-1:
    kind: review
    file: evidence/r.json
    sha256: sha256:{"a" * 64}
    produced_by: {{tool: remit case attest}}
    produced_at: {moment}
    result: inconclusive
    n: 4
    k: 3
approvals:
  - {{by: Ada, digest: "sha256:{"b" * 64}", decision: reject, dissent: no}}
"""
    )
    case = parse_case(text)
    assert case.claims["C-1"].ttl == timedelta(days=14)
    assert case.claims["C-1"].kind is ClaimKind.CONTROL
    assert case.evidence["E-1"].produced_at == datetime(2026, 11, 20, 14, 3, tzinfo=UTC)
    assert case.evidence["E-1"].where.line == 8
    assert case.approvals[0].dissent == "no"
    assert (case.charter, case.version) == ("remit.yaml", 1)


def test_a_text_is_read_once_and_a_file_that_changed_is_read_anew(tmp_path: Path) -> None:
    path, other = tmp_path / "case.yaml", tmp_path / "other.yaml"
    path.write_text(SMALL, encoding="utf-8")
    other.write_text(SMALL, encoding="utf-8")
    assert read_case(path) is read_case(path)
    assert (read_case(path).file, read_case(other).file) == (str(path), str(other))
    path.write_text("\n" + SMALL.replace("stops", "halts"), encoding="utf-8")
    assert read_case(path).where.line == read_case(other).where.line + 1
    assert read_case(path).digest != read_case(other).digest
    path.write_text(SMALL + "claims: {}\n", encoding="utf-8")
    for _again in range(2):
        with pytest.raises(CaseError, match="is written twice"):
            read_case(path)


@pytest.mark.requirement("GATE-05")
def test_the_digest_is_over_the_argument_and_not_over_evidence_and_approvals() -> None:
    plain = parse_case(SMALL)
    assert parse_case("# a word\n" + SMALL).digest == plain.digest
    assert parse_case(SMALL + "approvals: []\nevidence: {}\n").digest == plain.digest
    assert parse_case(SMALL + "    gate: true\n").digest != plain.digest
    assert parse_case(SMALL.replace("stops", "stops now")).digest != plain.digest


def test_the_nearest_case_is_found_looking_upward(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/case.yaml").write_text(SMALL, encoding="utf-8")
    assert find_case(tmp_path / "a/b") == (tmp_path / "a/case.yaml").resolve()
    assert find_case(tmp_path) is None


@pytest.mark.requirement("CASE-02")
def test_the_committed_json_schema_is_current() -> None:
    committed = json.loads((ROOT / "spec/case.schema.json").read_text(encoding="utf-8"))
    assert committed == json_schema(), "write it again: scripts/write_case_schema.py"


@pytest.mark.requirement("CASE-02")
def test_the_json_schema_accepts_what_is_read_and_refuses_what_is_not(tmp_path: Path) -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    jsonschema.Draft202012Validator.check_schema(json_schema())
    folder = CaseFolder(tmp_path)
    assert list(validator.iter_errors(folder.document)) == []
    assert not validator.is_valid({**folder.document, "clams": {}})
    folder.document["claims"]["C-top"]["ttl"] = "3 years"
    assert not validator.is_valid(folder.document)


LINES = [
    "case:", "  id: a", "  text: it is, well", "- a", "  - b", "  - c: d", "    e: f", "- [a, b]",
    "x: {a: b, c: [d, e]}", "key:", "  k2:", "    k3: v", "# c", "", '  q: "a # b" # c', "  r: 'x'", "z: -5", "z2: a #b",
    "z3: a#b", "l:", "- 1", "- x: 1", "  y: 2", "f: [sha256:aa, b c , 1.5]", 'g: {a: sha256:b, "q": \'w\'}', "n: null",
    "d: 2026-01-01", "e: []", "m: {}", "u: a: b", "v: http://x/y", "w: {a: http://x/y}", "  - - a", "p: a's \"b\"",
    "s: [a 'b, c]", "- k:", "i: [a, [b], {c: d}]", '- "q": 1', "- 'a: b'", " odd: 1", "   odd3: 2", "y: [1,2]",
    "y2: {a:1}", "y3: {a : 1 }", "y5: [a@b, c#d]", "y6: é", "y8: [a?b]", "y11: [x] y", "y12: 'a' b", "y14: 0x1F",
    "y15: [a:b]", "y16: [a :b]", "y18: a:", "y20: *a", "y21: &a b", "y22: !t x", "y23: |", "  lit", "? a", ": b",
    "y24: [a, b,]", "y25: {a}", "y26: {a: }", "_k: 1", "y41: [x, y] # c",
    "o: {a: b,", "  c: d}", "o2: [a, {b: c,", "   d: e}, f]", "o3: {a: b,\n  c: [d,\n  e]} # c", "- [a,\n  b]",
    "  o4: {a: b,\n    \"c\": 'd e',\n   f: g}", "o5: [a, # c", "o6: [a,\n\n  b]", "o7: [a,\n# c\n  b]", "o8: [a,\nb]", "  ]",
    'e1: "a \\"b\\": c" # d', '- "\\\\"', 'e2: {"a\\tb": "\\n", c: "\\"" }', '"e\\"3": 1', 'e4: "\\x41"', "e5: 'a\\n'",
]  # fmt: skip


@pytest.mark.requirement("CASE-06")
@given(
    st.lists(st.sampled_from(LINES), min_size=1, max_size=7),
    st.integers(0, 200),
    st.sampled_from(" :,[]{}#-'\"ab1?*&!|>\\"),
)
def test_what_is_read_plainly_is_read_the_same_by_the_yaml_parser(lines: list[str], at: int, sign: str) -> None:
    text = "\n".join(lines) + "\n"
    for tried in (text, text[:at] + sign + text[at:] if at < len(text) else text):
        builder = DocumentBuilder()
        try:
            plain = read_plainly(tried, path="case.yaml", builder=builder)
        except CharterError:
            continue
        if plain and isinstance(builder.root, dict):
            assert read_document(tried, path="case.yaml") == (builder.root, builder.places)


@pytest.mark.requirement("CASE-06")
def test_a_large_case_is_read_plainly_and_the_same() -> None:
    from bench.assurance import large_case

    text = large_case(60)
    builder = DocumentBuilder()
    assert read_plainly(text, path="case.yaml", builder=builder)
    assert (builder.root, builder.places) == read_document(text, path="case.yaml")
    assert isinstance(parse_case(text), Case)
