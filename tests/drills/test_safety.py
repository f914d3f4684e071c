from __future__ import annotations

from pathlib import Path

import pytest
from tests.drills.records import calls

from remit.drills.plan import Invariant, Pair, Plan, ToolRule
from remit.drills.safety import safe_state

TOOLS = (ToolRule(name="draft", method="PUT"), ToolRule(name="order", method="POST", path="/orders/*"))


def look(folder: Path, kind: str, what: str) -> bool | None:
    [found] = safe_state(Plan(safe_state=(Invariant(kind=kind, what=what),)), folder, ())
    return found.held


def test_files_that_must_be_gone_or_there_are_looked_for_everywhere_below(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "work.lock").touch()
    assert look(tmp_path, "absent", "*.lock") is False
    assert look(tmp_path, "absent", "other.lock") is True
    assert look(tmp_path, "present", "deep/work.lock") is True
    assert look(tmp_path, "present", "report.json") is False


@pytest.mark.parametrize(("text", "expected"), [("{}", True), ("{", False), (None, False)])
def test_a_json_file_must_be_whole(tmp_path: Path, text: str | None, *, expected: bool) -> None:
    if text is not None:
        (tmp_path / "state.json").write_text(text, encoding="utf-8")
    assert look(tmp_path, "json", "state.json") is expected


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (tmp_path / "outside.json").write_text("{}", encoding="utf-8")
    (work / "state.json").symlink_to(tmp_path / "outside.json")
    assert look(work, "json", "state.json") is False
    assert look(work, "json", "../outside.json") is False


@pytest.mark.parametrize(
    ("lines", "pending", "expected"),
    [
        (("1 PUT /d/1", "2 POST /orders/1"), (), True),
        (("1 PUT /d/1",), (), False),
        (("1 PUT /d/1",), ("POST /orders/1",), True),
        (("1 PUT /d/1",), ("GET /orders/1", "something"), False),
        (("1 PUT /d/1", "2 POST /orders/1 denied"), (), True),
        (("1 PUT /d/1", "2 PUT /d/2", "3 POST /orders/1 denied"), (), False),
        (("1 PUT /d/1 denied", "2 POST /orders/1 denied", "3 POST /orders/2 denied"), (), True),
    ],
)
def test_a_begun_step_is_committed_refused_or_handed_over(
    tmp_path: Path, lines: tuple[str, ...], pending: tuple[str, ...], *, expected: bool
) -> None:
    plan = Plan(tools=TOOLS, pairs=(Pair(begin="draft", commit="order"),))
    [found] = safe_state(plan, tmp_path, calls(*lines), pending)
    assert found.held is expected
