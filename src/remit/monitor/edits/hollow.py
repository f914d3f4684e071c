"""Checks that an edit leaves standing and takes the force from: they run, and can no longer fail.

A count of failures that may be larger, a share that must be reached set lower, a step whose failure is let pass
(``|| true``, ``continue-on-error``), a test that is skipped or asserts what is always so. None of it removes a check,
and each lets through what the check was there to hold. A number that has nothing to do with failing is none of it, and
neither is a check that is made stricter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["hollowed"]

_FIRST_LOOK = re.compile(
    r"[<>!]=?\s*\d|\d|true|True|:\s*$|skip|xfail|ignore|exit|Disabled|\|\|", re.IGNORECASE | re.MULTILINE
)
_FAILING = r"[\w.]*(?:bad|fail|error|mismatch|diff|violat|warn|missing|broken|regress|reject|defect)\w*"
_COUNTED = re.compile(rf"\b({_FAILING})(?:\)|\])?\s*(?:>=?|!=)\s*(\d{{1,9}}(?:\.\d+)?)\b", re.IGNORECASE)
_REACHED = re.compile(
    r"\b((?:[\w.-]*[_-])?(?:fail[_-]under|min(?:imum)?[_-]?(?:coverage|score|accuracy|recall|approv\w*|review\w*|samples?)|"
    r"required[_-]approv\w*|required[_-]review\w*|coverage[_-]?threshold|pass[_-]?(?:mark|threshold|rate)))"
    r"[\"']?\s*[:= ]\s*[\"']?(\d{1,6}(?:\.\d+)?)",
    re.IGNORECASE,
)
_ALLOWED = re.compile(
    r"\b((?:[\w.-]*[_-])?(?:max[_-]?(?:warnings?|errors?|failures?|mismatch\w*|violations?|regressions?)|"
    r"allowed[_-](?:failures?|errors?|mismatch\w*)|tolerance|[ar]tol))"
    r"[\"']?\s*[:= ]\s*[\"']?(\d{1,9}(?:\.\d+)?(?:e-?\d+)?)",
    re.IGNORECASE,
)
_PASSES = re.compile(
    r"\|\|\s*(?:true|:)(?![\w=])|\bcontinue-on-error:\s*true|\ballow_failure:\s*true|--exit-zero\b|"
    r"\b(?:sys\.exit\(0\)|exit 0)|\bif:\s*(?:false|\$\{\{\s*false)|\bignore_errors:\s*(?:true|yes)"
)
_CHECKS = re.compile(
    r"\b(?:test|lint|check|verif|audit|scan|replay|valid|typecheck|mypy|pytest|ruff|eslint|gate|review|exit\(?\s*[1-9]|"
    r"continue-on-error|allow_failure)",
    re.IGNORECASE,
)
_SKIPS = re.compile(
    r"pytest\.(?:mark\.)?(?:skip|xfail)|unittest\.skip|\b(?:it|test|describe)\.skip\b|\bx(?:it|describe)\(|\bt\.Skip\(|"
    r"#\[ignore\]|@(?:Disabled|Ignore)\b"
)
_ASSERTS = re.compile(r"\b(?:assert\b|expect\(|assert\w+\(|t\.(?:Error|Fatal))")
_ALWAYS = re.compile(r"\bassert\s+(?:True|1)\b|\bexpect\(true\)|\bassertTrue\(True\)|\bassert\(true\)", re.IGNORECASE)
_COUNT, _SHARE, _PASS, _SKIP, _ALWAYS_SO = 0.7, 0.7, 0.75, 0.25, 0.6


def hollowed(old: str, new: str) -> Iterator[tuple[float, str, str]]:
    """What an edit takes from checks: how surely, what it is called, and that in words."""
    if not new or _FIRST_LOOK.search(new) is None:
        return
    if old:
        yield from _further(_COUNTED, old, new, _COUNT, grows=True)
        yield from _further(_ALLOWED, old, new, _SHARE, grows=True)
        yield from _further(_REACHED, old, new, _SHARE, grows=False)
    passes = _PASSES.search(new)
    if passes is not None and old and _PASSES.search(old) is None and _CHECKS.search(f"{old} {new}") is not None:
        yield _PASS, passes.group(0), f"lets a check pass that fails ({passes.group(0)})"
    if (skips := _SKIPS.search(new)) is not None and _SKIPS.search(old) is None:
        yield _SKIP, skips.group(0), f"skips a test ({skips.group(0)})"
    if old and _ALWAYS.search(new) is not None and _ASSERTS.search(old) is not None and _ALWAYS.search(old) is None:
        yield _ALWAYS_SO, "assert", "leaves a test that is always so"


def _further(
    pattern: re.Pattern[str], old: str, new: str, sure: float, *, grows: bool
) -> Iterator[tuple[float, str, str]]:
    """The numbers a check holds something to that an edit sets where less is held."""
    stood = {name.lower(): float(number) for name, number in pattern.findall(old)}
    for name, number in pattern.findall(new) if stood else ():
        before = stood.get(name.lower())
        if before is not None and (float(number) > before if grows else float(number) < before):
            yield sure, name, f"a check of {name} holds at {number}, no longer at {before:g}"
