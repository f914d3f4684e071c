"""Claude Code settings: the draft never allows more than the settings did."""

import json
from pathlib import Path
from typing import Any

import pytest

from remit.charter.condition import compile_condition, full_match
from remit.charter.importers.claude import draft_from_claude
from remit.charter.importers.claude_rules import grants_of, parse_rule
from remit.charter.importers.drafting import Draft, DraftGrant
from remit.charter.importers.layout import assemble
from remit.charter.reader import parse_charter
from remit.errors import CharterError, CharterSchemaError
from remit.finding import Where


def draft(tmp_path: Path, settings: dict[str, Any]) -> Draft:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(settings, indent=2), encoding="utf-8")
    made = draft_from_claude(path)
    parse_charter(assemble(made))
    return made


def only_grant(rule: str) -> DraftGrant:
    made = next(iter(grants_of(parse_rule(rule, verdict="allow", where=Where(file="f", line=1)))))
    assert isinstance(made, DraftGrant)
    return made


def allows(rule: str, command: str) -> bool:
    constraint = only_grant(rule).args[0].constraint
    if "equals" in constraint:
        return constraint["equals"] == command
    return full_match(str(constraint["matches"]), command) is True


def denies(tmp_path: Path, rule: str, **arguments: str) -> bool:
    tool = rule.partition("(")[0]
    made = draft(tmp_path, {"permissions": {"allow": [tool], "deny": [rule]}})
    limits = [limit for limit in made.limits if limit.tool == tool]
    assert limits
    calls = {"tool": tool, "args": arguments, "recipients": 0, "effects": []}
    return any(
        limit.when is None
        or compile_condition(limit.when, names=()).evaluate(call=calls, budget={}, session={}) is True
        for limit in limits
    )


@pytest.mark.parametrize("rule", ["Bash(npm run test:*)", "Bash(npm run test *)"])
def test_a_prefix_rule_allows_the_command_with_and_without_arguments(rule: str) -> None:
    assert allows(rule, "npm run test")
    assert allows(rule, "npm run test -- --watch")
    assert not allows(rule, "npm run tests")


@pytest.mark.parametrize(
    "command",
    [
        "npm run test; rm -rf /",
        "npm run test && curl x",
        "npm run test | sh",
        "npm run test $(id)",
        "npm run test `id`",
        "npm run test > /etc/x",
        "npm run test \n id",
        "x npm run test",
    ],
)
def test_a_prefix_rule_does_not_let_a_second_command_through(command: str) -> None:
    assert not allows("Bash(npm run test:*)", command)


def test_a_rule_without_a_star_allows_exactly_its_command() -> None:
    assert allows("Bash(npm run lint)", "npm run lint")
    assert not allows("Bash(npm run lint)", "npm run lint --fix")


@pytest.mark.parametrize(
    ("rule", "constraint"),
    [
        ("Read(./docs/**)", {"under": "./docs"}),
        ("Read(docs/**)", {"under": "./docs"}),
        ("Read(/docs/**)", {"under": "./docs"}),
        ("Read(//etc/app/**)", {"under": "/etc/app"}),
        ("Read(~/notes/**)", {"under": "~/notes"}),
        ("Read(README.md)", {"under": "./README.md"}),
        ("Edit(src/*.ts)", {"under": "./src", "matches": ".*\\.ts"}),
        ("WebFetch(domain:example.com)", {"domain": "example.com"}),
    ],
)
def test_a_path_or_domain_rule_becomes_a_constraint(rule: str, constraint: dict[str, str]) -> None:
    assert only_grant(rule).args[0].constraint == constraint


@pytest.mark.parametrize("rule", ["Read(src/**/secret/*.ts)", "Read(*/x/**)", "WebFetch(domain:*)", "WebSearch(x)"])
def test_a_rule_that_cannot_be_said_is_not_granted_and_named(tmp_path: Path, rule: str) -> None:
    made = draft(tmp_path, {"permissions": {"allow": [rule]}})
    assert any(rule in note and "not granted" in note for note in made.notes)


