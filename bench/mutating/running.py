"""One planted fault, run: a forked child with the changed module in place of its own, judged under a deadline."""

from __future__ import annotations

import ast
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType, ModuleType

__all__ = ["notices"]

_MEMORY = 2 << 30
_PATIENCE = 20  # by the wall clock, where the machine is busy with others
_RARELY = 100_000  # what a child leaves behind goes with it
_MISSED, _BROKEN, _NOTICED = 10, 11, 12


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module changed code, and leaves every other alone."""

    def __init__(self, name: str, code: CodeType) -> None:
        self._name, self._code = name, code

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find the one module."""
        del target
        if fullname != self._name:
            return None
        found = importlib.machinery.PathFinder.find_spec(fullname, path)
        assert found is not None
        return importlib.util.spec_from_file_location(
            fullname, found.origin, loader=self, submodule_search_locations=found.submodule_search_locations
        )

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """Let Python make an empty module."""
        del spec
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed code in it."""
        exec(self._code, module.__dict__)  # noqa: S102 (the point of it)


def notices(
    module: str,
    tree: ast.Module,
    judge: Callable[[], str],
    *,
    words: Sequence[str],
    fresh: Sequence[str],
    log: Path,
    seconds: int,
) -> str:
    """What notices the fault: the judge's word for it, ``missed``, ``error``, ``deadline`` or ``died``.

    The child forgets the loaded modules of ``fresh``, so that they are imported anew around the changed one. ``judge``
    runs in it and answers with one of ``words``, empty where nothing is wrong; an exception is ``error``, and counts as
    noticed, as does using more than ``seconds`` of a processor.
    """
    code = compile(tree, f"<{module} with a fault>", "exec")
    child = os.fork()
    if not child:
        _bounded(log, seconds)
        os._exit(_judged(module, code, lambda: words.index(word) if (word := judge()) else None, fresh))
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return "deadline" if os.WTERMSIG(status) in {signal.SIGALRM, signal.SIGXCPU} else "died"
    came = {_MISSED: "missed", _BROKEN: "error", **{_NOTICED + place: word for place, word in enumerate(words)}}
    return came.get(os.WEXITSTATUS(status), "died")


def _bounded(log: Path, seconds: int) -> None:
    """Bound the processor time and memory of the child, and let it speak into a file."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(_PATIENCE * seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.set_threshold(_RARELY)
    place = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(place, 1)
    os.dup2(place, 2)


def _judged(module: str, code: CodeType, judge: Callable[[], int | None], fresh: Sequence[str]) -> int:
    """What the child answers."""
    for name in [name for name in sys.modules if name == module or name in fresh]:
        package, _dot, last = name.rpartition(".")
        if package in sys.modules:
            vars(sys.modules[package]).pop(last, None)  # a package keeps its modules as attributes as well
        del sys.modules[name]
    sys.meta_path.insert(0, _Changed(module, code))
    try:
        answer = judge()
        return _MISSED if answer is None else _NOTICED + answer
    except BaseException:  # noqa: BLE001 (whatever broke was noticed)
        traceback.print_exc()
        sys.stderr.flush()
        return _BROKEN
