"""Blocks of sixteen, thirty-two or sixty-four rewards in single precision: several registers to a load.

An array of blocks holds one block for each item; how wide a block is, its type says (``blocked``), so that each kernel
is compiled for the widths that are asked of it and for no other. What single precision loses is found again by a
certificate in double precision (``certifying``), never assumed.
"""

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped] # ships no types
from numba import types
from numba.extending import intrinsic

from remit.theory.arrays import Blocks, Floats, Singles
from remit.theory.kernels import plain, vectors
from remit.theory.kernels.lanes import choose, fused, gap, highest, inverse, larger, scale
from remit.theory.kernels.vectors import LINE, PLAIN, LaneType

__all__ = [
    "WIDTHS",
    "blocked",
    "choose",
    "doubled",
    "fetch",
    "fetch_from",
    "fused",
    "gap",
    "highest",
    "inverse",
    "lane_at",
    "larger",
    "load",
    "load_from",
    "minus",
    "plus",
    "put_lane",
    "scale",
    "smaller",
    "splat",
    "store",
    "total",
    "widen",
    "width",
]

WIDTHS = (16, 32, 64)
"""How many rewards can be worked on at a time."""
BLOCKS = {width: np.dtype([("lanes", np.float32, (width,))]) for width in WIDTHS}


def blocked(numbers: Singles, width: int) -> Blocks:
    """Return a flat array as blocks of ``width`` numbers: the same memory."""
    return numbers.view(BLOCKS[width])


