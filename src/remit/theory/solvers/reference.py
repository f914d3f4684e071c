"""The same answers, slowly: plain Python and numpy twins that the fast code is compared with.

Nothing here is clever. Exploration keeps a dictionary; values come from value iteration carried on until one more
sweep changes nothing that matters.
"""

from collections import deque

import numpy as np

from remit.errors import InvalidMDPError, NotConvergedError
from remit.theory.arrays import Booleans, Floats, Integers
from remit.theory.mdp import MDP
from remit.theory.solvers.factored import Event, Exploration, FactoredMDP, Operator, budget_error

NEGLIGIBLE = 1e-15
"""Probabilities at or below this are dropped, as rounding noise of one minus one."""
SWEEPS = 1_000_000


def explore_plainly(factored: FactoredMDP, *, state_budget: int) -> Exploration:
    """Return the reachable MDP of a factored world, breadth first from the start; see ``factored.explore``."""
    numbers = {factored.start_code: 0}
    queue = deque([factored.start_code])
    row_ptr, actions, successor_ptr, successors, probabilities = [0], [], [0], [], []
    while queue:
        code = queue.popleft()
        for operator in applicable(factored, code):
            for successor, probability in successor_distribution(factored, code, operator).items():
                if successor not in numbers:
                    numbers[successor] = len(numbers)
                    queue.append(successor)
                    if len(numbers) > state_budget:
                        raise budget_error(state_budget)
                successors.append(numbers[successor])
                probabilities.append(probability)
            actions.append(operator.action)
            successor_ptr.append(len(successors))
        row_ptr.append(len(actions))
    codes = np.array(list(numbers), np.int64)
    mdp = MDP.checked(
        row_ptr=np.array(row_ptr, np.int64),
        successor_ptr=np.array(successor_ptr, np.int64),
        successors=np.array(successors, np.int64),
        probabilities=np.array(probabilities, np.float64),
        row_actions=np.array(actions, np.int64),
        actions=factored.actions,
    )
    return Exploration(mdp=mdp, codes=codes, modes=(codes >> len(factored.facts)).astype(np.int8))


def applicable(factored: FactoredMDP, code: int) -> list[Operator]:
    """Return the operators on offer in a state: they apply, and they change a fact or belong to ``always``."""
    facts, mode = code & ((1 << len(factored.facts)) - 1), code >> len(factored.facts)
    return [
        operator
        for operator in factored.operators
        if operator.modes >> mode & 1
        and facts & operator.require == operator.require
        and not facts & operator.forbid
        and (
            factored.always >> operator.action & 1
            or any(facts & ~outcome.delete | outcome.add != facts for outcome in operator.outcomes)
        )
    ]


def successor_distribution(factored: FactoredMDP, code: int, operator: Operator) -> dict[int, float]:
    """Return where one step from ``code`` under ``operator`` leads: its outcomes, then every event group in order."""
    width = len(factored.facts)
    facts, mode = code & ((1 << width) - 1), code >> width
    total: dict[int, float] = {}
    for outcome in operator.outcomes:
        if outcome.probability <= NEGLIGIBLE:
            continue
        after = (facts & ~outcome.delete | outcome.add) | (mode if outcome.mode < 0 else outcome.mode) << width
        current = {after: 1.0}
        for group in factored.groups:
            current = _after_events(current, group, width)
        for successor, probability in current.items():
            total[successor] = total.get(successor, 0.0) + outcome.probability * probability
    return total


def _after_events(current: dict[int, float], group: tuple[Event, ...], width: int) -> dict[int, float]:
    """Return the distribution after the events of one group competed in every state of ``current``."""
    result: dict[int, float] = {}
    for code, probability in current.items():
        facts, mode = code & ((1 << width) - 1), code >> width
        rest = 1.0
        for event in group:
            if event.modes >> mode & 1 and facts & event.require == event.require and not facts & event.forbid:
                after = (facts & ~event.delete | event.add) | (mode if event.mode < 0 else event.mode) << width
                result[after] = result.get(after, 0.0) + probability * event.probability
                rest -= event.probability
        if rest < -1e-9:
            message = f"competing events sum to `{1.0 - rest:.12g}` in the state with code `{code}`"
            raise InvalidMDPError(message)
        result[code] = result.get(code, 0.0) + probability * max(rest, 0.0)
    return {code: probability for code, probability in result.items() if probability > NEGLIGIBLE}


def best_values(mdp: MDP, state_rewards: Floats, discount: float, rows: Booleans | None, tolerance: float) -> Floats:
    """Return the optimal values of every state, f64[S, K], of rewards per state f64[S, K], by value iteration.

    Values are normalised, V = (1-g) r + g max P V, over the rows that ``rows`` allows (all when None). The error is at
    most ``tolerance``; raises ``NotConvergedError`` where a million sweeps do not reach that.
    """
    values = state_rewards.astype(np.float64)
    for _ in range(SWEEPS):
        updated = bellman_backup(mdp, values, state_rewards, discount, rows)
        change = float(np.abs(updated - values).max(initial=0.0))
        values = updated
        if change * discount <= tolerance * (1.0 - discount):
            return values
    message = f"value iteration did not reach `{tolerance}` in `{SWEEPS}` sweeps"
    raise NotConvergedError(message)


def bellman_backup(
    mdp: MDP, values: Floats, state_rewards: Floats, discount: float, rows: Booleans | None = None
) -> Floats:
    """Return T V = (1-g) r + g max over allowed rows of P V, for values and rewards f64[S, K]."""
    expected = row_expectations(mdp, values)
    if rows is not None:
        expected = np.where(rows[:, None], expected, -np.inf)
    best: Floats = np.maximum.reduceat(expected, mdp.row_ptr[:-1])
    return (1.0 - discount) * state_rewards + discount * best


def row_expectations(mdp: MDP, values: Floats) -> Floats:
    """Return P V, the expected next value of each row, f64[R, K]."""
    weighted = mdp.probabilities[:, None] * values[mdp.successors]
    return np.asarray(np.add.reduceat(weighted, mdp.successor_ptr[:-1]), np.float64)


def reachable_plainly(mdp: MDP, rows: Booleans | None, roots: Integers) -> Booleans:
    """Return which states can be reached from ``roots`` by allowed rows, bool[S]."""
    seen = np.zeros(mdp.states_count, np.bool_)
    stack = [int(root) for root in roots]
    seen[roots] = True
    while stack:
        state = stack.pop()
        for row in range(int(mdp.row_ptr[state]), int(mdp.row_ptr[state + 1])):
            if rows is None or rows[row]:
                for successor in mdp.successors[mdp.successor_ptr[row] : mdp.successor_ptr[row + 1]]:
                    if not seen[successor]:
                        seen[successor] = True
                        stack.append(int(successor))
    return seen
