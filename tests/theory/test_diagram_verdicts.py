"""Incentives of random influence diagrams, each compared with what PyCID finds by going through paths."""

import json
from pathlib import Path
from typing import Any

import pytest

from remit.theory.influence.diagrams import diagram, incentives

DIAGRAMS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "influence_diagrams.json").read_text(encoding="utf-8")
)["diagrams"]


@pytest.mark.parametrize("place", range(len(DIAGRAMS)))
def test_the_verdicts_are_those_of_pycid(place: int) -> None:
    wanted = DIAGRAMS[place]
    edges = [(edge.split(">")[0], edge.split(">")[1]) for edge in wanted["edges"]]
    found = incentives(diagram(edges, decision=wanted["decision"], utilities=wanted["utilities"]))
    assert {
        "ICI": sorted(found.instrumental_control),
        "RI": sorted(found.response),
        "VoI": sorted(found.value_of_information),
        "VoC": sorted(found.value_of_control),
    } == {kind: wanted[kind] for kind in ("ICI", "RI", "VoI", "VoC")}


def test_the_diagrams_tell_the_incentives_apart() -> None:
    told = {kind: sum(bool(one[kind]) for one in DIAGRAMS) for kind in ("ICI", "RI", "VoI", "VoC")}
    assert all(count >= 20 for count in told.values())
    assert sum(one["RI"] != one["VoI"] for one in DIAGRAMS) >= 40
