"""E6, a small maze of exact rules: plates that stop, locks, crates and lines; theory predicts what is done in it."""

from __future__ import annotations

from remit.evals.environments.grid.world import GRID, Maze

__all__ = ["GRID", "Maze"]
