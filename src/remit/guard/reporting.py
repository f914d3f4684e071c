"""What a guard can and cannot promise, in words: where each tool lives, what is enforced, what is only watched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

__all__ = ["ADVISORY", "APART", "GuardReport"]

ADVISORY = "advisory: it lives in the agent's own process, and an agent that looks for it there can call it unguarded"
APART = "apart: it lives in a process of its own, and the agent's process holds no way to it but the guard"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardReport:
    """A guard's word about itself.

    ``tools`` says of each tool that was registered where it lives. ``shadow``: decisions are recorded, not enforced.
    ``recorder`` is the kind of ledger, ``unrecorded`` how many entries could not be kept.
    """

    agent: str
    run: str
    charter: str
    phase: str
    shadow: bool
    recorder: str
    unrecorded: int
    tools: Mapping[str, str]
    plan: str = ""

    @property
    def advisory(self) -> bool:
        """Whether anything here rests on the agent's good will."""
        return self.shadow or any(said == ADVISORY for said in self.tools.values())

    def lines(self) -> Iterator[str]:
        """The report, a line at a time."""
        yield f"{self.agent}, run {self.run}, {self.phase}, charter {self.charter[:19]}"
        if self.shadow:
            yield "shadow mode: everything is decided and recorded, and nothing is kept from happening"
        yield from (f"{tool}: {said}" for tool, said in sorted(self.tools.items()))
        if self.plan:
            yield f"plan: {self.plan}"
        yield f"ledger: {self.recorder}" + (f", {self.unrecorded} entries lost" if self.unrecorded else "")
