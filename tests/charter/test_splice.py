"""Edits in place succeed by themselves: the slower ways of writing are a safety net, not the way."""

from pathlib import Path

import pytest

from remit.charter.patch import Append, Operation, Remove, Set, _spliced, apply, apply_to_text
from remit.charter.reader import read_document

EXAMPLE = (Path(__file__).parent / "support-desk.yaml").read_text(encoding="utf-8")
ODD = """\
remit:   1
grants:
-   tool: a      # first
    ask:  [ops,   lead]
-   tool: b
    args:
        to:
            in:
              - x
              - y     # last

limits: []
nested:
      - - one
        - two
end: {}
"""
ODD_EDITS: list[Operation] = [
    Set(path="grants.0.tool", value="z"),
    Set(path="grants.0.kind", value="shell"),
    Set(path="grants.1.args.to", value={"equals": "x"}),
    Set(path="end.a.b", value=1),
    Set(path="limits", value=[{"tool": "a"}]),
    Append(path="grants", value={"tool": "c"}),
    Append(path="grants.0.ask", value="boss"),
    Append(path="grants.1.args.to.in", value="z"),
    Append(path="limits", value={"tool": "a"}),
    Remove(path="grants.0"),
    Remove(path="grants.0.tool"),
    Remove(path="grants.0.ask.0"),
    Remove(path="grants.0.ask.1"),
    Remove(path="grants.1.args.to.in.1"),
    Remove(path="grants.1.args"),
    Remove(path="limits"),
]
EXAMPLE_EDITS: list[Operation] = [
    Set(path="oversight.stop.at", value="outside"),
    Set(path="runtime.ephemeral", value=True),
    Set(path="grants.0.args.to.domain", value=["a.example"]),
    Append(path="grants.1.effects", value="out.refund"),
    Remove(path="grants.0.budget"),
    Remove(path="oversight.monitor.tamper"),
    Remove(path="budget.agents"),
]


@pytest.mark.requirement("CHARTER-18")
@pytest.mark.parametrize("edit", ODD_EDITS, ids=lambda edit: f"{type(edit).__name__}-{edit.path}")
def test_an_edit_in_place_reads_back_whatever_the_layout(edit: Operation) -> None:
    wanted = apply(read_document(ODD)[0], [edit])
    edited = _spliced(ODD, edit, wanted)
    assert read_document(edited)[0] == wanted
    assert apply_to_text(ODD, [edit]) == edited


@pytest.mark.requirement("CHARTER-18")
@pytest.mark.parametrize("edit", EXAMPLE_EDITS, ids=lambda edit: f"{type(edit).__name__}-{edit.path}")
def test_an_edit_inside_one_line_touches_that_line_only(edit: Operation) -> None:
    old, new = EXAMPLE.splitlines(), apply_to_text(EXAMPLE, [edit]).splitlines()
    assert len(old) == len(new)
    assert sum(one != other for one, other in zip(old, new, strict=True)) == 1


def test_removing_an_entry_takes_its_lines_and_nothing_else() -> None:
    assert apply_to_text(ODD, [Remove(path="grants.0")]) == ODD.replace(
        "-   tool: a      # first\n    ask:  [ops,   lead]\n", ""
    )
    assert apply_to_text(ODD, [Remove(path="grants.1.args.to.in.1")]) == ODD.replace(
        "              - y     # last\n", ""
    )


def test_a_new_item_stands_in_the_column_of_its_neighbours() -> None:
    assert apply_to_text(ODD, [Append(path="grants.1.args.to.in", value="z")]) == ODD.replace(
        "# last\n", "# last\n              - z\n"
    )
