"""Every lint rule has an example on which it fires and a twin on which it does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from remit.charter.lint import RULES, Rule, lint
from remit.charter.model import Charter
from remit.charter.reader import parse_charter, read_document
from remit.drive import every_id
from remit.finding import Finding, Severity

FOLDER = Path(__file__).parents[3] / "src" / "remit" / "charter" / "lint" / "examples"
BASE = (FOLDER / "base.yaml").read_text(encoding="utf-8")


def parts(text: str) -> dict[str, str]:
    """The top-level parts of a charter, by their first word, as text."""
    blocks = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)
    return {block.partition(":")[0]: block for block in blocks if block.strip() and not block.startswith("#")}


def charter_with(snippet: str) -> Charter:
    """The base charter with the parts of a snippet in place of its own."""
    return parse_charter("".join({**parts(BASE), **parts(snippet)}.values()))


def examples() -> dict[str, dict[str, str]]:
    """The two snippets of each rule, by code."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.name != "base.yaml":
            document, _places = read_document(path.read_text(encoding="utf-8"), path=str(path))
            for code, pair in document.items():
                assert code not in found
                assert isinstance(pair, dict)
                found[code] = pair
    return found


EXAMPLES = examples()


def fired(snippet: str, code: str) -> list[Finding]:
    """The findings of one rule on one example."""
    return [finding for finding in lint(charter_with(snippet)) if finding.code == code]


def test_nothing_is_said_about_the_base_charter() -> None:
    assert [str(finding) for finding in lint(parse_charter(BASE))] == []


@pytest.mark.requirement("CHARTER-14")
def test_every_rule_has_both_examples_and_every_example_a_rule() -> None:
    assert sorted(EXAMPLES) == [rule.code for rule in RULES]
    assert all(set(pair) == {"fires", "silent"} for pair in EXAMPLES.values())


@pytest.mark.requirement("CHARTER-14")
@pytest.mark.parametrize("code", sorted(EXAMPLES))
def test_a_rule_fires_on_its_example(code: str) -> None:
    rule = next(rule for rule in RULES if rule.code == code)
    found = fired(EXAMPLES[code]["fires"], code)
    assert found
    assert all(finding.severity <= rule.severity for finding in found)


@pytest.mark.requirement("CHARTER-14")
@pytest.mark.parametrize("code", sorted(EXAMPLES))
def test_a_rule_is_silent_on_the_twin(code: str) -> None:
    assert fired(EXAMPLES[code]["silent"], code) == []


@pytest.mark.parametrize("code", sorted(EXAMPLES))
def test_a_finding_is_one_line_with_a_next_step(code: str) -> None:
    for finding in fired(EXAMPLES[code]["fires"], code):
        for text in (finding.message, finding.hint):
            assert text
            assert "\n" not in text
            assert not text.endswith(".")
            assert text[0].islower() or text[0] in "`0123456789"
            assert text.count("`") % 2 == 0


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_explains_itself(rule: Rule) -> None:
    assert re.fullmatch(r"REMIT-C\d{3}", rule.code)
    assert rule.title
    assert not rule.title.endswith(".")
    assert len(rule.help.split()) >= 15
    assert rule.help.endswith((".", '".'))
    assert set(rule.tags) <= set(every_id())


def test_codes_and_titles_are_used_once() -> None:
    assert len({rule.code for rule in RULES}) == len({rule.title for rule in RULES}) == len(RULES)


def test_there_are_rules_of_every_severity() -> None:
    assert {rule.severity for rule in RULES} == set(Severity)
