"""Kernels that others call by their address: each is compiled by itself, kept by itself, and only where it is called.

What such a call takes and gives, the kernel's signature says: ``int``, ``float`` and ``bool`` are what they say, and
anything else is a record or an array of the type that is handed over.
"""

# mypy: allow-untyped-calls

from collections.abc import Callable
from inspect import signature
from typing import Any

from numba import typeof, types
from numba.core import cgutils

from remit.theory.kernels.vectors import PLAIN, operation

KINDS = {int: types.int64, float: types.float64, bool: types.boolean, None: types.none}
"""What the compiler calls what a kernel can give, and the numbers that it can take."""
NOWHERE = 0
"""The address of a kernel that is not called."""


def _kinds(kernel: Callable[..., Any], given: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the types a kernel takes, from those of what it is given."""
    asked = [parameter.annotation for parameter in signature(kernel).parameters.values()]
    return tuple(KINDS.get(wanted, kind) for wanted, kind in zip(asked, given, strict=True))


def address_of(kernel: Callable[..., Any], *given: Any) -> int:
    """Return where a kernel for such arguments is; it is compiled unless it was. Where nothing is compiled: nowhere."""
    if PLAIN:
        return NOWHERE
    compiled: Any = kernel
    kinds = _kinds(kernel, tuple(map(typeof, given)))
    compiled.compile(kinds)
    found = compiled.overloads[kinds]
    return int(found.library.get_pointer_to_function(found.fndesc.llvm_func_name))


def by_address(kernel: Callable[..., Any]) -> Any:
    """Return the operation that calls a kernel: it takes the address (``address_of``), then what the kernel takes."""
    if PLAIN:
        return lambda _, *given: kernel(*given)
    result = KINDS[signature(kernel).return_annotation]

    def typed(_: Any, *given: Any) -> Any:
        return result(types.intp, *_kinds(kernel, given))

    def write(context: Any, builder: Any, called: Any, arguments: Any) -> Any:
        kinds = called.args[1:]
        kind = context.call_conv.get_function_type(result, kinds)
        pointer = builder.inttoptr(arguments[0], kind.as_pointer())
        status, found = context.call_conv.call_function(builder, pointer, result, kinds, arguments[1:])
        with cgutils.if_unlikely(builder, status.is_error):
            context.call_conv.return_status_propagate(builder, status)
        return found

    return operation(typed, write)