def lanes_of(kind: Any) -> int:
    """Return how wide the blocks of the compiler's type of an array, or a vector of that type, are."""
    return int(kind.lanes if isinstance(kind, LaneType) else kind.dtype.size // 4)


def _loading(*, double: bool) -> Any:
    """Return the operation that reads a block, as it is or in double precision."""

    def load(typing: Any, array: Any, index: Any) -> Any:
        single, kind = LaneType(lanes_of(array), double=False), LaneType(lanes_of(array), double=double)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            place = vectors.address(context, builder, signature.args[0], arguments, single.vector)
            found = builder.load(place, align=4)
            return builder.fpext(found, kind.vector) if double else found

        return kind(array, types.intp), generate

    return intrinsic(load)


def _storing() -> Any:
    """Return the operation that writes a block."""

    def store(typing: Any, array: Any, index: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            place = vectors.address(context, builder, signature.args[0], arguments, value.vector)
            builder.store(arguments[2], place, align=4)
            return context.get_dummy_value()

        return types.void(array, types.intp, value), generate

    return intrinsic(store)


def _splatting() -> Any:
    """Return the operation that puts a number in every lane of a block like those of an array, or of a vector."""

    def splat(typing: Any, number: Any, like: Any) -> Any:
        kind = like if isinstance(like, LaneType) else LaneType(lanes_of(like), double=False)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return vectors.repeated(builder, kind, arguments[0])

        return kind(kind.number, like), generate

    return intrinsic(splat)


def _measuring() -> Any:
    """Return the operation that says how wide the blocks of an array are."""

    def width(typing: Any, array: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return context.get_constant(types.intp, lanes_of(array))

        return types.intp(array), generate

    return intrinsic(width)


def _number_at(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Write the pointer to one number, from (array, index, lane, ...)."""
    array = vectors.address(context, builder, signature.args[0], arguments, ir.FloatType())
    return builder.gep(array, [arguments[2]])


def _reading() -> Any:
    """Return the operation that reads one number of a block."""

    def lane_at(typing: Any, array: Any, index: Any, number: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.load(_number_at(context, builder, signature, arguments), align=4)

        return types.float32(array, types.intp, types.intp), generate

    return intrinsic(lane_at)


def _writing() -> Any:
    """Return the operation that writes one number of a block."""

    def put_lane(typing: Any, array: Any, index: Any, number: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            builder.store(arguments[3], _number_at(context, builder, signature, arguments), align=4)
            return context.get_dummy_value()

        return types.void(array, types.intp, types.intp, types.float32), generate

    return intrinsic(put_lane)


def _prefetch(context: Any, builder: Any, array: Any, arguments: Any, bytes_in: Any) -> Any:
    """Write that lines are asked for, named by the bytes they hold from (array, index, ...) on, without waiting.

    They are brought into the second cache: streams that lie powers of two apart would push each other out of the first.
    """
    byte, number = ir.IntType(8), ir.IntType(32)
    place = vectors.address(context, builder, array, arguments, byte)
    kind = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
    function = builder.module.declare_intrinsic("llvm.prefetch", [place.type], kind)
    for one in bytes_in:
        there = builder.gep(place, [ir.Constant(ir.IntType(64), one)])
        builder.call(function, [there, number(0), number(2), number(1)])
    return context.get_dummy_value()


def _fetching() -> Any:
    """Return the operation that asks for a block; blocks begin where a line of the cache does."""

    def fetch(typing: Any, array: Any, index: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            lines = range(0, 4 * lanes_of(array), LINE)
            return _prefetch(context, builder, signature.args[0], arguments, lines)

        return types.void(array, types.intp), generate

    return intrinsic(fetch)


def _fetching_from() -> Any:
    """Return the operation that asks for as many numbers as a block has, which may begin in the middle of a line."""

    def fetch_from(typing: Any, numbers: Any, index: Any, like: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            size = 4 * lanes_of(like)
            return _prefetch(context, builder, signature.args[0], arguments, (*range(0, size, LINE), size - 1))

        return types.void(numbers, types.intp, like), generate

    return intrinsic(fetch_from)


def _loading_from() -> Any:
    """Return the operation that reads a block from anywhere in a flat array, as wide as those of another array."""

    def load_from(typing: Any, numbers: Any, index: Any, like: Any) -> Any:
        kind = LaneType(lanes_of(like), double=False)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            place = vectors.address(context, builder, signature.args[0], arguments, kind.vector)
            return builder.load(place, align=4)

        return kind(numbers, types.intp, like), generate

    return intrinsic(load_from)


def _doubling() -> Any:
    """Return the operation that turns a vector into one of double precision."""

    def doubled(typing: Any, value: Any) -> Any:
        kind = LaneType(lanes_of(value), double=True)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.fpext(arguments[0], kind.vector)

        return kind(value), generate

    return intrinsic(doubled)


def _load(array: Blocks, index: int) -> Singles:
    """Return a block."""
    found: Singles = array["lanes"][index].copy()
    return found


def _widen(array: Blocks, index: int) -> Floats:
    """Return a block in double precision."""
    return _load(array, index).astype(np.float64)


def _store(array: Blocks, index: int, value: Singles) -> None:
    """Write a block."""
    array["lanes"][index] = value


def _splat(number: float, like: Any) -> Any:
    """Return a vector that holds a number in every lane, like the blocks of an array, or like a vector."""
    return np.full_like(like if like.dtype.names is None else like["lanes"][0], number)


def _width(array: Blocks) -> int:
    """Return how wide the blocks of an array are."""
    return array.dtype.itemsize // 4


def _lane_at(array: Blocks, index: int, number: int) -> Any:
    """Return one number of a block."""
    return array["lanes"][index, number]


def _put_lane(array: Blocks, index: int, number: int, value: Any) -> None:
    """Write one number of a block."""
    array["lanes"][index, number] = value


def _fetch(array: Blocks, index: int) -> None:
    """Do nothing: it only saves time."""


def _fetch_from(numbers: Singles, index: int, like: Blocks) -> None:
    """Do nothing: it only saves time."""


def _load_from(numbers: Singles, index: int, like: Blocks) -> Singles:
    """Return the numbers from an index on, as many as a block has."""
    return numbers[index : index + _width(like)].copy()


def _doubled(value: Singles) -> Floats:
    """Return a vector in double precision."""
    return value.astype(np.float64)


load: Any = _load if PLAIN else _loading(double=False)
widen: Any = _widen if PLAIN else _loading(double=True)
store: Any = _store if PLAIN else _storing()
splat: Any = _splat if PLAIN else _splatting()
width: Any = _width if PLAIN else _measuring()
lane_at: Any = _lane_at if PLAIN else _reading()
put_lane: Any = _put_lane if PLAIN else _writing()
fetch: Any = _fetch if PLAIN else _fetching()
fetch_from: Any = _fetch_from if PLAIN else _fetching_from()
load_from: Any = _load_from if PLAIN else _loading_from()
doubled: Any = _doubled if PLAIN else _doubling()
plus: Any = np.add if PLAIN else vectors.lanewise(2, vectors.addition)
minus: Any = np.subtract if PLAIN else vectors.lanewise(2, vectors.subtraction)
smaller: Any = np.minimum if PLAIN else vectors.lanewise(2, vectors.minimum)
total: Any = plain.total if PLAIN else vectors.folding(vectors.addition)
