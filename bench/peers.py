"""Time many rewards on one model against released solvers, in one run: ``uv run --group peers python -m bench.peers``.

Everybody gets the same models, the same rewards and the same tolerance (1e-6 / (1 - g) on values, 1e-6 normalised), and
one thread. Ours solves all rewards, model set-up included, and gets them block by block where they fill whole
blocks; a peer gets ``--few`` of them, in lists of its own where it wants such, and its set-up once, and its time is
scaled to all. Errors are those found against the double precision solver of this package on the same rewards.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from os import getloadavg
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import scipy.sparse as sp
from bench.instances import INSTANCES, Instance, instance
from bench.marked import put_between
from bench.powerplay import powerplay

from remit.theory.arrays import Floats, Singles
from remit.theory.solvers.batches import Batch, compile_batch, sample_power, total
from remit.theory.solvers.batches import solve as solve_batch
from remit.theory.solvers.engines import Threads
from remit.theory.solvers.values import Solver

RESULTS = Path(__file__).parent / "results" / "peers.json"
PAGE = Path(__file__).parents[1] / "docs" / "explain" / "speed.md"
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds for all rewards of an instance; ``scaled`` from how many; the largest error found (normalised)."""

    solver: str
    instance: str
    seconds: float
    setup: float
    scaled_from: int
    error: float


LARGE = {"A2": ("quantecon PI", "quantecon MPI", "sparse VI (numpy)")}
"""Who is asked on a model of a million states, for one reward: the others want it as lists, or as a file to read."""

Peer = Callable[[Instance, Singles], tuple[float, float, Floats]]
"""From an instance and a few rewards to seconds of set-up, seconds of solving, and values f64[S, few], normalised."""


def quantecon_policy(given: Instance, rewards: Singles) -> tuple[float, float, Floats]:
    """QuantEcon's DiscreteDP in state-action pair form, policy iteration, one reward at a time."""
    return _quantecon(given, rewards, "policy_iteration")


def quantecon_modified(given: Instance, rewards: Singles) -> tuple[float, float, Floats]:
    """QuantEcon's DiscreteDP in state-action pair form, modified policy iteration, one reward at a time."""
    return _quantecon(given, rewards, "modified_policy_iteration")


def _quantecon(given: Instance, rewards: Singles, method: str) -> tuple[float, float, Floats]:
    """One reward after another by one of QuantEcon's methods."""
    from quantecon.markov import DiscreteDP

    mdp, owners = given.mdp, given.mdp.row_states
    began = time.perf_counter()
    shape = (mdp.rows_count, mdp.states_count)
    moves = sp.csr_matrix((mdp.probabilities, mdp.successors, mdp.successor_ptr), shape=shape)
    own = np.arange(mdp.rows_count) - mdp.row_ptr[owners]
    model = DiscreteDP(rewards[owners, 0].astype(float), moves, given.discount, owners, own)
    setup, values = time.perf_counter() - began, []
    model.solve(method=method, epsilon=1.0, max_iter=2)  # compiles; not timed
    began = time.perf_counter()
    for column in range(rewards.shape[1]):
        model.R = rewards[owners, column].astype(float)
        epsilon = 2.0 * TOLERANCE / (1.0 - given.discount)
        values.append(model.solve(method=method, epsilon=epsilon, max_iter=100_000).v)
    took = time.perf_counter() - began
    return setup, took, (1.0 - given.discount) * np.array(values).T


def mdpsolver_modified(given: Instance, rewards: Singles) -> tuple[float, float, Floats]:
    """Mdpsolver (C++), modified policy iteration, one thread; its lists are made anew for each reward and not timed."""
    import mdpsolver

    mdp = given.mdp
    rows = range(mdp.rows_count)
    chances = [mdp.probabilities[mdp.successor_ptr[r] : mdp.successor_ptr[r + 1]].tolist() for r in rows]
    columns = [mdp.successors[mdp.successor_ptr[r] : mdp.successor_ptr[r + 1]].tolist() for r in rows]
    states = range(mdp.states_count)
    tall = [chances[mdp.row_ptr[s] : mdp.row_ptr[s + 1]] for s in states]
    wide = [columns[mdp.row_ptr[s] : mdp.row_ptr[s + 1]] for s in states]
    values, setup, took = [], 0.0, 0.0
    for column in range(rewards.shape[1]):
        paid = [[float(rewards[s, column])] * len(tall[s]) for s in states]
        began = time.perf_counter()
        model = mdpsolver.model()
        model.mdp(discount=given.discount, rewards=paid, tranMatProbs=tall, tranMatColumns=wide)
        setup = time.perf_counter() - began if column == 0 else setup
        began = time.perf_counter()
        tolerance = TOLERANCE / (1.0 - given.discount)
        model.solve(algorithm="mpi", tolerance=tolerance, parallel=False, verbose=False, postProcessing=False)
        took += time.perf_counter() - began
        values.append(model.getValueVector())
    return setup, took, (1.0 - given.discount) * np.array(values).T


