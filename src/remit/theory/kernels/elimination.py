"""From equations to a program: steps to be carried out in order, most of them exactly once.

Components are taken successors first. Within one, a node with a single row is linear: it is replaced, where it is used,
by what it stands for, and worked out afterwards; a row that leads back to its own node is solved for it. What is left
of most components is a single node, which one pass solves exactly. The others become loops.
"""

from typing import NamedTuple

import numpy as np

from remit.theory.arrays import Booleans, Floats, Integers, SmallIntegers
from remit.theory.kernels.assembly import System
from remit.theory.kernels.compiling import grown, inner_kernel, kernel

SMALL = 128
"""Components with more nodes than this are not eliminated, only iterated."""
FILL = 6
"""A linear node that depends on more nodes of its component than this stays in the loop."""
STEPS, LINES, TERMS, SEGMENTS = 0, 1, 2, 3


class Output(NamedTuple):
    """A program being written: ``counts`` i64[4] says how much of the arrays is in use.

    Step i takes the largest of its lines ``row_ptr[i]:row_ptr[i+1]``; a line is ``reward * r(class of origin[i])`` plus
    its terms ``coefficient * value of step``, which from ``inner_ptr`` on belong to the step's own loop. ``segments``
    i64[n, 3] holds (first step, end, 1 for a loop).
    """

    row_ptr: Integers
    term_ptr: Integers
    inner_ptr: Integers
    steps: SmallIntegers
    coefficients: Floats
    rewards: Floats
    origin: SmallIntegers
    segments: Integers
    counts: Integers


class Block(NamedTuple):
    """A component as dense lines.

    ``inner`` f64[lines, nodes] holds the coefficients of its nodes, ``outer`` those of what its linear nodes take from
    outside; ``first`` i64[nodes+1] is the first line of each node, ``order`` i64[nodes] that of elimination.
    """

    inner: Floats
    outer: Floats
    first: Integers
    order: Integers


@inner_kernel
def begin_segment(out: Output, loop: int) -> None:
    """Open a segment at the next step, unless the last one is of the same single-pass kind."""
    count = out.counts[SEGMENTS]
    if count > 0 and loop == 0 and out.segments[count - 1, 2] == 0:
        return
    out.segments[count, 0], out.segments[count, 2] = out.counts[STEPS], loop
    out.counts[SEGMENTS] = count + 1


@inner_kernel
def end_step(out: Output, origin: int) -> int:
    """Close the step whose lines were just written; return its number."""
    step: int = out.counts[STEPS]
    out.origin[step] = origin
    out.counts[STEPS] = step + 1
    out.row_ptr[step + 1] = out.counts[LINES]
    out.segments[out.counts[SEGMENTS] - 1, 1] = step + 1
    return step


@inner_kernel
def put_term(out: Output, step: int, coefficient: float) -> None:
    """Append a term to the line being written."""
    end = out.counts[TERMS]
    out.steps[end], out.coefficients[end] = step, coefficient
    out.counts[TERMS] = end + 1


@inner_kernel
def end_line(out: Output, reward: float, inner: int) -> None:
    """Close the line being written, or take it back when the step already has the same one.

    ``inner`` is where its terms of the own loop begin.
    """
    line, end = out.counts[LINES], out.counts[TERMS]
    begin = out.term_ptr[line]
    for other in range(out.row_ptr[out.counts[STEPS]], line):
        start = out.term_ptr[other]
        if out.term_ptr[other + 1] - start != end - begin or out.rewards[other] != reward:
            continue
        same = True
        for j in range(end - begin):
            if (
                out.steps[start + j] != out.steps[begin + j]
                or out.coefficients[start + j] != out.coefficients[begin + j]
            ):
                same = False
                break
        if same:
            out.counts[TERMS] = begin
            return
    out.rewards[line], out.inner_ptr[line] = reward, inner
    out.counts[LINES] = line + 1
    out.term_ptr[line + 1] = end


