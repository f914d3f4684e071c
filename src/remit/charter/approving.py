"""What an overseer's ``approves`` speaks of: a tool, a word of its name, or an effect."""

from __future__ import annotations

from collections.abc import Iterable

from remit.charter.model import Overseer

__all__ = ["may_approve", "subjects"]


def subjects(tool: str, effects: Iterable[str]) -> frozenset[str]:
    """The words under which an overseer may list a tool with these effects.

    For ``refunds.issue`` with ``money.spend`` these are ``refunds.issue``, ``refunds``, ``refund``, ``issue``,
    ``money.spend`` and ``spend``.
    """
    first = tool.partition(".")[0]
    every = tuple(effects)
    return frozenset(
        (tool, first, first.removesuffix("s"), *tool.split("."), *every, *(name.rpartition(".")[2] for name in every))
    )


def may_approve(overseer: Overseer, tool: str, effects: Iterable[str]) -> bool:
    """Whether an overseer says that they approve calls of this tool, or of one of these effects."""
    return "*" in overseer.approves or not subjects(tool, effects).isdisjoint(overseer.approves)
