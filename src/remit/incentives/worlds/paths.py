"""Witnesses: the shortest way, in the agent's own acts, from the start to the act in question."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from remit.incentives.worlds.acts import Act
from remit.incentives.worlds.oversight import Mode
from remit.incentives.worlds.world import World

__all__ = ["Paths", "mode_in_words", "relaxed_path"]

_WORDS = {
    Mode.RUN: "while running",
    Mode.PENDING_STOP: "at the stop notice",
    Mode.PENDING_CORRECTION: "at a pending correction",
    Mode.PENDING_RETASK: "at a pending re-tasking",
    Mode.STOPPED: "after the stop",
    Mode.CORRECTED: "after the correction",
    Mode.RETASKED: "after the re-tasking",
    Mode.DOWN: "while down",
}


def mode_in_words(mode: Mode | None) -> str:
    """A mode as a phrase (``at the stop notice``); ``nowhere`` for none."""
    return "nowhere" if mode is None else _WORDS[mode]


class Paths:
    """Breadth-first paths over a world's undisturbed running.

    Each step is an act that can lead from one state to the next. Searches once, then answers for any act or state.
    """

    def __init__(self, world: World) -> None:
        """Search from the start through states of mode RUN."""
        self._world = world
        mdp = world.exploration.mdp
        self._parent = np.full(mdp.states_count, -1, np.int64)
        self._row = np.full(mdp.states_count, -1, np.int64)
        self._order = self._search()

    def to_act(self, act_id: str) -> tuple[str, ...]:
        """The acts up to and including ``act_id`` from the nearest state that offers it; empty when no run does."""
        mdp = self._world.exploration.mdp
        numbers = [index + 2 for index, act in enumerate(self._world.acts) if act.id == act_id]
        owners = np.unique(mdp.row_states[np.isin(mdp.row_actions, numbers)])
        offered = set(owners.tolist())
        nearest = next((state for state in self._order if state in offered), None)
        return () if nearest is None else (*self._to_state(nearest), act_id)

    def to_any(self, act_ids: Iterable[str]) -> tuple[str, ...]:
        """The shortest of the paths to several acts; ties go to the first id."""
        found = [path for path in (self.to_act(name) for name in act_ids) if path]
        return min(found, key=len, default=())

    def _to_state(self, state: int) -> tuple[str, ...]:
        mdp, steps = self._world.exploration.mdp, []
        while self._parent[state] >= 0:
            steps.append(self._world.acts[int(mdp.row_actions[self._row[state]]) - 2].id)
            state = int(self._parent[state])
        return tuple(reversed(steps))

    def _search(self) -> list[int]:
        exploration = self._world.exploration
        mdp, running = exploration.mdp, exploration.modes == Mode.RUN
        seen: npt.NDArray[np.bool_] = np.zeros(mdp.states_count, np.bool_)
        seen[mdp.start] = True
        queue, order = deque([int(mdp.start)]), []
        row_ptr, successor_ptr = mdp.row_ptr.tolist(), mdp.successor_ptr.tolist()
        while queue:
            state = queue.popleft()
            order.append(state)
            for row in range(row_ptr[state], row_ptr[state + 1]):
                if mdp.row_actions[row] < 2:
                    continue
                for successor in mdp.successors[successor_ptr[row] : successor_ptr[row + 1]].tolist():
                    if running[successor] and not seen[successor]:
                        seen[successor] = True
                        self._parent[successor], self._row[successor] = state, row
                        queue.append(successor)
        return order


def relaxed_path(acts: Iterable[Act], start: frozenset[str], act_id: str) -> tuple[str, ...]:
    """The acts that lead to an act when nothing is ever taken away: a way there without enumerating a world.

    Each fact is traced to the first act, in layers of delete relaxation, that brings it about; empty when out of reach.
    """
    acts = tuple(acts)
    source: dict[str, Act] = {}
    held, waiting = set(start), list(acts)
    while ready := [act for act in waiting if any(held.issuperset(way) for way in act.ways)]:
        waiting = [act for act in waiting if act not in ready]
        for act in ready:
            for fact in (*act.adds, *act.gains):
                source.setdefault(fact, act)
        held |= {fact for act in ready for fact in (*act.adds, *act.gains)}
    target = next((act for act in acts if act.id == act_id and act not in waiting), None)
    return () if target is None else tuple(dict.fromkeys(_leading_to(target, source, start, frozenset())))


def _leading_to(act: Act, source: Mapping[str, Act], start: frozenset[str], above: frozenset[str]) -> tuple[str, ...]:
    ways = [way for way in act.ways if all(fact in start or fact in source for fact in way)]
    way = min(ways, key=len, default=())
    before = [source[fact] for fact in way if fact not in start and source[fact].id not in above | {act.id}]
    return (*(name for one in before for name in _leading_to(one, source, start, above | {act.id})), act.id)
