"""The JSON of a check that looked at the text only: ``remit.lint/1``. Loads no numpy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from remit.finding import Finding

__all__ = ["encode_finding", "fault_document", "lint_document"]


def encode_finding(finding: Finding) -> dict[str, Any]:
    """A finding with its place, as every JSON of remit writes it."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "file": finding.where.file,
        "line": finding.where.line,
        "column": finding.where.column,
        "message": finding.message,
        "hint": finding.hint,
    }


def lint_document(digest: str, path: str, findings: Iterable[Finding]) -> dict[str, Any]:
    """What the text of a readable charter shows."""
    return {
        "schema": "remit.lint/1",
        "version": 1,
        "charter": {"path": path, "digest": digest},
        "findings": [encode_finding(finding) for finding in sorted(findings)],
    }


def fault_document(code: str, message: str, hint: str, findings: Iterable[Finding]) -> dict[str, Any]:
    """Why a verb could not go on, for a reader that asked for JSON."""
    return {
        "schema": "remit.error/1",
        "version": 1,
        "error": {"code": code, "message": message, "hint": hint},
        "findings": [encode_finding(finding) for finding in sorted(findings)],
    }
