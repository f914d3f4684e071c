"""Vectors of several rewards for the inner loops: the operations on them, for any width and precision.

``lanes`` (sixteen rewards in double precision) and ``wide`` (blocks of sixteen to sixty-four in single) are made of
them. How wide a vector is, the compiler reads from the types of what an operation is given.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped] # ships no types
from numba import config, types
from numba.core.typing.templates import AbstractTemplate, infer_global
from numba.extending import lower_builtin, models, register_model

PLAIN = bool(vars(config)["DISABLE_JIT"])
"""Whether NUMBA_DISABLE_JIT is set: everything then runs as plain Python."""

LINE = 64
"""Bytes that come from memory together."""

Build = Callable[[Any, Any], Any]
"""Writes an operation: from the instruction builder and its arguments to its result."""


class LaneType(types.Type):
    """The compiler's type of one vector: so many numbers of double or single precision."""

    def __init__(self, lanes: int, *, double: bool) -> None:
        """Name it; types of one name are the same."""
        self.lanes, self.number = lanes, types.float64 if double else types.float32
        self.element = ir.DoubleType() if double else ir.FloatType()
        self.vector = ir.VectorType(self.element, lanes)
        super().__init__(name=f"lanes{lanes}{'double' if double else 'single'}")


class LaneModel(models.PrimitiveModel):
    """How the compiler stores a vector: as one LLVM vector."""

    def __init__(self, manager: Any, kind: Any) -> None:
        """Name that vector."""
        super().__init__(manager, kind, kind.vector)  # type: ignore[no-untyped-call] # numba has no types here


register_model(LaneType)(LaneModel)


def operation(typed: Callable[..., Any], write: Callable[..., Any]) -> Any:
    """Return an operation of kernels: ``typed`` gives its signature for the types it is given, ``write`` its code.

    It is made known once for all types: an intrinsic would be looked up anew for each kind of arguments.
    """

    def named(*_: Any) -> None:
        """Stand for the operation, which only compiled code carries out."""

    class Typing(AbstractTemplate):
        """How a call of the operation is typed."""

        key = named

        def generic(self, given: Any, _named: Any) -> Any:
            """Return the signature of a call."""
            return typed(*given)

    infer_global(named, types.Function(Typing))  # type: ignore[no-untyped-call]
    lower_builtin(named, types.VarArg(types.Any))(write)  # type: ignore[no-untyped-call]
    return named


def loading(kind: LaneType) -> Any:
    """Return the operation that reads the vector that begins at an index of a flat array."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = address(context, builder, signature.args[0], arguments, kind.vector)
        return builder.load(place, align=4)

    return operation(lambda array, _: kind(array, types.intp), write)


def widening(kind: LaneType) -> Any:
    """Return the operation that reads a vector of double precision from a flat array of single precision."""
    single = ir.VectorType(ir.FloatType(), kind.lanes)

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = address(context, builder, signature.args[0], arguments, single)
        return builder.fpext(builder.load(place, align=4), kind.vector)

    return operation(lambda array, _: kind(array, types.intp), write)


def store_vector(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Write a vector to where it belongs in an array, from (array, index, vector)."""
    place = address(context, builder, signature.args[0], arguments, signature.args[2].vector)
    builder.store(arguments[2], place, align=4)
    return context.get_dummy_value()


def storing() -> Any:
    """Return the operation that writes a vector at an index of an array."""
    return operation(lambda array, _, value: types.void(array, types.intp, value), store_vector)


def marking(attribute: str) -> Any:
    """Return the operation that gives the function it stands in an attribute, and does nothing else."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.function.attributes.add(attribute)
        return context.get_dummy_value()

    return operation(types.void, write)


def reading() -> Any:
    """Return the operation that reads an array at an index known not to be negative (none is counted from the end)."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        numbers = beginning(context, builder, signature.args[0], arguments[0])
        return builder.load(builder.gep(numbers, [arguments[1]]))

    return operation(lambda array, _: array.dtype(array, types.intp), write)


def splatting(kind: LaneType) -> Any:
    """Return the operation that puts one number in every lane."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return repeated(builder, kind, arguments[0])

    return operation(lambda _: kind(kind.number), write)


def repeated(builder: Any, kind: LaneType, number: Any) -> Any:
    """Write a vector that holds one number in every lane."""
    undefined, zero = ir.Constant(kind.vector, ir.Undefined), ir.Constant(ir.IntType(32), 0)
    first = builder.insert_element(undefined, number, zero)
    places = ir.Constant(ir.VectorType(ir.IntType(32), kind.lanes), [0] * kind.lanes)
    return builder.shuffle_vector(first, undefined, places)


def lanewise(build: Build) -> Any:
    """Return an operation on vectors that gives a vector; a number stands for a vector of it.

    The last is always a vector.
    """

    def typed(*given: Any) -> Any:
        kind = given[-1]
        return kind(*(one if isinstance(one, LaneType) else kind.number for one in given))

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        given = zip(signature.args, arguments, strict=True)
        kind = signature.return_type
        return build(builder, [value if one == kind else repeated(builder, kind, value) for one, value in given])

    return operation(typed, write)


def folding(build: Build) -> Any:
    """Return an operation that folds the lanes of a vector into one number, halves onto halves."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        result, width = arguments[0], signature.args[0].lanes
        while width > 1:
            width //= 2
            low = ir.Constant(ir.VectorType(ir.IntType(32), width), list(range(width)))
            high = ir.Constant(ir.VectorType(ir.IntType(32), width), list(range(width, 2 * width)))
            halves = builder.shuffle_vector(result, result, low), builder.shuffle_vector(result, result, high)
            result = build(builder, halves)
        return builder.extract_element(result, ir.Constant(ir.IntType(32), 0))

    return operation(lambda value: value.number(value), write)


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


def loop_factor(builder: Any, given: Any) -> Any:
    """Compute 1 / (1 - value)."""
    one = ir.Constant(given[0].type, [1.0] * given[0].type.count)
    return builder.fdiv(one, builder.fsub(one, given[0]))


def distance(builder: Any, given: Any) -> Any:
    """Compute the absolute difference."""
    vector = given[0].type
    name = f"llvm.fabs.v{vector.count}{'f64' if isinstance(vector.element, ir.DoubleType) else 'f32'}"
    function = builder.module.globals.get(name)
    if function is None:
        function = ir.Function(builder.module, ir.FunctionType(vector, [vector]), name)
    return builder.call(function, [builder.fsub(given[0], given[1])])


def beginning(context: Any, builder: Any, kind: Any, array: Any) -> Any:
    """Write the pointer to the first item of an array of the given type."""
    return builder.extract_value(array, context.data_model_manager[kind].get_field_position("data"))


def address(context: Any, builder: Any, kind: Any, arguments: Any, vector: Any) -> Any:
    """Write the pointer to the vector at an index of an array of the given type, from (array, index, ...)."""
    items = beginning(context, builder, kind, arguments[0])
    return builder.bitcast(builder.gep(items, [arguments[1]]), vector.as_pointer())


def _marked() -> None:
    """Do nothing: it only saves time."""


def _entry(array: Any, index: int) -> Any:
    """Return what stands at an index."""
    return array[index]


lean: Any = _marked if PLAIN else marking("optsize")
"""Asks for short code in the function it stands in: loops over rows and targets are a few turns long, and unrolled they
take longer to run and to compile."""
apart: Any = _marked if PLAIN else marking("noinline")
"""Keeps the function it stands in out of its callers, whose short code would undo its vectors."""
entry: Any = _entry if PLAIN else reading()