def sparse_iteration(given: Instance, rewards: Singles) -> tuple[float, float, Floats]:
    """Value iteration in batches, as scipy's sparse product and a maximum over rows: the plain way in numpy."""
    mdp, discount = given.mdp, given.discount
    began = time.perf_counter()
    shape = (mdp.rows_count, mdp.states_count)
    moves = sp.csr_matrix((mdp.probabilities, mdp.successors, mdp.successor_ptr), shape=shape)
    setup = time.perf_counter() - began
    began = time.perf_counter()
    paid = (1.0 - discount) * rewards.astype(float)
    values = rewards.astype(float)
    while True:
        ahead = paid + discount * np.maximum.reduceat(moves @ values, mdp.row_ptr[:-1], axis=0)
        change = float(np.abs(ahead - values).max())
        values = ahead
        if change * discount <= TOLERANCE * (1.0 - discount):
            return setup, time.perf_counter() - began, values


def storm(given: Instance, rewards: Singles) -> tuple[float, float, Floats]:
    """Storm's discounted rewards over its sparse engine; the model comes from a DRN file, whose reading is set-up."""
    import stormpy

    with TemporaryDirectory() as folder:
        file = Path(folder, "model.drn")
        file.write_text(_drn(given, rewards), encoding="ascii")
        began = time.perf_counter()
        model = stormpy.build_model_from_drn(str(file))
        setup = time.perf_counter() - began
    environment = stormpy.Environment()
    wanted = environment.solver().min_max()
    wanted.method = stormpy.environments.MinMaxMethod.VALUE_ITERATION
    wanted.precision = stormpy.environments.Rational(TOLERANCE / (1.0 - given.discount))
    wanted.relative_termination_criterion = False
    discount = Fraction(str(given.discount))
    values, took = [], 0.0
    for column in range(rewards.shape[1]):
        goal = f'R{{"r{column}"}}max=? [Cdiscount={discount.numerator}/{discount.denominator}]'
        (formula,) = stormpy.parse_properties(goal)
        began = time.perf_counter()
        found = stormpy.model_checking(model, formula, only_initial_states=False, environment=environment)
        took += time.perf_counter() - began
        values.append(found.get_finite_value_vector())
    return setup, took, (1.0 - given.discount) * np.array(values).T


def _drn(given: Instance, rewards: Singles) -> str:
    """The model with a reward structure ``r0``, ``r1``, ... for each column."""
    mdp, names = given.mdp, [f"r{column}" for column in range(rewards.shape[1])]
    lines = ["@type: MDP", "@parameters", "", "@reward_models", " ".join(names)]
    lines += ["@nr_states", str(mdp.states_count), "@nr_choices", str(mdp.rows_count), "@model"]
    for state in range(mdp.states_count):
        paid = ", ".join(repr(float(reward)) for reward in rewards[state])
        lines.append(f"state {state} [{paid}]{' init' if state == mdp.start else ''}")
        for row in range(int(mdp.row_ptr[state]), int(mdp.row_ptr[state + 1])):
            lines.append(f"\taction a{row} [{', '.join('0' for _ in names)}]")
            moves = slice(int(mdp.successor_ptr[row]), int(mdp.successor_ptr[row + 1]))
            pairs = zip(mdp.successors[moves].tolist(), mdp.probabilities[moves].tolist(), strict=True)
            lines += [f"\t\t{target} : {chance!r}" for target, chance in sorted(pairs)]
    return "\n".join(lines) + "\n"


PEERS: dict[str, Peer] = {
    "quantecon PI": quantecon_policy,
    "quantecon MPI": quantecon_modified,
    "mdpsolver MPI": mdpsolver_modified,
    "stormpy": storm,
    "sparse VI (numpy)": sparse_iteration,
}


def in_blocks(batch: Batch, rewards: Singles) -> Singles:
    """Rewards as they are worked on, block by block, if there are whole blocks of them; else as they are."""
    width = batch.width(rewards.shape[1])
    blocks = rewards.shape[1] // width
    return np.stack(np.split(rewards, blocks, axis=1)) if blocks * width == rewards.shape[1] else rewards


def ours(given: Instance, rewards: Singles, *, repeats: int, threads: int, certify: bool) -> tuple[float, float]:
    """The least seconds, over repeats, to compile the model and to solve all rewards, and those of compiling alone."""
    lying = in_blocks(compile_batch(given.mdp, given.discount), rewards)
    best, compiling = np.inf, np.inf
    for _ in range(repeats):
        began = time.perf_counter()
        batch = compile_batch(given.mdp, given.discount, threads=threads)
        compiled = time.perf_counter() - began
        total(batch, lying, tolerance=TOLERANCE, threads=threads, certify=certify)
        if time.perf_counter() - began < best:
            best, compiling = time.perf_counter() - began, compiled
    return best, compiling