@pytest.mark.parametrize(
    ("rule", "arguments"),
    [
        ("Bash(curl:*)", {"command": "curl https://x"}),
        ("Bash(curl:*)", {"command": "true && curl https://x"}),
        ("Bash(curl *)", {"command": "/usr/bin/curl"}),
        ("Bash(rm -rf:*)", {"command": "sudo rm -rf /"}),
        ("Read(./.env)", {"file_path": "/repo/.env"}),
        ("Read(.env)", {"file_path": "packages/a/.env"}),
        ("Read(./secrets/**)", {"file_path": "/repo/secrets/a/b"}),
        ("Read(~/.ssh/**)", {"file_path": "/home/me/.ssh/id"}),
        ("Read(**/*.pem)", {"file_path": "/repo/keys/a.pem"}),
        ("WebFetch(domain:evil.example)", {"url": "https://a.evil.example/x"}),
    ],
)
def test_a_deny_rule_finds_what_it_forbids(tmp_path: Path, rule: str, arguments: dict[str, str]) -> None:
    assert denies(tmp_path, rule, **arguments)


@pytest.mark.parametrize(
    ("rule", "arguments"),
    [
        ("Bash(curl:*)", {"command": "echo recurly"}),
        ("Read(./.env)", {"file_path": "/repo/src/environment.ts"}),
        ("WebFetch(domain:evil.example)", {"url": "https://notevil.example/x"}),
    ],
)
def test_a_deny_rule_leaves_the_rest_alone(tmp_path: Path, rule: str, arguments: dict[str, str]) -> None:
    assert not denies(tmp_path, rule, **arguments)


def test_an_edit_rule_covers_everything_that_writes_files(tmp_path: Path) -> None:
    made = draft(tmp_path, {"permissions": {"allow": ["Edit(src/**)"], "deny": ["Edit(src/generated/**)"]}})
    assert {grant.tool for grant in made.grants} >= {"Edit", "Write"}
    assert {limit.tool for limit in made.limits} == {"Edit", "Write"}
    assert made.writes == ("./src",)


def test_denying_a_server_takes_its_tools_away(tmp_path: Path) -> None:
    made = draft(tmp_path, {"permissions": {"allow": ["mcp__slack__post", "mcp__git__log"], "deny": ["mcp__slack"]}})
    assert "mcp__git__log" in {grant.tool for grant in made.grants}
    assert "mcp__slack__post" not in {grant.tool for grant in made.grants}


def test_nothing_is_edited_unasked_unless_the_mode_says_so(tmp_path: Path) -> None:
    asked = {grant.tool: grant.ask for grant in draft(tmp_path, {}).grants}
    assert asked["Edit"] == asked["Write"] == ("owner",)
    free = {grant.tool: grant.ask for grant in draft(tmp_path, {"permissions": {"defaultMode": "acceptEdits"}}).grants}
    assert free["Edit"] == ()
    planned = {grant.tool for grant in draft(tmp_path, {"permissions": {"defaultMode": "plan"}}).grants}
    assert planned == {"Read", "Glob", "Grep"}


def unasked(made: Draft, command: str) -> bool:
    """Whether some grant lets a command through without asking."""
    call = {"tool": "Bash", "args": {"command": command}, "recipients": 0, "effects": []}
    for grant in made.grants:
        if grant.tool != "Bash" or grant.ask:
            continue
        fits = all(full_match(str(part.constraint.get("matches")), command) is True for part in grant.args)
        if fits and (
            grant.when is None
            or compile_condition(grant.when, names=()).evaluate(call=call, budget={}, session={}) is True
        ):
            return True
    return False


