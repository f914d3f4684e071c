"""The servers a charter names, how they are compared, and the draft that brings them along."""

import pytest

from remit.charter.comparison import compare_authority
from remit.charter.importers.drafting import Draft, merge
from remit.charter.importers.layout import assemble
from remit.charter.prose import describe
from remit.charter.reader import parse_charter
from remit.charter.server import parse_server
from remit.errors import CharterSchemaError

HEAD = "remit: 1\nagent: {name: a}\npurpose: {text: t}\n"


@pytest.mark.requirement("CHARTER-20")
@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("mcp-server-git --repository './my work'", (("mcp-server-git", "--repository", "./my work"), "")),
        ("https://crm.acme.example/mcp", ((), "https://crm.acme.example/mcp")),
        ("http://127.0.0.1:8000/mcp", ((), "http://127.0.0.1:8000/mcp")),
        ("fetch --url https://crm.acme.example/mcp", (("fetch", "--url", "https://crm.acme.example/mcp"), "")),
    ],
)
def test_a_server_is_a_command_line_or_an_address(text: str, parsed: tuple[tuple[str, ...], str]) -> None:
    assert parse_server(text) == parsed


@pytest.mark.requirement("CHARTER-20")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "run 'open",
        "http://crm.acme.example/mcp",
        "ftp://crm.acme.example",
        "https://user:pw@crm.acme.example/mcp",
        "https://crm.acme.example/mcp?key=secret",
        "https:///mcp",
        "https://crm.acme.example:99999/mcp",
        "https://crm.acme.example/mcp twice",
        "x\ny",
        7,
        ["git"],
    ],
)
def test_anything_else_is_refused_and_no_secret_is_repeated(text: object) -> None:
    with pytest.raises(CharterSchemaError) as caught:
        parse_server(text)
    assert "secret" not in str(caught.value)
    assert "pw" not in str(caught.value)


@pytest.mark.requirement("CHARTER-20")
def test_a_broken_server_is_found_at_its_line() -> None:
    with pytest.raises(CharterSchemaError) as caught:
        parse_charter(HEAD + "servers:\n  crm: http://crm.acme.example\n", path="remit.yaml")
    assert str(caught.value).startswith("remit.yaml:5")


@pytest.mark.requirement("CHARTER-20")
@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("", "servers: {git: mcp-server-git}", "widened"),
        ("servers: {git: mcp-server-git}", "servers: {git: evil-server}", "widened"),
        ("servers: {git: mcp-server-git}", "servers: {git: 'https://git.acme.example/mcp'}", "widened"),
        ("servers: {git: mcp-server-git}", "", "narrowed"),
    ],
)
def test_another_server_is_new_authority(old: str, new: str, kind: str) -> None:
    changes = compare_authority(parse_charter(HEAD + old), parse_charter(HEAD + new))
    assert [change.kind for change in changes] == [kind]


def test_a_charter_in_words_names_its_servers() -> None:
    charter = parse_charter(HEAD + "servers: {git: mcp-server-git --repository .}")
    assert charter.servers[0].where.line == 4
    assert "the server `git`: `mcp-server-git --repository .`." in describe(charter)


def test_merged_drafts_keep_every_server_under_a_name_of_its_own() -> None:
    drafts = [Draft(name="a", sources=(), servers=(("files", command),)) for command in ("f ./a", "f ./b", "f ./a")]
    text = assemble(merge(drafts))
    charter = parse_charter(text)
    assert {server.name: server.shown for server in charter.servers} == {"files": "f ./a", "files-2": "f ./b"}
