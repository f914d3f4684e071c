"""When a check fails: the policy behind ``--fail-on`` and ``--baseline``.

The gates are on structure and on differences, never on an absolute share: shares move with the priors, structure does
not. What is unknown is never a pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from remit.cli.exits import ExitCode
from remit.finding import Finding, Severity

if TYPE_CHECKING:
    from remit.incentives.comparison import Comparison
    from remit.incentives.report import Report

__all__ = ["FAIL_ON", "Verdict", "judge", "judge_difference", "judge_lint"]

FAIL_ON = ("error", "warning", "affordance", "tier:T0", "tier:T1", "tier:T2", "never")
_READINGS_ONLY = ("affordance", "tier:T0", "tier:T1", "tier:T2")
_TIERS = ("T0", "T1", "T2", "T3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer of a check as an exit code, with the reasons a person reads."""

    code: ExitCode
    because: tuple[str, ...]

    def __str__(self) -> str:
        """The verdict on one line."""
        word = {ExitCode.YES: "yes", ExitCode.NO: "no", ExitCode.HOLD: "hold"}.get(self.code, "no")
        return f"{word} (exit {int(self.code)}): {'; '.join(self.because)}"


def judge_lint(findings: Sequence[Finding], fail_on: str) -> Verdict:
    """The verdict on the text of a charter alone; a policy that needs readings cannot be answered without them."""
    if fail_on in _READINGS_ONLY:
        return Verdict(
            code=ExitCode.HOLD, because=(f"`--fail-on {fail_on}` needs the readings that --lint-only leaves out",)
        )
    return _by_severity(findings, fail_on)


def judge(report: Report, findings: Sequence[Finding], fail_on: str) -> Verdict:
    """The verdict on a whole report."""
    from remit.incentives.reading_rules import is_unknown

    if is_unknown(report):
        return Verdict(code=ExitCode.HOLD, because=("the readings are unknown, and unknown is never a pass",))
    if fail_on == "affordance":
        return _on_affordances(report)
    if fail_on.startswith("tier:"):
        return _on_tier(report, fail_on.removeprefix("tier:"))
    return _by_severity(findings, fail_on)


def judge_difference(comparison: Comparison, report: Report) -> Verdict:
    """The verdict against a baseline: only what a change brings in counts."""
    from remit.incentives.reading_rules import is_unknown

    if is_unknown(report):
        return Verdict(code=ExitCode.HOLD, because=("the readings are unknown, and unknown is never a pass",))
    if comparison.regressions:
        return Verdict(code=ExitCode.NO, because=comparison.regressions)
    return Verdict(code=ExitCode.YES, because=("nothing new resists oversight",))


def _by_severity(findings: Sequence[Finding], fail_on: str) -> Verdict:
    """Findings at or above a severity."""
    if fail_on == "never":
        return Verdict(code=ExitCode.YES, because=("nothing fails a check with --fail-on never",))
    threshold = Severity.WARNING if fail_on == "warning" else Severity.ERROR
    failing = [finding for finding in findings if finding.severity >= threshold]
    if not failing:
        return Verdict(code=ExitCode.YES, because=(f"no finding of severity {threshold.value} or above",))
    codes = ", ".join(sorted({finding.code for finding in failing}))
    noun = "finding" if len(failing) == 1 else "findings"
    return Verdict(
        code=ExitCode.NO, because=(f"{len(failing)} {noun} of severity {threshold.value} or above ({codes})",)
    )


def _on_affordances(report: Report) -> Verdict:
    """Affordances that make interventions fail, whoever may use them."""
    found = [reading.id for reading in report.affordances if reading.classification in ("resistance", "conflict")]
    if found:
        return Verdict(code=ExitCode.NO, because=(f"acts that make interventions fail: {', '.join(found)}",))
    return Verdict(code=ExitCode.YES, because=("no act makes interventions fail",))


def _on_tier(report: Report, ceiling: str) -> Verdict:
    """A tier at or below the given one (T0 is the worst)."""
    tier = report.tier.tier
    worse = _TIERS.index(tier) <= _TIERS.index(ceiling)
    return Verdict(code=ExitCode.NO if worse else ExitCode.YES, because=(f"tier {tier}: {report.tier.because}",))
