from __future__ import annotations

import math
from random import Random

import pytest

from remit.evals.statistics.separation import Scored, auroc, labels_leak, match, separation, threshold_for

NORMAL = [1] * 33 + [2] * 6 + [3] * 6 + [4] * 11 + [5] * 2  # Hanley and McNeil 1982, table I
ABNORMAL = [1] * 3 + [2] * 2 + [3] * 2 + [4] * 11 + [5] * 33


def trajectory(score: float, label: str, cluster: int = 0, length: int = 10, subject: str = "") -> Scored:
    return Scored(score=score, positive=label == "+", cluster=str(cluster), length=length, subject=subject)


def sample(shift: float, seed: int, clusters: int = 20, each: int = 10) -> list[Scored]:
    draw = Random(seed)
    rows = []
    for cluster in range(clusters):
        level = draw.gauss(0, 0.7)
        for place in range(each):
            positive = place % 2 == 0
            rows.append(
                trajectory(draw.gauss(level + shift * positive, 1), "-+"[positive], cluster, draw.randint(5, 30))
            )
    return rows


def test_the_area_is_the_published_one() -> None:
    assert round(auroc(ABNORMAL, NORMAL), 3) == 0.893


def test_the_area_counts_pairs_and_ties_half() -> None:
    assert auroc([3, 4], [1, 2]) == 1.0
    assert auroc([1, 2], [3, 4]) == 0.0
    assert auroc([1, 1], [1, 1]) == 0.5
    assert auroc([2], [1, 2, 3, 3]) == (1 + 0.5) / 4
    with pytest.raises(ValueError, match="positives and negatives"):
        auroc([], [1])


@pytest.mark.parametrize(("share", "alarms"), [(0.0, 0), (0.01, 0), (0.1, 1), (0.25, 2), (1.0, 10)])
def test_the_threshold_lets_through_no_more_than_was_allowed(share: float, alarms: int) -> None:
    scores = [float(value) for value in range(10)]
    assert sum(score >= threshold_for(scores, share) for score in scores) == alarms


def test_ties_at_the_threshold_are_all_kept_out() -> None:
    assert sum(score >= threshold_for([1.0] * 5 + [2.0] * 5, 0.3) for score in [1.0] * 5 + [2.0] * 5) == 0


@pytest.mark.requirement("STATISTICS-06")
def test_labels_that_go_with_the_subject_are_a_leak() -> None:
    fixed = [trajectory(1, "+", subject="bad"), trajectory(0, "-", subject="good")]
    assert labels_leak(fixed)
    assert not labels_leak([*fixed, trajectory(0, "-", subject="bad")])
    assert not labels_leak([])


@pytest.mark.requirement("STATISTICS-06")
def test_matched_lengths_say_nothing_about_the_label() -> None:
    draw = Random(1)
    rows = [trajectory(0, "+", place, draw.randint(20, 60)) for place in range(60)]
    rows += [trajectory(0, "-", place, draw.randint(10, 40)) for place in range(90)]
    scored = [trajectory(row.length, "-+"[row.positive], int(row.cluster), row.length) for row in rows]
    matched = match(scored, ratio=1.05)
    assert separation(scored, resamples=50).area > 0.75
    assert abs(separation(matched, resamples=50).area - 0.5) < 0.05
    assert sum(row.positive for row in matched) * 2 == len(matched) > 40
    assert all(
        max(a.length, b.length) <= 1.05 * min(a.length, b.length)
        for a, b in zip(matched[::2], matched[1::2], strict=True)
    )


def test_what_finds_no_partner_is_left_out() -> None:
    assert match([trajectory(1, "+", length=10), trajectory(0, "-", length=50)]) == ()
    one = match([trajectory(1, "+", length=10), trajectory(0, "-", length=11), trajectory(5, "-", length=10)])
    assert [row.score for row in one] == [1, 5]


def test_a_separation_reads_as_its_parts() -> None:
    rows = sample(1.5, seed=2)
    found = separation(rows, false_alarms=0.1, resamples=300)
    positives = [row.score for row in rows if row.positive]
    negatives = [row.score for row in rows if not row.positive]
    assert found.area == auroc(positives, negatives)
    assert found.found == sum(score >= found.threshold for score in positives) / 100
    assert sum(score >= found.threshold for score in negatives) <= 10
    assert found.area in found.area_interval
    assert found.found in found.found_interval
    assert (found.positives, found.negatives, found.clusters) == (100, 100, 20)
    assert found.known
    assert found.resolved
    assert 0.3 < found.by_length < 0.7
    assert separation(rows, false_alarms=0.1, resamples=300) == found


def test_what_cannot_be_resolved_or_known_says_so() -> None:
    rows = sample(1.0, seed=3, clusters=6)
    assert not separation(rows, false_alarms=0.01, resamples=50).resolved
    assert not separation(rows, resamples=50).known
    with pytest.raises(ValueError, match="positives and negatives"):
        separation([trajectory(1, "+")])


def test_perfect_separation_still_has_an_interval() -> None:
    rows = [trajectory(float(place % 2), "-+"[place % 2], place // 10) for place in range(120)]
    found = separation(rows, resamples=50)
    assert found.area == found.found == 1.0
    assert found.area_interval.low < 0.95
    assert found.area_interval.high == 1.0
    assert 0.5 < found.found_interval.low < 0.95


def test_no_use_at_all_is_covered_too() -> None:
    inside = sum(0.5 in separation(sample(0.0, seed=seed), resamples=100).area_interval for seed in range(40))
    assert inside >= 36


def test_nothing_allowed_through_finds_nothing_at_equal_scores() -> None:
    rows = [trajectory(1.0, "-+"[place % 2], place // 4) for place in range(48)]
    found = separation(rows, resamples=20)
    assert (found.area, found.found) == (0.5, 0.0)
    assert math.isfinite(found.threshold)
