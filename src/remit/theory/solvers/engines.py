"""Who works on the parts of a job: threads of this process, or a cluster somebody has already.

The parts, and the seed of each, do not depend on who works on them, and results are added up in the order of the parts:
so every engine gives the same bits.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from remit.errors import ModelError

__all__ = ["Dask", "Engine", "Ray", "Threads"]

Shared = TypeVar("Shared")
Result = TypeVar("Result")


class Engine(Protocol):
    """Something that works on the parts of a job."""

    def map(self, work: Callable[[Shared, int], Result], shared: Shared, parts: int) -> list[Result]:
        """What ``work(shared, part)`` gives for each part from 0, in order; ``shared`` is carried only once."""
        ...


@dataclass(frozen=True, slots=True)
class Threads:
    """At most so many threads of this process; work that leaves the interpreter's lock runs side by side."""

    count: int = 2

    def map(self, work: Callable[[Shared, int], Result], shared: Shared, parts: int) -> list[Result]:
        """As ``Engine.map``, in this process."""
        if min(parts, self.count) <= 1:
            return [work(shared, part) for part in range(parts)]
        with ThreadPoolExecutor(min(parts, self.count)) as pool:
            return list(pool.map(lambda part: work(shared, part), range(parts)))


@dataclass(frozen=True, slots=True)
class Ray:
    """The Ray cluster this process is connected to: call ``ray.init`` first.

    Raises ``ModelError`` where ``ray`` is not installed or not connected. Workers need remit and its kernels.
    """

    def map(self, work: Callable[[Shared, int], Result], shared: Shared, parts: int) -> list[Result]:
        """As ``Engine.map``; ``shared`` lies in the object store."""
        try:
            import ray
        except ImportError as error:
            raise ModelError("this engine needs `ray`", hint="uv pip install ray") from error
        if not ray.is_initialized():
            raise ModelError("this process is connected to no Ray cluster", hint="call `ray.init()` first")
        kept = ray.put(shared)
        remote = ray.remote(work)
        found: list[Result] = ray.get([remote.remote(kept, part) for part in range(parts)])
        return found


@dataclass(frozen=True, slots=True)
class Dask:
    """A Dask cluster, through its ``distributed.Client``. Workers need remit and its kernels."""

    client: Any

    def map(self, work: Callable[[Shared, int], Result], shared: Shared, parts: int) -> list[Result]:
        """As ``Engine.map``; ``shared`` is scattered to every worker."""
        kept = self.client.scatter(shared, broadcast=True, hash=False)
        futures = [self.client.submit(work, kept, part, pure=False) for part in range(parts)]
        found: list[Result] = self.client.gather(futures)
        return found
