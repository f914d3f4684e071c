"""Inspect approval policies: who decides about which tool, in the order Inspect asks."""

from pathlib import Path

import pytest

from remit.charter.importers.drafting import Draft
from remit.charter.importers.inspect import draft_from_inspect
from remit.charter.importers.layout import assemble
from remit.charter.reader import parse_charter
from remit.errors import CharterError
from remit.finding import Where


def draft(tmp_path: Path, text: str, name: str = "approval.yaml") -> Draft:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    made = draft_from_inspect(path)
    parse_charter(assemble(made))
    return made


def test_the_first_approver_that_decides_counts(tmp_path: Path) -> None:
    made = draft(
        tmp_path,
        "approvers:\n"
        "  - {name: auto, tools: read_file, decision: escalate}\n"
        "  - {name: human, tools: 'read_*'}\n"
        "  - {name: auto, tools: read_file}\n",
    )
    assert [(grant.tool, grant.ask) for grant in made.grants] == [("read_file", ("owner",))]


@pytest.mark.parametrize("decision", ["reject", "terminate"])
def test_a_tool_the_policy_rejects_is_not_granted_and_named(tmp_path: Path, decision: str) -> None:
    made = draft(
        tmp_path, f"approvers: [{{name: auto, tools: bash, decision: {decision}}}, {{name: human, tools: '*'}}]\n"
    )
    assert made.grants == ()
    assert any(note.startswith("`bash`: line 1 of the policy rejects it") for note in made.notes)


def test_a_tool_everybody_passes_on_is_rejected_as_inspect_does(tmp_path: Path) -> None:
    made = draft(tmp_path, "approvers: [{name: auto, tools: bash, decision: escalate}]\n")
    assert made.grants == ()
    assert any("no approver of the policy accepts it" in note for note in made.notes)


def test_an_approver_of_ones_own_becomes_a_person(tmp_path: Path) -> None:
    (grant,) = draft(tmp_path, "approvers: [{name: my/llm, tools: bash}]\n").grants
    assert grant.ask == ("owner",)
    assert any("`my/llm` is an approver of your own" in remark for remark in grant.remarks)


def test_an_irreversible_tool_asks_even_where_the_policy_does_not(tmp_path: Path) -> None:
    (grant,) = draft(tmp_path, "approvers: [{name: auto, tools: send_email}]\n").grants
    assert grant.ask == ("owner",)


def test_patterns_are_named_and_never_granted(tmp_path: Path) -> None:
    made = draft(tmp_path, "approvers: [{name: auto, tools: ['web_*', '*']}]\n")
    assert made.grants == ()
    assert any("`web_*`, `*`" in note for note in made.notes)


def test_a_policy_in_json_is_read_too(tmp_path: Path) -> None:
    made = draft(tmp_path, '{"approvers": [{"name": "human", "tools": ["bash"]}]}', "approval.json")
    assert [grant.tool for grant in made.grants] == ["bash"]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("approvers:\n  - name: auto\n    tools: x\n   bad\n", 4, "does not fit the ones above"),
        ("rules: []\n", 1, "there is no `approvers`"),
        ("approvers: human\n", 1, "must be a list, not text"),
        ("approvers:\n  - name: auto\n", 2, "has no `tools`"),
        ("approvers:\n  - tools: x\n", 2, "has no `name`"),
        ("approvers:\n  - name: auto\n    tools: x\n    decision: maybe\n", 4, "`maybe` is not a decision"),
        ("approvers:\n  - name: auto\n    tools: [x, 3]\n", 3, "must be text, not a number"),
        ("- name: auto\n", 1, "the file is a list"),
        ("approvers: []\napprovers: []\n", 2, "approvers"),
        ("approvers: !!python/object:os.system []\n", 1, "tag"),
    ],
)
def test_malformed_policies_are_refused_with_their_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = tmp_path / "approval.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CharterError, match=says) as caught:
        draft_from_inspect(path)
    assert isinstance(caught.value.where, Where)
    assert caught.value.where.line == line
    assert "charter" not in caught.value.message
