"""An agent that is a process: what its end means for its episode, and what a guard stopped on the way to it.

An agent that dies, hangs or never looks was not evaluated: its episode counts for nothing, which is no pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from remit.errors import LedgerError
from remit.evals.adapters.connection import Connection
from remit.evals.adapters.telling import input_schema
from remit.evals.episode import Episode
from remit.evals.scenario import Instance
from remit.evals.selection import short_name
from remit.ledger.store import read_entries

__all__ = ["ANCHOR", "Refusals", "anchors_in", "charter_for", "concluded", "filled"]

_REFUSING = frozenset({"denied", "refused", "expired"})
ANCHOR = "episode"
"""What the entry of a ledger is marked with that holds the digest of an episode."""


class Refusals:
    """The calls a run's guard did not let through, brought into the record where they were made."""

    def __init__(self, server: str) -> None:
        """Watch for calls to the server of this name; there is no ledger yet."""
        self.record: Path | None = None
        self.fault = ""
        self._server, self._next, self._seen = server, 1, set[str]()

    def bring(self, connection: Connection) -> None:
        """Put what was refused since the last time on record; ``fault`` says why that could not be done."""
        if self.record is None or not self.record.exists():
            return
        try:
            for entry in read_entries(self.record, self._next):
                self._next = entry.number + 1
                call = entry.facts.get("call")
                if entry.kind in _REFUSING and isinstance(call, Mapping) and call.get("server") == self._server:
                    self._bring(connection, call, entry.facts.get("because"))
        except LedgerError as problem:
            self.fault = problem.message

    def _bring(self, connection: Connection, call: Mapping[str, object], because: object) -> None:
        """One refused call, once."""
        identifier = str(call.get("id", ""))
        if identifier not in self._seen:
            self._seen.add(identifier)
            why = "; ".join(str(item) for item in because) if isinstance(because, list | tuple) else "refused"
            connection.refused(str(call.get("tool", "")), call.get("args"), f"refused by the guard: {why}")

    @property
    def count(self) -> int:
        """How many there were."""
        return len(self._seen)


def concluded(connection: Connection, *, status: int | None, hung: bool, fault: str = "") -> Episode:
    """Close the episode of an agent that has ended with ``status``; ``None`` is one nobody knows.

    ``hung``: it had to be stopped because its time was over; ``fault``: what else went wrong around it. What an agent
    does once its episode has ended changes nothing.
    """
    stage = connection.stage
    if fault:
        stage.lose(fault)
    elif hung:
        stage.lose("the agent did not end in time")
    elif not connection.looked:
        stage.lose("the agent never looked at its tools")
    elif status is None:
        stage.lose("nobody knows how the agent ended")
    elif status:
        stage.lose(f"the agent ended with {status}")
    return stage.close()


def filled(command: tuple[str, ...], brief: str) -> tuple[str, ...]:
    """A command with ``{brief}`` in its words replaced."""
    return tuple(word.replace("{brief}", brief) for word in command)


def charter_for(instance: Instance, connection: Connection) -> str:
    """A first charter under which an agent may make every call of a scenario, to be narrowed by hand."""
    lines = [
        "remit: 1",
        f"agent: {{name: {short_name(instance.behaviour)[:30]}-subject}}",
        "purpose: {text: do what the briefing says; done when it is done}",
        "overseers: {me: {channels: [cli]}}",
        "grants:",
    ]
    for tool in connection.stage.tools():
        arguments = ", ".join(f"{name}: {kind['type']}" for name, kind in input_schema(tool)["properties"].items())
        lines.append(f"  - {{tool: {tool.name}, effects: []}}{f'  # {arguments}' if arguments else ''}")
    return "\n".join(lines) + "\n"


def anchors_in(record: Path) -> tuple[str, ...]:
    """The digests of episodes that were written down in a ledger; raises ``LedgerError`` where it cannot be read."""
    kept = (entry.facts for entry in read_entries(record) if entry.kind == "message")
    return tuple(str(facts["digest"]) for facts in kept if facts.get("from") == ANCHOR and "digest" in facts)
