"""How every kernel is compiled, and the growing arrays they share."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])

INNER: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""Without the two wrappers a kernel that only other kernels call compiles faster."""


def kernel(function: Function) -> Function:
    """Compile a function on first use, keep the result on disk, and let it run without the interpreter lock.

    Arithmetic is IEEE (no fast-math), so that results do not depend on the compiler's mood; a division by zero gives
    infinity instead of an exception.
    """
    compiled: Any = njit(cache=True, nogil=True, error_model="numpy")(function)
    return cast("Function", compiled)


def inner_kernel(function: Function) -> Function:
    """Compile for use inside other kernels only, of which it becomes a part: no cache entry, no way in from Python."""
    compiled: Any = njit(**INNER)(function)
    return cast("Function", compiled)


@inner_kernel
def grown(array: npt.NDArray[Any], needed: int) -> npt.NDArray[Any]:
    """Return the array, or a copy of at least twice its length when ``needed`` entries do not fit."""
    if needed <= len(array):
        return array
    larger = np.empty(max(needed, 2 * len(array)), array.dtype)
    for i in range(len(array)):
        larger[i] = array[i]
    return larger
