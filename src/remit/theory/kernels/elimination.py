"""From equations to a program: steps to be carried out in order, most of them exactly once.

Components are taken successors first. Within one, a node with a single row is linear: it is replaced, where it is used,
by what it stands for, and worked out afterwards; a row that leads back to its own node is solved for it. What is left
of most components is a single node, which one pass solves exactly. The others become loops.
"""

from typing import NamedTuple

from remit.theory.arrays import Booleans, Floats, Integers, SmallIntegers
from remit.theory.kernels.addresses import by_address
from remit.theory.kernels.assembly import System
from remit.theory.kernels.compiling import inner_kernel, kernel, linked_kernel
from remit.theory.kernels.records import record

SMALL = 128
"""Components with more nodes than this are not eliminated, only iterated."""
FILL = 6
"""A linear node that depends on more nodes of its component than this stays in the loop."""
STEPS, LINES, TERMS, SEGMENTS = 0, 1, 2, 3


@record
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


@record
class Block(NamedTuple):
    """Room for one component as dense lines, m nodes wide, and for its bookkeeping.

    ``inner`` f64[lines * m] holds the coefficients of its nodes, ``outer`` those of what its linear nodes take from
    outside. For each node: ``first`` i64[SMALL+1] its first line, ``order`` which was eliminated when, ``gone`` whether
    it was, ``sources`` and ``steps`` i32[SMALL] the step of what it takes from outside, and of itself (-1: none).
    """

    inner: Floats
    outer: Floats
    first: Integers
    order: Integers
    gone: Booleans
    sources: SmallIntegers
    steps: SmallIntegers


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
def own_share(system: System, line: int, node: int) -> float:
    """Return how much of its own value a node takes on a line."""
    own = 0.0
    for j in range(system.term_ptr[line], system.term_ptr[line + 1]):
        if system.nodes[j] == node:
            own += system.coefficients[j]
    return own


@inner_kernel
def emit_single(out: Output, system: System, node: int, place: SmallIntegers) -> None:
    """Write a component of one node: every line solved for the node itself."""
    begin_segment(out, 0)
    for line in range(system.row_ptr[node], system.row_ptr[node + 1]):
        scale = 1.0 / (1.0 - own_share(system, line, node))
        put_outside(out, system, line, place, scale)
        end_line(out, scale * system.rewards[line], out.counts[TERMS])
    place[node] = end_step(out, node)


@linked_kernel
def emit_loop(out: Output, system: System, order: Integers, low: int, high: int, place: SmallIntegers) -> None:
    """Write a large component, ``order[low:high]``, as a loop, each line solved for its own node."""
    begin_segment(out, 1)
    begin = out.counts[STEPS]
    for i in range(low, high):
        place[order[i]] = begin + i - low
    for i in range(low, high):
        node = order[i]
        for line in range(system.row_ptr[node], system.row_ptr[node + 1]):
            scale, inner = 1.0 / (1.0 - own_share(system, line, node)), 0
            for inside in range(2):
                inner = out.counts[TERMS]
                for j in range(system.term_ptr[line], system.term_ptr[line + 1]):
                    step = place[system.nodes[j]]
                    if system.nodes[j] != node and (step >= begin) == (inside == 1):
                        put_term(out, step, scale * system.coefficients[j])
            end_line(out, scale * system.rewards[line], inner)
        end_step(out, node)


@inner_kernel
def fill_block(block: Block, system: System, order: Integers, low: int, high: int, local: SmallIntegers) -> None:
    """Write the component ``order[low:high]`` as dense lines; ``local`` gives the place of each member in it."""
    width = high - low
    block.first[0] = 0
    for i in range(width):
        node = order[low + i]
        block.first[i + 1] = block.first[i] + system.row_ptr[node + 1] - system.row_ptr[node]
        block.gone[i], block.sources[i], block.steps[i] = False, -1, -1
    for k in range(block.first[width] * width):
        block.inner[k], block.outer[k] = 0.0, 0.0
    for i in range(width):
        for k in range(block.first[i + 1] - block.first[i]):
            line = system.row_ptr[order[low + i]] + k
            for j in range(system.term_ptr[line], system.term_ptr[line + 1]):
                target = local[system.nodes[j]]
                if target >= 0:
                    block.inner[(block.first[i] + k) * width + target] += system.coefficients[j]


@inner_kernel
def next_linear(block: Block, width: int) -> int:
    """Return the linear node that depends on the fewest others of its component, -1 when none is cheap enough."""
    best, fewest = -1, FILL + 1
    for i in range(width):
        if block.gone[i] or block.first[i + 1] - block.first[i] != 1:
            continue
        depends = 0
        for t in range(width):
            if t != i and block.inner[block.first[i] * width + t] != 0.0:
                depends += 1
        if depends < fewest:
            best, fewest = i, depends
    return best


@inner_kernel
def eliminate(block: Block, width: int) -> int:
    """Replace linear nodes where they are used; return how many went."""
    inner, outer, first = block.inner, block.outer, block.first
    count = 0
    while True:
        i = next_linear(block, width)
        if i < 0:
            return count
        own = first[i] * width
        block.gone[i], block.order[count] = True, i
        count += 1
        scale = 1.0 / (1.0 - inner[own + i])
        inner[own + i], outer[own + i] = 0.0, 1.0
        for t in range(width):
            inner[own + t] *= scale
            outer[own + t] *= scale
        for other in range(width):
            if block.gone[other]:
                continue
            for line in range(first[other], first[other + 1]):
                weight = inner[line * width + i]
                if weight != 0.0:
                    inner[line * width + i] = 0.0
                    for t in range(width):
                        inner[line * width + t] += weight * inner[own + t]
                        outer[line * width + t] += weight * outer[own + t]


