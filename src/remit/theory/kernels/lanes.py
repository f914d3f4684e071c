"""Sixteen rewards at a time: a vector type for the inner loops, with a plain numpy form when compilation is off.

A *lane* is one reward. Arrays of lanes are flat: the lanes of item i are ``array[i * LANES : (i + 1) * LANES]``.
"""

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped] # ships no types
from numba import config, types
from numba.extending import intrinsic, models, register_model

from remit.theory.kernels import plain
from remit.theory.kernels.plain import LANES

__all__ = ["LANES", "choose", "fused", "gap", "highest", "inverse", "larger", "load", "pick", "scale", "splat", "store"]

ELEMENT, VECTOR = ir.DoubleType(), ir.VectorType(ir.DoubleType(), LANES)


class LaneType(types.Type):
    """The compiler's type of one vector of lanes."""

    def __init__(self) -> None:
        """Give the type its name."""
        super().__init__(name=f"lanes{LANES}")


LANE_TYPE = LaneType()


@register_model(LaneType)
class LaneModel(models.PrimitiveModel):
    """How the compiler stores a vector of lanes."""

    def __init__(self, manager: Any, kind: Any) -> None:
        """Store it as one LLVM vector."""
        super().__init__(manager, kind, VECTOR)  # type: ignore[no-untyped-call] # numba has no types here


def address(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Return the pointer to the vector that begins at an index of a flat array."""
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    return builder.bitcast(builder.gep(array.data, [arguments[1]]), VECTOR.as_pointer())


def _load(typing: Any, array: Any, index: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(address(context, builder, signature, arguments), align=8)

    return LANE_TYPE(array, types.intp), generate


def _store(typing: Any, array: Any, index: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.store(arguments[2], address(context, builder, signature, arguments), align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, LANE_TYPE), generate


def _splat(typing: Any, number: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        undefined, zero = ir.Constant(VECTOR, ir.Undefined), ir.Constant(ir.IntType(32), 0)
        first = builder.insert_element(undefined, arguments[0], zero)
        return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES))

    return LANE_TYPE(types.float64), generate


def _scale(typing: Any, left: Any, right: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fmul(arguments[0], arguments[1])

    return LANE_TYPE(LANE_TYPE, LANE_TYPE), generate


def _fused(typing: Any, left: Any, right: Any, total: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fadd(
            builder.fmul(arguments[0], arguments[1], flags=["contract"]), arguments[2], flags=["contract"]
        )

    return LANE_TYPE(LANE_TYPE, LANE_TYPE, LANE_TYPE), generate


def _larger(typing: Any, left: Any, right: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", arguments[0], arguments[1]), arguments[0], arguments[1])

    return LANE_TYPE(LANE_TYPE, LANE_TYPE), generate


def _choose(typing: Any, left: Any, right: Any, yes: Any, no: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", arguments[0], arguments[1]), arguments[2], arguments[3])

    return LANE_TYPE(LANE_TYPE, LANE_TYPE, LANE_TYPE, LANE_TYPE), generate


def _pick(typing: Any, left: Any, right: Any, yes: Any, no: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(builder.fcmp_ordered("==", arguments[0], arguments[1]), arguments[2], arguments[3])

    return LANE_TYPE(LANE_TYPE, LANE_TYPE, LANE_TYPE, LANE_TYPE), generate


def _inverse(typing: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        one = ir.Constant(VECTOR, [1.0] * LANES)
        return builder.fdiv(one, builder.fsub(one, arguments[0]))

    return LANE_TYPE(LANE_TYPE), generate


def _gap(typing: Any, left: Any, right: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        difference = builder.fsub(arguments[0], arguments[1])
        name = f"llvm.fabs.v{LANES}f64"
        function = builder.module.globals.get(name)
        if function is None:
            function = ir.Function(builder.module, ir.FunctionType(VECTOR, [VECTOR]), name)
        return builder.call(function, [difference])

    return LANE_TYPE(LANE_TYPE, LANE_TYPE), generate


def _highest(typing: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        result, width = arguments[0], LANES
        while width > 1:
            width //= 2
            low = ir.Constant(ir.VectorType(ir.IntType(32), width), list(range(width)))
            high = ir.Constant(ir.VectorType(ir.IntType(32), width), list(range(width, 2 * width)))
            left, right = builder.shuffle_vector(result, result, low), builder.shuffle_vector(result, result, high)
            result = builder.select(builder.fcmp_ordered(">", left, right), left, right)
        return builder.extract_element(result, ir.Constant(ir.IntType(32), 0))

    return types.float64(LANE_TYPE), generate


PLAIN = bool(vars(config)["DISABLE_JIT"])
"""Whether NUMBA_DISABLE_JIT is set: everything then runs as plain Python."""

load: Any = plain.load if PLAIN else intrinsic(_load)
store: Any = plain.store if PLAIN else intrinsic(_store)
splat: Any = plain.splat if PLAIN else intrinsic(_splat)
scale: Any = plain.scale if PLAIN else intrinsic(_scale)
fused: Any = plain.fused if PLAIN else intrinsic(_fused)
larger: Any = plain.larger if PLAIN else intrinsic(_larger)
choose: Any = plain.choose if PLAIN else intrinsic(_choose)
pick: Any = plain.pick if PLAIN else intrinsic(_pick)
inverse: Any = plain.inverse if PLAIN else intrinsic(_inverse)
gap: Any = plain.gap if PLAIN else intrinsic(_gap)
highest: Any = plain.highest if PLAIN else intrinsic(_highest)