@inner_kernel
def put_outside(out: Output, system: System, line: int, place: SmallIntegers, scale: float) -> None:
    """Append the terms of an equation that lie outside its component, i.e. that already have a place."""
    for j in range(system.term_ptr[line], system.term_ptr[line + 1]):
        if place[system.nodes[j]] >= 0:
            put_term(out, place[system.nodes[j]], scale * system.coefficients[j])


@inner_kernel
def emit_single(out: Output, system: System, node: int, place: SmallIntegers) -> None:
    """Write a component of one node: every line solved for the node itself."""
    begin_segment(out, 0)
    for line in range(system.row_ptr[node], system.row_ptr[node + 1]):
        own = 0.0
        for j in range(system.term_ptr[line], system.term_ptr[line + 1]):
            if system.nodes[j] == node:
                own += system.coefficients[j]
        scale = 1.0 / (1.0 - own)
        put_outside(out, system, line, place, scale)
        end_line(out, scale * system.rewards[line], out.counts[TERMS])
    place[node] = end_step(out, node)


@inner_kernel
def emit_loop(out: Output, system: System, members: Integers, place: SmallIntegers) -> None:
    """Write a large component as a loop, each line solved for its own node."""
    begin_segment(out, 1)
    begin = out.counts[STEPS]
    for i in range(len(members)):
        place[members[i]] = begin + i
    for node in members:
        for line in range(system.row_ptr[node], system.row_ptr[node + 1]):
            own, inner = 0.0, 0
            for j in range(system.term_ptr[line], system.term_ptr[line + 1]):
                if system.nodes[j] == node:
                    own += system.coefficients[j]
            scale = 1.0 / (1.0 - own)
            for inside in range(2):
                inner = out.counts[TERMS]
                for j in range(system.term_ptr[line], system.term_ptr[line + 1]):
                    step = place[system.nodes[j]]
                    if system.nodes[j] != node and (step >= begin) == (inside == 1):
                        put_term(out, step, scale * system.coefficients[j])
            end_line(out, scale * system.rewards[line], inner)
        end_step(out, node)


@inner_kernel
def dense_block(system: System, members: Integers, local: SmallIntegers) -> Block:
    """Return a component as dense lines; ``local`` gives the place of each member in it (-1 elsewhere)."""
    first = np.zeros(len(members) + 1, np.int64)
    for i in range(len(members)):
        first[i + 1] = first[i] + system.row_ptr[members[i] + 1] - system.row_ptr[members[i]]
    inner, outer = np.zeros((first[-1], len(members))), np.zeros((first[-1], len(members)))
    for i in range(len(members)):
        for k in range(first[i + 1] - first[i]):
            line = system.row_ptr[members[i]] + k
            for j in range(system.term_ptr[line], system.term_ptr[line + 1]):
                target = local[system.nodes[j]]
                if target >= 0:
                    inner[first[i] + k, target] += system.coefficients[j]
    return Block(inner, outer, first, np.full(len(members), -1, np.int64))


@inner_kernel
def next_linear(block: Block, gone: Booleans) -> int:
    """Return the linear node that depends on the fewest others of its component, -1 when none is cheap enough."""
    best, fewest = -1, FILL + 1
    for i in range(len(gone)):
        if gone[i] or block.first[i + 1] - block.first[i] != 1:
            continue
        depends = 0
        for t in range(len(gone)):
            depends += t != i and block.inner[block.first[i], t] != 0.0
        if depends < fewest:
            best, fewest = i, depends
    return best


@inner_kernel
def eliminate(block: Block) -> tuple[int, Booleans]:
    """Replace linear nodes where they are used; return how many went (in ``block.order``) and which."""
    inner, outer, first = block.inner, block.outer, block.first
    gone = np.zeros(len(first) - 1, np.bool_)
    count = 0
    while True:
        i = next_linear(block, gone)
        if i < 0:
            return count, gone
        own = first[i]
        gone[i], block.order[count] = True, i
        count += 1
        scale = 1.0 / (1.0 - inner[own, i])
        inner[own, i], outer[own, i] = 0.0, 1.0
        for t in range(len(gone)):
            inner[own, t] *= scale
            outer[own, t] *= scale
        for other in range(len(gone)):
            if gone[other]:
                continue
            for line in range(first[other], first[other + 1]):
                weight = inner[line, i]
                if weight != 0.0:
                    inner[line, i] = 0.0
                    for t in range(len(gone)):
                        inner[line, t] += weight * inner[own, t]
                        outer[line, t] += weight * outer[own, t]


