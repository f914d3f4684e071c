from __future__ import annotations

import re
from itertools import pairwise

import pytest
from tests.example_report import affordance, affordances, drives, sufficiency

from remit.incentives.pages.authority_graph import MOST, authority_graph, shown_affordances
from remit.incentives.pages.drawing import SHADES, drive_chart, heat_map, shade


def test_a_bar_is_as_long_as_its_share_and_its_whisker_holds_its_end() -> None:
    chart = drive_chart(drives()[:1])
    lengths = [float(found) for found in re.findall(r'width="([\d.]+)" height="9"', chart)]
    shares = [0.52, 0.55, 0.49, 0.58]
    ratios = [length / share for length, share in zip(lengths, shares, strict=True)]
    assert max(ratios) == pytest.approx(min(ratios), rel=1e-3)
    whiskers = re.findall(r'd="M([\d.]+) [\d.]+H([\d.]+)M', chart)
    for length, (low, high) in zip(lengths, whiskers, strict=True):
        start = float(re.search(r'x="([\d.]+)" y="[\d.]+" width', chart)[1])  # type: ignore[index]
        assert float(low) <= start + length <= float(high)


def test_every_cell_of_the_grid_is_drawn_with_its_percentage() -> None:
    grid = heat_map(sufficiency())
    assert len(re.findall(r'<rect [^>]*class="heat\d"', grid)) == len(sufficiency())
    assert "50 %" in grid


def test_shades_rise_with_the_share() -> None:
    values = [0.0, 0.005, 0.01, 0.2, 0.4, 0.7, 1.0]
    assert [shade(value) for value in values] == sorted(shade(value) for value in values)
    assert shade(0.0) == 0
    assert shade(1.0) == len(SHADES) - 1


def test_the_graph_joins_each_affordance_to_what_opens_it_and_to_its_drives() -> None:
    graph = authority_graph(affordances())
    for reading in affordances():
        assert f">{reading.id}<" in graph
    edges = re.findall(r'<path d="([^"]*)" class="edge', graph)
    assert len(edges) >= sum(1 + len({part.partition(".")[0] for part in reading.parts}) for reading in affordances())
    assert len(edges) == len(set(re.findall(r'<path d="[^"]*" class="edge[^"]*"', graph)))
    assert 'href="#affordance-1"' in graph


def test_a_crowded_graph_keeps_what_needs_attention() -> None:
    many = [affordance(f"tool.ordinary_{number}", 3, "ordinary") for number in range(60)]
    worst = affordance("tool.resisting", 4, "resistance", kappa=0.5)
    shown = shown_affordances([*many, worst, affordance("tool.asleep", 5, "dormant")])
    assert len(shown) == MOST
    assert shown[0] is worst
    assert all(reading.classification != "dormant" for reading in shown)


def test_boxes_of_one_column_do_not_overlap() -> None:
    many = [affordance(f"tool.number_{number}", 3, "resistance", tool=f"tool{number}", opened_by=f"grant t{number}")
            for number in range(MOST)]  # fmt: skip
    graph = authority_graph(many)
    boxes = [(float(x), float(y)) for x, y in re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" [^>]*class="box', graph)]
    for column in {x for x, _y in boxes}:
        heights = sorted(y for x, y in boxes if x == column)
        assert all(later - earlier >= 36 for earlier, later in pairwise(heights))
