"""Records of arrays and numbers that a kernel is handed: one pointer to the compiler, however many fields they have.

By itself it hands on each number of each array of each field, seven to an array and hundreds to a call, which takes
longer to write down than what kernels do with them. A record made within a kernel is a tuple as ever.
"""

# mypy: allow-untyped-calls

from typing import Any, TypeVar

from llvmlite import ir  # type: ignore[import-untyped] # ships no types
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    lower_getattr_generic,
    models,
    register_model,
    typeof_impl,
    unbox,
)

from remit.theory.kernels.vectors import PLAIN, operation

Class = TypeVar("Class", bound=type)
WORD = ir.IntType(32)


class RecordType(types.Type):
    """The compiler's type of a record: its class and the types of its fields."""

    def __init__(self, named: Any, kinds: tuple[Any, ...]) -> None:
        """Name it; types of one name are the same."""
        self.named, self.kinds = named, kinds
        super().__init__(name=f"{named.__module__}.{named.__qualname__}({', '.join(map(str, kinds))})")

    def place(self, field: str) -> int:
        """Return the how-manieth field it is."""
        return int(self.named._fields.index(field))


class RecordModel(models.PrimitiveModel):
    """How the compiler stores a record: as a pointer."""

    def __init__(self, manager: Any, kind: Any) -> None:
        """Point to anything."""
        super().__init__(manager, kind, ir.IntType(8).as_pointer())


register_model(RecordType)(RecordModel)


class Fields(AttributeTemplate):
    """How reading a field is typed."""

    key = RecordType

    def generic_resolve(self, kind: RecordType, field: str) -> Any:  # type: ignore[override] # its own says nothing
        """Return the type of a field."""
        return kind.kinds[kind.place(field)]


infer_getattr(Fields)


def field_at(context: Any, builder: Any, kind: RecordType, pointer: Any, place: int) -> Any:
    """Write the pointer to a field."""
    fields = ir.LiteralStructType([context.get_value_type(one) for one in kind.kinds])
    whole = builder.bitcast(pointer, fields.as_pointer())
    return builder.gep(whole, [WORD(0), WORD(place)], inbounds=True)


def read(context: Any, builder: Any, kind: RecordType, pointer: Any, field: str) -> Any:
    """Write the reading of a field, which stays what it is while a kernel runs."""
    found = builder.load(field_at(context, builder, kind, pointer, kind.place(field)))
    found.set_metadata("invariant.load", builder.module.add_metadata([]))
    return found


lower_getattr_generic(RecordType)(read)


def lay_out(kind: RecordType, record: Any, c: Any) -> Any:
    """Write what lays the fields of a record out before a kernel is called."""
    fields = ir.LiteralStructType([c.context.get_value_type(one) for one in kind.kinds])
    pointer = c.builder.bitcast(cgutils.alloca_once(c.builder, fields), c.pyapi.voidptr)
    failed = cgutils.false_bit
    for place, one in enumerate(kind.kinds):
        given = c.pyapi.tuple_getitem(record, place)
        there = field_at(c.context, c.builder, kind, pointer, place)
        if isinstance(one, types.Array):
            status = c.pyapi.numba_array_adaptor(given, c.builder.bitcast(there, c.pyapi.voidptr))
            failed = c.builder.or_(failed, cgutils.is_not_null(c.builder, status))
        else:
            native = c.unbox(one, given)
            failed = c.builder.or_(failed, native.is_error)
            c.builder.store(native.value, there)
    with cgutils.if_unlikely(c.builder, failed):
        c.pyapi.err_set_string("PyExc_TypeError", "a field of a record is not what its type says")
    return NativeValue(pointer, is_error=failed)


unbox(RecordType)(lay_out)


def record(named: Class) -> Class:
    """Have the compiler take the tuples of a class as records."""

    def kind(value: Any, purpose: Any) -> RecordType:
        return RecordType(named, tuple(typeof_impl(one, purpose) for one in value))

    typeof_impl.register(named)(kind)
    return named


def _holding() -> Any:
    """Return the operation that makes a tuple of a record."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        fields = [read(context, builder, kind, arguments[0], field) for field in kind.named._fields]
        return context.make_tuple(builder, signature.return_type, fields)

    return operation(lambda kind: types.NamedTuple(kind.kinds, kind.named)(kind), write)


held: Any = (lambda given: given) if PLAIN else _holding()
"""Makes a tuple of a record, whose fields then stay in registers: where inner kernels are small and read most of them,
that saves half of the time they run, and costs some to compile."""
