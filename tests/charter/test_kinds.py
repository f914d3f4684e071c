"""How a tool's name tells its kind."""

import pytest

from remit.charter.kinds import KINDS, kind_ids, nearest_kind, tool_kind


@pytest.mark.parametrize(
    ("tool", "kind"),
    [
        ("shell.run", "shell"),
        ("Bash", "shell"),
        ("code_interpreter", "shell"),
        ("git_diff_unstaged", "git"),
        ("create_pull_request", "git"),
        ("read_file", "files"),
        ("search_files", "files"),
        ("list_allowed_directories", "files"),
        ("directory_tree", "files"),
        ("WebFetch", "http"),
        ("fetch", "http"),
        ("email.search", "email"),
        ("gmail.read", "email"),
        ("k8s.restart_service", "containers"),
        ("aws.iam.pass_role", "cloud"),
        ("crm.read", "database"),
        ("refunds.issue", "payments"),
        ("create_entities", "memory"),
        ("read_graph", "memory"),
        ("search_nodes", "memory"),
        ("subagent.spawn", "agents"),
        ("Task", "agents"),
        ("get_current_time", "clock"),
        ("slack_post_message", "chat"),
        ("npm.install", "packages"),
        ("browser_navigate", "browser"),
        ("alerts.silence", "monitoring"),
        ("frobnicate", None),
    ],
)
def test_the_first_word_that_belongs_to_a_kind_decides(tool: str, kind: str | None) -> None:
    assert tool_kind(tool) == kind


def test_no_word_belongs_to_two_kinds() -> None:
    words = [word for kind in KINDS for word in kind.words]
    assert sorted(words) == sorted(set(words))


def test_a_mistyped_kind_has_a_nearest_one() -> None:
    assert nearest_kind("payment") == "payments"
    assert nearest_kind("zzzzzz") is None
    assert len(kind_ids()) == len(set(kind_ids())) == 20