@linked_kernel
def reduce_component(block: Block, system: System, order: Integers, low: int, high: int, local: SmallIntegers) -> int:
    """Write a component as dense lines, and replace its linear nodes where they are used; return how many went."""
    for i in range(high - low):
        local[order[low + i]] = i
    fill_block(block, system, order, low, high, local)
    return eliminate(block, high - low)


reduce_component_at = by_address(reduce_component)


@inner_kernel
def put_dense(
    out: Output, weights: Floats, line: int, width: int, scale: float, steps: SmallIntegers, skip: int
) -> None:
    """Append the terms of a dense line: one weight per member, whose value is at ``steps`` (-1: nothing there)."""
    for i in range(width):
        weight = weights[line * width + i]
        if weight != 0.0 and steps[i] >= 0 and i != skip:
            put_term(out, steps[i], scale * weight)


@inner_kernel
def emit_sources(
    out: Output, system: System, order: Integers, low: int, high: int, block: Block, place: SmallIntegers
) -> None:
    """Write what each eliminated node takes from outside as a step of its own."""
    for i in range(high - low):
        if block.gone[i]:
            line, begin = system.row_ptr[order[low + i]], out.counts[TERMS]
            put_outside(out, system, line, place, 1.0)
            if out.counts[TERMS] > begin or system.rewards[line] != 0.0:
                begin_segment(out, 0)
                end_line(out, system.rewards[line], out.counts[TERMS])
                block.sources[i] = end_step(out, order[low + i])


@inner_kernel
def emit_kept(
    out: Output, system: System, order: Integers, low: int, high: int, block: Block, place: SmallIntegers
) -> None:
    """Write the nodes that elimination left (those with a step assigned), each line solved for its own node."""
    width = high - low
    for i in range(width):
        if block.gone[i]:
            continue
        node = order[low + i]
        for k in range(block.first[i], block.first[i + 1]):
            line = system.row_ptr[node] + k - block.first[i]
            scale = 1.0 / (1.0 - block.inner[k * width + i])
            put_outside(out, system, line, place, scale)
            put_dense(out, block.outer, k, width, scale, block.sources, -1)
            inner = out.counts[TERMS]
            put_dense(out, block.inner, k, width, scale, block.steps, i)
            end_line(out, scale * system.rewards[line], inner)
        end_step(out, node)


@linked_kernel
def emit_small(
    out: Output,
    system: System,
    order: Integers,
    low: int,
    high: int,
    block: Block,
    place: SmallIntegers,
    local: SmallIntegers,
    reducing: int,
) -> None:
    """Write a component by elimination: sources, then what is left (a step or a loop), then the eliminated nodes."""
    width = high - low
    count = reduce_component_at(reducing, block, system, order, low, high, local)
    emit_sources(out, system, order, low, high, block, place)
    kept = 0
    for i in range(width):
        if not block.gone[i]:
            block.steps[i] = out.counts[STEPS] + kept
            kept += 1
    if kept > 0:
        begin_segment(out, 0 if kept == 1 else 1)
        emit_kept(out, system, order, low, high, block, place)
    begin_segment(out, 0)
    for k in range(count - 1, -1, -1):
        i = block.order[k]
        put_dense(out, block.outer, block.first[i], width, 1.0, block.sources, -1)
        put_dense(out, block.inner, block.first[i], width, 1.0, block.steps, -1)
        end_line(out, 0.0, out.counts[TERMS])
        block.steps[i] = end_step(out, order[low + i])
    for i in range(width):
        place[order[low + i]], local[order[low + i]] = block.steps[i], -1


emit_loop_at, emit_small_at = by_address(emit_loop), by_address(emit_small)


@record
class Addresses(NamedTuple):
    """Where the kernels are that write components of more than one node."""

    loop: int
    small: int
    reduced: int


@kernel
def write_program(
    out: Output,
    system: System,
    order: Integers,
    begins: Integers,
    first: int,
    block: Block,
    place: SmallIntegers,
    local: SmallIntegers,
    addresses: Addresses,
) -> int:
    """Write the components ``order[begins[c]:begins[c+1]]`` from ``first`` on; return the one that found no room.

    That is the number of components when all are written. ``place`` i32[N] receives the step of each node; it and the
    scratch ``local`` i32[N] hold -1 at first.
    """
    for c in range(first, len(begins) - 1):
        low, high = begins[c], begins[c + 1]
        width, room, height = high - low, 0, 0
        for i in range(low, high):
            start, end = system.row_ptr[order[i]], system.row_ptr[order[i] + 1]
            room += system.term_ptr[end] - system.term_ptr[start]
            height += end - start
        if 1 < width <= SMALL:
            room += 2 * (height + width) * width
        if out.counts[TERMS] + room > len(out.steps):
            return c
        if width == 1:
            emit_single(out, system, order[low], place)
        elif width <= SMALL:
            emit_small_at(addresses.small, out, system, order, low, high, block, place, local, addresses.reduced)
        else:
            emit_loop_at(addresses.loop, out, system, order, low, high, place)
    return len(begins) - 1


@kernel
def mark_needed(out: Output, needed: Booleans) -> None:
    """Mark what the steps already marked depend on; a loop is needed as a whole."""
    for segment in range(out.counts[SEGMENTS] - 1, -1, -1):
        first, end, loop = out.segments[segment, 0], out.segments[segment, 1], out.segments[segment, 2]
        wanted = False
        for step in range(first, end):
            wanted = wanted or needed[step]
        for step in range(end - 1, first - 1, -1):
            needed[step] = needed[step] or (wanted and loop == 1)
            if needed[step]:
                for j in range(out.term_ptr[out.row_ptr[step]], out.term_ptr[out.row_ptr[step + 1]]):
                    needed[out.steps[j]] = True
