"""What a certificate says in words is part of what is checked: neither the claim nor its limits can be rewritten."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from remit.theory.notebook import graph
from remit.theory.orbits.certificates import certificate, certificate_faults

Spoil = Callable[[dict[str, Any]], object]


@pytest.fixture
def document() -> dict[str, Any]:
    """The certificate of a hub with three states that are entered for good: two copies of the first."""
    leaves = ["t0", "t1", "t2"]
    found = certificate(graph({"s": leaves, **{leaf: [leaf] for leaf in leaves}}), 0, "t0")
    copied: dict[str, Any] = json.loads(json.dumps(found))
    return copied


@pytest.mark.parametrize(
    "spoil",
    [
        lambda one: one.update(not_licensed="it holds for trained networks"),
        lambda one: one.update(claim=one["claim"].replace("2 times", "9 times")),
        lambda one: one.update(claim=one["claim"].replace("optimal", "chosen")),
        lambda one: one.update(bound="9/10"),
        lambda one: one.update(n=True),
        lambda one: one.update(n=3, bound="3/4", claim=one["claim"].replace("2 times", "3 times")),
        lambda one: one.update(smaller="t1", larger=["t0", "t2"]),
        lambda one: one.update(larger=["t1"]),
        lambda one: one["copies"].__setitem__(0, [["t0", "t1"], ["t1", "t2"]]),
        lambda one: one["model"]["transitions"]["t0"].update(away={"t1": "1"}),
        lambda one: one["model"]["transitions"]["t0"].update(t0={"t0": "1/2", "t1": "1/2"}),
        lambda one: one["model"]["transitions"].pop("t2"),
        lambda one: one.pop("not_licensed"),
    ],
)
def test_a_certificate_that_was_rewritten_does_not_hold(document: dict[str, Any], spoil: Spoil) -> None:
    assert certificate_faults(document) == []
    spoil(document)
    assert certificate_faults(document)
