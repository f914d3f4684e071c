"""What a charter says, implies or leaves open about its surroundings."""

import pytest

from remit.charter.context import CONTEXT, ContextFact, context_of
from remit.charter.model import ContextValue
from remit.charter.reader import parse_charter

HEAD = """\
remit: 1
agent: {name: helper}
purpose: {text: answer the mail, task: [{when: out.answered, value: 1}]}
overseers: {me: {channels: [cli]}}
"""
STOP = "oversight: {stop: {by: me}}"


def facts_of(*lines: str, oversight: str = STOP) -> dict[str, ContextFact]:
    return dict(context_of(parse_charter(HEAD + "\n".join([oversight, *lines]) + "\n")))


def granted(*tools: str) -> str:
    return "grants: [" + ", ".join(f"{{tool: {tool}}}" for tool in tools) + "]"


def test_every_key_has_an_unsafe_and_another_safe_value() -> None:
    assert all(len(key.values) >= 2 and key.unsafe != key.safe for key in CONTEXT)
    assert len({key.id for key in CONTEXT}) == len(CONTEXT)


@pytest.mark.requirement("CATALOGUE-05")
def test_what_is_not_said_is_assumed_to_be_unsafe() -> None:
    facts = facts_of(granted("shell.run"))
    assert facts["sudo"] == ContextFact(key="sudo", value=True, origin="assumed", place="")
    assert facts["egress"].value == "open"
    assumed = {fact.key for fact in facts.values() if fact.origin == "assumed"}
    assert {key.id for key in CONTEXT if key.field == "context"} <= assumed


def test_what_is_said_wins_over_what_follows() -> None:
    facts = facts_of(granted("crm.read"), "context: {database_write: true}")
    stated = ContextFact(key="database_write", value=True, origin="stated", place="context.database_write")
    assert facts["database_write"] == stated


@pytest.mark.parametrize(
    ("lines", "key", "value"),
    [
        (("runtime: {network: {hosts: [a.example]}}",), "egress", "allowlist"),
        (("runtime: {network: {hosts: none}}",), "egress", "none"),
        (("runtime: {ephemeral: true}",), "ephemeral", True),
        (("runtime: {filesystem: {write: [./work]}}",), "file_scope", "workspace"),
        (("runtime: {filesystem: {write: [/srv/agent/work]}}",), "file_scope", "workspace"),
        (("runtime: {filesystem: {write: [./work], read: [/etc/agent]}}",), "file_scope", "everything"),
        (("runtime: {filesystem: {write: [/home/me]}}",), "file_scope", "everything"),
        (("runtime: {filesystem: {write: [../other]}}",), "file_scope", "everything"),
        (("memory: {namespaces: [notes], writes: reviewed}",), "memory_writes", "reviewed"),
        ((), "money", False),
        (("budget: {money: 5 EUR/day}",), "money", True),
    ],
)
def test_other_fields_of_a_charter_settle_a_fact(lines: tuple[str, ...], key: str, value: ContextValue) -> None:
    fact = facts_of(granted("shell.run"), *lines)[key]
    assert (fact.value, fact.origin) == (value, "derived")


def test_where_the_stop_lives_and_what_it_covers_comes_from_the_oversight() -> None:
    facts = facts_of(granted("shell.run"), oversight="oversight: {stop: {by: me, at: outside, covers: [children]}}")
    assert facts["stop_at"].value == "outside"
    assert facts["stop_covers_children"].value is True


@pytest.mark.parametrize(
    ("tools", "settled"),
    [
        (("crm.read", "crm.lookup"), {"database_write": False, "database_raw": False}),
        (("crm.read", "crm.update"), {"database_write": True, "database_raw": False}),
        (("postgres.query",), {"database_write": True, "database_raw": True}),
        (("read_file", "list_directory"), {"files_write": False}),
        (("read_file", "edit_file"), {"files_write": True}),
        (("git_status", "git_diff_staged", "git_log"), {"git_write": False, "git_remote": False}),
        (("git_status", "git_commit"), {"git_write": True, "git_remote": False}),
        (("git_status", "git_push"), {"git_write": True, "git_remote": True}),
        (("gmail.search", "gmail.read"), {"email_write": False}),
        (("fetch",), {"http_write": False}),
        (("http.request",), {"http_write": True}),
    ],
)
def test_names_of_the_granted_tools_settle_what_a_kind_can_do(
    tools: tuple[str, ...], settled: dict[str, ContextValue]
) -> None:
    facts = facts_of(granted(*tools))
    assert {key: facts[key].value for key in settled} == settled
    assert {facts[key].origin for key in settled} == {"derived"}


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ((granted("read_file", "shell.run"),), "files_write"),  # a shell writes files too
        ((granted("read_file", "mystery"),), "files_write"),  # nobody knows what this one does
        ((granted("crm.read"), "credentials: {key: {from: env:KEY, opens: database}}"), "database_write"),
    ],
)
def test_names_settle_nothing_where_the_kind_can_be_had_in_another_way(lines: tuple[str, ...], key: str) -> None:
    fact = facts_of(*lines)[key]
    assert (fact.value, fact.origin) == (True, "assumed")
