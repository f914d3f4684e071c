"""``--no-color`` before the verb is ``--no-color`` behind it, and nothing else changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

Typed = Callable[..., Any]
_COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9]")


@pytest.fixture(autouse=True)
def coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that shows colours."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("REMIT_NO_COLOR", raising=False)
    monkeypatch.delenv("TERM", raising=False)


@pytest.mark.parametrize(
    "words",
    [
        ("--no-color", "explain", "REMIT-C011"),
        ("explain", "--no-color", "REMIT-C011"),
        pytest.param(("--no-color", "eval", "reliability"), marks=pytest.mark.slow),
        pytest.param(("eval", "--no-color", "reliability"), marks=pytest.mark.slow),
    ],
)
def test_colours_are_forbidden_before_and_behind_the_verb(typed: Typed, words: tuple[str, ...]) -> None:
    coloured = typed(*(word for word in words if word != "--no-color"))
    plain = typed(*words)
    assert _COLOUR.search(coloured.out)
    assert plain.code == coloured.code == 0
    assert plain.out.strip()
    assert not _COLOUR.search(plain.out)


def test_a_verb_there_is_none_of_is_still_a_usage_error(typed: Typed) -> None:
    assert typed("--no-color", "explian").code == 2


def test_a_refusal_has_no_colours_either(typed: Typed, tmp_path: Any) -> None:
    answer = typed("--no-color", "check", str(tmp_path / "none.yaml"))
    assert answer.code == 3
    assert not _COLOUR.search(answer.err)
