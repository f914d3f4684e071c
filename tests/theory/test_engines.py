"""Whoever works on the parts of a job, the result has the same bits."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.theory.test_batches import drawn

from remit.errors import ModelError
from remit.theory.solvers.batches import compile_batch, sample_power
from remit.theory.solvers.engines import Ray, Result, Shared, Threads

ON_CLUSTERS = """
import sys, warnings
import numpy as np
from tests.theory.test_batches import drawn
from remit.theory.solvers.batches import compile_batch, sample_power
from remit.theory.solvers.engines import Dask, Ray, Threads

batch = compile_batch(drawn(3, states=60, loops=True), 0.9)
here = sample_power(batch, samples=2000, seed=5, engine=Threads(2))

def same(engine):
    there = sample_power(batch, samples=2000, seed=5, engine=engine)
    return all(
        np.array_equal(getattr(here, name), getattr(there, name)) for name in ("means", "errors")
    ) and here.bound == there.bound

if sys.argv[1] == "dask":
    from distributed import Client, LocalCluster
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True) as cluster, Client(cluster) as client:
        print("same bits:", same(Dask(client)), flush=True)
else:
    import ray
    for attempt in range(1, 6):  # its parts have thirty seconds to find each other, which a busy machine may not give
        try:
            ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=100_000_000)
            break
        except Exception as error:
            if "timed out during startup" not in str(error) or attempt == 5:
                raise
            ray.shutdown()
    print("same bits:", same(Ray()), flush=True)
    ray.shutdown()
"""


def test_threads_of_any_number_give_results_in_the_order_of_the_parts() -> None:
    for count in (1, 2, 5):
        assert Threads(count).map(lambda shared, part: (shared, part), "job", 4) == [("job", part) for part in range(4)]


def test_a_fault_in_a_part_reaches_whoever_asked() -> None:
    with pytest.raises(ZeroDivisionError):
        Threads(2).map(lambda _, part: 1 // part, None, 3)


def test_a_batch_can_be_carried_to_another_process_and_gives_the_same_bits_there() -> None:
    import pickle

    batch = compile_batch(drawn(4, states=40, loops=True), 0.8)
    again = pickle.loads(pickle.dumps(batch))  # noqa: S301 (our own bytes)
    here, there = (sample_power(one, samples=300, seed=1) for one in (batch, again))
    assert np.array_equal(here.means, there.means)
    assert here.bound == there.bound


class Counting:
    """An engine that notes into how many parts the last job was cut."""

    parts = 0

    def map(self, work: Callable[[Shared, int], Result], shared: Shared, parts: int) -> list[Result]:
        """As ``Engine.map``, one part after another."""
        self.parts = parts
        return [work(shared, part) for part in range(parts)]


def test_a_small_job_is_cut_into_few_parts_and_a_large_one_into_as_many_as_there_may_be() -> None:
    batch, engine, cut = compile_batch(drawn(3, states=60, loops=False), 0.9), Counting(), []
    for samples in (64, 2000, 10_000, 100_000):
        sample_power(batch, samples=samples, seed=1, engine=engine)
        cut.append(engine.parts)
    assert cut == [1, 2, 5, 16]


def test_an_engine_without_its_cluster_says_what_to_do() -> None:
    with pytest.raises(ModelError) as caught:
        Ray().map(lambda _, part: part, None, 2)
    assert "ray" in caught.value.hint


@pytest.mark.slow
@pytest.mark.requirement("THEORY-06")
@pytest.mark.parametrize("cluster", ["dask", "ray"])
def test_a_cluster_gives_the_bits_of_threads(cluster: str, tmp_path: Path) -> None:
    program = tmp_path / "on_clusters.py"
    program.write_text(f"if __name__ == '__main__':\n    {ON_CLUSTERS.strip().replace(chr(10), chr(10) + '    ')}\n")
    root = str(Path(__file__).parents[2])
    environment = {
        **os.environ,
        "PYTHONPATH": root,
        "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "300s",
        "DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "300s",
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    }
    done = subprocess.run(
        [sys.executable, str(program), cluster],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert "same bits: True" in done.stdout, done.stdout + done.stderr
