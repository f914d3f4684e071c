"""What a safety case amounts to on a day: health and freshness of every node, two axes that are never blended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from remit.assurance.case import Case
from remit.assurance.notebook import notebook_table
from remit.assurance.record import Record
from remit.finding import Finding

__all__ = ["Assessment", "Freshness", "Health", "Node", "NodeKind", "Observed"]


class Health(StrEnum):
    """How a node stands, best first; a node is as healthy as the worst it rests on."""

    SUPPORTED = "supported"
    PARTIAL = "partial"
    UNSUPPORTED = "unsupported"
    CONTESTED = "contested"
    REFUTED = "refuted"

    @property
    def rank(self) -> int:
        """0 for supported up to 4 for refuted."""
        return list(Health).index(self)


class Freshness(StrEnum):
    """How old what a node rests on is, best first; ``never``: nothing that counts was ever produced."""

    FRESH = "fresh"
    STALE = "stale"
    NEVER = "never"

    @property
    def rank(self) -> int:
        """0 for fresh up to 2 for never."""
        return list(Freshness).index(self)


class NodeKind(StrEnum):
    """What a node of the tree is."""

    CLAIM = "claim"
    ARGUMENT = "argument"
    EVIDENCE = "evidence"
    DEFEATER = "defeater"
    INCIDENT = "incident"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was found where a case points: the digest of the bytes, the record they hold, or why there is none.

    ``sha256`` of ``charter`` is over its meaning, of everything else over the bytes. ``rule`` is the name of the rule
    (``rules.toml``) the problem breaks. ``moment`` is when an incident happened, ``undercuts`` what its record names.
    """

    sha256: str | None
    record: Record | None
    problem: str = ""
    rule: str = ""
    moment: datetime | None = None
    undercuts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One node with its health, its freshness, the reasons, and when it goes stale if nothing changes.

    ``counts``: whether a piece of evidence counts at all (right subject, right bytes, readable, not void).
    ``objected``: whether something about the evidence itself keeps it from counting; ``void``: whether a sustained
    doubt took an argument or evidence out. ``below`` are the ids it rests on, ``doubts`` the defeaters and incidents
    against it.
    """

    id: str
    kind: NodeKind
    health: Health
    freshness: Freshness
    because: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    expires: datetime | None = None
    counts: bool = True
    objected: bool = False
    void: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Every node of a case as of a moment, and everything that is wrong with the case as a document.

    ``roots`` are the claims nothing else rests on, in the order of the file.
    """

    case: Case
    as_of: datetime
    nodes: Mapping[str, Node]
    roots: tuple[str, ...]
    findings: tuple[Finding, ...]

    def _repr_html_(self) -> str:
        """What a notebook shows: every node with health and freshness as words, in the order of the case."""
        caption = f"{self.case.id}, version {self.case.version}, as of {self.as_of.isoformat()}"
        rows = [
            (node.id, node.kind.value, node.health.value, node.freshness.value, "; ".join(node.because))
            for node in self.nodes.values()
        ]
        return notebook_table(caption, ("node", "kind", "health", "freshness", "because"), rows)
