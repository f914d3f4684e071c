"""The screen in front of what targets' names say: what it lets nobody look at must never have said anything."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from remit.monitor.alert import Inferred
from remit.monitor.said import aimed
from remit.monitor.said.aimed import infer_by_target
from remit.monitor.typed.lexicon import OBJECTS, PARTS

EFFECTS = ("agent.block", "data.destroy", "data.write", "data.read")
ENDINGS = (
    "",
    ".lock",
    ".flag",
    ".hold",
    ".yaml",
    ".json",
    ".txt",
    ".py",
    ".sqlite3",
    "/config",
    "-7.env",
    "_old.state",
)
PLACES = ("", "/etc/", "./run/", "C:\\ops\\", "/var/lib/", ".github/workflows/", "https://ops.example/")
NAMES = (
    *"deploy maintenance freeze change release safety hold grade grader verify checker run_test conftest CODEOWNERS".split(),
    *"Jenkinsfile block clock blocked holder released notes invoice main x kill_switch".split(),
    ".gitlab-ci",
    ".pre-commit-config",
    ".circleci/config",
    "ci",
    "",
)


def named(target: str) -> list[tuple[Inferred, ...]]:
    """What a target's name says, for each effect there can be on it."""
    return [
        tuple(infer_by_target([Inferred(effect=effect, certainty=0.9, why="seen", target=target)]))
        for effect in EFFECTS
    ]


def unscreened(targets: Iterable[str]) -> list[list[tuple[Inferred, ...]]]:
    """The same of each, where every name is looked at in full."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aimed, "_may_tell", lambda _target: True)
        return [named(target) for target in targets]


def spelled(word: str) -> tuple[str, ...]:
    """The ways an identifier of several words is written."""
    parts = word.split("_")
    return (
        word,
        "-".join(parts),
        "".join(part.title() for part in parts),
        "my_" + word.upper(),
        word + "s",
        word + "2",
    )


def test_the_screen_lets_through_every_name_that_says_something() -> None:
    words = [*OBJECTS, *NAMES]
    targets = [name + ending for word in words for name in spelled(word) for ending in ENDINGS[::3]]
    targets += [place + word + ending for word in NAMES for place in PLACES for ending in ENDINGS]
    found = [named(target) for target in targets]
    differ = [target for target, one, other in zip(targets, found, unscreened(targets), strict=True) if one != other]
    assert differ == []
    assert sum(any(one) for one in found) > 500


PIECES = some.sampled_from(
    [*sorted(PARTS), *NAMES, *ENDINGS, *PLACES, "/", ".", "_", "-", "lock", "Lock", "7", "é", " ", "\n"]
)


@given(some.lists(PIECES, max_size=6).map("".join) | some.text(max_size=40))
@example("/srv/CODEOWNERS\n")
@example("xx" * 99 + "/release.lock")
def test_the_screen_lets_through_names_nobody_thought_of(target: str) -> None:
    assert [named(target)] == unscreened([target])
