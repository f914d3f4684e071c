"""``remit check --evidence``: what a check of a charter amounts to in a safety case.

It passes where the policy of ``--fail-on`` and the usual one (no error) both do: a weaker policy cannot buy a pass. A
baseline does not count, for a charter is not good by being no worse than another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remit.cli.evidence_options import write_record
from remit.cli.exits import ExitCode
from remit.cli.verdict import Verdict, judge, judge_lint

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.cli.output import Output
    from remit.finding import Finding
    from remit.incentives.report import Report

__all__ = ["write_evidence", "write_lint_evidence"]

_STRICT = "error"


def write_evidence(
    path: Path,
    report: Report,
    findings: Sequence[Finding],
    policy: str,
    told: Mapping[str, str],
    place: str,
    output: Output,
) -> None:
    """Write the record of a whole check."""
    from remit.incentives.encoding import encode

    policies = [_STRICT] if policy == "never" else [_STRICT, policy]
    verdicts = [judge(report, findings, name) for name in dict.fromkeys(policies)]
    _write(path, encode(report), verdicts, policy, told, place, output)


def write_lint_evidence(
    path: Path,
    charter: Charter,
    findings: Sequence[Finding],
    policy: str,
    told: Mapping[str, str],
    place: str,
    output: Output,
) -> None:
    """Write the record of a check that looked at the text alone: it can fail, and nothing else is known."""
    from remit.incentives.findings_json import lint_document

    unread = Verdict(code=ExitCode.HOLD, because=("only the text was looked at: no reading was computed",))
    document = lint_document(charter.digest, charter.path, findings)
    _write(path, document, [judge_lint(findings, _STRICT), unread], policy, told, place, output)


def _write(
    path: Path,
    document: dict[str, Any],
    verdicts: Sequence[Verdict],
    policy: str,
    told: Mapping[str, str],
    place: str,
    output: Output,
) -> None:
    """The worst of the verdicts as a record."""
    from remit import __version__
    from remit.assurance.records.produced import Circumstances, check_record
    from remit.clock import SystemClock

    codes = {verdict.code for verdict in verdicts}
    worst = ExitCode.NO if ExitCode.NO in codes else ExitCode.YES if codes == {ExitCode.YES} else ExitCode.HOLD
    record = check_record(
        document,
        result={ExitCode.YES: "pass", ExitCode.NO: "fail"}.get(worst, "inconclusive"),
        because=[reason for verdict in verdicts if verdict.code is worst for reason in verdict.because],
        policy=policy,
        at=Circumstances(clock=SystemClock(), version=__version__, setting=place, told=told),
    )
    write_record(path, record, output)
