"""Vectors of several rewards for the inner loops: the operations on them, for any width and precision.

``lanes`` (sixteen rewards in double precision) and ``wide`` (sixty-four in single) are made here. Arrays of lanes are
flat: the lanes of item i are ``array[i * count : (i + 1) * count]``.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from llvmlite import ir  # type: ignore[import-untyped] # ships no types
from numba import config, types
from numba.extending import intrinsic, models, register_model

PLAIN = bool(vars(config)["DISABLE_JIT"])
"""Whether NUMBA_DISABLE_JIT is set: everything then runs as plain Python."""

LINE = 64
"""Bytes that come from memory together."""

Build = Callable[[Any, Any], Any]
"""Writes an operation: from the instruction builder and its arguments to its result."""


class Shape(NamedTuple):
    """A vector as the compiler sees it: how many lanes, the type of one, of all, and what the language calls them."""

    lanes: int
    number: Any
    element: Any
    vector: Any
    kind: Any


def shape_of(lanes: int, *, double: bool) -> Shape:
    """Return the shape of vectors of ``lanes`` numbers of double or single precision, and tell the compiler of it."""
    element = ir.DoubleType() if double else ir.FloatType()
    vector = ir.VectorType(element, lanes)

    class LaneType(types.Type):
        """The compiler's type of one vector."""

    class LaneModel(models.PrimitiveModel):
        """How the compiler stores a vector: as one LLVM vector."""

        def __init__(self, manager: Any, kind: Any) -> None:
            """Name that vector."""
            super().__init__(manager, kind, vector)  # type: ignore[no-untyped-call] # numba has no types here

    register_model(LaneType)(LaneModel)
    kind = LaneType(name=f"lanes{lanes}{'double' if double else 'single'}")
    return Shape(lanes, types.float64 if double else types.float32, element, vector, kind)