@inner_kernel
def put_dense(out: Output, weights: Floats, scale: float, steps: SmallIntegers, skip: int) -> None:
    """Append the terms of a dense line: one weight per member, whose value is at ``steps`` (-1: nothing there)."""
    for i in range(len(weights)):
        if weights[i] != 0.0 and steps[i] >= 0 and i != skip:
            put_term(out, steps[i], scale * weights[i])


@inner_kernel
def emit_sources(out: Output, system: System, members: Integers, gone: Booleans, place: SmallIntegers) -> SmallIntegers:
    """Write what each eliminated node takes from outside as a step of its own; return those steps (-1: nothing)."""
    sources = np.full(len(members), -1, np.int32)
    for i in range(len(members)):
        if gone[i]:
            line, begin = system.row_ptr[members[i]], out.counts[TERMS]
            put_outside(out, system, line, place, 1.0)
            if out.counts[TERMS] > begin or system.rewards[line] != 0.0:
                begin_segment(out, 0)
                end_line(out, system.rewards[line], out.counts[TERMS])
                sources[i] = end_step(out, members[i])
    return sources


@inner_kernel
def emit_kept(
    out: Output,
    system: System,
    members: Integers,
    block: Block,
    sources: SmallIntegers,
    steps: SmallIntegers,
    place: SmallIntegers,
) -> None:
    """Write the nodes that elimination left (those with a step assigned), each line solved for its own node."""
    for i in range(len(members)):
        if steps[i] < 0:
            continue
        for k in range(block.first[i], block.first[i + 1]):
            line = system.row_ptr[members[i]] + k - block.first[i]
            scale = 1.0 / (1.0 - block.inner[k, i])
            put_outside(out, system, line, place, scale)
            put_dense(out, block.outer[k], scale, sources, -1)
            inner = out.counts[TERMS]
            put_dense(out, block.inner[k], scale, steps, i)
            end_line(out, scale * system.rewards[line], inner)
        end_step(out, members[i])


@inner_kernel
def emit_small(out: Output, system: System, members: Integers, place: SmallIntegers, local: SmallIntegers) -> None:
    """Write a component by elimination: sources, then what is left (a step or a loop), then the eliminated nodes."""
    for i in range(len(members)):
        local[members[i]] = i
    block = dense_block(system, members, local)
    count, gone = eliminate(block)
    sources = emit_sources(out, system, members, gone, place)
    steps, kept = np.full(len(members), -1, np.int32), 0
    for i in range(len(members)):
        if not gone[i]:
            steps[i] = out.counts[STEPS] + kept
            kept += 1
    if kept > 0:
        begin_segment(out, 0 if kept == 1 else 1)
        emit_kept(out, system, members, block, sources, steps, place)
    begin_segment(out, 0)
    for k in range(count - 1, -1, -1):
        i = block.order[k]
        put_dense(out, block.outer[block.first[i]], 1.0, sources, -1)
        put_dense(out, block.inner[block.first[i]], 1.0, steps, -1)
        end_line(out, 0.0, out.counts[TERMS])
        steps[i] = end_step(out, members[i])
    for i in range(len(members)):
        place[members[i]], local[members[i]] = steps[i], -1


@inner_kernel
def roomy(out: Output, more: int) -> Output:
    """Return the output with room for ``more`` terms."""
    needed = out.counts[TERMS] + more
    if needed <= len(out.steps):
        return out
    return Output(
        out.row_ptr,
        out.term_ptr,
        out.inner_ptr,
        grown(out.steps, needed),
        grown(out.coefficients, needed),
        out.rewards,
        out.origin,
        out.segments,
        out.counts,
    )


