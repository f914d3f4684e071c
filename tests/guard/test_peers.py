"""The ways in which other guards were seen to be passed, one named test each; docs/explain/decisions.md lists them all."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.small_charters import tiny

from remit.charter.model import Charter
from remit.guard.call import Call
from remit.guard.decide import decide
from remit.guard.decision import Allow, Deny
from remit.guard.rules.looking import as_written
from remit.guard.rules.signature import Signature
from remit.guard.standing import Standing

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.requirement("DECIDE-04")


def guarded(grant: dict[str, Any] | None = None, *limits: dict[str, Any]) -> Charter:
    """A charter that grants one tool, ``act``, and these limits."""
    return tiny(grants=[{"tool": "act", **(grant or {})}], limits=list(limits))


def allowed(charter: Charter, args: dict[str, Any], tool: str = "act", signature: Signature | None = None) -> bool:
    """Whether a call is let through by itself."""
    call = Call(tool=tool, args=args)
    return isinstance(decide(charter, call, Standing(), signature=signature, resolver=as_written), Allow)


def pay(payee: str, amount: int = 1, *, urgent: bool = False) -> str:
    """A tool with positional arguments and a default."""
    return f"{amount} to {payee}, {urgent}"


def test_positional_arguments_are_seen_by_the_charter() -> None:
    charter = guarded({"args": {"payee": {"in": ["acme"]}, "amount": {"max": 80}, "urgent": False}})
    signature = Signature.of_function(pay)
    assert allowed(charter, signature.bind(("acme", 80), {}), signature=signature)
    assert not allowed(charter, signature.bind(("acme", 81), {}), signature=signature)
    assert not allowed(charter, signature.bind(("eve",), {}), signature=signature)
    assert not allowed(charter, signature.bind(("acme",), {"urgent": True}), signature=signature)


def test_the_defaults_of_a_tool_are_part_of_the_call() -> None:
    assert Signature.of_function(pay).bind(("acme",), {}) == {"payee": "acme", "amount": 1, "urgent": False}


def test_more_positional_arguments_than_names_and_one_given_twice_are_refused() -> None:
    signature = Signature.of_function(pay)
    with pytest.raises(TypeError):
        signature.bind(("acme", 1, False, "extra"), {})
    with pytest.raises(TypeError):
        signature.bind(("acme",), {"payee": "eve"})


@pytest.mark.parametrize(
    ("path", "passes"),
    [
        ("/etc/passwd", False),
        ("/srv/../etc/passwd", False),
        ("//etc/passwd", False),
        ("/./etc/passwd", False),
        ("%2e%2e/etc/passwd", False),
        ("~/../etc/passwd", False),
        ("/srv/notes", True),
    ],
)
def test_starts_with_holds_for_every_spelling_of_a_path(path: str, passes: bool) -> None:  # noqa: FBT001
    limit = {"tool": "act", "when": "call.args.path.startsWith('/etc')"}
    assert allowed(guarded({"kind": "files"}, limit), {"path": path}) is passes


@pytest.mark.parametrize(
    ("branch", "passes"),
    [("release/1", True), ("main", False), ("release", False), (["release/1", "main"], False), (7, False)],
)
def test_a_prefix_in_a_grant_matches_what_starts_so_and_nothing_else(branch: object, passes: bool) -> None:  # noqa: FBT001
    assert allowed(guarded({"args": {"branch": {"prefix": "release/"}}}), {"branch": branch}) is passes


@pytest.mark.parametrize(
    ("args", "passes"),
    [({"to": "ops"}, True), ({"to": "all"}, False), ({"to": ["all"]}, False), ({}, False), ({"to": None}, False)],
)
def test_not_denies_what_it_negates_and_what_it_cannot_tell(args: dict[str, Any], passes: bool) -> None:  # noqa: FBT001
    negated = guarded({"when": "!(call.args.to == 'all')"})
    forbidden = guarded(None, {"tool": "act", "when": "!(call.args.to != 'all')"})
    assert allowed(negated, args) is passes
    assert allowed(forbidden, args) is passes


@pytest.mark.parametrize(
    ("text", "passes"),
    [("this or that", False), ("this", True), ("a and b", False), (") || true || (", True), ("' or '1'=='1", True)],
)
def test_or_and_and_inside_a_text_are_letters(text: str, passes: bool) -> None:  # noqa: FBT001
    limits = [{"tool": "act", "when": f"call.args.text == '{words}'"} for words in ("this or that", "a and b")]
    assert allowed(guarded(None, *limits), {"text": text}) is passes


def test_case_is_minded_where_the_tool_minds_it_and_not_where_it_does_not() -> None:
    limit = {"tool": "act", "when": "call.args.table == 'users'"}
    blind = Signature(names=("table",), case_blind=frozenset({"table"}))
    assert allowed(guarded(None, limit), {"table": "Users"}, signature=Signature(names=("table",)))
    for table in ("users", "Users", "USERS", "uſers"):
        assert not allowed(guarded(None, limit), {"table": table}, signature=blind)
    grant = guarded({"args": {"table": {"in": ["Orders"]}}})
    assert allowed(grant, {"table": "ORDERS"}, signature=blind)
    assert not allowed(grant, {"table": "ORDERS"}, signature=Signature(names=("table",)))


@pytest.mark.parametrize("host", ["EVIL.example", "evil.example.", "evil.example", "EVIL.EXAMPLE:443"])
def test_the_case_and_the_final_dot_of_a_host_do_not_matter(host: str) -> None:
    limit = {"tool": "act", "when": "call.args.url.contains('://evil.example')"}
    assert not allowed(guarded({"kind": "http"}, limit), {"url": f"https://{host}/x"})
    assert allowed(guarded({"kind": "http"}, limit), {"url": "https://good.example/x"})


@pytest.mark.parametrize(
    "amount", ["1,000,000", "1.000.000", "1_000_000", "1e6", "１００", "1000000", 1000000, [1, 1000000]]
)
def test_a_million_is_a_million_however_it_is_written(amount: object) -> None:
    assert not allowed(guarded({"args": {"amount": {"max": 100}}}), {"amount": amount})
    assert not allowed(guarded(None, {"tool": "act", "when": "call.args.amount >= 1000000"}), {"amount": amount})
    assert not allowed(guarded(None, {"tool": "act", "when": "call.args.amount == 1000000"}), {"amount": amount})


@pytest.mark.parametrize(
    "tool", ["act_admin", "actor", "act.sub", "ac", "ACT", "act ", "act*", "*", "a.t", "mcp__x__act", ""]
)
def test_a_tool_whose_name_starts_like_a_granted_one_is_another_tool(tool: str) -> None:
    assert allowed(guarded(), {})
    assert not allowed(guarded(), {}, tool=tool)


@pytest.mark.parametrize(
    "command",
    [
        "git status; rm -rf /", "git status && rm -rf /", "git status | sh", "git status $(rm -rf /)", "git status `rm -rf /`",
        "git status > /etc/passwd", "git status\nrm -rf /", "git status & rm -rf /", "gitx status", "git 'status", "GIT=1 git status",
        "git statusx", "sudo git status", "git\\ status", "git stat*", "git status # ok\nrm -rf /", "$SHELL -c 'rm -rf /'",
    ],
)  # fmt: skip
def test_a_granted_command_does_not_bring_another_along(command: str) -> None:
    charter = guarded({"kind": "shell", "args": {"command": {"prefix": "git status"}}})
    assert allowed(charter, {"command": "git status --short"})
    assert not allowed(charter, {"command": command})


@pytest.mark.parametrize(
    "command",
    [
        "make deploy",
        "make   deploy",
        "make 'deploy'",
        '"make" deploy',
        "cd . && make deploy",
        "m''ake deploy",
        ["make", "deploy"],
    ],
)
def test_a_forbidden_command_is_forbidden_in_every_quoting(command: object) -> None:
    charter = guarded({"kind": "shell"}, {"tool": "act", "when": "call.args.command == 'make deploy'"})
    assert allowed(charter, {"command": "make test"})
    assert not allowed(charter, {"command": command})


def test_an_argument_nobody_named_does_not_slip_by() -> None:
    charter = guarded({"args": {"to": {"domain": ["acme.example"]}}})
    assert allowed(charter, {"to": "a@acme.example"})
    for extra in ("bcc", "To", "to ", "t\u043e", "reply_to", "", "args", "__proto__"):
        assert not allowed(charter, {"to": "a@acme.example", extra: "eve@evil.example"})


def test_letters_that_only_look_alike_are_other_letters_and_composed_ones_are_the_same() -> None:
    charter = guarded({"args": {"name": {"in": ["caf\u00e9"]}}})
    assert allowed(charter, {"name": "cafe\u0301"})
    assert not allowed(charter, {"name": "c\u0430f\u00e9"})
    forbidden = guarded(None, {"tool": "act", "when": "call.args.name == 'caf\u00e9'"})
    assert not allowed(forbidden, {"name": "cafe\u0301"})


def test_a_charter_without_grants_grants_nothing_whatever_its_limits_say() -> None:
    charter = tiny(limits=[{"tool": "other"}])
    decision = decide(charter, Call(tool="act"), Standing())
    assert isinstance(decision, Deny)


@pytest.mark.parametrize(
    ("bound", "path", "passes"),
    [
        ({"prefix": "work/"}, "work/a", True),
        ({"prefix": "./work/"}, "work/a", True),
        ({"prefix": "/w/work/"}, "work/a", True),
        ({"prefix": "work/"}, "workshop/a", False),
        ({"prefix": "work/"}, "work/../../etc/passwd", False),
        ({"matches": "work/.*"}, "work/a", True),
        ({"matches": "/w/work/.*"}, "work/a", True),
        ({"matches": "work/.*"}, "work/../../etc/passwd", False),
        ({"matches": "work/.*"}, "/etc/work/a", False),
        ({"matches": "work/.*"}, ["work/a", "work/../x"], False),
    ],
)
def test_a_prefix_or_an_expression_sees_where_a_path_leads(bound: dict[str, Any], path: object, passes: bool) -> None:  # noqa: FBT001
    charter = guarded({"kind": "files", "args": {"path": bound}})
    call = Call(tool="act", args={"path": path})
    decision = decide(charter, call, Standing(cwd="/w"), resolver=as_written)
    assert isinstance(decision, Allow) is passes


@pytest.mark.parametrize(
    ("url", "passes"),
    [
        ("https://acme.example/x", True),
        ("https://ACME.example/x", True),
        ("https://acme.example.evil.example/x", False),
        ("https://acme.example@evil.example/x", False),
        ("https://acme.example:pw@evil.example/x", False),
        ("http://acme.example/x", False),
    ],
)
def test_a_prefix_of_a_url_means_the_whole_host(url: str, passes: bool) -> None:  # noqa: FBT001
    charter = guarded({"kind": "http", "args": {"url": {"prefix": "https://acme.example"}}})
    assert allowed(charter, {"url": url}) is passes


def test_every_way_past_another_guard_that_the_page_lists_has_its_test() -> None:
    page = (ROOT / "docs" / "explain" / "decisions.md").read_text(encoding="utf-8")
    listed = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", page)
    missing = [
        f"{path}::{name}" for path, name in listed if f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert missing == []
    here = set(re.findall(r"^def (test_\w+)", Path(__file__).read_text(encoding="utf-8"), re.MULTILINE))
    assert {name for path, name in listed if path.endswith("guard/test_peers.py")} <= here
    assert len(listed) >= 20
