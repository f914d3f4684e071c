"""Hundreds of small edits of six charters, each of which widens authority or weakens oversight: none may pass unseen."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from remit.charter.comparison import compare_authority
from remit.charter.effects import reserved
from remit.charter.model import Charter
from remit.charter.prose import describe
from remit.charter.reader import charter_from_document, read_document

FOLDER = Path(__file__).parent / "charters"
REVIEWED = ["per-call", "per-plan", "per-run", "sampled", "never"]
SAFE = {"read-only": "writable", True: False, False: True, "vendors": "any"}

Document = dict[str, Any]
Route = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """An edit that widens: a name, the path a change must be reported at, and whether taking it back narrows."""

    name: str
    path: str
    document: Document
    reversible: bool = True


def value_at(document: Any, route: Route) -> Any:
    """What stands at a route, ``None`` when nothing does."""
    for step in route:
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            document = document[step]
        else:
            return None
    return document


def edited(document: Document, route: Route, value: Any) -> Document:
    """A copy with another value at a route; ``...`` takes what is there away."""
    edited_copy = copy.deepcopy(document)
    spot: Any = edited_copy
    for step in route[:-1]:
        spot = spot.setdefault(step, {}) if isinstance(spot, dict) else spot[step]
    if value is ...:
        del spot[route[-1]]
    else:
        spot[route[-1]] = value
    return edited_copy


def dotted(route: Route) -> str:
    """A route as a path."""
    return ".".join(str(step) for step in route)


def set_to(document: Document, route: Route, value: Any, *, reversible: bool = True, path: str = "") -> Mutant:
    """The mutant with another value at a route."""
    words = "gone" if value is ... else str(value)
    where = path or dotted(route)
    return Mutant(
        name=f"{dotted(route)} -> {words}", path=where, document=edited(document, route, value), reversible=reversible
    )


def as_list(value: Any) -> list[Any]:
    """A list as it is, anything else as a list of one."""
    return value if isinstance(value, list) else [value]


def grant_mutants(document: Document) -> Iterator[Mutant]:
    """More tools, and the same tools on easier terms."""
    grants = document["grants"]
    for tool in ("bash", "payments.transfer", "*", "frobnicate"):
        yield Mutant(
            name=f"+ {tool}", path=f"grants.{len(grants)}", document={**document, "grants": [*grants, {"tool": tool}]}
        )
    for number, grant in enumerate(grants):
        at: Route = ("grants", number)
        bare = {"tool": grant["tool"], **({"kind": grant["kind"]} if "kind" in grant else {})}
        if set(grant) - {"tool", "kind", "effects", "success", "helps"}:
            name = f"{grant['tool']} once more, without conditions"
            again = {**document, "grants": [*grants, bare]}
            yield Mutant(name=name, path=f"grants.{len(grants)}", document=again)
        yield set_to(document, (*at, "tool"), "other.tool", reversible=False, path=f"grants.{number}")
        for name in grant.get("args", {}):
            alone = len(grant["args"]) == 1  # beside others, taking it back admits an argument again
            yield set_to(document, (*at, "args", name), ..., reversible=alone)
            yield from constraint_mutants(document, (*at, "args", name))
        if grant.get("args"):
            yield set_to(document, (*at, "args", "one_more"), {}, reversible=False)
        given = document["purpose"].get("given", [])
        if set(grant.get("needs", [])) - set(given):
            yield set_to(document, ("purpose", "given"), [*given, *grant["needs"]], reversible=False)
        for field in ("budget", "when", "pinned", "needs", "ask"):
            if field in grant:
                yield set_to(document, (*at, field), ...)
        for index, person in enumerate(as_list(grant.get("ask", []))):
            rest = [name for place, name in enumerate(as_list(grant["ask"])) if place != index]
            yield Mutant(
                name=f"{grant['tool']} no longer asks {person}",
                path=f"grants.{number}.ask",
                document=edited(document, (*at, "ask"), rest),
            )
        effects = grant.get("effects", [])
        yield set_to(document, (*at, "effects"), [*effects, "data.destroy"], reversible=False)
        yield set_to(document, (*at, "kind"), "clock", reversible=False)
        kept = [effect for effect in effects if not reserved(effect)]
        if kept != effects:
            yield set_to(document, (*at, "effects"), kept, reversible=False)


def constraint_mutants(document: Document, at: Route) -> Iterator[Mutant]:
    """A constraint loosened, part by part."""
    part = value_at(document, at)
    loose: dict[str, list[Any]] = {
        "max": ["9000 EUR"] if "EUR" in str(part.get("max")) else [9000],
        "min": ["0.5 EUR"] if "EUR" in str(part.get("min")) else [0],
        "in": [[*part.get("in", []), "more"]],
        "domain": [[*as_list(part.get("domain", [])), "evil.example"], ["*.example"]],
        "under": [[*as_list(part.get("under", [])), "/etc"], ["."]],
        "prefix": ["f"],
        "matches": [".*"],
        "length": [999999],
        "equals": ["other"],
    }
    for field, values in loose.items():
        if field in part:
            for value in values:
                yield set_to(
                    document,
                    (*at, field),
                    value,
                    path=dotted(at),
                    reversible=field not in ("equals", "matches") and value != ["*.example"],
                )
            if len(part) > 1:
                yield set_to(document, (*at, field), ..., path=dotted(at))


def limit_mutants(document: Document) -> Iterator[Mutant]:
    """Limits gone or looser."""
    limits = document.get("limits", [])
    for number, limit in enumerate(limits):
        rest = [other for place, other in enumerate(limits) if place != number]
        yield Mutant(name=f"limit {number} gone", path=f"limits.{number}", document={**document, "limits": rest})
        if "when" not in limit:
            yield set_to(document, ("limits", number, "when"), "call.args.really == true", path=f"limits.{number}")
        if str(limit.get("effect")).endswith(".*"):
            one = {"oversight.*": "oversight.stop", "self.*": "self.goal", "network.*": "network.listen"}[
                limit["effect"]
            ]
            yield set_to(document, ("limits", number, "effect"), one, path=f"limits.{number}")
        if "effect" in limit and "tool" not in limit:
            yield set_to(document, ("limits", number, "tool"), "one.tool", path=f"limits.{number}")


def means_mutants(document: Document) -> Iterator[Mutant]:
    """More to work with: budgets, secrets, memory, files, hosts."""
    for name, text in document.get("budget", {}).items():
        yield set_to(document, ("budget", name), "unlimited")
        if name != "money" and all(grant.get("budget") != name for grant in document["grants"]):
            yield set_to(document, ("budget", name), ...)
        number, _slash, window = str(text).partition("/")
        digits = "".join(sign for sign in number if sign.isdigit())
        yield set_to(
            document,
            ("budget", name),
            text.replace(digits, digits + "0")
            if isinstance(text, str) and int(digits)
            else 7
            if name != "money"
            else "7 EUR/day",
        )
        if window in ("day", "week", "hour"):
            yield set_to(document, ("budget", name), f"{number}/minute")
    more = {**document.get("servers", {}), "more": "https://more.example/mcp"}
    yield Mutant(name="+ server", path="servers", document={**document, "servers": more})
    extra = {**document.get("credentials", {}), "root": {"from": "env:ROOT"}}
    yield Mutant(name="+ secret", path="credentials", document={**document, "credentials": extra})
    for name, credential in document.get("credentials", {}).items():
        yield set_to(document, ("credentials", name, "ttl"), "never")
        yield set_to(document, ("credentials", name, "ttl"), "400d")
        yield set_to(document, ("credentials", name, "opens"), [*credential.get("opens", []), "cloud"])
        if credential["from"].startswith("broker:"):
            yield set_to(document, ("credentials", name, "from"), "env:SECRET")
    yield from memory_mutants(document)
    yield from runtime_mutants(document)


def memory_mutants(document: Document) -> Iterator[Mutant]:
    """More memory, less review."""
    memory = document.get("memory")
    if memory is None:
        return
    yield set_to(document, ("memory", "namespaces"), [*memory["namespaces"], "others"])
    yield set_to(document, ("memory",), ...)
    if memory["writes"] != "free":
        yield set_to(document, ("memory", "writes"), "free")
    if memory["survives"] != "forever":
        yield set_to(document, ("memory", "survives"), "forever")


def runtime_mutants(document: Document) -> Iterator[Mutant]:
    """More files, hosts, memory and processes; a machine that stays."""
    runtime = document.get("runtime", {})
    for kind in ("read", "write"):
        paths = value_at(runtime, ("filesystem", kind))
        if paths is not None:
            yield set_to(document, ("runtime", "filesystem", kind), [*paths, "/etc"])
            yield set_to(document, ("runtime", "filesystem", kind), [*paths, "/"])
    if "filesystem" in runtime:
        yield set_to(document, ("runtime", "filesystem"), ...)
    hosts = value_at(runtime, ("network", "hosts"))
    if hosts is not None:
        listed = hosts if isinstance(hosts, list) else []
        yield set_to(document, ("runtime", "network", "hosts"), "any")
        yield set_to(document, ("runtime", "network", "hosts"), [*listed, "evil.example"])
        yield set_to(document, ("runtime", "network"), ...)
    for field, more in (("memory", "64GiB"), ("processes", 9999), ("ephemeral", False)):
        if field in runtime and runtime[field] is not False:
            yield set_to(document, ("runtime", field), more)
            yield set_to(document, ("runtime", field), ...)


def oversight_mutants(document: Document) -> Iterator[Mutant]:
    """People who step in less often, a stop that reaches less, a monitor that sees less."""
    oversight = document["oversight"]
    for channel in ("stop", "correct", "retask"):
        people = as_list(value_at(oversight, (channel, "by")) or [])
        for index in range(len(people)):
            rest = [name for place, name in enumerate(people) if place != index]
            yield set_to(document, ("oversight", channel, "by"), rest)
        yield set_to(document, ("oversight", channel, "rate"), 0.001)
        yield set_to(document, ("oversight", channel, "rate"), 0)
    yield from stop_mutants(document)
    monitor = oversight.get("monitor", {})
    yield set_to(document, ("oversight", "monitor", "detect"), 0.01)
    yield set_to(
        document,
        ("oversight", "monitor", "response"),
        "revoke" if monitor.get("response") != "revoke" else "block",
        reversible=False,
    )
    if "tamper" in monitor:
        yield set_to(document, ("oversight", "monitor", "tamper"), ..., reversible=False)
        yield set_to(document, ("oversight", "monitor", "tamper", "detect"), 0.01)
    if "at" in monitor:
        yield set_to(document, ("oversight", "monitor", "at"), "host", reversible=monitor["at"] == "outside")
    for name in oversight.get("approvals", {}):
        yield set_to(document, ("oversight", "approvals", name, "grant"), 1.0)
        yield set_to(document, ("oversight", "approvals", name, "retry"), value=True)


def stop_mutants(document: Document) -> Iterator[Mutant]:
    """A stop that is announced, reaches less, lasts less, lies nearer."""
    stop = document["oversight"]["stop"]
    covers = stop.get("covers", [])
    for index, name in enumerate(covers):
        rest = [other for place, other in enumerate(covers) if place != index]
        yield Mutant(
            name=f"stop no longer covers {name}",
            path="oversight.stop.covers",
            document=edited(document, ("oversight", "stop", "covers"), rest),
        )
    if stop.get("durable"):
        yield set_to(document, ("oversight", "stop", "durable"), value=False)
    if stop.get("notice") is False:
        yield set_to(document, ("oversight", "stop", "notice"), value=True)
    else:
        yield set_to(document, ("oversight", "stop", "grace"), 5)
    if "during" in stop:
        yield set_to(document, ("oversight", "stop", "during"), "any")
        yield set_to(document, ("oversight", "stop", "during"), [*stop["during"], "other.tool"])
    if "at" in stop:
        yield set_to(document, ("oversight", "stop", "at"), "host", reversible=stop["at"] == "outside")


def other_mutants(document: Document) -> Iterator[Mutant]:
    """People, evidence, surroundings, and who reviews."""
    for name, overseer in document["overseers"].items():
        yield set_to(document, ("overseers", name, "channels"), [])
        yield set_to(document, ("overseers", name, "approves"), [*as_list(overseer.get("approves", [])), "anything"])
    for name in document.get("evidence", {}):
        yield set_to(document, ("evidence", name), "900d")
        yield Mutant(name=f"no {name}", path="evidence", document=edited(document, ("evidence", name), ...))
    for name, value in document.get("context", {}).items():
        if name != "alerts_writable":
            yield set_to(document, ("context", name), SAFE[value])
            if name != "payee":
                yield set_to(document, ("context", name), ...)
    reviewed = document["agent"].get("reviewed", "never")
    for weaker in REVIEWED[REVIEWED.index(reviewed) + 1 :]:
        yield set_to(document, ("agent", "reviewed"), weaker)
    for number, row in enumerate(document.get("catalogue", [])):
        yield set_to(document, ("catalogue", number, "tools"), [*row["tools"], "*"], path=f"catalogue.{number}")


OPERATORS = (grant_mutants, limit_mutants, means_mutants, oversight_mutants, other_mutants)


def bases() -> dict[str, Document]:
    """The six charters as plain documents."""
    return {
        path.stem: read_document(path.read_text(encoding="utf-8"), path=path.name)[0]
        for path in sorted(FOLDER.glob("*.yaml"))
    }


BASES = bases()
MUTANTS = {
    f"{name}: {mutant.name}": (name, mutant)
    for name, document in BASES.items()
    for operator in OPERATORS
    for mutant in operator(document)
}
CHARTERS = {name: charter_from_document(document) for name, document in BASES.items()}


def read(mutant: Mutant) -> Charter:
    """The mutant as a charter."""
    return charter_from_document(mutant.document)


def test_there_are_hundreds_of_mutants_of_six_charters() -> None:
    assert len(BASES) == 6
    assert len(MUTANTS) >= 500


@pytest.mark.requirement("CHARTER-19", "DECIDE-11")
@pytest.mark.parametrize("label", list(MUTANTS))
def test_a_widening_is_flagged_at_its_place_and_taking_it_back_is_not(label: str) -> None:
    name, mutant = MUTANTS[label]
    base, wider = CHARTERS[name], read(mutant)
    flagged = [change for change in compare_authority(base, wider) if change.kind == "widened"]
    assert any(change.path.startswith(mutant.path) for change in flagged)
    if mutant.reversible:
        back = compare_authority(wider, base)
        assert [str(change) for change in back if change.kind == "widened"] == []
        assert any(change.kind == "narrowed" for change in back)


@pytest.mark.parametrize("name", list(BASES))
def test_a_charter_does_not_differ_from_itself(name: str) -> None:
    assert compare_authority(CHARTERS[name], charter_from_document(copy.deepcopy(BASES[name]))) == ()


@pytest.mark.requirement("CHARTER-13")
@pytest.mark.parametrize("name", list(BASES))
def test_no_widening_leaves_the_charter_in_words_as_it_was(name: str) -> None:
    words = describe(CHARTERS[name])
    silent = [label for label, (base, mutant) in MUTANTS.items() if base == name and describe(read(mutant)) == words]
    assert silent == []
