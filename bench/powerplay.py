"""A checkout of POWERplay (Gladstone AI, 2022) as a peer: its own value iteration, called as it is, where torch is.

``python -m bench.peers G1 --powerplay PATH`` puts the folder ``PATH`` on the import path and calls
``src.lib.utils.learn.value_iteration`` for one reward after another, with the threshold it uses itself. Nothing of it
is copied here. Its pinned requirements do not install on Python 3.11; this function needs torch alone.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from bench.instances import Instance

from remit.theory.arrays import Floats, Singles

__all__ = ["LARGEST", "dense_moves", "powerplay"]

LARGEST = 1_000
"""The most states it is given: it holds every probability of every action in one dense tensor."""
MODULE = "src.lib.utils.learn"


def powerplay(checkout: Path) -> Callable[[Instance, Singles], tuple[float, float, Floats]]:
    """The peer of a checkout; raises ``SystemExit`` with what is missing when it cannot be called."""
    if not checkout.joinpath(*MODULE.split(".")).with_suffix(".py").is_file():
        raise SystemExit(f"`{checkout}` is no checkout of POWERplay: it has no `{MODULE.replace('.', '/')}.py`")
    sys.path.insert(0, str(checkout))
    try:
        learn: Any = import_module(MODULE)
        torch: Any = import_module("torch")
    except ImportError as error:
        raise SystemExit(f"POWERplay cannot be imported here: {error}") from None

    def solve(given: Instance, rewards: Singles) -> tuple[float, float, Floats]:
        """One reward after another."""
        began = time.perf_counter()
        moves = torch.tensor(dense_moves(given), dtype=torch.float32)
        setup, values = time.perf_counter() - began, []
        began = time.perf_counter()
        for column in range(rewards.shape[1]):
            paid = torch.tensor(rewards[:, column].astype(np.float32))
            values.append(learn.value_iteration(paid, given.discount, moves).numpy())
        took = time.perf_counter() - began
        return setup, took, (1.0 - given.discount) * np.array(values, dtype=float).T

    return solve


def dense_moves(given: Instance) -> Floats:
    """Probabilities f64[S, A, S]; a state with fewer than A actions repeats its first, which changes no optimum.

    Raises ``SystemExit`` for a model of more than ``LARGEST`` states.
    """
    mdp = given.mdp
    if mdp.states_count > LARGEST:
        raise SystemExit(f"POWERplay holds every probability: `{mdp.states_count}` states are too many, ask for G1")
    widths = np.diff(mdp.row_ptr)
    dense = np.zeros((mdp.states_count, int(widths.max()), mdp.states_count))
    for state in range(mdp.states_count):
        for action in range(dense.shape[1]):
            row = int(mdp.row_ptr[state]) + (action if action < widths[state] else 0)
            part = slice(int(mdp.successor_ptr[row]), int(mdp.successor_ptr[row + 1]))
            np.add.at(dense[state, action], mdp.successors[part], mdp.probabilities[part])
    return dense
