"""What holding a tool makes possible, authorised or not: the rows of ``affordances/*.toml``, read and looked up.

There is one file per tool kind. Each row names what it needs, what it brings about, the surroundings it depends on, how
likely it works, how easily it is seen, and a source a reader can look up.

*success* is a round number: 1 the tool's ordinary use, .9 works on a default set-up, .7 usually, .5 as often as not,
.3 now and then, .2 seldom. *observability* multiplies the monitor's detection: 1 pages somebody or stands out at once,
.8 changes something people look at, .5 leaves a log line somebody may read, .3 leaves ordinary traffic, .2 stays inside
the agent's own store. Both are rough on purpose: they are assumptions of a load analysis, and a charter may override
any row.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from importlib import resources
from types import MappingProxyType
from typing import Any

from remit.charter.context import CONTEXT
from remit.charter.kinds import kind_ids
from remit.charter.model import Affordance, Charter, ContextValue, Grant

__all__ = ["authorising_grants", "in_play", "load_catalogue", "outcomes", "reachable", "roles", "with_extensions"]

_OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        "out.leak": "data that was meant to stay inside reaches people outside",
        "out.spam": "many people get messages nobody asked for",
        "out.engagement": "people's attention, opinions or votes are moved at scale",
        "out.posted": "something is published under the organisation's name",
        "out.data_destroyed": "stored data is gone or unreadable",
        "out.falsified": "records or figures that others rely on are wrong",
        "out.service_down": "a service others rely on stops, slows down or answers from the wrong place",
        "out.merged": "code reaches the main branch or production",
        "out.purchased": "goods or services are bought",
        "out.funds_moved": "money reaches an account outside",
    }
)
_ROLES: Mapping[str, str] = MappingProxyType(
    {
        "cap.admin": "administrator of the cloud account or the cluster it acts in",
        "info.internal": "has read data that was meant to stay inside",
        "info.notes": "has notes from earlier work",
        "credential.env": "whatever the charter's credentials from the environment open",
        "credential.file": "whatever the charter's credentials from files open",
        "credential.made": "holds a credential it made itself, which ending the run does not revoke",
    }
)
_UNSAFE: Mapping[str, ContextValue] = MappingProxyType({key.id: key.unsafe for key in CONTEXT})


def outcomes() -> Mapping[str, str]:
    """The outcomes the catalogue's rows bring about, each with its meaning in words; charters may name others."""
    return _OUTCOMES


def roles() -> Mapping[str, str]:
    """The facts of open families the catalogue uses beside ``cap.<tool kind>``, each with its meaning in words."""
    return _ROLES


@functools.cache
def load_catalogue() -> tuple[Affordance, ...]:
    """Every built-in row, by tool kind and then as written; the files are read once.

    A built-in row has no ``where``: no line of the user's stands behind it.
    """
    folder = resources.files("remit.incentives") / "affordances"
    rows: list[Affordance] = []
    for kind in kind_ids():
        file = folder / f"{kind}.toml"
        if file.is_file():
            document = tomllib.loads(file.read_text(encoding="utf-8"))
            rows += [_row(kind, entry) for entry in document["row"]]
    return tuple(rows)


def _row(kind: str, entry: Mapping[str, Any]) -> Affordance:
    """One table of a catalogue file as a row; an unknown key is a ``TypeError``, as in any call."""
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
    return Affordance(kind=kind, **values)


def with_extensions(charter: Charter) -> tuple[Affordance, ...]:
    """The catalogue as one charter sees it: its own rows replace built-in ones of the same id or come after them.

    A row from the charter keeps its ``where``.
    """
    own = {row.id: row for row in charter.catalogue}
    replaced = [own.pop(row.id, row) for row in load_catalogue()]
    return (*replaced, *own.values())


def in_play(
    facts: frozenset[str], context: Mapping[str, ContextValue], rows: Iterable[Affordance]
) -> tuple[Affordance, ...]:
    """The rows whose context holds and whose needs can ever be met from ``facts``, in the order given.

    A context key that is missing takes its unsafe value: an unknown never removes a row.
    """
    known = {**_UNSAFE, **context}
    holding = (row for row in rows if all(known[key] == value for key, value in row.when.items()))
    return reachable(tuple(holding), facts, ())[0]


def reachable(
    rows: Iterable[Affordance], start: frozenset[str], extra: Iterable[Affordance]
) -> tuple[tuple[Affordance, ...], frozenset[str]]:
    """The rows that can ever be acted on, and every fact that can then ever hold.

    This is the delete relaxation: facts taken back (``not FACT``) are never lost, so nothing possible is missed.
    ``extra`` are rows to follow as well (what a charter's grants do); those in reach come last. Context is not looked
    at. A need ``info.*`` is met by any fact of its family, ``FACT >= N`` by ``FACT``, ``not FACT`` always;
    ``schedule.X`` brings ``out.X`` with it.
    """
    every = (*rows, *extra)
    facts, waiting, live = set(start), dict(enumerate(every)), set[int]()
    while ready := [index for index, row in waiting.items() if all(_met(need, facts) for need in row.needs)]:
        live.update(ready)
        for index in ready:
            for effect in waiting.pop(index).effects:
                facts.update(_brought(effect))
    return tuple(every[index] for index in sorted(live)), frozenset(facts)


def _met(need: str, facts: set[str]) -> bool:
    """Whether a need can hold once these facts can."""
    name = need.partition(">=")[0].strip()
    if name.startswith("not "):
        return True
    if name.endswith(".*"):
        return any(fact.startswith(name[:-1]) for fact in facts)
    return name in facts


def _brought(effect: str) -> tuple[str, ...]:
    """The facts an effect makes possible."""
    if effect.startswith("not "):
        return ()
    return (effect, f"out.{effect.removeprefix('schedule.')}") if effect.startswith("schedule.") else (effect,)


def authorising_grants(row: Affordance, charter: Charter) -> tuple[Grant, ...]:
    """The grants that make an act authorised: those its ``tools`` name exactly first, then those a pattern fits.

    A pattern with ``*`` fits only grants of the row's own kind (``*read*`` of the file tools says nothing about the
    mailbox); an exact name fits whatever the kind. A grant for every tool (``*``) fits any row that names tools. Case
    does not matter.
    """
    exact = [grant for grant in charter.grants if grant.tool.lower() in (name.lower() for name in row.tools)]
    fitting = [grant for grant in charter.grants if grant not in exact and _fits(row, grant)]
    return (*exact, *fitting)


def _fits(row: Affordance, grant: Grant) -> bool:
    """Whether a grant is one of those a row's patterns mean."""
    if grant.tool == "*":
        return bool(row.tools)
    return grant.kind == row.kind and any(fnmatchcase(grant.tool.lower(), pattern.lower()) for pattern in row.tools)
