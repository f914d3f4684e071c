from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Typed = Callable[..., Any]


@pytest.fixture
def smaller(folder: Path) -> Path:
    """The example's charter with its stop outside the cluster."""
    text = (
        (folder / "remit.yaml")
        .read_text(encoding="utf-8")
        .replace("rate: 0.05, at: cluster", "rate: 0.05, at: outside")
    )
    (folder / "smaller.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.usefixtures("smaller", "engine")
def test_a_wider_charter_fails_and_says_what_became_possible(typed: Typed) -> None:
    answer = typed("diff", "smaller.yaml", "remit.yaml")
    assert answer.code == 1
    assert "1 widened" in answer.out
    assert "T3 → T1" in answer.out
    assert "+ k8s.detach_stop  resistance" in answer.out
    assert typed("diff", "smaller.yaml", "remit.yaml", "--fail-on", "resistance").code == 1
    assert typed("diff", "smaller.yaml", "remit.yaml", "--fail-on", "never").code == 0


@pytest.mark.usefixtures("smaller", "engine")
def test_a_narrower_charter_passes(typed: Typed) -> None:
    answer = typed("diff", "remit.yaml", "smaller.yaml")
    assert answer.code == 0
    assert "1 narrowed" in answer.out
    assert "- k8s.detach_stop  resistance" in answer.out


@pytest.mark.usefixtures("smaller")
def test_authority_alone_is_compared_without_an_engine(typed: Typed) -> None:
    answer = typed("diff", "smaller.yaml", "remit.yaml", "--text-only", "--json")
    document = json.loads(answer.out)
    assert answer.code == 1
    assert document["readings"] is None
    assert [change["kind"] for change in document["authority"]] == ["widened"]
    assert typed("diff", "remit.yaml", "remit.yaml", "--text-only").code == 0
    assert typed("diff", "remit.yaml", "--text-only", "--fail-on", "resistance").code == 2


@pytest.mark.usefixtures("smaller", "engine")
def test_json_holds_authority_and_readings(typed: Typed) -> None:
    document = json.loads(typed("diff", "smaller.yaml", "remit.yaml", "--json").out)
    assert document["schema"] == "remit.diff/1"
    assert document["readings"]["tier"] == {"before": "T3", "after": "T1"}
    assert document["readings"]["regressions"]
