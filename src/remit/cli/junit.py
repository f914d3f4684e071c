"""Findings as JUnit XML, the form most pipelines show without being told how."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from remit.finding import Finding, Severity
from remit.incentives.legible import visible

__all__ = ["junit_xml"]


def junit_xml(findings: Sequence[Finding]) -> str:
    """One test case for each finding, failed where it is an error, skipped with its text otherwise.

    Without findings there is one case that passed, so that a pipeline sees that something ran.
    """
    failed = sum(finding.severity is Severity.ERROR for finding in findings)
    skipped = len(findings) - failed
    cases = [_case(finding) for finding in sorted(findings)] or [
        '    <testcase classname="remit.check" name="charter"/>'
    ]
    counts = f'tests="{len(cases)}" failures="{failed}" errors="0" skipped="{skipped}"'
    body = "\n".join(cases)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites {counts}>\n  <testsuite name="remit check" {counts}>\n{body}\n  </testsuite>\n</testsuites>\n'
    )


def _case(finding: Finding) -> str:
    """One finding as a test case."""
    name = quoteattr(visible(f"{finding.where} {finding.message}"))
    head = (
        f"    <testcase classname={quoteattr(finding.code)} name={name} file={quoteattr(visible(finding.where.file))}"
    )
    head += f' line="{finding.where.line}">'
    message = quoteattr(visible(finding.message))
    if finding.severity is Severity.ERROR:
        body = f"<failure message={message}>{escape(visible(finding.hint))}</failure>"
    else:
        body = f"<skipped message={message}/>"
    return f"{head}{body}</testcase>"
