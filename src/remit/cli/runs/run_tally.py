"""What a run did, counted from its ledger: calls allowed, asked about and denied, and requests to hosts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from remit.ledger.entry import Entry

__all__ = ["Tally", "tally_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Calls of tools that were ``allowed`` (without a question), ``asked`` about and ``agreed`` to, and ``denied``.

    ``requests`` went to hosts, ``refused`` of them were not let out.
    """

    allowed: int = 0
    asked: int = 0
    agreed: int = 0
    denied: int = 0
    requests: int = 0
    refused: int = 0

    def lines(self) -> tuple[tuple[str, str], ...]:
        """What there is to say, each with its label; nothing where nothing was done."""
        asked = f"{self.asked} asked" + (f" ({self.agreed} agreed to)" if self.asked else "")
        calls = f"{self.allowed} allowed, {self.denied} denied, {asked}"
        hosts = f"{self.requests} requests, {self.refused} denied"
        told = (("calls", calls, self.allowed + self.asked + self.denied), ("hosts", hosts, self.requests))
        return tuple((label, text) for label, text, count in told if count)


def tally_of(record: Path) -> Tally | None:
    """Count a run's ledger, ``None`` where there is none or it cannot be read."""
    from remit.errors import LedgerError
    from remit.ledger.store import read_entries

    if not record.exists():
        return None
    try:
        return _counted(read_entries(record))
    except LedgerError:
        return None


def _counted(entries: Iterable[Entry]) -> Tally:
    """Count entries: the guard's carry the call that was decided, those of the egress proxy an HTTP request."""
    found = dict.fromkeys(Tally.__dataclass_fields__, 0)
    for entry in entries:
        if name := _counter(entry.kind, entry.facts):
            found[name] += 1
    return Tally(**found)


def _counter(kind: str, facts: Mapping[str, object]) -> str:
    """What an entry adds to, empty when to nothing."""
    match kind:
        case "intent" if "decision" in facts:
            return {"allow": "allowed", "ask": "agreed"}.get(str(facts["decision"]), "")
        case "intent":
            return "requests"
        case "asked":
            return "asked"
        case "denied":
            return "refused" if "intent" in facts else "denied"
    return ""
