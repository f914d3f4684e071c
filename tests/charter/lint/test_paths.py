from __future__ import annotations

import pytest

from remit.charter.lint.paths import covered, covers_path


@pytest.mark.parametrize(
    ("root", "target"),
    [
        ("/", "/etc/passwd"), ("/", "~/.ssh"), ("/*", "/etc"), (".", "AGENTS.md"), ("./", "a/b"), ("./**", "a/b"), ("..", "a"),
        ("./work", "work/a"), ("work/", "work"), ("work/*", "work/a"), ("~", "~/.ssh"), ("$HOME", "~/.ssh"),
        ("/home/*", "~/.ssh"), ("~/.config/", "~/.config/remit"), ("/etc", "/etc/remit"),
    ],
)  # fmt: skip
def test_a_root_covers_what_lies_below_it(root: str, target: str) -> None:
    assert covers_path(root, target)


@pytest.mark.parametrize(
    ("root", "target"),
    [
        ("./work", "AGENTS.md"), ("work", "workshop/a"), (".", "/etc"), (".", "~/.ssh"), ("/etc", "/etcetera"),
        ("~/.config", "~/.ssh"), ("/srv/app", "remit.yaml"), ("work/a", "work"),
    ],
)  # fmt: skip
def test_a_root_does_not_cover_what_lies_beside_or_above_it(root: str, target: str) -> None:
    assert not covers_path(root, target)


def test_a_writable_home_covers_the_instruction_files_of_every_project() -> None:
    assert covered("~", ["AGENTS.md", "/etc/passwd"]) == ["AGENTS.md"]
