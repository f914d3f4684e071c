"""A scenario's tools as Inspect's, made anew whenever the environment offers others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from inspect_ai.tool import Tool, ToolDef, ToolParam, ToolParams

from remit.evals.adapters.connection import Connection
from remit.evals.environment import Tool as Offer

__all__ = ["Toolset"]


class _Unchanging(ToolParams):
    """Parameters that nobody changes: Inspect copies those of every tool twice a turn, a fifth of what a turn costs."""

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """The same ones."""
        del memo
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """The same ones, unless somebody wants others."""
        return super().model_copy(update=update, deep=deep) if update else self


class Toolset:
    """The tools of one connection; ``reached`` is whether the last call came through to it.

    It is a source of tools to Inspect, as every tool of a list is looked at twice a turn whether it is one.
    """

    def __init__(self, connection: Connection) -> None:
        """Take the connection."""
        self.reached = False
        self._connection = connection
        self._names: tuple[str, ...] = ()
        self._tools: list[ToolDef] = []

    async def tools(self) -> list[Tool]:
        """The tools there are now, as Inspect asks a source for them."""
        return self._now()  # type: ignore[return-value]

    def named(self, name: str) -> list[ToolDef]:
        """The tool of this name, nothing where there is none: a call needs no other."""
        return [tool for tool in self._now() if tool.name == name]

    def _now(self) -> list[ToolDef]:
        """The tools there are now; while they have the same names they are the same."""
        found = self._connection.tools()
        names = tuple(tool.name for tool in found)
        if names != self._names:
            self._names, self._tools = names, self._made(found)
        return self._tools

    def _made(self, found: Sequence[Offer]) -> list[ToolDef]:
        """Each tool with its description and arguments; nothing of an answer is cut off."""
        return [
            ToolDef(
                tool=self._runner(tool.name),
                name=tool.name,
                description=tool.text,
                parameters=_Unchanging(
                    properties={name: ToolParam(type=kind, description=name) for name, kind in tool.args.items()},  # type: ignore[arg-type]
                    required=[name for name in tool.args if name not in tool.optional],
                ),
                parallel=False,
                max_output=0,
            )
            for tool in found
        ]

    def _runner(self, name: str) -> Callable[..., Any]:
        """What carries out a call."""

        async def run(**kwargs: Any) -> str:
            self.reached = True
            return self._connection.call(name, kwargs)[0]

        return run
