"""Charters and calls made up from a seed: enough hits and near misses that every rule decides something."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from remit.charter.model import Charter
from remit.charter.reader import charter_from_document
from remit.guard.call import Call
from remit.guard.rules.signature import Signature
from remit.guard.standing import Standing

PIN = "sha256:" + "a" * 64
TOOLS = (
    "http.get",
    "shell.run",
    "mail.send",
    "mail.send_all",
    "desk.order",
    "fs.read",
    "fs",
    "git.push",
    "crm.read",
    "wipe",
)
EFFECTS = ("out.sent", "money.spend", "irreversible", "oversight.stop", "self.goal", "data.write", "not out.sent")
VALUES: dict[str, tuple[object, ...]] = {
    "to": (
        "a@acme.example",
        "b@ACME.example",
        "c@mail.acme.example",
        "d@evil.example",
        "e@acme.example, f@evil.example",
        7,
    ),
    "cc": ("a@acme.example", "d@evil.example"),
    "amount": (5, 50, 80, 81, 500, -1, "50", "50 EUR", "1,000,000", True, None, "x"),
    "path": ("work/a", "/w/work/b", "work/../../etc", "work*", "/etc/passwd", "~/x", "workshop", 3),
    "branch": ("main", "release/1", "release", "Main", "caf\u00e9", "cafe\u0301", "a*b", ""),
    "force": (True, False, "false", 0),
    "note": ("x", "y"),
}
CONSTRAINTS: dict[str, tuple[Any, ...]] = {
    "to": (
        {"domain": ["acme.example"]},
        {"domain": ["*.acme.example", "acme.example"]},
        {"in": ["a@acme.example"]},
        {},
    ),
    "cc": ({"domain": ["acme.example"]},),
    "amount": ({"max": 80}, {"min": 1, "max": "80 EUR"}, {"in": [5, 50]}, 50),
    "path": ({"under": ["./work"]}, {"under": ["/w/work", "/srv"]}),
    "branch": ({"in": ["main", "caf\u00e9"]}, {"prefix": "release/"}, "main", {"prefix": "a*"}, {}),
    "force": (False, True),
    "note": ({},),
}
PARTLY: dict[str, tuple[Any, ...]] = {  # what is more than a text, which Cedar has no counterpart for
    "path": ({"prefix": "work/"}, {"matches": "work/.*"}, {"prefix": "work/../"}, "work/../../etc"),
    "url": (
        {"prefix": "https://a.example"},
        {"prefix": "https://a.example.evil"},
        {"domain": ["a.example"]},
        {"matches": "h.*"},
    ),
    "command": ({"prefix": "git"}, {"prefix": "git st"}, {"prefix": "git status"}, {"matches": "git .*"}, "make test"),
}
VALUES["url"] = (
    "https://a.example/x",
    "https://A.example",
    "https://a.example.evil/x",
    "https://a.example@evil/x",
    "a.example",
)
VALUES["command"] = (
    "git status",
    "git  status -s",
    "gitx",
    "git st x",
    "git status; make",
    "make test",
    ["git", "status"],
)
WHENS = (
    "call.args.amount > 50", "call.recipients > 1", "call.args.force == true", "call.args.nothing == 1", "call.tool == 'fs'",
    "call.args.branch == 'main'", "call.args.branch.startsWith('rel')", "session.late == true", "size(call.effects) > 1",
    "!(call.args.branch in ['main', 'x'])", "call.args.branch == 'a or b' || call.args.branch == ' or '",
)  # fmt: skip
REVIEWED = ("never", "never", "sampled", "per-run", "per-plan", "per-call")
APPROVED = ("irreversible", "oversight.stop", "self.goal")
BASE: dict[str, Any] = {
    "remit": 1,
    "agent": {"name": "made-up"},
    "purpose": {"text": "try things out", "given": ["info.orders"]},
    "overseers": {"ops": {"approves": list(APPROVED)}, "lead": {}},
}


def charter(random: Random, *, conditions: bool) -> Charter:
    """A charter with up to eight grants and up to six limits."""
    grants = [_grant(random, conditions=conditions) for _ in range(random.randint(0, 8))]
    limits = [_limit(random, conditions=conditions) for _ in range(random.choice((0, 0, 1, 2, 6)))]
    agent = {"name": "made-up", "reviewed": random.choice(REVIEWED)}
    return charter_from_document({**BASE, "agent": agent, "grants": grants, "limits": limits})


def _grant(random: Random, *, conditions: bool) -> dict[str, Any]:
    """A grant; a third of them plain."""
    grant: dict[str, Any] = {"tool": random.choice((*TOOLS, "*"))}
    if random.random() < 0.3:
        return grant
    names = random.sample(sorted(CONSTRAINTS), random.choice((0, 1, 1, 2)))
    grant["args"] = {name: random.choice(CONSTRAINTS[name]) for name in names}
    if conditions and random.random() < 0.25:
        name = random.choice(sorted(PARTLY))
        grant["args"] = {name: random.choice(PARTLY[name])}
        told = {"path": ("fs", "fs.read"), "url": ("http.get",), "command": ("shell.run",)}[name]
        grant["tool"] = random.choice((*told, *told, grant["tool"]))
    grant["effects"] = random.sample(EFFECTS, random.choice((0, 0, 1, 2)))
    if random.random() < 0.2:
        grant["ask"] = random.choice(("ops", "lead", ["ops", "lead"]))
    if random.random() < 0.1:
        grant["needs"] = [random.choice(("info.orders", "info.map"))]
    if random.random() < 0.1:
        grant["pinned"] = PIN
    if conditions and random.random() < 0.2:
        grant["when"] = random.choice(WHENS)
    return grant


def _limit(random: Random, *, conditions: bool) -> dict[str, Any]:
    """A limit on a tool, on an effect or on both."""
    effect = {"effect": random.choice(("oversight.*", "irreversible", "money.spend", "self.*"))}
    tool = {"tool": random.choice((*TOOLS, "*") if conditions else TOOLS)}
    limit: dict[str, Any] = random.choice((effect, tool, {**effect, **tool}))
    if conditions and random.random() < 0.7:
        limit["when"] = random.choice(WHENS)
    return limit


def call(random: Random, rules: Charter) -> Call:
    """A call, mostly of a tool and with arguments the charter speaks of."""
    tool = random.choice([grant.tool for grant in rules.grants if grant.tool != "*"] or TOOLS)
    tool = random.choice((tool, tool, tool, *TOOLS, "fs.rea", "unknown"))
    said = [grant.args for grant in rules.grants if grant.tool in ("*", tool)]
    names = list(random.choice(said)) if said and random.random() < 0.85 else []
    if not names or random.random() < 0.25:
        names += random.sample(sorted(VALUES), random.choice((0, 1, 2)))
    args = {name: random.choice(VALUES[name][: random.choice((2, 3, 20))]) for name in names}
    return Call(tool=tool, args=args, schema=random.choice(("", PIN)))


def signature(random: Random) -> Signature | None:
    """What is known of the tool's arguments: nothing, everything, some, or that there may be others."""
    if random.random() < 0.5:
        return None
    return Signature(names=tuple(random.sample(sorted(VALUES), random.choice((3, 7)))), open=random.random() < 0.2)


def standing(random: Random) -> Standing:
    """A run, mostly running."""
    facts = {
        name: random.choice((True, False)) for name in ("info.orders", "info.map", "late") if random.random() < 0.4
    }
    return Standing(phase=random.choice(("running",) * 20 + ("held", "stopped")), facts=facts, cwd="/w")


def cases(
    seed: int, charters: int, calls: int, *, conditions: bool
) -> Iterator[tuple[Charter, Standing, list[tuple[Call, Signature | None]]]]:
    """Charters, each with a standing and calls."""
    random = Random(seed)
    for _ in range(charters):
        rules = charter(random, conditions=conditions)
        yield rules, standing(random), [(call(random, rules), signature(random)) for _ in range(calls)]