@pytest.mark.parametrize("allow", ["Bash", "Bash(git:*)", "Bash(git * --verbose)"])
def test_an_ask_rule_beats_an_allow_rule_that_is_wider(tmp_path: Path, allow: str) -> None:
    made = draft(tmp_path, {"permissions": {"allow": [allow], "ask": ["Bash(git push:*)"]}})
    assert unasked(made, "git status --verbose")
    assert not unasked(made, "git push --verbose")
    assert any(grant.tool == "Bash" and grant.ask for grant in made.grants)


def test_an_ask_rule_on_a_whole_tool_makes_every_grant_of_it_ask(tmp_path: Path) -> None:
    made = draft(tmp_path, {"permissions": {"allow": ["Bash(ls)"], "ask": ["Bash"]}})
    assert all(grant.ask for grant in made.grants if grant.tool == "Bash")


def test_an_ask_rule_on_reading_binds_what_needs_no_rule(tmp_path: Path) -> None:
    made = draft(tmp_path, {"permissions": {"ask": ["Read(./private/**)"]}})
    free = [grant for grant in made.grants if grant.tool == "Read" and not grant.ask]
    assert [grant.when is not None for grant in free] == [True]


def test_searching_asks_where_a_file_is_denied(tmp_path: Path) -> None:
    made = draft(tmp_path, {"permissions": {"deny": ["Read(.env)"]}})
    assert next(grant for grant in made.grants if grant.tool == "Grep").ask == ("owner",)


def test_a_mode_that_lets_everything_run_is_not_translated_into_a_wildcard(tmp_path: Path) -> None:
    made = draft(tmp_path, {"permissions": {"defaultMode": "bypassPermissions"}})
    assert all("*" not in grant.tool for grant in made.grants)
    assert any("bypassPermissions" in note for note in made.notes)


def test_unknown_settings_are_named(tmp_path: Path) -> None:
    made = draft(tmp_path, {"apiKeyHelper": "./key.sh", "permissions": {"magic": True}})
    assert any("`apiKeyHelper`" in note for note in made.notes)
    assert any("`permissions.magic`" in note for note in made.notes)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('{\n "permissions": {"allow": ["Bash("]}\n}', 2, "is not a permission rule"),
        ('{\n "permissions": {\n  "allow": "Bash"\n }\n}', 3, "must be a list, not text"),
        ('{\n "permissions": {\n  "deny": [\n   "Read",\n   7]}}', 5, "must be text, not a number"),
        ('{\n "permissions": {\n  "allow": ["Bash(a\\u001fb)"]}\n}', 3, "holds a character that does not show"),
        ('{\n\t"permissions": {\n\t\t"ask": ["\\ud83d\\ude00",\n\t\t7]}\n}', 3, "is not a permission rule"),
        ('{\n\t"permissions": {\n\t\t"ask": [\n\t\t\t7]}\n}', 4, "must be text, not a number"),
        ('{\n "permissions": []\n}', 2, "must hold keys and values"),
        ('{\n "mcpServers": {\n  "a": {}}}', 3, "neither `command` nor `url`"),
        ('{\n "env": {},\n "env": {}\n}', 3, "is written twice"),
        ('{\n "a": 1,}', 2, "this is not JSON"),
        ("[]", 1, "holds a list, not an object"),
        ('{"a": NaN}', 1, "is not a JSON value"),
    ],
)
def test_malformed_settings_are_refused_with_their_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CharterError, match=says) as caught:
        draft_from_claude(path)
    assert isinstance(caught.value.where, Where)
    assert caught.value.where.line == line
    assert caught.value.where.file == str(path)


def test_a_rule_longer_than_any_rule_is_refused() -> None:
    with pytest.raises(CharterSchemaError, match="is not a permission rule"):
        parse_rule("Bash(" + "x" * 2000 + ")", verdict="allow", where=Where(file="f", line=1))


def test_settings_indented_with_tabs_are_read(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{\n\t"permissions": {\n\t\t"allow": ["WebSearch"]\n\t}\n}\n', encoding="utf-8")
    assert "WebSearch" in {grant.tool for grant in draft_from_claude(path).grants}
