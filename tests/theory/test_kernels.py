import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from remit.theory.kernels import compiling
from remit.theory.kernels.compiling import Kept

SCRIPT = """
import json
import numpy as np
from remit.theory.solvers.factored import Event, FactoredMDP, Operator, Outcome, explore
from remit.theory.training.learning import Training, learn
from remit.theory.mdp import MDP
from remit.theory.solvers.simulation import simulate
from remit.theory.solvers.values import Solver
operators = [Operator(action=0, modes=3, outcomes=(Outcome(probability=1.0),))]
for bit in range(3):
    outcomes = (Outcome(probability=0.5, add=1 << bit), Outcome(probability=0.3), Outcome(probability=0.2, mode=1))
    operators.append(Operator(action=1 + bit, modes=1, forbid=1 << bit, outcomes=outcomes))
events = ((Event(modes=1, probability=0.1, mode=1), Event(modes=2, probability=0.2, mode=0)),
          (Event(modes=3, require=2, probability=0.3, delete=2),))
world = FactoredMDP(facts=("a", "b", "c"), modes=("run", "off"), actions=("idle", "x", "y", "z"),
                    operators=tuple(operators), groups=events, always=1)
mdp = explore(world, state_budget=100).mdp
rewards = np.random.default_rng(0).random((mdp.states_count, 3))
classes = np.arange(mdp.states_count)
solver = Solver(mdp, reward_class=classes, discount=0.9)
values = solver.state_values(rewards)
policies = solver.policies(rewards, np.arange(mdp.rows_count))
walk = simulate(mdp, reward_class=classes, rewards=rewards, policies=policies, discount=0.9,
                episodes=3, horizon=10, seed=1)
table = learn(mdp, reward_class=classes, reward=rewards[:, 0], discount=0.9, training=Training(steps=200), seed=2)
steps = [(s, a, [((s + d) % 40, 0.7), (s, 0.3)]) for s in range(40) for a, d in ((0, 1), (1, 39))]
ring = Solver(MDP.from_edges(steps, states_count=40), reward_class=np.arange(40), discount=0.5)
loop = ring.start_values(np.random.default_rng(1).random((40, 2)))
print(json.dumps([mdp.successors.tolist(), values.tolist(), policies.tolist(), walk.returns.tolist(), table.tolist(),
                  loop.tolist(), solver.residual_bound(values, rewards)]))
"""


def asked(script: str, **environment: str) -> str:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def answers(**environment: str) -> list[object]:
    found: list[object] = json.loads(asked(SCRIPT, **environment))
    return found


@pytest.mark.slow
def test_every_kernel_gives_the_same_answers_without_compilation() -> None:
    compiled, plain = answers(), answers(NUMBA_DISABLE_JIT="1")
    assert compiled[0] == plain[0]
    assert compiled[2] == plain[2]
    for i in (1, 3, 4, 5):
        assert np.array(compiled[i]) == pytest.approx(np.array(plain[i]), abs=1e-12)
    assert compiled[6] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.slow
def test_a_first_run_knows_that_it_will_compile(tmp_path: Path) -> None:
    question = "from remit.theory.readiness import kernels_ready; print(kernels_ready())"
    assert asked(question, NUMBA_CACHE_DIR=str(tmp_path)) == "False"
    assert asked(question, NUMBA_DISABLE_JIT="1") == "True"
    answers()
    assert asked(question) == "True"
    other = "from remit.theory.kernels import compiling; compiling.SOURCES = 'other'; "  # before any kernel is made
    assert asked(other + question) == "False"


def test_a_change_of_any_kernel_makes_all_of_them_compile_again() -> None:
    stamp = (
        "from remit.theory.kernels.compiling import SOURCES, cache_file; "
        "from remit.theory.kernels.sweeping import solve_lanes; "
        "print(cache_file(solve_lanes)._source_stamp == SOURCES)"
    )
    assert asked(stamp) == "True"


def test_only_whole_kernels_become_machine_code(tmp_path: Path) -> None:
    script = """
import numpy as np
from numba.core.codegen import JITCodeLibrary
made, turn = [], JITCodeLibrary._finalize_specific
def noted(library):
    made.append(library.name)
    turn(library)
JITCodeLibrary._finalize_specific = noted
from remit.theory.kernels.drawing import drawn_block
from remit.theory.kernels.wide import blocked
numbers = np.zeros(64, np.float32)
drawn_block(7, 0, 4, blocked(numbers, 16))
print([name for name in made if "draw" in name], len(set(numbers.tolist())))
"""
    assert asked(script, NUMBA_CACHE_DIR=str(tmp_path), NUMBA_DISABLE_JIT="0") == "['drawn_block'] 64"


def kept(folder: Path, sources: str) -> Any:
    """A place for compiled forms of a kernel, as a process opens it."""
    opened: Any = Kept
    return opened(str(folder), "solve", sources)


def test_two_processes_that_keep_forms_of_one_kernel_at_once_never_take_each_others_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (kept(tmp_path, "sources") for _ in range(2))
    keep = one._save_data

    def meanwhile(name: str, data: object) -> None:
        other.save("singles", "code for singles")
        keep(name, data)

    with monkeypatch.context() as late:
        late.setattr(other, "_load_index", dict)  # it read the index before the first one wrote
        late.setattr(one, "_save_data", meanwhile)
        one.save("floats", "code for floats")
    found = kept(tmp_path, "sources")
    assert found.load("singles") in ("code for singles", None)
    assert found.load("floats") in ("code for floats", None)
    other.save("singles", "code for singles")
    one.save("floats", "code for floats")
    assert [found.load(key) for key in ("floats", "singles")] == ["code for floats", "code for singles"]


def test_a_process_that_is_killed_while_it_keeps_code_leaves_no_index_to_older_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(tmp_path, "older").save("floats", "older code")
    monkeypatch.setattr(compiling, "SOURCES", "newer")
    killed = kept(tmp_path, "newer")
    monkeypatch.setattr(killed, "_save_data", lambda _name, _data: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        killed.save("floats", "newer code")
    assert kept(tmp_path, "newer").load("floats") is None
