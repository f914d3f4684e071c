"""Reading: text to charter, with the place of everything that is wrong."""

import copy
import pickle
from pathlib import Path

import pytest

from remit.charter.faults import SCHEMA_RULES
from remit.charter.model import Condition, Quantity
from remit.charter.reader import (
    charter_from_document,
    diagnose,
    find_charter,
    parse_charter,
    read_charter,
    read_document,
)
from remit.errors import CharterConflictError, CharterError, CharterSchemaError, CharterSyntaxError
from remit.finding import Finding, Where

HERE = Path(__file__).parent
EXAMPLE = HERE / "support-desk.yaml"
SMALL = "remit: 1\nagent: {name: clerk}\npurpose: {text: file the invoices}\n"


@pytest.mark.requirement("CHARTER-03")
def test_the_example_of_the_design_is_read_as_written() -> None:
    charter = read_charter(EXAMPLE)
    assert charter.agent.name == "support-desk"
    assert charter.agent.reviewed == "per-plan"
    assert charter.purpose.task[0].when == (Condition(fact="out.tickets", at_least=2),)
    assert charter.overseers["manager"].approves == ("refund",)
    assert charter.credentials[0].source == "env:CRM_TOKEN"
    assert charter.credentials[0].ttl == 3600
    assert charter.budgets["money"].quantity == Quantity(amount=20, unit="EUR", per="day")
    assert charter.budgets["wall"].quantity == Quantity(amount=7200, unit="s")
    assert charter.runtime.memory == 2 * 2**30
    assert charter.runtime.hosts == ("mail.acme.example",)
    assert charter.grants[0].args["to"].known
    assert charter.grants[1].args["amount"].maximum == 80
    assert charter.grants[1].args["amount"].unit == "EUR"
    assert charter.grants[1].ask == ("manager",)
    assert [grant.kind for grant in charter.grants] == ["email", "payments", "database"]
    assert charter.limits[0].effect == "oversight.*"
    assert charter.limits[1].when == "call.recipients > 5"
    assert charter.oversight.stop.covers == {"children", "jobs"}
    assert charter.oversight.stop.durable
    assert charter.oversight.monitor.tamper is not None
    assert charter.oversight.monitor.tamper.response == "rollback"
    assert charter.oversight.approvals["manager"].latency == 2
    assert charter.evidence == {"drill": 30 * 86_400, "eval": 90 * 86_400}


def test_three_sections_are_a_charter_and_everything_else_has_a_default() -> None:
    charter = parse_charter(SMALL)
    assert charter.grants == ()
    assert charter.oversight.stop.rate == 0.05
    assert charter.oversight.stop.grace == 1
    assert charter.oversight.monitor.response == "stop"
    assert charter.assume.discount == 0.97
    assert charter.runtime.hosts is None
    assert charter.memory is None
    assert charter.agent.runs_unreviewed


def test_places_point_at_the_key_of_each_value_and_at_each_item() -> None:
    charter = parse_charter(
        SMALL + "grants:\n  - tool: crm.read\n  - {tool: email.send, ask: [ops]}\noverseers: {ops: {}}\n"
    )
    assert charter.places["grants"] == Where(file="remit.yaml", line=4)
    assert charter.places["grants.0"] == Where(file="remit.yaml", line=5, column=5)
    assert charter.places["grants.1.ask"] == Where(file="remit.yaml", line=6, column=24)
    assert charter.places["grants.1.ask.0"] == Where(file="remit.yaml", line=6, column=30)
    assert charter.grants[1].where == Where(file="remit.yaml", line=6, column=5)


@pytest.mark.requirement("CHARTER-17")
def test_order_comments_and_layout_do_not_change_the_digest() -> None:
    other = "# a comment\npurpose:\n  text: file the invoices\n\nagent:\n  name: 'clerk'\nremit: 1\n"
    assert parse_charter(SMALL).digest == parse_charter(other).digest
    assert parse_charter(SMALL).digest != parse_charter(SMALL.replace("clerk", "clerc")).digest


