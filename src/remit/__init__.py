"""Keep AI agents within their remit: what do these permissions make worth doing, for almost any goal?

``import remit`` loads nothing heavy: public names are found when they are first used (PEP 562).
"""

from importlib import import_module
from typing import Any

# Read-only by convention: the one place that says which names are public and where each one lives.
_PUBLIC = {
    "Call": "remit.guard.call",
    "Charter": "remit.charter.model",
    "Confinement": "remit.confinement",
    "Estimate": "remit.theory.estimate",
    "Finding": "remit.finding",
    "Guard": "remit.guard.guard",
    "MDP": "remit.theory.mdp",
    "RemitError": "remit.errors",
    "Report": "remit.incentives.report",
    "Run": "remit.supervisor.running",
    "Severity": "remit.finding",
    "StopReport": "remit.supervisor.report",
    "Where": "remit.finding",
    "assess": "remit.incentives.assessment",
    "compare": "remit.incentives.comparison",
    "confinement_of": "remit.charter.runtime",
    "describe": "remit.charter.prose",
    "lint": "remit.charter.lint",
    "parse_charter": "remit.charter.reader",
    "read_charter": "remit.charter.reader",
    "stop": "remit.supervisor.running",
    "supervise": "remit.supervisor.running",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its home when it is first used."""
    if name == "__version__":
        from importlib.metadata import version

        return version("remit")
    if name not in _PUBLIC:
        message = f"module `remit` has no attribute `{name}`"
        raise AttributeError(message)
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted([*_PUBLIC, "__version__"])
