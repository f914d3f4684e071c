"""A first charter from an MCP server, when the server means no good."""

import os
import re
import sys
from pathlib import Path

import pytest

from remit.charter.importers.layout import assemble
from remit.charter.importers.mcp import MOST_TOOLS, draft_from_server, shown_command, split_command
from remit.charter.model import Charter
from remit.charter.reader import parse_charter
from remit.errors import RemitError

SERVER = str(Path(__file__).with_name("hostile_server.py"))


def command(fault: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, SERVER, fault, *arguments)


def text_from(fault: str) -> str:
    return assemble(draft_from_server(command(fault), deadline=20))


def charter_from(fault: str) -> Charter:
    return parse_charter(text_from(fault))


def failure_of(fault: str, *arguments: str, deadline: float = 20) -> RemitError:
    with pytest.raises(RemitError) as caught:
        draft_from_server(command(fault, *arguments), deadline=deadline)
    return caught.value


def is_alive(process: int) -> bool:
    """Whether a process runs; one that ended and was not yet collected does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.requirement("INIT-02")
def test_hostile_names_and_descriptions_stay_text() -> None:
    text = text_from("hostile")
    charter = parse_charter(text)
    assert [grant.tool for grant in charter.grants] == ["ok_read", "odd_schema", "delete_everything"]
    assert "everything" not in {grant.tool for grant in charter.grants}
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text)
    assert charter.agent.name == "hostile-tool-x"


@pytest.mark.requirement("INIT-02")
def test_what_cannot_be_granted_is_named_in_a_comment() -> None:
    text = text_from("hostile")
    notes = text[text.index("# Not translated") : text.index("# What is never done")]
    assert "`bad name: injected`" in notes
    assert "`*`" in notes
    assert "\\u202Eevil" in notes
    assert "`ok_read` is offered twice" in notes
    assert "`silence_alerts` acts on what watches the agent" in notes


@pytest.mark.requirement("INIT-02")
def test_a_claim_to_be_read_only_does_not_outweigh_a_name_that_destroys() -> None:
    grant = next(grant for grant in charter_from("hostile").grants if grant.tool == "delete_everything")
    assert grant.ask == ("owner",)
    assert "data.destroy" in grant.effects


def test_closed_lists_of_odd_values_read_back_as_they_were() -> None:
    grant = next(grant for grant in charter_from("hostile").grants if grant.tool == "odd_schema")
    assert grant.args["flag"].one_of == ("- tool: *", "null", "yes", "1.5")
    assert set(grant.args) == {"flag", "level"}
    assert grant.args["level"].maximum == 9
    assert grant.args["level"].minimum is None  # charters know no amount below zero


def test_every_page_of_a_tool_list_is_read() -> None:
    assert [grant.tool for grant in charter_from("pages").grants] == [f"get_page_{page}" for page in range(4)]


def test_a_cursor_that_comes_back_ends_the_list() -> None:
    charter = charter_from("circle")
    assert [grant.tool for grant in charter.grants] == ["get_first", "get_again"]


def test_thousands_of_tools_are_cut_and_it_is_said() -> None:
    text = text_from("thousands")
    assert len(parse_charter(text).grants) == MOST_TOOLS
    assert f"lists more than {MOST_TOOLS} tools" in text


def test_pages_without_end_are_cut_and_it_is_said() -> None:
    text = text_from("endless")
    assert 0 < len(parse_charter(text).grants) <= MOST_TOOLS
    assert "lists more than" in text


def test_a_description_of_a_megabyte_becomes_a_line() -> None:
    text = text_from("large")
    assert len(text) < 8000
    assert parse_charter(text).grants[0].pinned is not None


def test_a_deep_schema_is_pinned_like_any_other() -> None:
    assert charter_from("deep").grants[0].pinned is not None


def test_a_schema_without_a_canonical_form_is_granted_unpinned_and_it_is_said() -> None:
    text = text_from("integer")
    assert parse_charter(text).grants[0].pinned is None
    assert "could not be pinned" in text


def test_lines_that_are_no_messages_are_skipped_when_the_rest_is_right() -> None:
    assert [grant.tool for grant in charter_from("chatter").grants] == ["get_item"]


def test_the_pin_changes_with_the_description() -> None:
    pins = {charter_from(fault).grants[0].pinned for fault in ("well", "large")}
    assert len(pins) == 2
    assert charter_from("well").grants[0].pinned == charter_from("well").grants[0].pinned


@pytest.mark.requirement("INIT-04")
@pytest.mark.parametrize(
    ("fault", "code", "says"),
    [
        ("exit", "init.server.ended", "ended with status 7 before it listed its tools"),
        ("garbage", "init.server.not-mcp", "its first line was `this is not JSON-RPC`"),
        ("flood", "init.server.too-much", "sent a message longer than 8 MiB"),
        ("none", "init.server.no-tools", "lists no tools"),
        ("not-tools", "init.server.odd-answer", "gave no usable list of tools"),
    ],
)
def test_a_server_that_fails_is_a_clear_error(fault: str, code: str, says: str) -> None:
    error = failure_of(fault)
    assert error.code == code
    assert says in error.message
    assert "\n" not in error.message
    assert error.hint


@pytest.mark.requirement("INIT-04")
@pytest.mark.parametrize("fault", ["hang", "stall"])
def test_a_server_that_says_nothing_ends_at_the_deadline(fault: str) -> None:
    error = failure_of(fault, deadline=0.5)
    assert error.code == "init.server.silent"
    assert "within 0.5 seconds" in error.message


@pytest.mark.requirement("INIT-04")
def test_a_server_that_ignores_signals_is_ended_with_its_children(tmp_path: Path) -> None:
    noted = tmp_path / "pids"
    for deadline in (1.5, 6.0, 24.0, 96.0):  # a busy machine may not come to start both of them before
        failure_of("orphans", str(noted), deadline=deadline)
        if noted.exists() and noted.read_text():
            break
    server, child = (int(word) for word in noted.read_text().split())
    assert not is_alive(server)
    assert not is_alive(child)


def test_what_the_server_complained_of_is_kept_in_visible_characters() -> None:
    hint, note = failure_of("exit").__notes__
    assert hint.startswith("hint: ")
    assert "cannot find my configuration" in note
    assert "\x1b" not in note


def test_a_command_that_does_not_exist_is_a_clear_error() -> None:
    with pytest.raises(RemitError, match="there is no such command") as caught:
        draft_from_server(("remit-no-such-command",))
    assert caught.value.code == "init.server.not-started"


def test_a_server_gets_few_environment_variables_and_those_that_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REMIT_TEST_SECRET", "1")
    monkeypatch.setenv("REMIT_TEST_NAMED", "1")
    with pytest.raises(RemitError) as caught:
        draft_from_server(command("environment"), deadline=20, passed=("REMIT_TEST_NAMED",))
    _hint, note = caught.value.__notes__
    assert "REMIT_TEST_NAMED" in note
    assert "REMIT_TEST_SECRET" not in note


def test_a_variable_that_is_not_set_cannot_be_passed_on() -> None:
    assert "REMIT_TEST_ABSENT" not in os.environ
    with pytest.raises(RemitError, match="`REMIT_TEST_ABSENT` is not set"):
        draft_from_server(command("well"), passed=("REMIT_TEST_ABSENT",))


def test_secrets_in_a_command_line_are_not_shown() -> None:
    shown = shown_command(
        ("env", "GITHUB_TOKEN=abc", "npx", "server", "--api-key", "def", "--password=ghi", "--port", "1")
    )
    assert shown == "env GITHUB_TOKEN=REDACTED npx server --api-key REDACTED --password=REDACTED --port 1"


@pytest.mark.parametrize("text", ["", "   ", "python 'unclosed"])
def test_a_command_line_that_cannot_be_split_is_a_usage_error(text: str) -> None:
    with pytest.raises(RemitError) as caught:
        split_command(text)
    assert caught.value.code == "init.usage"
