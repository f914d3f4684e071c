"""Findings as a SARIF 2.1.0 log, the format code hosts and editors read (OASIS standard, 27 March 2020).

The log is a function of its arguments: the same findings give the same bytes, on any machine, in any order of arrival.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from remit.finding import Finding, Severity

SCHEMA_URI = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_ROOT_NAME = "CHARTERROOT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One check, as SARIF describes it: a stable code, a short title, where to read more, the usual severity.

    ``help`` is the web address of the check's page (it becomes ``helpUri``) or, for a check without a page, text.
    """

    code: str
    title: str
    help: str
    severity: Severity


def sarif_log(
    findings: Iterable[Finding], rules: Iterable[Rule], *, tool_version: str, root: PurePath | str
) -> dict[str, Any]:
    """A SARIF 2.1.0 log with one run that holds every finding, ordered by file, line, column and code.

    ``rules`` describe the codes the findings carry; those without a finding are listed too, so that a reader sees what
    was checked. ``root`` is the folder paths are shown relative to; files outside it keep their path. Raises
    ``ValueError`` for a finding whose code has no rule and for two rules with one code: a result nobody can look up is
    worth nothing.
    """
    described = _by_code(rules)
    index = {code: position for position, code in enumerate(described)}
    ordered = sorted(findings, key=lambda finding: (*finding.key, finding.message, finding.hint))
    unknown = sorted({finding.code for finding in ordered} - described.keys())
    if unknown:
        raise ValueError(f"no rule describes `{unknown[0]}`")
    prints = _fingerprints(ordered, root)
    results = [_result(finding, index[finding.code], root, mark) for finding, mark in zip(ordered, prints, strict=True)]
    driver = {
        "name": "remit",
        "semanticVersion": tool_version,
        "rules": [_descriptor(rule) for rule in described.values()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT_NAME: {"description": {"text": "the folder the paths are relative to"}}},
        "results": results,
    }
    return {"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [run]}


def fingerprint(finding: Finding, *, root: PurePath | str, occurrence: int = 0) -> str:
    """A mark that stays when lines move: 64 hexadecimal digits over code, file and the message without its numbers.

    Line numbers and runs of spaces inside the message are taken out first, so that a finding keeps its identity on the
    code host when a charter is edited above it. ``occurrence`` counts findings that would be equal, from 0.
    """
    message = re.sub(r"\s+", " ", re.sub(r"\bline \d+\b|:\d+(:\d+)?\b", "", finding.message)).strip()
    parts = (finding.code, _address(finding.where.file, root)[0], message, str(occurrence))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _by_code(rules: Iterable[Rule]) -> dict[str, Rule]:
    """Order the rules by code and refuse two with the same code."""
    described: dict[str, Rule] = {}
    for rule in sorted(rules, key=lambda rule: rule.code):
        if rule.code in described:
            raise ValueError(f"two rules are called `{rule.code}`")
        described[rule.code] = rule
    return described


def _descriptor(rule: Rule) -> dict[str, Any]:
    """Write a rule as a reportingDescriptor (SARIF section 3.49)."""
    descriptor: dict[str, Any] = {
        "id": rule.code,
        "shortDescription": {"text": rule.title},
        "defaultConfiguration": {"level": rule.severity.value},
    }
    if re.match(r"https?://", rule.help):
        descriptor["helpUri"] = rule.help
    elif rule.help:
        descriptor["help"] = {"text": rule.help}
    return descriptor


def _result(finding: Finding, rule_index: int, root: PurePath | str, mark: str) -> dict[str, Any]:
    """Write a finding as a result (SARIF section 3.27); severities and SARIF levels are the same three words."""
    address, relative = _address(finding.where.file, root)
    artifact = {"uri": address, "uriBaseId": _ROOT_NAME} if relative else {"uri": address}
    region = {"startLine": max(1, finding.where.line), "startColumn": max(1, finding.where.column)}
    text = f"{finding.message}; {finding.hint}" if finding.hint else finding.message
    return {
        "ruleId": finding.code,
        "ruleIndex": rule_index,
        "level": finding.severity.value,
        "message": {"text": text},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
        "partialFingerprints": {"remitFinding/v1": mark},
    }


def _fingerprints(ordered: Sequence[Finding], root: PurePath | str) -> list[str]:
    """Give each finding its fingerprint; equal ones are told apart by their order in the file."""
    seen: dict[str, int] = {}
    marks: list[str] = []
    for finding in ordered:
        base = fingerprint(finding, root=root)
        occurrence = seen.get(base, 0)
        seen[base] = occurrence + 1
        marks.append(fingerprint(finding, root=root, occurrence=occurrence))
    return marks


def _address(file: str, root: PurePath | str) -> tuple[str, bool]:
    """The file as a URI reference, and whether it is relative to the root."""
    path = PurePath(file)
    if path.is_absolute():
        if not path.is_relative_to(root):
            return (f"file://{quote(path.as_posix(), errors='replace')}", False)
        path = path.relative_to(root)
    return (quote(path.as_posix(), errors="replace"), True)
