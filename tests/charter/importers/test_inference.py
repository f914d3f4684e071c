"""What names and claims suggest about a tool."""

import pytest

from remit.charter.effects import is_effect
from remit.charter.importers.inference import (
    Claims,
    Reach,
    common_kind,
    effects_of,
    finishing_rank,
    kind_guess,
    reach_of,
)
from remit.charter.kinds import kind_ids


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("read_file", Reach.READS),
        ("getUserById", Reach.READS),
        ("list_directory", Reach.READS),
        ("write_file", Reach.CHANGES),
        ("get_or_create", Reach.CHANGES),
        ("delete_branch", Reach.DESTROYS),
        ("git_reset", Reach.DESTROYS),
        ("frobnicate", Reach.CHANGES),
    ],
)
def test_a_name_tells_how_far_a_call_reaches(name: str, expected: Reach) -> None:
    assert reach_of(name, Claims(), kind=None) is expected


def test_a_claim_can_only_make_a_name_more_dangerous() -> None:
    assert reach_of("write_file", Claims(read_only=True), kind="files") is Reach.CHANGES
    assert reach_of("delete_file", Claims(read_only=True), kind="files") is Reach.DESTROYS
    assert reach_of("write_file", Claims(destructive=True), kind="files") is Reach.DESTROYS
    assert reach_of("read_file", Claims(destructive=True), kind="files") is Reach.DESTROYS
    assert reach_of("read_file", Claims(read_only=False), kind="files") is Reach.CHANGES


def test_a_claim_to_be_read_only_counts_where_the_name_says_nothing() -> None:
    assert reach_of("git_branch", Claims(read_only=True), kind="git") is Reach.READS
    assert reach_of("git_branch", Claims(), kind="git") is Reach.CHANGES


def test_a_shell_never_just_reads() -> None:
    assert reach_of("shell_status", Claims(read_only=True), kind="shell") is Reach.CHANGES


def test_the_tools_of_a_server_share_a_kind_where_their_names_allow_it() -> None:
    names = ["read_file", "write_file", "search_files", "list_allowed_directories", "move_file"]
    common = common_kind(names, server="secure-filesystem-server")
    assert {kind_guess(name, common=common) for name in names} == {"files"}


def test_a_tool_of_another_kind_keeps_its_own() -> None:
    assert kind_guess("send_email", common="files") == "email"


def test_one_tool_does_not_make_the_kind_of_a_whole_server() -> None:
    assert common_kind(["silence_alerts", "frobnicate", "shuffle", "delete_everything"], server="acme") is None


def test_names_that_say_nothing_have_no_kind() -> None:
    assert common_kind(["frobnicate"], server="acme") is None
    assert kind_guess("frobnicate", common=None) is None


@pytest.mark.parametrize("kind", [*kind_ids(), None])
@pytest.mark.parametrize("reach", list(Reach))
def test_every_guessed_effect_is_in_the_vocabulary(kind: str | None, reach: Reach) -> None:
    effects = effects_of("silence_thing", kind=kind, reach=reach)
    assert effects
    assert all(is_effect(effect) for effect in effects)


def test_muting_a_monitor_is_seen_for_what_it_is() -> None:
    assert effects_of("silence_alert", kind="monitoring", reach=Reach.DESTROYS) == ("oversight.monitor",)


def test_committing_finishes_a_job_more_than_adding_reading_or_resetting() -> None:
    names = [("git_status", True), ("git_add", False), ("git_reset", False), ("git_commit", False)]
    assert min(names, key=lambda item: finishing_rank(item[0], reads=item[1]))[0] == "git_commit"


def test_claims_are_said_in_words() -> None:
    assert str(Claims()) == ""
    assert str(Claims(read_only=True, destructive=False, open_world=True)) == "read-only, open world"
    assert str(Claims(read_only=False, destructive=True, idempotent=False)) == "not read-only, destructive"
