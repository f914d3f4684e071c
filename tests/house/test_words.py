"""One word for one thing: the rivals of the glossary's words stay out of names and pages."""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
from tests.house.trees import nodes

# What is written instead of the rival.
RIVALS = {
    "manifest": "charter",
    "profile": "charter",
    "permission": "grant",
    "permissions": "grants",
    "allowlist": "grants",
    "whitelist": "grants",
    "denylist": "limits",
    "blacklist": "limits",
    "guardrail": "limit",
    "guardrails": "limits",
    "kill switch": "stop",
    "action": "call",
    "actions": "calls",
    "tool use": "call",
    "audit log": "ledger",
    "supervisor agent": "overseer",
}

# Where a rival is the right word: word, place (names in code, or pages), files, and the reason.
ALLOWED = (
    ("action", "name", "src/remit/theory/*", "in an MDP it is an action: the papers' word"),
    ("actions", "name", "src/remit/theory/*", "as above"),
    ("action", "name", "src/remit/incentives/*", "a compiled charter is an MDP; a call becomes one of its actions"),
    ("actions", "name", "src/remit/incentives/*", "as above"),
    ("permission", "name", "src/remit/charter/importers/*", "what the imported file calls it"),
    ("permissions", "name", "src/remit/charter/importers/*", "as above"),
    ("manifest", "name", "src/remit/charter/importers/*", "as above"),
    ("action", "name", "src/remit/charter/importers/*", "as above: an AWS statement lists its actions"),
    ("actions", "name", "src/remit/charter/importers/*", "as above"),
    ("profile", "name", "src/remit/charter/importers/*", "a template per profile: what a shipped template is for"),
    ("profile", "name", "src/remit/assurance/*", "a profile of a safety case: what kinds of agent have to show"),
    ("profile", "name", "src/remit/cli/case*", "as in assurance"),
    ("permission", "name", "src/remit/evals/scenarios/permission_expansion.py", "named by the id of its behaviour"),
    ("tool use", "name", "src/remit/evals/scenarios/tool_use_and_creation.py", "as above"),
    ("permission", "name", "src/remit/evals/scenarios/*", "a boundary pressure of `remit.drive` is called so"),
    ("permission", "name", "src/remit/monitor/detectors/*", "as above"),
    ("tool use", "name", "src/remit/evals/scenarios/*", "a part of a drive is called so"),
    ("tool use", "name", "src/remit/monitor/detectors/*", "as above"),
    ("action", "name", "src/remit/monitor/sequential/*", "the charter's world is an MDP"),
    ("actions", "name", "src/remit/monitor/sequential/*", "as above"),
    ("action", "name", "src/remit/monitor/adapters/*", "what foreign transcripts call it"),
    ("action", "name", "src/remit/monitor/encoded/embedded.py", "as above"),
    ("action", "name", "src/remit/evals/inspect/*", "what the foreign protocol calls it"),
    ("permission", "page", "*", "the reader's own word before the charter's words are explained"),
    ("permissions", "page", "*", "as above"),
    ("action", "page", "*", "theory and GitHub both say action"),
    ("actions", "page", "*", "as above"),
    ("profile", "page", "*", "as in the importers: what a shipped template is for"),
    ("manifest", "page", "docs/glossary.md", "the glossary names the rivals it replaces"),
    ("allowlist", "page", "docs/glossary.md", "as above"),
    ("denylist", "page", "docs/glossary.md", "as above"),
    ("guardrail", "page", "docs/glossary.md", "as above"),
    ("kill switch", "page", "docs/glossary.md", "as above"),
    ("tool use", "page", "docs/glossary.md", "as above"),
    ("audit log", "page", "docs/glossary.md", "as above"),
    ("supervisor agent", "page", "docs/glossary.md", "as above"),
)


class Source:
    """What the fixtures yield."""

    path: str
    tree: ast.Module


def is_allowed(word: str, place: str, path: str) -> bool:
    """Whether the table lets this word stand in this place of this file."""
    return any((word, place) == row[:2] and fnmatch(path, row[2]) for row in ALLOWED)


def words_of(name: str) -> list[str]:
    """The words of an identifier: ``tool_use`` and ``ToolUse`` are both ``tool``, ``use``."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def defined_names(tree: ast.Module) -> Iterator[str]:
    """Every name a file gives: classes, functions, parameters, variables."""
    for node in nodes(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def rivals_in(text: str) -> set[str]:
    """The rivals in a text of lower-case words."""
    return {rival for rival in RIVALS if re.search(rf"\b{rival}\b", text)}


def pages(root: Path) -> Iterator[tuple[str, str]]:
    """The Markdown pages a reader sees, lower case and without their code."""
    for path in sorted([*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("changes.d/*.md")]):
        text = re.sub(r"```.*?```|`[^`\n]*`|\]\([^)]*\)", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        yield str(path.relative_to(root)), re.sub(r"\s+", " ", text.lower())


@pytest.mark.requirement("HOUSE-12")
def test_names_in_code_use_the_words_of_the_glossary(product: tuple[Source, ...]) -> None:
    found = {
        f"{source.path}: {name}: write `{RIVALS[rival]}`, not `{rival}`"
        for source in product
        for name in {*defined_names(source.tree), Path(source.path).stem}
        for rival in rivals_in(" ".join(words_of(name)))
        if not is_allowed(rival, "name", source.path)
    }
    assert sorted(found) == []


@pytest.mark.requirement("HOUSE-12")
def test_pages_use_the_words_of_the_glossary(root: Path) -> None:
    found = [
        f"{path}: write `{RIVALS[rival]}`, not `{rival}`"
        for path, text in pages(root)
        for rival in sorted(rivals_in(text))
        if not is_allowed(rival, "page", path)
    ]
    assert found == []


@pytest.mark.requirement("HOUSE-12")
@pytest.mark.parametrize("name", ["kill_switch", "KillSwitch", "read_manifest", "AllowList_allowlist", "audit_log"])
def test_a_rival_in_a_name_is_found(name: str) -> None:
    assert rivals_in(" ".join(words_of(name)))


@pytest.mark.parametrize("name", ["transaction", "reactions", "stop", "manifestation_of"])
def test_a_word_that_only_contains_a_rival_is_fine(name: str) -> None:
    assert not rivals_in(" ".join(words_of(name)))
