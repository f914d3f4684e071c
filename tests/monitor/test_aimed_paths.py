"""Paths in a text are found as by the plain pattern, and a long word is read once, not once from each of its letters."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from remit.monitor.said import aimed

PLAIN = re.compile(r"[\w.~-]*/[\w./~-]+|[\w-]+\.(?:safetensors|gguf|ckpt|pth|pt|bin)\b")
PIECES = st.sampled_from(
    ["a", "x-y", ".", "~", "-", "/", " ", "=", "_", ".pt", ".pth", ".bin", ".ckpt", "pt", "é", "\n", "'"]
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_the_same_paths_are_found_as_by_the_plain_pattern(text: str) -> None:
    assert aimed._PATH.findall(text) == PLAIN.findall(text)


def test_names_that_stand_side_by_side_are_each_found() -> None:
    text = "a.pt-b.bin:weights/c.gguf x.ckpt.pt ./d ~/e"
    assert aimed._PATH.findall(text) == PLAIN.findall(text)
    assert len(aimed._PATH.findall(text)) > 4


def test_a_word_of_a_million_letters_is_read() -> None:
    assert aimed._PATH.findall("x" * 1_000_000 + " y.pt") == ["y.pt"]
