"""Least authority: a patch that ends resistance and leaves the task whole, and nothing in it that is not needed."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from tests.small_charters import SHIPPED, row, tiny

from remit.charter.model import Charter
from remit.charter.reader import parse_charter, read_charter
from remit.incentives.assessment import assess
from remit.incentives.authority import authorised_task_value, least_authority
from remit.incentives.catalogue import with_extensions
from remit.incentives.closing import plan_of
from remit.incentives.edits import Candidate, candidates, edited, operations_of
from remit.incentives.readings.readings import measure, resisting
from remit.incentives.readings.temptation import peaks
from remit.incentives.report import PRIORS, Report
from remit.incentives.text_findings import lint_errors
from remit.incentives.thresholds import KEEP, RESISTS
from remit.incentives.worlds.goals import draw_goals
from remit.incentives.worlds.world import build_world
from remit.theory.estimate import Estimate, exact

GOALS = 80
QUICK = ("founder",)


@cache
def read(stem: str) -> tuple[Charter, Report]:
    """A shipped charter, read as a file of the working directory, with its report."""
    path = next(path for path in SHIPPED if path.stem == stem)
    charter = parse_charter(path.read_text(encoding="utf-8"), path="remit.yaml")
    return charter, assess(charter, goals=GOALS, seed=0)


def patched(charter: Charter, patch: str, folder: Path) -> Charter:
    """The charter after `git apply` of a patch to its file."""
    (folder / "remit.yaml").write_text(charter.source, encoding="utf-8")
    (folder / "least.patch").write_text(patch, encoding="utf-8")
    subprocess.run(["git", "apply", "least.patch"], cwd=folder, check=True, capture_output=True, timeout=240)
    return read_charter(folder / "remit.yaml")


def pressure(charter: Charter, prior: str, count: int) -> tuple[float, float]:
    """Share of goals that gain from resisting, from the start and at the worst moment, measured in the full world."""
    world = build_world(charter, with_extensions(charter))
    resist = resisting(world.blueprint)
    goals = draw_goals(prior, world.feature_names, count, 0)
    found = measure(world, goals, {"resistance": resist})
    counts = found.counts * found.stake
    peak = peaks(world, goals.rewards(world), found.swing, resist).peak
    return found.share("resistance", 0.01).value, float(counts[peak >= 0.01].sum() / max(1, counts.sum()))


def ends_resistance(charter: Charter, goals: int = GOALS) -> bool:
    return all(max(pressure(charter, prior, goals)) < RESISTS for prior in PRIORS)


def chosen(charter: Charter, report: Report) -> tuple[Candidate, ...]:
    """The edits of a report as candidates of the charter."""
    rows = with_extensions(charter)
    world = build_world(charter, rows)
    offered = {one.id: one for one in candidates(world.blueprint, rows)}
    return tuple(offered[edit.id] for edit in report.least_authority.edits)


SOME = [pytest.param(stem, id=stem) for stem in QUICK]
OTHERS = [pytest.param(path.stem, id=path.stem, marks=pytest.mark.slow) for path in SHIPPED if path.stem not in QUICK]


@pytest.mark.slow
@pytest.mark.requirement("READING-10")
@pytest.mark.parametrize("stem", [*SOME, *OTHERS])
def test_the_edits_end_resistance_and_keep_the_task(stem: str) -> None:
    _, report = read(stem)
    least = report.least_authority
    assert least.before.value >= RESISTS  # there was something to end
    assert least.reached
    assert least.after.value < RESISTS
    assert least.task_value >= KEEP
    assert 1 <= len(least.edits) <= 6
    assert all(edit.where.line >= 1 and edit.title for edit in least.edits)


@pytest.mark.requirement("READING-10")
@pytest.mark.parametrize("stem", [*SOME, *OTHERS])
def test_the_patch_applies_to_the_file_and_what_it_makes_checks_clean(stem: str, tmp_path: Path) -> None:
    charter, report = read(stem)
    after = patched(charter, report.least_authority.patch, tmp_path)
    assert after.document != charter.document
    assert ends_resistance(after)
    rows = with_extensions(charter)
    before_value = authorised_task_value(charter, rows)
    assert authorised_task_value(after, with_extensions(after)) >= KEEP * before_value


def for_lint(report: Report) -> int:
    """How many of the edits, the last ones, were added for what lint calls an error."""
    added = re.search(r"then (\d+) more for what lint", report.least_authority.minimal)
    return int(added[1]) if added else 0


@pytest.mark.requirement("READING-10")
@pytest.mark.parametrize("stem", [*SOME, *OTHERS])
def test_no_edit_can_be_left_out(stem: str) -> None:
    charter, report = read(stem)
    edits = chosen(charter, report)
    needed = edits[: len(edits) - for_lint(report)]
    assert ends_resistance(edited(charter, edits))
    for one in needed:
        fewer = edited(charter, [edit for edit in needed if edit != one])
        assert not ends_resistance(fewer, 4 * GOALS), f"{one.id} is not needed"


@pytest.mark.parametrize("stem", [*SOME, *OTHERS])
def test_an_edit_added_for_lint_clears_an_error(stem: str) -> None:
    charter, report = read(stem)
    edits, rows = chosen(charter, report), with_extensions(charter)
    first = len(edits) - for_lint(report)
    errors = [lint_errors(edited(charter, edits[:count]), rows) for count in range(first, len(edits) + 1)]
    assert errors == sorted(errors, reverse=True)
    assert len(set(errors)) == len(errors)


@pytest.mark.requirement("READING-10")
def test_a_charter_without_resistance_needs_no_edit() -> None:
    charter = tiny([row("leak", "out.leak")])
    least = assess(charter, goals=40, catalogue=charter.catalogue).least_authority
    assert (least.edits, least.patch, least.task_value, least.reached) == ((), "", 1.0, True)
    assert least.before.value == least.after.value == 0.0


def test_edits_take_authority_away_and_never_add_it() -> None:
    for path in SHIPPED:
        charter = read_charter(path)
        rows = with_extensions(charter)
        world = build_world(charter, rows)
        had = {grant.tool for grant in charter.grants}
        before = (*world.acts, *world.blueprint.dormant)
        for one in candidates(world.blueprint, rows):
            after = edited(charter, [one])
            assert {grant.tool for grant in after.grants} <= had, one.id
            for act in build_world(after, with_extensions(after)).acts:
                # a narrower way to the same end may take the place of a wide one (sending through an allowed host)
                assert any(act.id == other.id or set(act.adds) <= set(other.adds) for other in before), (one.id, act.id)


def test_removals_come_last_and_from_the_end_so_that_no_index_shifts() -> None:
    charter, _ = read("founder")
    rows = with_extensions(charter)
    drops = [one for one in candidates(build_world(charter, rows).blueprint, rows) if one.id.startswith("drop:")]
    assert len(drops) >= 2
    paths = [str(operation.path) for operation in operations_of(drops)]
    assert paths == sorted(paths, reverse=True)
    assert edited(charter, drops[:1]).grants == charter.grants[1:] or len(edited(charter, drops[:1]).grants) == 1


@pytest.mark.requirement("READING-10")
def test_the_reading_before_is_the_worst_over_every_prior() -> None:
    _, report = read("founder")
    (resistance,) = (one for one in report.overall if one.id == "resistance")
    shares = {prior: found.share1.value for prior, found in resistance.priors.items()}
    assert report.least_authority.before.value == max(shares.values())
    assert np.isfinite(list(shares.values())).all()


@pytest.mark.slow
def test_a_set_that_fails_on_all_goals_gives_way_to_one_that_leaves_nothing_to_resist_with() -> None:
    charter = read_charter(next(path for path in SHIPPED if path.stem == "sre-agent"))
    rows = with_extensions(charter)
    world = build_world(charter, rows)
    asked: list[tuple[str, ...]] = []

    def hard_to_please(after: Charter) -> tuple[str, Estimate]:
        left = resisting(plan_of(after, rows))
        asked.append(left)
        return "linear", exact(0.05 if left else 0.0)

    least = least_authority(world, rows, before=("sparse2", exact(0.5)), verify=hard_to_please, seed=0)
    assert asked[0] != ()  # the search itself leaves an act that is worth nothing to the goals it tried
    assert asked[-1] == ()
    assert least.reached
    assert least.after.value == 0.0