@pytest.mark.requirement("CHARTER-08")
def test_words_that_older_yaml_takes_for_booleans_are_text() -> None:
    document, _ = read_document("a: NO\nb: yes\nc: on\nd: 2026-01-01\ne: 1:30\nf: 1_000\ng: 0o17\nh: 017\n")
    assert document == {
        "a": "NO",
        "b": "yes",
        "c": "on",
        "d": "2026-01-01",
        "e": "1:30",
        "f": "1_000",
        "g": 15,
        "h": 17,
    }


def test_an_alias_repeats_a_whole_value_without_sharing_it() -> None:
    document, _ = read_document("a: &x [1, {b: 2}]\nc: *x\n")
    assert document == {"a": [1, {"b": 2}], "c": [1, {"b": 2}]}
    assert document["a"] is not document["c"]


def test_a_document_gives_the_same_charter_as_its_text() -> None:
    read = read_charter(EXAMPLE)
    built = charter_from_document(read.document)
    assert built.digest == read.digest
    assert built.oversight.stop.grace == read.oversight.stop.grace
    assert {place.line for place in built.places.values()} == {1}


def test_a_document_given_by_a_caller_is_copied() -> None:
    document = copy.deepcopy(dict(read_charter(EXAMPLE).document))
    charter = charter_from_document(document)
    document["grants"] = []
    assert len(charter.grants) == 3
    assert charter.document["grants"]


@pytest.mark.parametrize(
    "document",
    [{"remit": 1, "agent": object()}, {1: 2}, {"remit": float("nan")}, {"remit": 2**60}, {"a": "\ud800"}, {"\x00": 1}],
)
def test_a_document_no_file_could_hold_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(CharterSyntaxError):
        charter_from_document(document)


def test_a_document_that_contains_itself_is_refused() -> None:
    loop: dict[str, object] = {}
    loop["again"] = loop
    with pytest.raises(CharterSyntaxError, match="nested deeper"):
        charter_from_document(loop)


def test_every_fault_is_found_not_only_the_first() -> None:
    text = SMALL + (
        "grants:\n  - {tool: a, success: 2}\n  - {tool: b, effects: [ovrsight.stop], ask: bob}\n"
        "limits: [{}]\noversight: {stop: {at: hots}}\nbudget: {money: 5 EUR}\n"
    )
    assert [(finding.code, finding.where.line) for finding in diagnose(text)] == [
        ("REMIT-S025", 5),
        ("REMIT-S027", 6),
        ("REMIT-S040", 6),
        ("REMIT-S024", 8),
    ]


def test_an_error_speaks_of_the_first_fault_and_carries_all() -> None:
    with pytest.raises(CharterSchemaError) as caught:
        parse_charter(SMALL + "grnts: []\nlimts: []\n", path="here.yaml")
    error = caught.value
    assert error.code == "charter.schema.unknown-key"
    assert str(error) == "here.yaml:4:1: unknown key `grnts` (and 1 more)"
    assert "`grants`" in error.hint
    assert [finding.where.line for finding in error.findings if isinstance(finding, Finding)] == [4, 5]
    assert pickle.loads(pickle.dumps(error)).findings == error.findings  # noqa: S301 - made two lines above


def test_names_that_do_not_fit_are_a_conflict() -> None:
    with pytest.raises(CharterConflictError) as caught:
        parse_charter(SMALL + "oversight: {stop: {by: ops}}\n")
    assert caught.value.code == "charter.conflict.unknown-name"


def test_a_file_is_found_in_the_folder_or_above(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "remit.yaml").write_text(SMALL, encoding="utf-8")
    assert find_charter(tmp_path / "a" / "b") == (tmp_path / "remit.yaml").resolve()


def test_no_file_anywhere_is_an_error_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(CharterSyntaxError) as caught:
        find_charter(tmp_path)
    assert "remit init" in caught.value.hint


