"""SARIF 2.1.0 (OASIS standard, 27 March 2020): what an analyser found. An analyser that did not finish says nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from remit.assurance.record import Record
from remit.assurance.records.bounds import entries, text_of
from remit.assurance.records.foreign import foreign_record, refuse_verdict, verdict
from remit.assurance.records.moments import moment_of
from remit.assurance.records.subjects import members, stated
from remit.errors import EvidenceError

__all__ = ["read_sarif"]

_LEVELS = frozenset({"none", "note", "warning", "error"})
_KINDS = frozenset({"notApplicable", "pass", "fail", "review", "open", "informational"})
_NAMED = 10


@dataclass(slots=True)
class _Found:
    """What the runs of a log amount to."""

    levels: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    suppressed: int = 0
    tools: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    properties: list[tuple[object, object]] = field(default_factory=list)
    made: list[datetime | None] = field(default_factory=list)


def read_sarif(document: Mapping[str, Any]) -> Record:
    """The record of a SARIF log: an error fails, a run that did not succeed or has no results keeps it open.

    Raises ``EvidenceError`` for another version and for what SARIF does not allow.
    """
    if document.get("version") != "2.1.0":
        raise EvidenceError("the log is of another version of SARIF than 2.1.0")
    found = _Found()
    for run in entries(document.get("runs"), "runs"):
        _read_run(_object(run, "a run"), found)
    if not found.tools:
        found.unknown.append("the log holds no run")
    if found.levels["unresolved"]:
        found.unknown.append(f"{found.levels['unresolved']} results wait for somebody to look at them")
    count = found.levels["error"]
    good = ", ".join(f"{level}s: {found.levels[level]}" for level in ("warning", "note"))
    subject, torn = stated(found.properties)
    return foreign_record(
        form="sarif", kind="static_analysis", subject=subject, torn=torn,
        tool=", ".join(dict.fromkeys(found.tools)), version=", ".join(dict.fromkeys(found.versions)),
        made=None if None in found.made else min(filter(None, found.made), default=None),
        found=verdict([f"errors: {count}", *found.errors] if count else [], found.unknown, [f"no error; {good}"]),
        details={
            **{level: found.levels[level] for level in ("error", "warning", "note")},
            "suppressed": found.suppressed,
        },
    )  # fmt: skip


def _read_run(run: Mapping[str, Any], found: _Found) -> None:
    """One run of one tool."""
    driver = _object(_object(run.get("tool"), "the tool of a run").get("driver"), "the driver of a tool")
    name = text_of(driver.get("name"))
    if not name:
        raise EvidenceError("a tool has no name")
    found.tools.append(name)
    version = text_of(driver.get("version")) or text_of(driver.get("semanticVersion"))
    found.versions += [version] if version else []
    found.properties += members(run.get("properties"))
    _read_invocations(run, name, found)
    outside = run.get("externalPropertyFileReferences")
    if run.get("results") is None or (isinstance(outside, Mapping) and outside.get("results")):
        found.unknown.append(f"{name} gave no results")
    levels = dict(_levels(driver))
    for result in entries(run.get("results"), "results"):
        _read_result(_object(result, "a result"), levels, found)


def _read_invocations(run: Mapping[str, Any], name: str, found: _Found) -> None:
    """Whether a tool finished what it began, and when (section 3.20)."""
    ended = moment_of(dict(members(run.get("properties"))).get("remit.produced_at"))
    for item in entries(run.get("invocations"), "invocations"):
        invocation = _object(item, "an invocation")
        if invocation.get("executionSuccessful") is not True:
            found.unknown.append(f"{name} did not run to its end")
        for key in ("toolExecutionNotifications", "toolConfigurationNotifications"):
            for note in entries(invocation.get(key), key):
                if _object(note, "a notification").get("level") == "error":
                    said = _object(note.get("message") or {}, "a message").get("text")
                    found.unknown.append(f"{name} reported: {text_of(said, 120) or 'an error'}")
        moment = moment_of(invocation.get("endTimeUtc")) or moment_of(invocation.get("startTimeUtc"))
        ended = max(filter(None, (ended, moment)), default=None)
    found.made.append(ended)


def _levels(driver: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The level of each rule, by its id and by its index."""
    name = driver.get("name")
    for index, item in enumerate(entries(driver.get("rules"), "rules")):
        rule = _object(item, "a rule")
        level = _object(rule.get("defaultConfiguration") or {}, "a configuration").get("level", "warning")
        yield f"#{index}", str(level)
        if name == "remit" and str(rule.get("id")).startswith("REMIT-G"):
            refuse_verdict()
        yield str(rule.get("id")), str(level)


def _read_result(result: Mapping[str, Any], levels: Mapping[str, str], found: _Found) -> None:
    """One result: its level as section 3.27.10 gives it, unless it is suppressed (3.35) or gone (3.27.24)."""
    kind = result.get("kind", "fail")
    inner = result.get("rule")
    rule = result.get("ruleId") or (inner.get("id") if isinstance(inner, Mapping) else None) or ""
    by_rule = levels.get(f"#{result.get('ruleIndex')}") or levels.get(str(rule)) or "warning"
    level = result.get("level", by_rule) if kind == "fail" else "none"
    if not (isinstance(kind, str) and kind in _KINDS and isinstance(level, str) and level in _LEVELS):
        raise EvidenceError("a result has a kind or a level that SARIF does not have")
    if result.get("baselineState") == "absent":
        return
    if _suppressed(result):
        found.suppressed += 1
        return
    if kind in {"open", "review"}:
        found.levels["unresolved"] += 1
        return
    found.levels[level] += 1
    if level == "error" and len(found.errors) < _NAMED:
        message = result.get("message")
        said = text_of(message.get("text"), 120) if isinstance(message, Mapping) else ""
        found.errors.append(f"{text_of(rule, 60) or 'a rule'}: {said}".rstrip(": "))


def _suppressed(result: Mapping[str, Any]) -> bool:
    """Whether somebody suppressed a result and that was accepted."""
    given = [_object(item, "a suppression") for item in entries(result.get("suppressions"), "suppressions")]
    return any(item.get("status", "accepted") == "accepted" for item in given)


def _object(value: object, what: str) -> Mapping[str, Any]:
    """An object; raises ``EvidenceError`` where something else stands."""
    if not isinstance(value, Mapping):
        raise EvidenceError(f"{what} is no object")
    return value
