"""JUnit XML: tests that ran and how they ended. A skipped test is no pass, and neither is a file without tests.

The format has no standard; elements and attributes are those of the Ant and Surefire schemas. The text is read with
expat and never built into a tree; a document type, and with it every entity, is refused before it is expanded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn
from xml.parsers import expat

from remit.assurance.record import Record
from remit.assurance.records.bounds import text_of
from remit.assurance.records.foreign import foreign_record, refuse_verdict, verdict
from remit.assurance.records.moments import moment_of
from remit.assurance.records.subjects import stated
from remit.errors import EvidenceError

__all__ = ["read_junit"]

_ROOTS = frozenset({"testsuites", "testsuite"})
_NOT_RUN = frozenset({"notrun", "skipped", "disabled", "suppressed"})
_DEEPEST, _MOST = 60, 500_000
_NAMED = 10


@dataclass(slots=True)
class _Suite:
    """What a suite says of itself and what was listed in it."""

    tests: int
    failures: int
    listed: int = 0
    bad: int = 0


@dataclass(slots=True)
class _Report:
    """What was counted so far."""

    open: list[str] = field(default_factory=list)
    suites: list[_Suite] = field(default_factory=list)
    elements: int = 0
    tests: int = 0
    skipped: int = 0
    failed: int = 0
    failures: list[str] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    properties: list[tuple[object, object]] = field(default_factory=list)
    first: str = ""
    made: datetime | None = None
    case: str = ""
    ended: str = ""

    def start(self, name: str, given: Mapping[str, str]) -> None:
        """An element begins."""
        self.elements += 1
        if self.elements > _MOST or len(self.open) >= _DEEPEST:
            raise EvidenceError("the report has more elements than are read, or they are nested too deeply")
        if not self.open and name not in _ROOTS:
            raise EvidenceError("it is XML, but no JUnit report")
        inside = self.open[-1] if self.open else ""
        self.open.append(name)
        if name in _ROOTS:
            self._suite(given)
        elif name == "testcase" and inside in _ROOTS:
            if given.get("classname") == "remit.gate":
                refuse_verdict()
            self.case = text_of(f"{given.get('classname', '')}.{given.get('name', '')}".strip("."), 120)
            words = {given.get("status", "").lower(), given.get("result", "").lower()}
            self.ended = "skipped" if words & _NOT_RUN else ""
        elif inside == "testcase" and name in {"failure", "error"}:
            self.ended = "failed"
        elif inside == "testcase" and name == "skipped":
            self.ended = self.ended or "skipped"
        elif name == "error" and inside in _ROOTS:
            self._bad("an error outside every test")
        elif name == "property" and "testcase" not in self.open:
            self.properties.append((given.get("name"), given.get("value")))

    def end(self, name: str) -> None:
        """An element ends."""
        self.open.pop()
        if name == "testcase" and self.open and self.open[-1] in _ROOTS:
            self.tests += 1
            self.suites[-1].listed += 1
            self.skipped += self.ended == "skipped"
            if self.ended == "failed":
                self._bad(self.case or "a test without a name")
        elif name in _ROOTS:
            suite = self.suites.pop()
            self._compare(suite)
            if self.suites:
                self.suites[-1].listed += suite.listed
                self.suites[-1].bad += suite.bad

    def _suite(self, given: Mapping[str, str]) -> None:
        """A suite begins, with the totals it states."""
        failures = _count(given, "failures") + _count(given, "errors")
        self.suites.append(_Suite(tests=_count(given, "tests"), failures=failures))
        self.first = self.first or given.get("name", "")
        made = moment_of(given.get("timestamp"))
        self.made = min(filter(None, (self.made, made)), default=None)

    def _bad(self, what: str) -> None:
        """A test failed."""
        self.failed += 1
        self.suites[-1].bad += 1
        if len(self.failures) < _NAMED:
            self.failures.append(what)

    def _compare(self, suite: _Suite) -> None:
        """Hold what a suite states against what it lists."""
        if suite.failures > suite.bad:
            self.failed += suite.failures - suite.bad
            suite.bad = suite.failures
            self.failures.append("failures that are stated and not listed")
        if suite.tests > suite.listed:
            self.unlisted.append(f"a suite states {suite.tests} tests and lists {suite.listed}")


def read_junit(data: bytes) -> Record:
    """The record of a JUnit report.

    ``n`` is the number of tests that ran, ``k`` of those that passed. Raises ``EvidenceError`` for XML that is broken,
    has a document type, or is no JUnit report.
    """
    report = _Report()
    parser = expat.ParserCreate()
    parser.StartElementHandler = report.start
    parser.EndElementHandler = report.end
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat takes no keywords
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise EvidenceError(f"the XML is broken: {str(error)[:80].lower()}") from None
    ran, passed = report.tests - report.skipped, report.tests - report.skipped - report.failed
    found = verdict(
        [f"{report.failed} of {max(ran, report.failed)} tests failed", *report.failures] if report.failed else [],
        [*report.unlisted, *([] if ran else ["no test ran"])],
        [f"{passed} tests passed", *([f"skipped: {report.skipped}"] if report.skipped else [])],
    )
    subject, torn = stated(report.properties)
    return foreign_record(
        form="junit", kind="test_result", subject=subject, torn=torn, tool=report.first, made=report.made, found=found,
        n=max(ran, 0), k=max(passed, 0),
        details={"tests": report.tests, "skipped": report.skipped, "failed": report.failed},
    )  # fmt: skip


def _refuse(*_: object) -> NoReturn:
    """No document type: it is where entities, bombs and foreign files come from."""
    raise EvidenceError("the XML has a document type, which is not read", hint="write the report without one")


def _count(given: Mapping[str, str], name: str) -> int:
    """A total that is stated, 0 where none is."""
    text = given.get(name, "")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise EvidenceError(f"`{name}` of a suite is no number")
    return int(text)