def test_a_missing_file_and_a_folder_are_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(CharterSyntaxError, match="no such file"):
        read_charter(tmp_path / "none.yaml")
    with pytest.raises(CharterSyntaxError, match="is a folder"):
        read_charter(tmp_path)


def test_a_byte_order_mark_is_not_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "remit.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.encode())
    assert read_charter(path).agent.name == "clerk"


@pytest.mark.requirement("CHARTER-07")
def test_bytes_that_are_no_utf8_are_placed(tmp_path: Path) -> None:
    path = tmp_path / "remit.yaml"
    path.write_bytes(b"remit: 1\nagent: {name: caf\xe9}\n")
    with pytest.raises(CharterSyntaxError) as caught:
        read_charter(path)
    assert caught.value.where == Where(file=str(path), line=2, column=18)
    assert caught.value.code == "charter.syntax.not-text"


@pytest.mark.requirement("CHARTER-07")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("remit: 1\x00\n", "REMIT-S003"),
        ("a: \x1b[31m\n", "REMIT-S003"),
        ("a: \ud800\n", "REMIT-S003"),
        ('a: "\\ud800"\n', "REMIT-S003"),
        ('a: "\\e[31m"\n', "REMIT-S003"),
        ('"\\0": 1\n', "REMIT-S003"),
        ("a: " + "x" * (1024 * 1024), "REMIT-S002"),
        ("a: " + "é" * (600 * 1024), "REMIT-S002"),
        ("a: " + "[" * 500_000, "REMIT-S008"),
        ("a: {" * 200_000, "REMIT-S008"),
        ("- " * 400_000, "REMIT-S008"),
        ("".join(" " * depth + "a:\n" for depth in range(300)), "REMIT-S008"),
        ("[" + "1," * 200_000 + "]", "REMIT-S009"),
        ("a: &a '" + "y" * 200_000 + "'\nb: [" + "*a," * 5_000 + "]", "REMIT-S009"),
        ("a: &a [*a]\n", "REMIT-S010"),
        ("a: &a {b: &b {c: *a}}\n", "REMIT-S010"),
        ("!" * 500_000, "REMIT-S004"),
    ],
    ids=range(17),
)
def test_a_hostile_text_ends_in_its_own_error(text: str, code: str) -> None:
    findings = diagnose(text)
    assert [finding.code for finding in findings] == [code]
    assert len(findings[0].message) <= 300


@pytest.mark.requirement("CHARTER-07")
def test_a_file_of_ten_megabytes_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "bomb.yaml"
    path.write_text("a: [" + "lol, " * 2_100_000 + "]\n", encoding="utf-8")
    with pytest.raises(CharterSyntaxError) as caught:
        read_charter(path)
    assert caught.value.code == "charter.syntax.too-large"


@pytest.mark.requirement("CHARTER-07")
def test_aliases_cannot_nest_a_document_deeper_than_brackets_can() -> None:
    lines = ["a0: &a0 [1]"] + [f"a{n}: &a{n} [[[[*a{n - 1}]]]]" for n in range(1, 12)]
    assert [finding.code for finding in diagnose("\n".join(lines))] == ["REMIT-S008"]


def test_every_rule_has_a_code_a_name_and_one_sentence_of_help() -> None:
    names = [rule.name for rule in SCHEMA_RULES.values()]
    assert len(set(names)) == len(names)
    for code, rule in SCHEMA_RULES.items():
        assert code == rule.code
        assert code.startswith("REMIT-S")
        assert rule.help.endswith(".")
        assert issubclass(rule.raises, CharterError)


@pytest.mark.parametrize(
    "path", sorted((HERE.parents[1] / "src/remit/charters").glob("*.yaml")), ids=lambda path: path.stem
)
def test_every_shipped_charter_is_read(path: Path) -> None:
    assert read_charter(path).grants
