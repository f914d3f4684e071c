"""What a lint rule is: a stable code, a title, one paragraph of help, and a small pure function that looks.

A rule looks at a ``Subject`` (the charter and what the catalogue can bring about) and yields remarks; the rule turns
each remark into a finding with its own code and, unless the remark is milder, its own severity.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from remit.charter.lint.subject import Subject
from remit.finding import Finding, Severity, Where

__all__ = ["Remark", "Rule", "rule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing a rule saw: the place, what is wrong there, and what to write instead.

    ``severity`` is ``None`` for the rule's own; a remark may only be milder than its rule.
    """

    where: Where
    message: str
    hint: str
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A lint rule.

    ``code`` is stable across releases. ``tags`` are the drive parts and boundary pressures the fault bears on.
    ``help`` is one paragraph: what the rule looks for and why it matters.
    """

    code: str
    title: str
    help: str
    severity: Severity
    tags: tuple[str, ...]
    check: Callable[[Subject], Iterator[Remark]]

    def findings(self, subject: Subject) -> Iterator[Finding]:
        """Everything this rule has to say about a charter, in the order it was seen."""
        for remark in self.check(subject):
            milder = remark.severity is not None and remark.severity < self.severity
            yield Finding(
                code=self.code,
                severity=remark.severity if milder and remark.severity is not None else self.severity,
                where=remark.where,
                message=remark.message,
                hint=remark.hint,
            )


def rule(
    code: str, severity: Severity, title: str, *tags: str
) -> Callable[[Callable[[Subject], Iterator[Remark]]], Rule]:
    """Make a rule of the function below; its docstring is the rule's help."""

    def register(check: Callable[[Subject], Iterator[Remark]]) -> Rule:
        text = " ".join(inspect.cleandoc(check.__doc__ or title).split())
        return Rule(code=code, title=title, help=text, severity=severity, tags=tags, check=check)

    return register
