from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.cli.charter.fixing import apply_patch
from remit.errors import CharterConflictError

LINES = st.lists(st.sampled_from(["a", "b", "  c: 1", "", "- x", "+ y", "@@"]), max_size=12)


@given(LINES, LINES)
def test_applying_a_diff_gives_the_other_text(old: list[str], new: list[str]) -> None:
    before, after = "".join(f"{line}\n" for line in old), "".join(f"{line}\n" for line in new)
    patch = "".join(
        difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), "a/x", "b/x")
    )
    assert apply_patch(before, patch) == after


def test_a_patch_for_another_text_is_refused_with_the_line() -> None:
    patch = "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n one\n-two\n+deux\n"
    with pytest.raises(CharterConflictError, match="line 2"):
        apply_patch("one\nthree\n", patch)
    with pytest.raises(CharterConflictError, match="line 2"):
        apply_patch("one\n", patch)


def test_the_last_line_needs_no_newline() -> None:
    patch = "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n one\n-two\n\\ No newline at end of file\n+deux\n"
    assert apply_patch("one\ntwo", patch) == "one\ndeux\n"
