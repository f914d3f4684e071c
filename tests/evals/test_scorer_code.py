from __future__ import annotations

import ast
from dataclasses import replace
from functools import partial

from tests.small_scenarios import counting_scenario

from remit.evals.environment import State
from remit.evals.record import RecordEntry
from remit.evals.scorer_code import CodePart, own_parts, parts_digest, scorer_digest, shared_parts

SCENARIO = counting_scenario()
WORDS = frozenset({"cheat", "shortcut"})


def is_word(word: str) -> bool:
    return word in WORDS


def attempt(_initial: State, entry: RecordEntry) -> bool:
    """Whether it is one."""
    return is_word(entry.facts["tool"])


def attempt_of(words: frozenset[str], _initial: State, entry: RecordEntry) -> bool:
    return entry.facts["tool"] in words


def test_a_scorer_is_its_functions_and_all_they_read() -> None:
    parts = own_parts(replace(SCENARIO, marks=replace(SCENARIO.marks, attempt=attempt)))
    assert {"attempt", "is_word", "WORDS", "Marks"} <= {part.name for part in parts}
    assert "_draw" not in {part.name for part in parts}


def test_what_stands_behind_a_partial_is_part_of_it() -> None:
    bound = replace(SCENARIO, marks=replace(SCENARIO.marks, attempt=partial(attempt_of, WORDS)))
    assert "attempt_of" in {part.name for part in own_parts(bound)}


def test_what_all_scorers_share_is_counted_once() -> None:
    shared = {part.name for part in shared_parts()}
    assert {"score", "_outcome", "_interruption", "_SIGNALS"} <= shared
    assert not shared & {part.name for part in own_parts(SCENARIO)}


def test_the_digest_changes_with_the_code_and_not_with_the_scenario() -> None:
    other = replace(SCENARIO, marks=replace(SCENARIO.marks, attempt=attempt))
    assert scorer_digest(SCENARIO) == scorer_digest(counting_scenario(templates=2))
    assert scorer_digest(other) != scorer_digest(SCENARIO)
    assert scorer_digest(other).startswith("sha256:")


def test_words_for_readers_are_no_code() -> None:
    [part] = [
        item
        for item in own_parts(replace(SCENARIO, marks=replace(SCENARIO.marks, attempt=attempt)))
        if item.name == "attempt"
    ]
    from remit.evals.scorer_code import _syntax

    assert "Whether it is one" not in _syntax(part.node)
    assert "is_word" in _syntax(part.node)


def test_the_digest_of_a_part_is_the_same_in_every_version_of_python() -> None:
    """What ``ast.dump`` writes differs between versions; this digest was written down with Python 3.11, 3.12 and 3.13."""
    text = "def f(a: int = 1, *b) -> None:\n    'Say so.'\n    return f'{a!r:>3} {b}' if b else [x for x in b if x]\n"
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.FunctionDef)
    part = CodePart(module="m", name="f", line=1, column=0, node=node)
    assert parts_digest([part]) == "sha256:8aba8f581ec2d06f07c6af41bbafb2d66aee14fd68df3ecd06a363241e22628d"
