"""How every kernel is compiled.

Kernels neither make nor return arrays: what they read and fill is handed to them, and one that runs out of room says so
and is called again with more. They can then do without reference counts, which makes them quick to compile and, where
small functions pass many arrays on, several times faster.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit
from numba.core.caching import IndexDataCacheFile

from remit.theory.kernels.passes import KernelCompiler, PartCompiler

Function = TypeVar("Function", bound=Callable[..., Any])


def accepted(**options: Any) -> dict[str, Any]:
    """Return the options if this version of the compiler knows them, else none: they only save time."""
    try:
        njit(**options)(lambda: None)
    except KeyError:
        return {}
    return options


COMMON: dict[str, Any] = {"nogil": True, "error_model": "numpy", **accepted(_nrt=False)}
INNER: dict[str, Any] = {
    **COMMON,
    **accepted(no_cpython_wrapper=True, no_cfunc_wrapper=True),
    "pipeline_class": PartCompiler,
    "forceinline": False,  # unless it is said, those that an inlined kernel calls would take it over
}
CALLED: dict[str, Any] = {**COMMON, **accepted(no_cfunc_wrapper=True), "pipeline_class": KernelCompiler}
LINKED: dict[str, Any] = {**CALLED, **accepted(no_cpython_wrapper=True)}
"""Nobody calls a kernel from C, nor an inner one from anywhere else: ways in take time to compile."""
SOURCES = hashlib.blake2b(
    b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
).hexdigest()
"""What all kernels together say: compiled forms of any other text are not used."""


class Kept(IndexDataCacheFile):
    """Where compiled forms of one kernel are kept, right whoever else writes there, and whenever a writer is killed.

    The compiler itself counts files up and writes the index first: two processes that compile for other arguments take
    one name, and a process killed between the two leaves an index of new sources that points to code of old ones.
    """

    def save(self, key: object, data: object) -> None:
        """Keep one compiled form: first the code, under a name of its own, then the index that points to it."""
        form = hashlib.blake2b(repr(key).encode(), digest_size=8).hexdigest()
        base = str(self._index_name).removesuffix(".nbi")
        name = f"{base}.{SOURCES[:16]}-{form}.nbc"
        self._save_data(name, data)  # type: ignore[no-untyped-call]
        index = self._load_index()  # type: ignore[no-untyped-call]
        self._save_index({**index, key: name})  # type: ignore[no-untyped-call]


def kernel(function: Function) -> Function:
    """Compile a function on first use, keep the result on disk, and let it run without the interpreter lock.

    Arithmetic is IEEE (no fast-math), so that results do not depend on the compiler's mood; a division by zero gives
    infinity instead of an exception. A kernel on disk is used while no file of this package has changed (by itself the
    compiler looks only at the file that the kernel is in, and would miss a change of an inner one).
    """
    return _kept(function, CALLED)


def linked_kernel(function: Function) -> Function:
    """Compile as a kernel that others call by its address (``addresses``): kept on disk, no way in from Python."""
    compiled: Any = _kept(function, LINKED)
    vars(compiled)["addresses"] = {}
    return cast("Function", compiled)


def _kept(function: Function, options: dict[str, Any]) -> Function:
    """Compile on first use, and keep the result on disk."""
    compiled: Any = njit(cache=True, **options)(function)
    file: Any = cache_file(compiled)
    if type(file) is IndexDataCacheFile:
        file.__class__ = Kept
        vars(file)["_source_stamp"] = SOURCES
    return cast("Function", compiled)


def inner_kernel(function: Function) -> Function:
    """Compile for use inside other kernels only, of which it becomes a part: no cache entry, no way in from Python."""
    compiled: Any = njit(**INNER)(function)
    return cast("Function", compiled)


def inlined_kernel(function: Function) -> Function:
    """Compile as an inner kernel that is copied into each place that calls it: vectors then stay in registers."""
    compiled: Any = njit(**{**INNER, "forceinline": True})(function)
    return cast("Function", compiled)


def cache_file(function: Callable[..., Any]) -> object:
    """Return what the compiler keeps a kernel's compiled form in, None where it keeps none."""
    return getattr(getattr(function, "_cache", None), "_cache_file", None)


def on_disk(function: Callable[..., Any]) -> bool:
    """Return whether a compiled form of these sources is kept on disk; also true where nothing is compiled at all."""
    index = getattr(cache_file(function), "_load_index", None)
    return index is None or bool(index())