def loading(shape: Shape) -> Any:
    """Return the operation that reads the vector that begins at an index of a flat array."""

    def load(typing: Any, array: Any, index: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.load(_address(shape, context, builder, signature, arguments), align=4)

        return shape.kind(array, types.intp), generate

    return intrinsic(load)


def widening(shape: Shape) -> Any:
    """Return the operation that reads a vector of double precision from a flat array of single precision."""
    single = ir.VectorType(ir.FloatType(), shape.lanes)

    def widen(typing: Any, array: Any, index: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            made = context.make_array(signature.args[0])(context, builder, arguments[0])
            place = builder.bitcast(builder.gep(made.data, [arguments[1]]), single.as_pointer())
            return builder.fpext(builder.load(place, align=4), shape.vector)

        return shape.kind(array, types.intp), generate

    return intrinsic(widen)


def storing(shape: Shape) -> Any:
    """Return the operation that writes a vector at an index of a flat array."""

    def store(typing: Any, array: Any, index: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            builder.store(arguments[2], _address(shape, context, builder, signature, arguments), align=4)
            return context.get_dummy_value()

        return types.void(array, types.intp, shape.kind), generate

    return intrinsic(store)


def marking(attribute: str) -> Any:
    """Return the operation that gives the function it stands in an attribute, and does nothing else."""

    def mark(typing: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            builder.function.attributes.add(attribute)
            return context.get_dummy_value()

        return types.void(), generate

    return intrinsic(mark)


def reading() -> Any:
    """Return the operation that reads an array at an index known not to be negative (none is counted from the end)."""

    def entry(typing: Any, array: Any, index: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            made = context.make_array(signature.args[0])(context, builder, arguments[0])
            return builder.load(builder.gep(made.data, [arguments[1]]))

        return array.dtype(array, types.intp), generate

    return intrinsic(entry)


def writing() -> Any:
    """Return the operation that writes a number of an array's own kind at an index known not to be negative."""

    def put(typing: Any, array: Any, index: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            made = context.make_array(signature.args[0])(context, builder, arguments[0])
            builder.store(arguments[2], builder.gep(made.data, [arguments[1]]))
            return context.get_dummy_value()

        return types.void(array, types.intp, array.dtype), generate

    return intrinsic(put)


def fetching() -> Any:
    """Return the operation that asks for the line at an index of an array, without waiting.

    It is brought into the second cache: streams that lie powers of two apart would push each other out of the first.
    """

    def fetch(typing: Any, array: Any, index: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            made = context.make_array(signature.args[0])(context, builder, arguments[0])
            place = builder.gep(made.data, [arguments[1]])
            place = builder.bitcast(place, ir.IntType(8).as_pointer())
            number = ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
            function = builder.module.declare_intrinsic("llvm.prefetch", [place.type], kind)
            builder.call(function, [place, number(0), number(2), number(1)])
            return context.get_dummy_value()

        return types.void(array, types.intp), generate

    return intrinsic(fetch)


def splatting(shape: Shape) -> Any:
    """Return the operation that puts one number in every lane."""

    def splat(typing: Any, number: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            undefined, zero = ir.Constant(shape.vector, ir.Undefined), ir.Constant(ir.IntType(32), 0)
            first = builder.insert_element(undefined, arguments[0], zero)
            places = ir.Constant(ir.VectorType(ir.IntType(32), shape.lanes), [0] * shape.lanes)
            return builder.shuffle_vector(first, undefined, places)

        return shape.kind(shape.number), generate

    return intrinsic(splat)


def lanewise(shape: Shape, count: int, build: Build) -> Any:
    """Return an operation on ``count`` vectors that gives a vector."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return build(builder, arguments)

    def one(typing: Any, first: Any) -> Any:
        return shape.kind(*[shape.kind] * count), generate

    def two(typing: Any, first: Any, second: Any) -> Any:
        return shape.kind(*[shape.kind] * count), generate

    def three(typing: Any, first: Any, second: Any, third: Any) -> Any:
        return shape.kind(*[shape.kind] * count), generate

    def four(typing: Any, first: Any, second: Any, third: Any, fourth: Any) -> Any:
        return shape.kind(*[shape.kind] * count), generate

    return intrinsic((one, two, three, four)[count - 1])


def folding(shape: Shape, build: Build) -> Any:
    """Return an operation that folds the lanes of a vector into one number, halves onto halves."""

    def fold(typing: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            result, width = arguments[0], shape.lanes
            while width > 1:
                width //= 2
                low = ir.Constant(ir.VectorType(ir.IntType(32), width), list(range(width)))
                high = ir.Constant(ir.VectorType(ir.IntType(32), width), list(range(width, 2 * width)))
                halves = builder.shuffle_vector(result, result, low), builder.shuffle_vector(result, result, high)
                result = build(builder, halves)
            return builder.extract_element(result, ir.Constant(ir.IntType(32), 0))

        return shape.number(shape.kind), generate

    return intrinsic(fold)


def product(builder: Any, given: Any) -> Any:
    """Multiply two vectors."""
    return builder.fmul(given[0], given[1])


def addition(builder: Any, given: Any) -> Any:
    """Add two vectors."""
    return builder.fadd(given[0], given[1])


def subtraction(builder: Any, given: Any) -> Any:
    """Subtract the second vector from the first."""
    return builder.fsub(given[0], given[1])


def multiply_add(builder: Any, given: Any) -> Any:
    """Multiply and add, in one rounding where the machine can."""
    return builder.fadd(builder.fmul(given[0], given[1], flags=["contract"]), given[2], flags=["contract"])


def maximum(builder: Any, given: Any) -> Any:
    """Take the larger of each pair."""
    return builder.select(builder.fcmp_ordered(">", given[0], given[1]), given[0], given[1])


def minimum(builder: Any, given: Any) -> Any:
    """Take the smaller of each pair."""
    return builder.select(builder.fcmp_ordered("<", given[0], given[1]), given[0], given[1])


def choice(builder: Any, given: Any) -> Any:
    """Take the third where the first is larger than the second, else the fourth."""
    return builder.select(builder.fcmp_ordered(">", given[0], given[1]), given[2], given[3])


def selection(builder: Any, given: Any) -> Any:
    """Take the third where the first equals the second, else the fourth."""
    return builder.select(builder.fcmp_ordered("==", given[0], given[1]), given[2], given[3])


def loop_factor(shape: Shape) -> Build:
    """Return what computes 1 / (1 - value)."""

    def build(builder: Any, given: Any) -> Any:
        one = ir.Constant(shape.vector, [1.0] * shape.lanes)
        return builder.fdiv(one, builder.fsub(one, given[0]))

    return build


def distance(shape: Shape) -> Build:
    """Return what computes the absolute difference."""

    def build(builder: Any, given: Any) -> Any:
        name = f"llvm.fabs.v{shape.lanes}{'f64' if isinstance(shape.element, ir.DoubleType) else 'f32'}"
        function = builder.module.globals.get(name)
        if function is None:
            function = ir.Function(builder.module, ir.FunctionType(shape.vector, [shape.vector]), name)
        return builder.call(function, [builder.fsub(given[0], given[1])])

    return build


def _marked() -> None:
    """Do nothing: it only saves time."""


def _entry(array: Any, index: int) -> Any:
    """Return what stands at an index."""
    return array[index]


def _fetch(array: Any, index: int) -> None:
    """Do nothing: it only saves time."""


def _put(array: Any, index: int, value: Any) -> None:
    """Write a number at an index."""
    array[index] = value


def _address(shape: Shape, context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Return the pointer to the vector that begins at an index of a flat array."""
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    return builder.bitcast(builder.gep(array.data, [arguments[1]]), shape.vector.as_pointer())


lean: Any = _marked if PLAIN else marking("optsize")
"""Asks for short code in the function it stands in: loops over rows and targets are a few turns long, and unrolled they
take longer to run and to compile."""
apart: Any = _marked if PLAIN else marking("noinline")
"""Keeps the function it stands in out of its callers, whose short code would undo its vectors."""
entry: Any = _entry if PLAIN else reading()
put: Any = _put if PLAIN else writing()
fetch: Any = _fetch if PLAIN else fetching()