def truth(given: Instance, rewards: Singles) -> Floats:
    """Values to 1e-10, in double precision."""
    solver = Solver(given.mdp, reward_class=np.arange(given.mdp.states_count), discount=given.discount)
    return solver.state_values(rewards.astype(float), tolerance=1e-10)


def measure(given: Instance, *, few: int, repeats: int, peers: list[str]) -> list[Timing]:
    """Every timing of one instance."""
    name, rewards = given.name, given.rewards()
    if name in LARGE:
        few, repeats, peers = 1, min(repeats, 5), [peer for peer in peers if peer in LARGE[name]]
    some = np.ascontiguousarray(rewards[:, :few])
    exact = truth(given, some)
    batch = compile_batch(given.mdp, given.discount)
    found = solve_batch(batch, some, tolerance=TOLERANCE)
    error = float(np.abs(found.values - exact).max())
    rows = []
    forms = [("remit", 1, False), ("remit, certified", 1, True), ("remit, two threads", 2, False)]
    for label, threads, certify in forms:
        seconds, compiling = ours(given, rewards, repeats=repeats, threads=threads, certify=certify)
        rows.append(
            Timing(
                solver=label,
                instance=name,
                seconds=seconds,
                setup=compiling,
                scaled_from=given.rewards_count,
                error=error,
            )
        )
        show(rows[-1], rows[0])
    for label in peers:
        setup, took, values = PEERS[label](given, some)
        seconds = setup + took * given.rewards_count / few
        gap = float(np.abs(values - exact).max())
        rows.append(Timing(solver=label, instance=name, seconds=seconds, setup=setup, scaled_from=few, error=gap))
        show(rows[-1], rows[0])
    return rows


def show(row: Timing, first: Timing) -> None:
    """Print one line."""
    ratio = row.seconds / first.seconds
    print(
        f"{row.instance:4} {row.solver:20} {1e3 * row.seconds:12.2f} ms  {ratio:10.1f} x  error {row.error:.1e}",
        flush=True,
    )


def fused(samples: int) -> dict[str, float]:
    """Seconds of POWER of every state of A1 over drawn rewards, on one thread and on two."""
    given = instance("A1")
    batch = compile_batch(given.mdp, given.discount)
    sample_power(batch, samples=64, seed=1)
    found = {}
    for threads in (1, 2):
        began = time.perf_counter()
        sample_power(batch, samples=samples, seed=1, engine=Threads(threads), certify=False)
        found[f"{threads}"] = time.perf_counter() - began
        print(f"A1   POWER of {samples} rewards on {threads} threads: {found[f'{threads}']:.2f} s", flush=True)
    return found


def write_page(document: dict[str, Any]) -> None:
    """Put the table into the page, between its marks."""
    lines = [
        f"Load average {document['load'][0]:.1f} before and {document['load'][1]:.1f} after; one thread unless said.",
        "",
        "| instance | solver | all rewards | ratio | largest error (normalised) |",
        "| --- | --- | --- | --- | --- |",
    ]
    first = {row["instance"]: row["seconds"] for row in document["timings"] if row["solver"] == "remit"}
    for row in document["timings"]:
        seconds = row["seconds"]
        shown = f"{1e3 * seconds:,.1f} ms" if seconds < 1 else f"{seconds:,.1f} s"
        ratio = seconds / first[row["instance"]]
        lines.append(f"| {row['instance']} | {row['solver']} | {shown} | {ratio:,.1f} x | {row['error']:.1e} |")
    one, two = (document["power_seconds"][name] for name in ("1", "2"))
    drawn = f"POWER of every state of A1 over {document['samples']:,} drawn rewards"
    lines += ["", f"{drawn}: {one:.2f} s on one thread, {two:.2f} s on two."]
    put_between(PAGE, "peers", "\n".join(lines))


def main() -> None:
    """Measure what is asked for, and write it down where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instances", nargs="*", default=[], choices=[*INSTANCES, []], help="all, unless named")
    parser.add_argument("--few", type=int, default=4, help="rewards a peer is given")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--powerplay", type=Path, metavar="PATH", help="a checkout of POWERplay, timed on G1 as well")
    parser.add_argument("--samples", type=int, default=16_384)
    parser.add_argument("--write", action="store_true", help="write bench/results/peers.json and the page")
    given = parser.parse_args()
    if given.powerplay is not None:
        PEERS["POWERplay"] = powerplay(given.powerplay)
    names = given.instances or list(INSTANCES)
    load = getloadavg()[0]
    rows = []
    for name in names:
        peers = [*given.peers, *(["POWERplay"] if given.powerplay is not None and name == "G1" else [])]
        rows += measure(instance(name), few=given.few, repeats=given.repeats, peers=peers)
    power = fused(given.samples)
    if given.write:
        document = {
            "machine": platform.processor() or platform.machine(),
            "load": [load, getloadavg()[0]],
            "timings": [asdict(row) for row in rows],
            "power_seconds": power,
            "samples": given.samples,
        }
        RESULTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        write_page(document)


if __name__ == "__main__":
    main()