@kernel
def write_program(system: System, order: Integers, begins: Integers) -> tuple[Output, SmallIntegers]:
    """Return the program of all components (``order[begins[c]:begins[c+1]]``) and the step of each node."""
    nodes, lines = len(system.row_ptr) - 1, len(system.rewards)
    out = Output(
        np.zeros(2 * nodes + 1, np.int64),
        np.zeros(lines + nodes + 1, np.int64),
        np.zeros(lines + nodes, np.int64),
        np.empty(len(system.nodes) + 1024, np.int32),
        np.empty(len(system.nodes) + 1024, np.float64),
        np.empty(lines + nodes, np.float64),
        np.empty(2 * nodes, np.int32),
        np.zeros((3 * len(begins), 3), np.int64),
        np.zeros(4, np.int64),
    )
    place, local = np.full(nodes, -1, np.int32), np.full(nodes, -1, np.int32)
    for c in range(len(begins) - 1):
        members = order[begins[c] : begins[c + 1]]
        room, height = 0, 0
        for node in members:
            first, end = system.row_ptr[node], system.row_ptr[node + 1]
            room += system.term_ptr[end] - system.term_ptr[first]
            height += end - first
        if 1 < len(members) <= SMALL:
            room += 2 * (height + len(members)) * len(members)
        out = roomy(out, room)
        if len(members) == 1:
            emit_single(out, system, members[0], place)
        elif len(members) <= SMALL:
            emit_small(out, system, members, place, local)
        else:
            emit_loop(out, system, members, place)
    return out, place


@kernel
def mark_needed(out: Output, roots: SmallIntegers) -> Booleans:
    """Return which steps the root steps depend on."""
    needed = np.zeros(out.counts[STEPS], np.bool_)
    for root in roots:
        needed[root] = True
    for segment in range(out.counts[SEGMENTS] - 1, -1, -1):
        first, end, loop = out.segments[segment, 0], out.segments[segment, 1], out.segments[segment, 2]
        wanted = False
        for step in range(first, end):
            wanted = wanted or needed[step]
        for step in range(first, end):
            needed[step] = needed[step] or (wanted and loop == 1)
        for step in range(end - 1, first - 1, -1):
            if needed[step]:
                for j in range(out.term_ptr[out.row_ptr[step]], out.term_ptr[out.row_ptr[step + 1]]):
                    needed[out.steps[j]] = True
    return needed


@kernel
def pruned(out: Output, needed: Booleans) -> tuple[Output, SmallIntegers]:
    """Return the program with the needed steps only, and the new number of each old step (-1: gone)."""
    numbers = np.full(len(needed), -1, np.int32)
    steps, lines, terms, segments = 0, 0, 0, 0
    for segment in range(out.counts[SEGMENTS]):
        first, end, loop = out.segments[segment, 0], out.segments[segment, 1], out.segments[segment, 2]
        begin = steps
        for step in range(first, end):
            if needed[step]:
                numbers[step] = steps
                steps += 1
        if steps > begin:
            joins = segments > 0 and loop == 0 and out.segments[segments - 1, 2] == 0
            segments += 0 if joins else 1
            if not joins:
                out.segments[segments - 1, 0], out.segments[segments - 1, 2] = begin, loop
            out.segments[segments - 1, 1] = steps
    for step in range(len(needed)):
        if not needed[step]:
            continue
        first, end = out.row_ptr[step], out.row_ptr[step + 1]
        for line in range(first, end):
            start, stop = out.term_ptr[line], out.term_ptr[line + 1]
            out.rewards[lines], out.inner_ptr[lines] = out.rewards[line], terms + out.inner_ptr[line] - start
            for j in range(start, stop):
                out.steps[terms], out.coefficients[terms] = numbers[out.steps[j]], out.coefficients[j]
                terms += 1
            lines += 1
            out.term_ptr[lines] = terms
        out.origin[numbers[step]] = out.origin[step]
        out.row_ptr[numbers[step] + 1] = lines
    shrunk = Output(
        out.row_ptr[: steps + 1].copy(),
        out.term_ptr[: lines + 1].copy(),
        out.inner_ptr[:lines].copy(),
        out.steps[:terms].copy(),
        out.coefficients[:terms].copy(),
        out.rewards[:lines].copy(),
        out.origin[:steps].copy(),
        out.segments[:segments].copy(),
        out.counts,
    )
    return shrunk, numbers
