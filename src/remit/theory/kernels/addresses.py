"""Kernels that others call by their address: each is compiled by itself, kept by itself, and only where it is called.

What such a call takes and gives, the kernel's signature says: ``int``, ``float`` and ``bool`` are what they say, and
anything else is a record or an array of the type that is handed over.
"""

# mypy: allow-untyped-calls

from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np
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


def kind_of(given: Any) -> Any:
    """Return what an array, or a record of them, has to share with another to have the same type to the compiler.

    Some of one type do not share it: they are looked up once more.
    """
    if isinstance(given, tuple):
        return (type(given), *map(kind_of, given))
    return (given.dtype, given.ndim, given.flags.num) if isinstance(given, np.ndarray) else type(given)


def address_of(kernel: Callable[..., Any], *given: Any) -> int:
    """Return where a kernel for such arguments is; it is compiled unless it was. Where nothing is compiled: nowhere.

    The kernel remembers: to find the types of arguments takes longer than to solve a small model.
    """
    if PLAIN:
        return NOWHERE
    known, asked = vars(kernel)["addresses"], kind_of(given)
    if asked not in known:
        compiled: Any = kernel
        kinds = _kinds(kernel, tuple(map(typeof, given)))
        compiled.compile(kinds)
        found = compiled.overloads[kinds]
        known[asked] = int(found.library.get_pointer_to_function(found.fndesc.llvm_func_name))
    return int(known[asked])


def by_address(kernel: Callable[..., Any]) -> Any:
    """Return the operation that calls a kernel: it takes the address (``address_of``), then what the kernel takes.

    The address has to be that for the very records, and for tuples of the same types: a machine does not ask.
    """
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
