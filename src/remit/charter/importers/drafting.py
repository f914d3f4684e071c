"""A first charter before it is text: what an importer found, what it guessed, and what it could not translate.

Importers fill a ``Draft``; ``layout`` writes it out. Nothing here decides: every guess carries the words that tell
the reader where it came from, and what an importer could not translate stands in ``notes``, never nowhere.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

__all__ = ["OWNER", "Draft", "DraftArgument", "DraftCredential", "DraftGrant", "DraftLimit", "merge"]

Item = TypeVar("Item")

OWNER = "owner"  # the overseer every draft starts with


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftArgument:
    """A constraint on one argument, as charter keys and values, and the words beside it."""

    name: str
    constraint: Mapping[str, object]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftGrant:
    """A grant with the comments that teach what it is.

    ``origin`` says where it came from, ``about`` what the source says of it (not vetted), ``remarks`` are further
    comments above it. ``claims`` stands beside ``effects``: what the source itself declares.
    """

    tool: str
    origin: str
    about: str = ""
    kind: str | None = None
    kind_note: str = ""
    args: tuple[DraftArgument, ...] = ()
    when: str | None = None
    ask: tuple[str, ...] = ()
    ask_note: str = ""
    budget: str | None = None
    effects: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    claims: str = ""
    pinned: str | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLimit:
    """Something never done, with the reason that stands in the charter."""

    why: str
    effect: str | None = None
    tool: str | None = None
    when: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftCredential:
    """A secret the agent is handed: its charter name and where it comes from (``env:NAME``)."""

    name: str
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Everything a first charter is written from.

    ``sources`` are sentences for its head; ``servers`` are names and the command lines that start them; ``hosts`` the
    host names the source itself allows (empty: it names none); ``notes`` are what could not be translated: none of it
    is granted. ``reads`` and ``writes`` are the folders of the run; ``facts`` are those of the seven facts of the agent
    that the source shows.
    """

    name: str
    sources: tuple[str, ...]
    grants: tuple[DraftGrant, ...] = ()
    limits: tuple[DraftLimit, ...] = ()
    servers: tuple[tuple[str, str], ...] = ()
    credentials: tuple[DraftCredential, ...] = ()
    hosts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ("./work",)
    writes: tuple[str, ...] = ("./work",)
    facts: Mapping[str, bool] = field(default_factory=dict)


def merge(drafts: Iterable[Draft], *, name: str | None = None) -> Draft:
    """One draft from several: grants, limits, credentials and notes in the order given, equal ones once.

    ``name`` replaces the name of the first. Raises ``ValueError`` when there is no draft.
    """
    parts = list(drafts)
    if not parts:
        raise ValueError("there is no draft to merge")
    first = parts[0]
    return replace(
        first,
        name=name or first.name,
        sources=_once(part.sources for part in parts),
        grants=_share_names(parts),
        limits=_once(part.limits for part in parts),
        servers=_named_once(part.servers for part in parts),
        credentials=_once(part.credentials for part in parts),
        hosts=_once(part.hosts for part in parts),
        notes=_once(part.notes for part in parts),
        reads=_once(part.reads for part in parts),
        writes=_once(part.writes for part in parts),
        facts={key: value for part in reversed(parts) for key, value in part.facts.items()},
    )


def _once(groups: Iterable[tuple[Item, ...]]) -> tuple[Item, ...]:
    """The items of all groups in order, each once; equality, not hashing, since grants hold mappings."""
    kept: list[Item] = []
    for group in groups:
        kept.extend(item for item in group if item not in kept)
    return tuple(kept)


def _named_once(groups: Iterable[tuple[tuple[str, str], ...]]) -> tuple[tuple[str, str], ...]:
    """The servers of all groups once, a second of the same name under a number of its own."""
    named: dict[str, str] = {}
    for name, command in _once(groups):
        free = (name if number == 1 else f"{name}-{number}" for number in itertools.count(1))
        named[next(candidate for candidate in free if candidate not in named)] = command
    return tuple(named.items())


def _share_names(parts: Sequence[Draft]) -> tuple[DraftGrant, ...]:
    """All grants once; it is said where two sources offer a tool of the same name: one call then fits both grants."""
    holders: dict[str, set[int]] = {}
    for number, part in enumerate(_once([tuple(parts)])):
        for grant in part.grants:
            holders.setdefault(grant.tool, set()).add(number)
    remark = "another source offers a tool of the same name: a call fits either grant"
    return tuple(
        replace(grant, remarks=(*grant.remarks, remark)) if len(holders[grant.tool]) > 1 else grant
        for grant in _once(part.grants for part in parts)
    )
