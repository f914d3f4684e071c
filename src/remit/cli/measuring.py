"""From a charter to its report, with progress: the one place that loads the engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from remit.cli.progress import progress
from remit.errors import RemitError

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.cli.output import Output
    from remit.finding import Finding
    from remit.incentives.report import Report

__all__ = ["kernels_are_cold", "measure"]


def measure(charter: Charter, early: Sequence[Finding], printer: Output, *, goals: int, seed: int) -> Report:
    """Compute the report, with progress, and with what lint said in it."""
    if kernels_are_cold():
        printer.notice("compiling kernels (first run only)")
    with progress(printer) as tell:
        tell("loading", 0, 0)
        report = _engine()(charter, goals=goals, seed=seed, progress=tell)
    return replace(report, findings=tuple(sorted(dict.fromkeys((*early, *report.findings)))))


def kernels_are_cold() -> bool:
    """Whether the next run has to compile its kernels: nothing is kept beside them yet, and something could be."""
    package = resources.files("remit.theory") / "kernels"
    kept = Path(str(package)) / "__pycache__"
    writable = os.access(kept if kept.exists() else kept.parent, os.W_OK)
    return writable and "NUMBA_CACHE_DIR" not in os.environ and not any(kept.glob("*.nbi"))


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
