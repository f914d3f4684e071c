"""How near the batched solver comes to what this machine can do: ``uv run python -m bench.roofline [--write]``.

One thread. Reading speed is measured by summing arrays that fit the second cache, the third, and neither. One pass over
a program reads and writes a known number of bytes: a program without loops is worked out in exactly one, and its
fraction is the time that pass would take at the speed of the cache its values fit, over the time it took. Where a
program loops, sweeps are what it spends: the time is then given in such passes. Arithmetic is no bound here: a maximum
or a multiply-add for each value that is read. Memory is the largest a process of its own ever held.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from os import getloadavg
from pathlib import Path
from typing import Any

import numba
import numpy as np
from bench.instances import INSTANCES, instance
from bench.marked import put_between
from bench.peers import in_blocks

from remit.theory.arrays import Singles
from remit.theory.kernels.wide import WIDTHS
from remit.theory.solvers.batches import Batch, compile_batch, sample_power, total
from remit.theory.solvers.engines import Threads

WIDE = WIDTHS[-1]
RESULTS = Path(__file__).parent / "results" / "roofline.json"
PAGE = Path(__file__).parents[1] / "docs" / "explain" / "speed.md"
SIZES = {"second cache": 512 * 1024, "third cache": 12 * 2**20, "memory": 512 * 2**20}
WORK = 2**31  # bytes that are read to measure a speed


@numba.njit(fastmath=True, nogil=True)  # sums may be taken in any order
def summed(numbers: Singles, times: int) -> float:
    """Read an array over and over."""
    found = np.float32(0.0)
    for turn in range(times):
        part = np.float32(0.0)
        for i in range(len(numbers)):
            part += numbers[i]
        found += part * turn
    return float(found)


def speeds(threads: int = 1) -> dict[str, float]:
    """Bytes all threads together read in a second, each from an array of its own, by where they lie; best of three."""
    found = {}
    for name, size in SIZES.items():
        arrays, times = [np.ones(size // 4, np.float32) for _ in range(threads)], max(1, WORK // size)
        summed(arrays[0], 1)
        took = []
        for _ in range(3):
            with ThreadPoolExecutor(threads) as pool:
                began = time.perf_counter()
                list(pool.map(summed, arrays, [times] * threads))
                took.append(time.perf_counter() - began)
        found[name] = threads * size * times / min(took)
    return found


def bytes_of_a_pass(batch: Batch) -> int:
    """Bytes one pass over 64 rewards reads and writes: values ahead, rewards, and the value of each state."""
    groups = batch.program.groups
    values = len(groups.targets) + len(groups.commons) + 2 * len(batch.order)
    return values * WIDE * 4 + groups.stays.nbytes + groups.targets.nbytes + groups.gains.nbytes + groups.weights.nbytes


def level_of(batch: Batch) -> str:
    """Which of ``SIZES`` holds the values of 64 rewards."""
    size = len(batch.order) * WIDE * 4
    return "second cache" if size <= 2**20 else "third cache" if size <= 24 * 2**20 else "memory"


def measure(name: str, speed: dict[str, float], repeats: int) -> dict[str, Any]:
    """How long solving takes, beside how long the bytes of one pass would."""
    given = instance(name)
    batch = compile_batch(given.mdp, given.discount)
    rewards = in_blocks(batch, given.rewards())
    took: dict[int, float] = {}
    for threads in (1, 2):
        times = []
        for _ in range(repeats):
            began = time.perf_counter()
            total(batch, rewards, threads=threads, certify=False)
            times.append(time.perf_counter() - began)
        took[threads] = min(times)
    blocks = -(-given.rewards_count // WIDE)
    bound = blocks * bytes_of_a_pass(batch) / speed[level_of(batch)]
    return {
        "instance": name,
        "seconds": took[1],
        "two_threads": took[2],
        "blocks": blocks,
        "level": level_of(batch),
        "bound": bound,
        "loops": batch.looping,
    }


MEMORY = """
import gc, sys
from bench.instances import instance
from bench.memory import forget_peak, held
from remit.theory.solvers.batches import compile_batch, sample_power
from remit.theory.solvers.engines import Threads
given = instance(sys.argv[1])
gc.collect()
before = held("VmRSS")
forget_peak()
batch = compile_batch(given.mdp, given.discount)
sample_power(batch, samples=int(sys.argv[2]), seed=1, engine=Threads(1), certify=False)
print(given.mdp.states_count, before, held("VmHWM"))
"""


def memory(name: str, samples: int) -> dict[str, Any]:
    """What a process held with the model alone, and the largest it held while POWER was sampled, in MiB."""
    command = [sys.executable, "-c", MEMORY, name, str(samples)]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)  # noqa: S603 (ourselves)
    states, before, after = (float(number) for number in done.stdout.split())
    return {"instance": name, "states": int(states), "samples": samples, "model": before, "peak": after}


def parallel(samples: int) -> dict[str, float]:
    """Seconds of POWER of A1 on one thread and on two, compiled beforehand."""
    given = instance("A1")
    batch = compile_batch(given.mdp, given.discount)
    sample_power(batch, samples=WIDE, seed=1)
    found = {}
    for threads in (1, 2):
        began = time.perf_counter()
        sample_power(batch, samples=samples, seed=1, engine=Threads(threads), certify=False)
        found[str(threads)] = time.perf_counter() - began
    return found


def tables(document: dict[str, Any]) -> list[str]:
    """The tables of the page."""
    speed = ", ".join(f"{name} {value / 1e9:.0f} GB/s" for name, value in document["speeds"].items())
    pair = ", ".join(f"{value / document['speeds'][name]:.2f} x" for name, value in document["speeds_of_two"].items())
    lines = [
        f"Load average {document['load']:.1f}. Read by one thread: {speed}.",
        f"Two threads together read as many times as much: {pair}; where reading is the bound, a second gains no more.",
        "",
        "| instance | solving, one thread | two threads | 64 rewards lie in | one pass at the roofline | that is |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in document["instances"]:
        share = row["bound"] / row["seconds"]
        said = f"{row['seconds'] / row['bound']:.0f} passes" if row["loops"] else f"{100 * share:.0f} % of the roofline"
        pair = f"{1e3 * row['seconds']:.1f} ms | {row['seconds'] / row['two_threads']:.2f} x"
        lines.append(f"| {row['instance']} | {pair} | {row['level']} | {1e3 * row['bound']:.2f} ms | {said} |")
    lines += ["", "| instance | states | rewards | model alone | peak | added, a state |", "| --- " * 6 + "|"]
    for row in document["memory"]:
        added = (row["peak"] - row["model"]) * 2**20 / row["states"]
        sizes = f"{row['model']:.0f} MiB | {row['peak']:.0f} MiB | {added:.0f} bytes"
        lines.append(f"| {row['instance']} | {row['states']:,} | {row['samples']:,} | {sizes} |")
    one, two = document["parallel"]["1"], document["parallel"]["2"]
    ratio = f"{one:.2f} s on one thread, {two:.2f} s on two ({one / two:.2f} x)"
    return [*lines, "", f"POWER of A1 over {document['samples']:,} rewards: {ratio}."]


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--samples", type=int, default=65_536)
    parser.add_argument("--write", action="store_true", help="write bench/results/roofline.json and the page")
    given = parser.parse_args()
    load = getloadavg()[0]
    speed = speeds()
    names = [name for name in INSTANCES if name != "A2"]
    document = {
        "load": load,
        "speeds": speed,
        "speeds_of_two": speeds(2),
        "instances": [measure(name, speed, given.repeats) for name in names],
        "memory": [memory(name, samples) for name in ("A1", "A2") for samples in (64, 1024)],
        "parallel": parallel(given.samples),
        "samples": given.samples,
    }
    lines = tables(document)
    print("\n".join(lines))
    if given.write:
        RESULTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        put_between(PAGE, "roofline", "\n".join(lines))


if __name__ == "__main__":
    main()
