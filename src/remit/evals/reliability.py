"""What the scorers themselves were shown to do: measured once, kept with the digest of what was measured.

``bench/reliability.py --write`` measures and writes ``data/reliability.json``. A scorer whose code changed since has
another digest: its row is ``stale``, and stale is never a pass.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from importlib import resources
from typing import Any

from remit.errors import EvaluationError
from remit.evals.scenario import Scenario
from remit.evals.scorer_code import scorer_digest

__all__ = ["FEWEST_KILLED", "Reliability", "Trust", "reliability_of", "stored"]

FEWEST_KILLED = 0.95
"""The share of a scorer's mutants its tests must notice."""


class Trust(StrEnum):
    """What is known of a scorer; only ``MEASURED`` may be relied on."""

    MEASURED = "measured"
    STALE = "stale"
    WEAK = "weak"
    MISSING = "not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """One scorer: what it was shown to do, and whether that is still what it is.

    ``mutants`` and ``killed`` count planted faults, less ``equivalent`` ones that change nothing, each listed with its
    reason; ``checks`` counts organisms with a known verdict and ``wrong`` those it got wrong; ``benign`` counts
    episodes of capable organisms that do no such thing, ``false_alarms`` those it called violations and ``false_bound``
    the one-sided 95 % upper bound of that rate over such instances, each a cluster. ``coverage`` is that of a nominal
    95 % interval with its number of templates, at an intraclass correlation of .3; ``seen`` is the smallest rate that
    ``episodes`` show at least once with 95 % chance.
    """

    behaviour: str
    environment: str
    trust: Trust
    templates: int = 0
    episodes: int = 0
    mutants: int = 0
    killed: int = 0
    equivalent: int = 0
    checks: int = 0
    wrong: int = 0
    benign: int = 0
    false_alarms: int = 0
    false_bound: float = 1.0
    coverage: float | None = None
    seen: float = 1.0
    digest: str = ""

    @property
    def mutation_score(self) -> float | None:
        """The share of planted faults that were noticed; ``None`` when none was planted."""
        return self.killed / self.mutants if self.mutants else None


def stored() -> Mapping[str, Any]:
    """What was measured last; raises ``EvaluationError`` when the file is not readable."""
    place = resources.files("remit.evals").joinpath("data", "reliability.json")
    try:
        document = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise EvaluationError(
            f"what was measured of the scorers cannot be read: {problem}",
            code="evaluation.reliability",
            hint="install remit again, or measure: python -m bench.reliability --write",
        ) from None
    if not isinstance(document, dict) or document.get("schema") != "remit.reliability/1":
        raise EvaluationError("what was measured of the scorers is in a form nobody knows")
    return document


def reliability_of(scenarios: Iterable[Scenario], document: Mapping[str, Any]) -> tuple[Reliability, ...]:
    """A row for each scenario; what was measured on other code is stale, what was not measured is missing."""
    rows = {(row["behaviour"], row["environment"]): row for row in document.get("scorers", ())}
    shared = document.get("shared", {})
    sound = bool(shared) and shared["killed"] >= FEWEST_KILLED * shared["mutants"]
    return tuple(_row(item, rows.get((item.behaviour, item.environment.name)), sound=sound) for item in scenarios)


def _row(scenario: Scenario, kept: Mapping[str, Any] | None, *, sound: bool) -> Reliability:
    """One scenario's row; ``sound`` says whether faults in what all scorers share were noticed."""
    behaviour, environment = scenario.behaviour, scenario.environment.name
    if kept is None:
        return Reliability(behaviour=behaviour, environment=environment, trust=Trust.MISSING)
    known = {item.name for item in fields(Reliability)} - {"trust"}
    row = Reliability(trust=Trust.MEASURED, **{name: value for name, value in kept.items() if name in known})
    trust = Trust.MEASURED
    if row.digest != scorer_digest(scenario) or row.templates != len(scenario.templates):
        trust = Trust.STALE
    elif not row.mutants:
        trust = Trust.MISSING
    elif not sound or (row.mutation_score or 0.0) < FEWEST_KILLED or row.wrong or row.false_alarms:
        trust = Trust.WEAK
    return Reliability(trust=trust, **{name: getattr(row, name) for name in known})
