"""Frameworks, standards and laws row by row: what each row is about and which kinds of evidence bear on it.

The rows are written in our own words; every row says where it was found and how well it was checked, every framework
which version it is and until when somebody saw that version to be the current one. A row bears on a release or it does
not; nothing in here says that a release meets it.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from types import MappingProxyType
from typing import Any

from remit.assurance.kinds import KINDS

__all__ = [
    "CAPABILITIES", "Correction", "FrameworkData", "FrameworkRow", "FrameworkVersion", "find", "kinds_for",
    "read_frameworks", "rows",
]  # fmt: skip

_EVERY = tuple(KINDS)
CAPABILITIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "INC": ("incentive_check",),
        "ENF": ("run_record", "test_result", "trace"),
        "DRL": ("interruption_drill",),
        "EVL": ("behaviour_eval",),
        "MON": ("monitor_run", "trace"),
        "LOG": ("run_record",),
        "IR": ("review",),
        "PMR": ("review", "monitor_run"),
        "CASE": _EVERY,
        "GATE": _EVERY,
        "INV": (),
    }
)
"""What a row names as its source of evidence, and the kinds of ``kinds.KINDS`` that are it; empty: nothing here makes
it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkRow:
    """One clause, subcategory, control or technique.

    ``status``: ``read`` (its content was found), ``read-id`` (only its id or title), ``measured`` (parsed from
    published data) or ``recalled`` (from memory). ``note``: a remark on the framework, no row anything could bear on.
    """

    framework: str
    version: str
    id: str
    title: str
    relevance: str
    evidence_from: tuple[str, ...]
    source: str
    status: str
    note: bool = False

    @property
    def name(self) -> str:
        """How a mapping of a case names it: ``NIST AI RMF:MANAGE 2.4``."""
        return f"{self.framework}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkVersion:
    """A version of a framework.

    ``dated`` is the day of the version, ``confirmed`` the last day on which somebody saw it to be the current one
    (``None``: nobody looked since), ``review`` how long that may be ago, ``superseded_by`` what took its place.
    """

    framework: str
    version: str
    dated: date
    confirmed: date | None
    review: timedelta
    superseded_by: str
    source: str

    @property
    def last_seen(self) -> date:
        """The last day on which this version is known to have been the current one."""
        return self.dated if self.confirmed is None else max(self.dated, self.confirmed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Something of a row that was found to be otherwise, and where."""

    row: str
    field: str
    was: str
    now: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkData:
    """All rows as of a day; ``statuses`` says what each status of a row means, ``capabilities`` each abbreviation."""

    as_of: date
    rows: tuple[FrameworkRow, ...]
    versions: tuple[FrameworkVersion, ...]
    corrections: tuple[Correction, ...]
    capabilities: Mapping[str, str]
    statuses: Mapping[str, str]


@functools.cache
def read_frameworks() -> FrameworkData:
    """The rows that are shipped with remit (``data/frameworks.json``)."""
    text = (resources.files("remit.assurance") / "data" / "frameworks.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return FrameworkData(
        as_of=date.fromisoformat(document["as_of"]),
        rows=tuple(FrameworkRow(**{**row, "evidence_from": tuple(row["evidence_from"])}) for row in document["rows"]),
        versions=tuple(_version(entry) for entry in document["versions"]),
        corrections=tuple(Correction(**entry) for entry in document["corrections"]),
        capabilities=MappingProxyType(document["capabilities"]),
        statuses=MappingProxyType(document["status_values"]),
    )


def _version(entry: Mapping[str, Any]) -> FrameworkVersion:
    """One version of a framework as the file has it."""
    return FrameworkVersion(
        framework=entry["framework"],
        version=entry["version"],
        dated=date.fromisoformat(entry["dated"]),
        confirmed=date.fromisoformat(entry["confirmed"]) if entry["confirmed"] else None,
        review=timedelta(days=entry["review_days"]),
        superseded_by=entry["superseded_by"],
        source=entry["source"],
    )


def rows() -> tuple[FrameworkRow, ...]:
    """Every row, in the order of the file: frameworks together, their rows as the framework has them."""
    return read_frameworks().rows


@functools.cache
def _by_name() -> Mapping[str, FrameworkRow]:
    """Rows by how a mapping names them."""
    return MappingProxyType({row.name: row for row in rows()})


def find(name: str) -> FrameworkRow | None:
    """The row of a name such as ``NIST AI RMF:MANAGE 2.4``, or ``None`` when there is none."""
    return _by_name().get(name)


def kinds_for(row: FrameworkRow) -> frozenset[str]:
    """The kinds of evidence that bear on a row; empty when nothing here makes any."""
    return frozenset(kind for capability in row.evidence_from for kind in CAPABILITIES.get(capability, ()))
