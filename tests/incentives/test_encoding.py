from __future__ import annotations

import json
from typing import Any

import pytest
from tests.example_report import example_report

from remit.incentives.encoding import encode, to_text
from remit.incentives.report import Report, WorldFacts

CLASSES = {"task-tool", "ordinary", "excess-authority", "enabler", "resistance", "conflict", "dormant"}


def broken() -> Report:
    world = example_report().world
    facts = {name: getattr(world, name) for name in WorldFacts.__slots__}
    return example_report(world=WorldFacts(**{**facts, "invariants": (("rows sum to one", False),)}))


@pytest.mark.requirement("CHECK-01")
def test_the_document_has_the_stable_shape() -> None:
    document: Any = encode(example_report())
    assert document["schema"] == "remit.check/1"
    assert document["charter"]["digest"].startswith("sha256:")
    assert {"code", "severity", "file", "line", "column", "message", "hint"} <= document["findings"][0].keys()
    assert document["tier"] in {"T0", "T1", "T2", "T3", "unknown"}
    assert isinstance(document["assumptions"], dict)
    for priors in document["drives"].values():
        assert set(priors) == {"sparse2", "linear", "formula", "iid_outcome"}
        for reading in priors.values():
            assert {"share1", "share10", "low", "high", "mean_gap", "c99"} <= reading.keys()
            assert reading["low"] <= reading["share1"] <= reading["high"]
    wanted = {"id", "tool", "line", "authorised", "class", "kappa", "rho", "u", "gap", "witness"}
    assert all(wanted <= entry.keys() and entry["class"] in CLASSES for entry in document["affordances"])
    assert {"edits", "before", "after", "task_value"} <= document["least_authority"].keys()
    assert {"start", "stopped"} <= document["power"].keys()
    assert document["peak"]["witness"] == ["(stop announced)", "k8s.detach_stop"]


@pytest.mark.requirement("CHECK-01")
def test_the_text_is_json_that_any_reader_takes_and_ends_with_a_newline() -> None:
    text = to_text(encode(example_report()))
    assert json.loads(text)["schema"] == "remit.check/1"
    assert text.endswith("}\n")
    assert "NaN" not in text


@pytest.mark.requirement("CHECK-02")
def test_the_same_report_gives_the_same_text() -> None:
    assert to_text(encode(example_report())) == to_text(encode(example_report()))


def test_numbers_are_cut_to_what_every_machine_agrees_on_and_zero_has_no_sign() -> None:
    document: Any = encode(example_report(task_value=-0.0))
    assert str(document["task_value"]) == "0.0"
    document = encode(example_report(task_value=1 / 3))
    assert document["task_value"] == 0.333333333333


def test_a_report_whose_invariants_failed_holds_no_number() -> None:
    document: Any = encode(broken())
    assert document["withheld"] is True
    assert document["tier"] == "unknown"
    assert (document["drives"], document["affordances"], document["peak"]) == ({}, [], None)
    assert [finding["code"] for finding in document["findings"]].count("REMIT-R007") == 1
    assert document.keys() == encode(example_report()).keys()
