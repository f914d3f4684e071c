"""From a charter to its report, with progress: the one place that loads the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from remit.cli.progress import progress
from remit.errors import RemitError

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.cli.output import Output
    from remit.finding import Finding
    from remit.incentives.report import Report

__all__ = ["measure"]


def measure(charter: Charter, early: Sequence[Finding], printer: Output, *, goals: int, seed: int) -> Report:
    """Compute the report, with progress, and with what lint said in it."""
    with progress(printer) as tell:
        tell("loading", 0, 0)
        assess = _engine()
        if not _kernels_ready():
            printer.notice("compiling kernels (first run only)")
        report = assess(charter, goals=goals, seed=seed, progress=tell)
    return replace(report, findings=tuple(sorted(dict.fromkeys((*early, *report.findings)))))


def _engine() -> Callable[..., Report]:
    """The part that needs numpy; raises ``RemitError`` with the way out where it is not installed."""
    try:
        from remit.incentives.assessment import assess
    except ModuleNotFoundError as error:
        if error.name in ("numpy", "scipy", "numba"):
            message = f"the readings need {error.name}, which is not installed"
            raise RemitError(
                message, hint="install `remit[analysis]`, or look at the text only with --lint-only"
            ) from None
        raise
    return assess


def _kernels_ready() -> bool:
    """Whether what the engine compiles is kept from an earlier run."""
    from remit.theory.readiness import kernels_ready

    return kernels_ready()
