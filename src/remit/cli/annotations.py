"""Findings as annotations of a GitHub workflow run (``::error file=...,line=...::message``)."""

from __future__ import annotations

from remit.finding import Finding, Severity

__all__ = ["annotation"]

_COMMANDS = {Severity.NOTE: "notice", Severity.WARNING: "warning", Severity.ERROR: "error"}


def annotation(finding: Finding) -> str:
    """One finding as a workflow command; text is escaped, so that a charter cannot issue commands of its own."""
    where = finding.where
    message = f"{finding.message}; {finding.hint}" if finding.hint else finding.message
    place = f"file={_property(where.file)},line={where.line},col={where.column},title={_property(finding.code)}"
    return f"::{_COMMANDS[finding.severity]} {place}::{_data(message)}"


def _data(text: str) -> str:
    """Escape a message."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape a property, where commas and colons have a meaning too."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
