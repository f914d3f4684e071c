"""Blocks of sixteen, thirty-two or sixty-four rewards in single precision: several registers to a load.

An array of blocks holds one block for each item; how wide a block is, its type says (``blocked``), so that each kernel
is compiled for the widths that are asked of it and for no other. What single precision loses is found again by a
certificate in double precision (``certifying``), never assumed.
"""

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped] # ships no types
from numba import types

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

    def typed(array: Any, index: Any) -> Any:
        return LaneType(lanes_of(array), double=double)(array, types.intp)

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = ir.VectorType(ir.FloatType(), signature.return_type.lanes)
        found = builder.load(vectors.address(context, builder, signature.args[0], arguments, vector), align=4)
        return builder.fpext(found, signature.return_type.vector) if double else found

    return vectors.operation(typed, write)


def _splatting() -> Any:
    """Return the operation that puts a number in every lane of a block like those of an array, or of a vector."""

    def typed(number: Any, like: Any) -> Any:
        kind = like if isinstance(like, LaneType) else LaneType(lanes_of(like), double=False)
        return kind(kind.number, like)

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return vectors.repeated(builder, signature.return_type, arguments[0])

    return vectors.operation(typed, write)


def _measuring() -> Any:
    """Return the operation that says how wide the blocks of an array are."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.get_constant(types.intp, lanes_of(signature.args[0]))

    return vectors.operation(types.intp, write)


def _number_at(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Write the pointer to one number, from (array, index, lane, ...)."""
    array = vectors.address(context, builder, signature.args[0], arguments, ir.FloatType())
    return builder.gep(array, [arguments[2]])


def _reading() -> Any:
    """Return the operation that reads one number of a block."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_number_at(context, builder, signature, arguments), align=4)

    return vectors.operation(lambda array, *_: types.float32(array, types.intp, types.intp), write)


def _writing() -> Any:
    """Return the operation that writes one number of a block."""

    def typed(array: Any, index: Any, number: Any, value: Any) -> Any:
        return types.void(array, types.intp, types.intp, types.float32)

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.store(arguments[3], _number_at(context, builder, signature, arguments), align=4)
        return context.get_dummy_value()

    return vectors.operation(typed, write)


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

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lines = range(0, 4 * lanes_of(signature.args[0]), LINE)
        return _prefetch(context, builder, signature.args[0], arguments, lines)

    return vectors.operation(lambda array, _: types.void(array, types.intp), write)


def _fetching_from() -> Any:
    """Return the operation that asks for as many numbers as a block has, which may begin in the middle of a line."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        size = 4 * lanes_of(signature.args[2])
        return _prefetch(context, builder, signature.args[0], arguments, (*range(0, size, LINE), size - 1))

    return vectors.operation(lambda numbers, _, like: types.void(numbers, types.intp, like), write)


def _loading_from() -> Any:
    """Return the operation that reads a block from anywhere in a flat array, as wide as those of another array."""

    def typed(numbers: Any, index: Any, like: Any) -> Any:
        return LaneType(lanes_of(like), double=False)(numbers, types.intp, like)

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = vectors.address(context, builder, signature.args[0], arguments, signature.return_type.vector)
        return builder.load(place, align=4)

    return vectors.operation(typed, write)


def _doubling() -> Any:
    """Return the operation that turns a vector into one of double precision."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fpext(arguments[0], signature.return_type.vector)

    return vectors.operation(lambda value: LaneType(lanes_of(value), double=True)(value), write)


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
store: Any = _store if PLAIN else vectors.storing()
splat: Any = _splat if PLAIN else _splatting()
width: Any = _width if PLAIN else _measuring()
lane_at: Any = _lane_at if PLAIN else _reading()
put_lane: Any = _put_lane if PLAIN else _writing()
fetch: Any = _fetch if PLAIN else _fetching()
fetch_from: Any = _fetch_from if PLAIN else _fetching_from()
load_from: Any = _load_from if PLAIN else _loading_from()
doubled: Any = _doubled if PLAIN else _doubling()
plus: Any = np.add if PLAIN else vectors.lanewise(vectors.addition)
minus: Any = np.subtract if PLAIN else vectors.lanewise(vectors.subtraction)
smaller: Any = np.minimum if PLAIN else vectors.lanewise(vectors.minimum)
total: Any = plain.total if PLAIN else vectors.folding(vectors.addition)
