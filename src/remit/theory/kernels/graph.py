"""What can be reached, and which nodes depend on each other: linear-time walks over the rows."""

from remit.theory.arrays import Booleans, Integers, SmallIntegers
from remit.theory.kernels.compiling import inner_kernel, kernel


@kernel
def mark_reached(
    row_ptr: Integers,
    successor_ptr: Integers,
    successors: SmallIntegers,
    rows: Booleans,
    roots: Integers,
    seen: Booleans,
    stack: Integers,
) -> None:
    """Mark in ``seen`` bool[S] what allowed rows (all when ``rows`` is empty) lead to; ``stack`` i64[S] is scratch."""
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


@inner_kernel
def descend(node: int, edge_ptr: Integers, targets: SmallIntegers, work: Integers) -> int:
    """Follow the edges of a node until one leads somewhere new; return that node, -1 when there is none."""
    found: int = -1
    while found < 0 and work[2, node] < edge_ptr[node + 1]:
        target = targets[work[2, node]]
        work[2, node] += 1
        if work[1, target] == 0:
            found = target
        elif work[1, target] > 0:
            work[0, node] = work[1, target] if work[1, target] < work[0, node] else work[0, node]
    return found


@kernel
def group_components(
    edge_ptr: Integers, targets: SmallIntegers, work: Integers, order: Integers, begins: Integers
) -> int:
    """Group the nodes by strongly connected component, successors' components first (Tarjan 1972, no recursion).

    ``edge_ptr`` i64[N+1] and ``targets`` give the edges of each node. Fills ``order`` i64[N] with the nodes and
    ``begins`` i64[N+1] with where each component begins in it; returns how many there are. ``work`` i64[5, N] is zero
    at first; its lines are low link, time of visit (negative once done), next edge, stack and calls.
    """
    stacked, visited, ordered, groups = 0, 0, 0, 0
    for root in range(len(edge_ptr) - 1):
        depth, fresh = 0, root if work[1, root] == 0 else -1
        while depth > 0 or fresh >= 0:
            if fresh >= 0:
                visited += 1
                work[0, fresh], work[1, fresh], work[2, fresh] = visited, visited, edge_ptr[fresh]
                work[3, stacked], work[4, depth] = fresh, fresh
                stacked, depth = stacked + 1, depth + 1
            node = work[4, depth - 1]
            fresh = descend(node, edge_ptr, targets, work)
            if fresh >= 0:
                continue
            depth -= 1
            if depth > 0:
                above = work[4, depth - 1]
                work[0, above] = work[0, node] if work[0, node] < work[0, above] else work[0, above]
            if work[0, node] == work[1, node]:
                begins[groups] = ordered
                groups += 1
                member = -1
                while member != node:
                    stacked -= 1
                    member = work[3, stacked]
                    work[1, member] = -1
                    order[ordered] = member
                    ordered += 1
    begins[groups] = ordered
    return groups
