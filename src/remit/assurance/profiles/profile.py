"""What a kind of agent brings to its safety case: hazards, claims, arguments, and doubts that are open from the start.

The data are the YAML files beside this module: ``base.yaml`` for any agent, and one file for each kind that adds to it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from types import MappingProxyType
from typing import Any

from remit.charter.reader import read_document
from remit.errors import CaseError

__all__ = ["PROFILES", "Brought", "Danger", "Doubt", "Profile", "Warrant", "claims_for", "load", "together"]

PROFILES = ("read-only-assistant", "bounded-tool-agent", "coding-agent", "multi-agent", "self-modifying")
"""The kinds of agents, by what they may do: a later one may do more."""
_NAMED = frozenset({"review", "test_result"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A claim of a profile; ``evidence`` are the kinds of records that speak for it, ``text`` still has its blanks."""

    id: str
    text: str
    kind: str
    gate: bool = False
    evidence: tuple[str, ...] = ()
    residual: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warrant:
    """An argument of a profile: from these claims to that one, and why."""

    id: str
    sources: tuple[str, ...]
    target: str
    scheme: str
    warrant: str
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A defeater of a profile; it is open until somebody answers it."""

    id: str
    against: str
    type: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Danger:
    """A hazard of a profile: the drive part or pressure, and the claims that answer it; ``always``: needs no tool."""

    drive: str
    text: str
    always: bool
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A kind of agent with all it brings, the base included; ``name`` is as a case names it (``multi-agent@1``)."""

    name: str
    title: str
    claims: Mapping[str, Brought]
    arguments: Mapping[str, Warrant]
    doubts: Mapping[str, Doubt]
    dangers: Mapping[str, Danger]
    mappings: tuple[tuple[str, str, str], ...]
    indicators: Mapping[str, Mapping[str, Any]]


def load(name: str) -> Profile:
    """The profile of a name, with or without its version; raises ``CaseError`` for one there is none of."""
    bare, _, version = name.partition("@")
    if bare not in PROFILES:
        raise CaseError(
            f"`{name}` is not a profile", code="assurance.case.usage", hint=f"profiles are {', '.join(PROFILES)}"
        )
    found = _added(_read("base"), _read(bare))
    if version and found.name != f"{bare}@{version}":
        raise CaseError(
            f"there is no version `{version}` of the profile `{bare}`",
            code="assurance.case.usage",
            hint=f"the one at hand is {found.name}",
        )
    return found


def together(first: str, others: Iterable[str]) -> Profile:
    """The first profile with what the others bring besides; names are kept in the order given."""
    joined = load(first)
    for name in others:
        joined = replace(_added(joined, _read(name)), name=joined.name, title=joined.title)
    return joined


def claims_for(kind: str) -> tuple[str, ...]:
    """The claims of any profile a kind of evidence speaks for; a person's word speaks only for what they name."""
    if kind in _NAMED:
        return ()
    found = [claim.id for name in PROFILES for claim in load(name).claims.values() if kind in claim.evidence]
    return tuple(dict.fromkeys(found))


@functools.cache
def _read(name: str) -> Profile:
    """One data file; what it adds to the base, or the base itself."""
    file = resources.files(__package__) / f"{name}.yaml"
    document: dict[str, Any] = read_document(file.read_text(encoding="utf-8"), path=f"{name}.yaml", quick=True)[0]
    return Profile(
        name=f"{document['profile']}@{document['version']}",
        title=document["title"],
        claims=_keyed(document, "claims", _claim),
        arguments=_keyed(document, "arguments", _argument),
        doubts=_keyed(document, "defeaters", lambda key, said: Doubt(id=key, **said)),
        dangers=_keyed(document, "hazards", _danger),
        mappings=tuple(
            (claim, row, relation)
            for claim, rows in document.get("mappings", {}).items()
            for row, relation in rows.items()
        ),
        indicators=MappingProxyType(document.get("indicators", {})),
    )


def _keyed(document: Mapping[str, Any], part: str, build: Any) -> Mapping[str, Any]:
    """One part of a file, built entry by entry."""
    return MappingProxyType({key: build(key, said) for key, said in document.get(part, {}).items()})


def _claim(key: str, said: Mapping[str, Any]) -> Brought:
    return Brought(id=key, **{**said, "evidence": tuple(said.get("evidence", ()))})


def _argument(key: str, said: Mapping[str, Any]) -> Warrant:
    return Warrant(
        id=key,
        sources=tuple(said["from"]),
        target=said["to"],
        scheme=said["scheme"],
        warrant=said["warrant"],
        assumptions=tuple(said.get("assumptions", ())),
    )


def _danger(key: str, said: Mapping[str, Any]) -> Danger:
    return Danger(
        drive=key, text=said.get("text", ""), always=said.get("always", False), claims=tuple(said.get("claims", ()))
    )


def _added(one: Profile, more: Profile) -> Profile:
    """A profile with another's claims, arguments, doubts and answers to hazards added; nothing is taken away."""
    dangers = dict(one.dangers)
    for key, danger in more.dangers.items():
        old = dangers[key]
        claims = tuple(dict.fromkeys((*old.claims, *danger.claims)))
        dangers[key] = replace(old, claims=claims, always=old.always or danger.always, text=danger.text or old.text)
    return Profile(
        name=more.name,
        title=more.title,
        claims=MappingProxyType({**one.claims, **more.claims}),
        arguments=MappingProxyType({**one.arguments, **more.arguments}),
        doubts=MappingProxyType({**one.doubts, **more.doubts}),
        dangers=MappingProxyType(dangers),
        mappings=tuple(dict.fromkeys((*one.mappings, *more.mappings))),
        indicators=MappingProxyType({**one.indicators, **more.indicators}),
    )
