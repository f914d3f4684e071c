"""Edits: the document and the text tell the same story, and what is not edited stays as it was."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.charter.patch import Append, Operation, Remove, Set, apply, apply_to_text, unified_patch
from remit.charter.positions import CONTROL
from remit.charter.reader import parse_charter, read_document
from remit.charter.writing import write_value
from remit.errors import CharterConflictError, CharterSyntaxError

EXAMPLE = (Path(__file__).parent / "support-desk.yaml").read_text(encoding="utf-8")
BLOCK = """\
# who
remit: 1
agent:
  name: clerk   # the one at the counter
purpose:
  text: file the invoices

# what it may use
grants:
  - tool: crm.read
  # the dangerous one
  - tool: email.send
    ask:
      - ops
    args:
      to: {domain: acme.example}
overseers:
  ops: {}
"""
EDITS: list[Operation] = [
    Set(path="oversight.stop.at", value="outside"),
    Set(path="runtime.ephemeral", value=True),
    Set(path="context.rules", value="read-only"),
    Set(path="agent.name", value="teller"),
    Set(path="grants.0", value={"tool": "crm.write"}),
    Set(path="grants.1.args", value={}),
    Set(path="grants.1.args.to.domain", value=["a.example", "*.b.example"]),
    Set(path="purpose.text", value="sort: the\nmail # today"),
    Append(path="grants", value={"tool": "shell", "when": "call.recipients > 5"}),
    Append(path="limits", value={"effect": "oversight.*", "why": "never touch, the controls"}),
    Append(path="grants.1.ask", value="lead"),
    Remove(path="grants.0"),
    Remove(path="grants.1"),
    Remove(path="grants.1.args"),
    Remove(path="grants.1.args.to"),
    Remove(path="grants.1.ask"),
    Remove(path="overseers.ops"),
    Remove(path="purpose"),
]


def lines(text: str) -> list[str]:
    return text.splitlines()


@pytest.mark.requirement("CHARTER-18")
@pytest.mark.parametrize("source", [BLOCK, EXAMPLE], ids=["block", "flow"])
@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: f"{type(edit).__name__}-{edit.path}")
def test_an_edit_of_the_text_reads_as_the_edit_of_the_document(source: str, edit: Operation) -> None:
    document, _ = read_document(source)
    try:
        wanted = apply(document, [edit])
    except CharterConflictError:
        with pytest.raises(CharterConflictError):
            apply_to_text(source, [edit])
        return
    edited = apply_to_text(source, [edit])
    assert read_document(edited)[0] == wanted


@pytest.mark.requirement("CHARTER-18")
@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: f"{type(edit).__name__}-{edit.path}")
def test_lines_and_comments_outside_the_edit_stay(edit: Operation) -> None:
    edited = lines(apply_to_text(BLOCK, [edit]))
    kept = [line for line in lines(BLOCK) if line in edited]
    touched = len(lines(BLOCK)) - len(kept)
    assert touched <= 7
    assert "# who" in edited
    assert "# what it may use" in edited


def test_a_new_key_is_added_on_its_own_line_in_the_style_around_it() -> None:
    edited = apply_to_text(
        BLOCK, [Set(path="runtime.ephemeral", value=True), Append(path="grants.1.ask", value="lead")]
    )
    assert edited == BLOCK.replace("      - ops\n", "      - ops\n      - lead\n") + "runtime:\n  ephemeral: true\n"


def test_a_comment_behind_an_edited_value_stays() -> None:
    assert "  name: teller   # the one at the counter\n" in apply_to_text(
        BLOCK, [Set(path="agent.name", value="teller")]
    )


def test_the_given_document_is_not_touched() -> None:
    document, _ = read_document(EXAMPLE)
    before = read_document(EXAMPLE)[0]
    apply(document, EDITS[:3])
    assert document == before


def test_later_operations_see_the_earlier_ones() -> None:
    edits: list[Operation] = [
        Append(path="limits", value={"tool": "a"}),
        Set(path="limits.0.tool", value="b"),
        Remove(path="limits.0"),
    ]
    assert apply({"remit": 1}, edits) == {"remit": 1, "limits": []}
    assert read_document(apply_to_text("remit: 1\n", edits))[0] == {"remit": 1, "limits": []}


def test_a_single_name_becomes_a_list_when_one_is_added() -> None:
    source = "remit: 1\ngrants: [{tool: a, ask: ops}]\n"
    assert apply_to_text(source, [Append(path="grants.0.ask", value="lead")]) == source.replace(
        "ask: ops", "ask: [ops, lead]"
    )


def test_an_aliased_value_is_edited_in_one_place_only() -> None:
    source = "a: &x {b: 1}\nc: *x\n"
    edited = apply_to_text(source, [Set(path="c.b", value=2)])
    assert read_document(edited)[0] == {"a": {"b": 1}, "c": {"b": 2}}


def test_a_key_with_a_dot_is_reached_by_a_sequence() -> None:
    document: dict[str, object] = {"helps": {"cap.shell": 0.5}}
    assert apply(document, [Remove(path=("helps", "cap.shell"))]) == {"helps": {}}
    assert read_document(apply_to_text("helps: {cap.shell: 0.5}\n", [Set(path=("helps", "cap.shell"), value=0.7)]))[
        0
    ] == {"helps": {"cap.shell": 0.7}}


@pytest.mark.parametrize(
    "edit",
    [
        Remove(path="nothing"),
        Remove(path="grants.7"),
        Remove(path="grants.first"),
        Set(path="grants.7.tool", value="a"),
        Set(path="remit.x", value=1),
        Append(path="remit", value=1),
        Append(path="agent", value=1),
        Remove(path=()),
    ],
    ids=range(8),
)
def test_a_path_that_leads_nowhere_is_an_error_of_both(edit: Operation) -> None:
    with pytest.raises(CharterConflictError) as first:
        apply(read_document(BLOCK)[0], [edit])
    with pytest.raises(CharterConflictError):
        apply_to_text(BLOCK, [edit])
    assert first.value.code == "charter.conflict.no-such-place"


def test_a_text_that_cannot_be_read_is_not_edited() -> None:
    with pytest.raises(CharterSyntaxError):
        apply_to_text("a: [\n", [Set(path="a", value=1)])


def test_the_diff_is_what_git_reads() -> None:
    edited = apply_to_text(BLOCK, [Set(path="agent.name", value="teller")])
    diff = unified_patch(BLOCK, edited, "charters/remit.yaml")
    assert diff.startswith("--- a/charters/remit.yaml\n+++ b/charters/remit.yaml\n@@ ")
    assert "-  name: clerk   # the one at the counter\n+  name: teller   # the one at the counter\n" in diff
    assert unified_patch(BLOCK, BLOCK, "remit.yaml") == ""
    assert "\\ No newline at end of file" in unified_patch("a: 1", "a: 2", "remit.yaml")


def test_an_edited_charter_is_still_a_charter() -> None:
    edits: list[Operation] = [
        Set(path="oversight.stop.at", value="outside"),
        Set(path="oversight.stop.durable", value=True),
    ]
    charter = parse_charter(apply_to_text(BLOCK, edits))
    assert charter.oversight.stop.at == "outside"


TEXT = st.text(max_size=12).filter(lambda text: not CONTROL.search(text)) | st.sampled_from(
    [
        "NO",
        "null",
        "1",
        "1.5",
        "0x1",
        "~",
        "- a",
        "\\",
        'a\\n"b',
        "a: b",
        "#c",
        "*x",
        "{",
        "a #b",
        " a",
        "a ",
        "---",
        "😀",
        "\u2028",
        "\t",
    ]
)
KEY = st.sampled_from(["a", "b", "grants", "x-y", "true", "1"])
SCALAR = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(-1e12, 1e12) | TEXT
VALUE: st.SearchStrategy[Any] = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3), max_leaves=6
)


@given(value=VALUE)
def test_a_value_is_written_so_that_it_reads_back(value: object) -> None:
    text = f"a: {write_value(value)}\n"
    found = read_document(text)[0]["a"]
    assert found == value
    assert repr(found) == repr(value) or isinstance(value, dict | list | float)


@st.composite
def documents_and_edits(draw: st.DrawFn) -> tuple[str, list[Operation]]:
    """A charter-like text and edits on it."""
    source = draw(
        st.sampled_from([BLOCK, EXAMPLE, "a: 1", "{a: {b: [1, 2]}, c: []}\n", "a:\n- b:\n  - 1\n  - 2\nc:\n"])
    )
    paths = [
        "a",
        "a.b",
        "a.0.b",
        "a.b.0",
        "c",
        "c.d.e",
        "grants",
        "grants.0",
        "grants.0.ask",
        "grants.1.args",
        "grants.1.tool",
        "limits",
        "limits.0",
        "overseers.ops",
        "purpose.text",
        "oversight.stop.rate",
        "agent",
    ]
    path = st.sampled_from(paths)
    small = st.sampled_from([1, "x", "a: b", [], {}, {"k": [1]}, ["p", {"q": "r"}], None, True])
    edit = st.one_of(
        st.builds(Set, path=path, value=small), st.builds(Append, path=path, value=small), st.builds(Remove, path=path)
    )
    return source, draw(st.lists(edit, min_size=1, max_size=4))


@pytest.mark.requirement("CHARTER-18")
@given(case=documents_and_edits())
def test_text_and_document_agree_after_any_edits(case: tuple[str, list[Operation]]) -> None:
    source, edits = case
    document, _ = read_document(source)
    try:
        wanted = apply(document, edits)
    except CharterConflictError:
        with pytest.raises(CharterConflictError):
            apply_to_text(source, edits)
        return
    assert read_document(apply_to_text(source, edits))[0] == wanted
