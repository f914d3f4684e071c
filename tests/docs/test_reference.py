"""The generated pages are current, and pages point at what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from remit.cli.reference_pages import command_page, rule_page
from remit.cli.rules import every_rule

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize(("name", "page"), [("cli.md", command_page), ("rules.md", rule_page)])
def test_a_generated_page_is_current(name: str, page: object) -> None:
    assert callable(page)
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == page(), "run scripts/write_reference_pages.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_page_leads_to_one(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_code_a_page_names_exists(page: Path) -> None:
    codes = set(re.findall(r"\bREMIT-[SCR]\d{3}\b", page.read_text(encoding="utf-8")))
    assert codes <= {rule.code for rule in every_rule()}


def test_every_verb_and_every_code_has_a_place_in_the_reference() -> None:
    assert all(
        f"## remit {verb}\n" in command_page() for verb in ("check", "explain", "diff", "init", "schema", "demo")
    )
    assert all(f"{rule.code}: {rule.title}" in rule_page() for rule in every_rule())
