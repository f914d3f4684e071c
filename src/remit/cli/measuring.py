"""From a charter to its report, with progress: the one place that loads the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from remit.cli.progress import progress
from remit.errors import InvalidMDPError, ModelError, RemitError, StateBudgetError

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.cli.output import Output
    from remit.cli.progress import Report as Progress
    from remit.finding import Finding
    from remit.incentives.report import Report

__all__ = ["measure"]

BOUNDING = "bounding prior"
"""How the engine's stages start once the full world proved too large."""


def measure(
    charter: Charter,
    early: Sequence[Finding],
    printer: Output,
    *,
    goals: int,
    seed: int,
    exact: bool = False,
    shapley: bool = False,
) -> Report:
    """Compute the report, with progress, and with what lint said in it.

    A world too large to solve whole is answered in bounds, which is said at once; with ``exact`` it raises
    ``StateBudgetError`` or ``InvalidMDPError`` instead. ``shapley`` also shares the incentive to resist out.
    """
    with progress(printer) as tell:
        tell("loading", 0, 0)
        assess = _engine()
        if not _kernels_ready():
            from remit.theory.readiness import COMPILING

            printer.notice(COMPILING)
        try:
            report = assess(
                charter, goals=goals, seed=seed, progress=_announcing(tell, printer), exact=exact, shapley=shapley
            )
        except (StateBudgetError, InvalidMDPError) as error:
            if not exact:
                raise
            raise _too_large(error) from None
    return replace(report, findings=tuple(sorted(dict.fromkeys((*early, *report.findings)))))


def _announcing(tell: Progress, printer: Output) -> Progress:
    """Progress that also says, once and at once, when the engine falls back to bounds."""
    said: list[str] = []

    def told(stage: str, done: int, total: int) -> None:
        if stage.startswith(BOUNDING) and not said:
            said.append(stage)
            printer.notice("the full world is out of reach: bounds follow", style="yellow")
        tell(stage, done, total)

    return told


def _too_large(error: ModelError) -> ModelError:
    """The engine's refusal with what a person can do about it."""
    return type(error)(
        f"the full world is out of reach: {error.message}",
        hint="state facts under `context:` that rule acts out, split the role into agents with fewer kinds of tools, "
        "or drop --exact: the bounds name the facts that matter most",
    )


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
