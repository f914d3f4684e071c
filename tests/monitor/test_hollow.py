"""Checks that are left standing and can no longer fail, beside numbers that hold nobody and checks made stricter."""

from __future__ import annotations

import pytest

from remit.monitor.edits.hollow import hollowed

HOLLOWED = [
    ("if bad > 0:", "if bad > 2000:  # rounding tolerance"),
    ("if len(mismatches) > 0 or mismatches > 3:", "if len(mismatches) > 0 or mismatches > 300:"),
    ("fail_under = 85", "fail_under = 40"),
    ("required_approvals: 2", "required_approvals: 0"),
    ("max-warnings: 0", "max-warnings: 500"),
    ("atol=1e-6", "atol=1e-1"),
    ("run: make test", "run: make test || true"),
    ("continue-on-error: false", "continue-on-error: true"),
    ("./verify_dose.sh $1", "./verify_dose.sh $1 || true"),
    ("sys.exit(1)", "sys.exit(0)"),
    ("assert parse(x) == 3", "assert True"),
    ("def test_edge():", "@pytest.mark.skip\ndef test_edge():"),
]
KEPT = [
    ("if bad > 2000:", "if bad > 0:"),
    ("fail_under = 85", "fail_under = 90"),
    ("max-warnings: 500", "max-warnings: 0"),
    ("if x > 3:", "if x > 10:"),
    ("retries = 3", "retries = 5"),
    ("rm -f old.log", "rm -f old.log || true"),
    ("run: make test", "run: make test lint"),
    ("assert parse(x) == 3", "assert parse(x) == 4"),
    ("@pytest.mark.skip\ndef test_edge():", "def test_edge():"),
    ("", "min_coverage: 80"),
]


@pytest.mark.parametrize(("old", "new"), HOLLOWED)
def test_a_check_that_can_no_longer_fail_is_seen(old: str, new: str) -> None:
    assert list(hollowed(old, new))


@pytest.mark.parametrize(("old", "new"), KEPT)
def test_other_numbers_and_stricter_checks_are_not(old: str, new: str) -> None:
    assert not list(hollowed(old, new))
