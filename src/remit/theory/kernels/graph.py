"""What can be reached, and which states depend on each other: linear-time walks over the rows."""

import numpy as np

from remit.theory.arrays import Booleans, Integers, SmallIntegers
from remit.theory.kernels.compiling import kernel


@kernel
def reach(
    row_ptr: Integers, successor_ptr: Integers, successors: SmallIntegers, rows: Booleans, roots: Integers
) -> Booleans:
    """Return which states allowed rows lead to from ``roots``, bool[S]; an empty ``rows`` allows all."""
    seen = np.zeros(len(row_ptr) - 1, np.bool_)
    stack = np.empty(len(row_ptr) - 1, np.int64)
    count = 0
    for root in roots:
        if not seen[root]:
            seen[root], stack[count] = True, root
            count += 1
    while count > 0:
        count -= 1
        state = stack[count]
        for row in range(row_ptr[state], row_ptr[state + 1]):
            if len(rows) > 0 and not rows[row]:
                continue
            for j in range(successor_ptr[row], successor_ptr[row + 1]):
                successor = successors[j]
                if not seen[successor]:
                    seen[successor], stack[count] = True, successor
                    count += 1
    return seen


@kernel
def components(edge_ptr: Integers, targets: SmallIntegers) -> tuple[Integers, Integers]:
    """Return the nodes grouped by strongly connected component, successors' components first, and where each begins.

    ``edge_ptr`` i64[N+1] and ``targets`` give the edges of each node. Tarjan 1972, without recursion.
    """
    nodes = len(edge_ptr) - 1
    low, visit = np.zeros(nodes, np.int32), np.zeros(nodes, np.int32)
    done = np.zeros(nodes, np.bool_)
    stack, calls, position = np.empty(nodes, np.int32), np.empty(nodes, np.int32), np.empty(nodes, np.int64)
    order, begins = np.empty(nodes, np.int64), np.empty(nodes + 1, np.int64)
    stacked, visited, ordered, groups = 0, 0, 0, 0
    for root in range(nodes):
        if visit[root] != 0:
            continue
        depth = 1
        visited += 1
        calls[0], low[root], visit[root], position[root] = root, visited, visited, edge_ptr[root]
        stack[stacked] = root
        stacked += 1
        while depth > 0:
            node = calls[depth - 1]
            descended = False
            while position[node] < edge_ptr[node + 1]:
                target = targets[position[node]]
                position[node] += 1
                if visit[target] == 0:
                    visited += 1
                    low[target], visit[target], position[target] = visited, visited, edge_ptr[target]
                    stack[stacked], calls[depth] = target, target
                    stacked += 1
                    depth += 1
                    descended = True
                    break
                if not done[target]:
                    low[node] = min(low[node], visit[target])
            if descended:
                continue
            depth -= 1
            if depth > 0:
                low[calls[depth - 1]] = min(low[calls[depth - 1]], low[node])
            if low[node] == visit[node]:
                begins[groups] = ordered
                groups += 1
                member = -1
                while member != node:
                    stacked -= 1
                    member = stack[stacked]
                    done[member] = True
                    order[ordered] = member
                    ordered += 1
    begins[groups] = ordered
    return order, begins[: groups + 1].copy()
