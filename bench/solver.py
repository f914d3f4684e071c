"""Time the solver against value iteration on worlds like those that charters compile to.

Prints one line per world: its size, wall seconds to compile and to solve all goals (two threads, start values to 1e-9),
milliseconds of CPU per goal for this solver, for batched value iteration with scipy's sparse product, and for the plain
reference (the last two on fewer goals, to the looser tolerance given), the ratios, and the certified error.

Run: ``uv run python -m bench.solver [--goals 2000] [--largest 40000]``
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from remit.theory.mdp import MDP
from remit.theory.solvers.factored import Event, FactoredMDP, Operator, Outcome, explore
from remit.theory.solvers.reference import best_values
from remit.theory.solvers.values import Solver

MODES = ("run", "stop-asked", "correct-asked", "retask-asked", "stopped", "corrected", "retasked", "down")
RUN, STOP, CORRECT, RETASK, STOPPED, CORRECTED, RETASKED, DOWN = range(8)
AGENT = 0b1111
LOOSE = 1e-6


def charter_like(outcomes: int, tools: int, *, jobs: int, decays: bool) -> FactoredMDP:
    """Return a world of outcome facts, capabilities that lead to them, and oversight that can be tampered with."""
    facts = [f"out.{i}" for i in range(outcomes)] + [f"cap.{i}" for i in range(tools)]
    facts += ["ov.monitor", "ov.stop", "ov.correct", "self.restart"] + [f"job.{i}" for i in range(jobs)]
    bit = {fact: 1 << i for i, fact in enumerate(facts)}
    actions, operators = ["idle", "finish"], []
    operators.append(Operator(action=0, modes=0b11111111, outcomes=(Outcome(probability=1.0),)))
    operators.append(Operator(action=1, modes=AGENT, outcomes=(Outcome(probability=1.0, mode=STOPPED),)))

    def offer(name: str, need: int, add: int, chance: float, seen: float) -> None:
        actions.append(name)
        number = len(actions) - 1
        quiet = (Outcome(probability=chance, add=add), Outcome(probability=1.0 - chance))
        caught = (
            Outcome(probability=(1.0 - seen) * chance, add=add),
            Outcome(probability=(1.0 - seen) * (1.0 - chance)),
            Outcome(probability=seen, mode=STOP),
        )
        watched = caught if seen > 0.0 else quiet
        operators.append(
            Operator(action=number, modes=AGENT, require=need, forbid=add | bit["ov.monitor"], outcomes=watched)
        )
        operators.append(
            Operator(action=number, modes=AGENT, require=need | bit["ov.monitor"], forbid=add, outcomes=quiet)
        )

    for i in range(tools):
        offer(f"gain {i}", bit[f"cap.{i - 1}"] if i else 0, bit[f"cap.{i}"], 0.6, 0.0 if i == 0 else 0.15)
    for i in range(outcomes):
        offer(f"do {i}", bit[f"cap.{i % tools}"], bit[f"out.{i}"], 0.5 + 0.05 * i, 0.3 * (i % 2))
    for i in range(jobs):
        offer(f"queue {i}", bit["cap.0"], bit[f"job.{i}"], 0.8, 0.1)
    for name in ("monitor", "stop", "correct"):
        offer(f"break {name}", bit[f"cap.{tools - 1}"], bit[f"ov.{name}"], 0.9, 0.3)
    offer("persist", bit["cap.0"], bit["self.restart"], 0.9, 0.2)
    groups = [oversight(bit)]
    groups += [
        (
            Event(
                modes=0b11111111, require=bit[f"job.{i}"], probability=0.5, add=bit[f"out.{i}"], delete=bit[f"job.{i}"]
            ),
        )
        for i in range(jobs)
    ]
    if decays:
        groups.append((Event(modes=0b11111111, require=bit["cap.0"], probability=0.02, delete=bit["cap.0"]),))
    return FactoredMDP(
        facts=tuple(facts),
        modes=MODES,
        actions=tuple(actions),
        operators=tuple(operators),
        groups=tuple(groups),
        start_facts=bit["cap.0"] if decays else 0,
        always=0b11,
    )


def oversight(bit: dict[str, int]) -> tuple[Event, ...]:
    """Return the competing events of oversight and of the machine itself."""
    stop, correct, restart = bit["ov.stop"], bit["ov.correct"], bit["self.restart"]
    return (
        Event(modes=1 << RUN, forbid=stop, probability=0.05, mode=STOP),
        Event(modes=1 << RUN, forbid=correct, probability=0.03, mode=CORRECT),
        Event(modes=1 << RUN, probability=0.02, mode=RETASK),
        Event(modes=1 << RUN, probability=0.02, mode=DOWN),
        Event(modes=1 << STOP, require=stop, probability=1.0, mode=RUN),
        Event(modes=1 << STOP, require=restart, forbid=stop, probability=1.0, mode=DOWN),
        Event(modes=1 << STOP, forbid=stop | restart, probability=1.0, mode=STOPPED),
        Event(modes=1 << CORRECT, require=correct, probability=1.0, mode=RUN),
        Event(modes=1 << CORRECT, forbid=correct, probability=1.0, mode=CORRECTED),
        Event(modes=1 << RETASK, probability=0.3, mode=RUN),
        Event(modes=1 << RETASK, probability=0.7, mode=RETASKED),
        Event(modes=1 << DOWN, forbid=stop, probability=0.05, mode=STOPPED),
        Event(modes=1 << DOWN, probability=0.3, mode=RUN),
        Event(modes=1 << STOPPED, probability=0.1, mode=CORRECTED),
        Event(modes=1 << CORRECTED | 1 << RETASKED, probability=0.05, mode=STOPPED),
    )


def sparse_iteration(mdp: MDP, rewards: npt.NDArray[np.float64], discount: float) -> npt.NDArray[np.float64]:
    """Return optimal values by batched value iteration with a sparse product, to the loose tolerance."""
    shape = (mdp.rows_count, mdp.states_count)
    product = csr_matrix((mdp.probabilities, mdp.successors, mdp.successor_ptr), shape=shape)
    values = rewards
    while True:
        updated = (1.0 - discount) * rewards + discount * np.maximum.reduceat(
            np.asarray(product @ values), mdp.row_ptr[:-1]
        )
        change, values = np.abs(updated - values).max(), updated
        if change * discount <= LOOSE * (1.0 - discount):
            return values


def timed(work: Callable[[], object], times: int) -> tuple[float, float]:
    """Return the least wall and CPU seconds of several runs."""
    walls, cpus = [], []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return min(walls), min(cpus)


def report(name: str, world: FactoredMDP, goals: int, discount: float, largest: int) -> None:
    """Print one line of the table."""
    explore(world, state_budget=largest)
    searching, _ = timed(lambda: explore(world, state_budget=largest), 3)
    found = explore(world, state_budget=largest)
    mdp = found.mdp
    outcome_mask = sum(1 << i for i, fact in enumerate(world.facts) if fact.startswith("out."))
    _, classes = np.unique(found.codes & outcome_mask, return_inverse=True)
    rewards = np.random.default_rng(1).standard_normal((int(classes.max()) + 1, goals))
    solver = Solver(mdp, reward_class=classes, discount=discount)
    compiling, _ = timed(lambda: solver.start_values(rewards[:, :1]), 1)
    wall, cpu = timed(lambda: solver.start_values(rewards), 3)
    few = np.ascontiguousarray(rewards[:, :32])
    values = solver.state_values(few)
    error = solver.residual_bound(values, few)
    _, sparse = timed(lambda: sparse_iteration(mdp, few[classes], discount), 1)
    one = np.ascontiguousarray(rewards[:, :2])
    _, plain = timed(lambda: best_values(mdp, one[classes], discount, None, LOOSE), 1)
    apart = float(np.abs(values - sparse_iteration(mdp, few[classes], discount)).max())
    ours, theirs, reference = 1e3 * cpu / goals, 1e3 * sparse / 32, 1e3 * plain / 2
    loops = solver.program(at=np.array([0])).looping_steps
    print(
        f"{name:12s} {mdp.states_count:7d} {mdp.transitions_count:9d} {loops:6d}"
        f" {searching:8.3f} {compiling:8.3f} {wall:8.3f} {ours:9.4f} {theirs:9.2f} {reference:9.1f}"
        f" {theirs / ours:8.0f}x {reference / ours:8.0f}x {error:10.1e} {apart:9.1e}",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--goals", type=int, default=2000)
    parser.add_argument("--largest", type=int, default=40_000, help="leave out worlds with more states than this")
    arguments = parser.parse_args()
    print(f"discount 0.97, {arguments.goals} goals, value iteration to {LOOSE:g}, this solver to 1e-9")
    print(
        f"{'world':12s} {'states':>7s} {'moves':>9s} {'loops':>6s} {'search s':>8s} {'first s':>8s} {'solve s':>8s}"
        f" {'ms/goal':>9s} {'sparse':>9s} {'plain':>9s} {'ratio':>9s} {'ratio':>9s} {'error <=':>10s} {'apart':>9s}"
    )
    worlds = {
        "small": charter_like(3, 2, jobs=0, decays=False),
        "decaying": charter_like(4, 2, jobs=0, decays=True),
        "jobs": charter_like(4, 2, jobs=2, decays=False),
        "broad": charter_like(6, 3, jobs=0, decays=False),
        "large": charter_like(6, 3, jobs=1, decays=True),
    }
    for name, world in worlds.items():
        report(name, world, arguments.goals, 0.97, arguments.largest)


if __name__ == "__main__":
    main()
