"""A fleet of charters assessed side by side gives the bytes each would give alone."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from importlib import resources

import pytest

from remit.charter.reader import parse_charter
from remit.incentives.assessment import assess
from remit.incentives.encoding import encode, to_text

FLEET = ("support-email", "coding-agent", "research-agent", "purchasing-agent", "sre-agent", "founder")
GOALS = 50


def report_bytes(name: str) -> bytes:
    text = (resources.files("remit") / "charters" / f"{name}.yaml").read_text(encoding="utf-8")
    return to_text(encode(assess(parse_charter(text, path=f"{name}.yaml"), goals=GOALS, seed=0))).encode()


def processes() -> Executor:
    return ProcessPoolExecutor(max_workers=2, mp_context=multiprocessing.get_context("spawn"))


def threads() -> Executor:
    return ThreadPoolExecutor(max_workers=3)


@pytest.fixture(scope="module")
def alone() -> list[bytes]:
    return [report_bytes(name) for name in FLEET]


@pytest.mark.slow
@pytest.mark.parametrize("pool", [processes, threads])
def test_a_fleet_in_parallel_gives_the_same_bytes(pool: Callable[[], Executor], alone: list[bytes]) -> None:
    with pool() as workers:
        together = list(workers.map(report_bytes, FLEET))
    assert [len(report) for report in together] == [len(report) for report in alone]
    assert together == alone
    assert len(set(alone)) == len(FLEET)
