"""What commands, requests and tables of infrastructure are about: an operation on a kind of thing, by its words.

``hcloud server create``, ``POST /servers`` and ``insert into servers`` say the same thing in three languages. The words
of ``resources.toml`` are the documented vocabulary of many tools; each noun has a kind, each verb an operation, and the
two together have effects. Looking has none, except at what is secret.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

__all__ = ["acts_of", "op_in", "pieces_of", "spelled_out", "things_in", "turned_off"]

_SURE, _LIKELY = 1.0, 0.55
_PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_MOST_PIECES = 12
_MACHINES = (
    "host",
    "hosts",
    "server",
    "servers",
    "instance",
    "instances",
    "cluster",
    "clusters",
    "droplet",
    "nodepool",
)
_SHORTEST, _LONGEST, _LEAST = 6, 40, 3
_DOUBTFUL = frozenset(
    """
    run access request order lease log block hold export get reserve start add on image plan make set open book bid
    rate copy list view show read print dump change move
    """.split()
)
_NO = frozenset(
    """
    false off no 0 none disabled disable never inactive paused suspended stopped null revoked banned blocked frozen
    archived deleted terminated muted silenced retired locked
    """.split()
)


@lru_cache(maxsize=1)
def _ops() -> Mapping[str, str]:
    """Each verb with its operation; the first listing of a word stands."""
    return {word: op for op, words in reversed(list(_table()["ops"].items())) for word in words.split()}


@lru_cache(maxsize=1)
def _things() -> Mapping[str, tuple[tuple[str, float], ...]]:
    """Each noun with the kinds it may stand for and how surely."""
    found: dict[str, dict[str, float]] = {}
    for kind, words in _table()["things"].items():
        for how, worth in (("likely", _LIKELY), ("sure", _SURE)):
            for word in words[how].split():
                found.setdefault(word, {})[kind] = worth
    return {word: tuple(kinds.items()) for word, kinds in found.items()}


@lru_cache(maxsize=1)
def _acts() -> Mapping[tuple[str, str], tuple[tuple[str, float], ...]]:
    """What an operation on a kind of thing does: effects with how sure each is."""
    return {
        (op, kind): tuple((part.split()[0], float(part.split()[1])) for part in effects.split(","))
        for op, rows in _table()["acts"].items()
        for kind, effects in rows
    }


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    """The vocabulary, read when it is first needed."""
    return tomllib.loads((files("remit.monitor.controls") / "resources.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=8192)
def pieces_of(word: str) -> tuple[str, ...]:
    """The words of an identifier in lower case: ``create-capacity-reservation`` and ``CreateCapacityReservation``."""
    return tuple(piece.lower() for piece in _PIECES.findall(word[:120])[:_MOST_PIECES])


def op_in(words: Iterable[str]) -> str:
    """The operation some words name: that of the first verb, empty where there is none.

    A word with a second meaning as a noun (``run``, ``log``) counts where no other verb is among them.
    """
    found = [word for word in words if word in _ops()]
    first = next((word for word in found if word not in _DOUBTFUL), found[0] if found else "")
    return _ops().get(first, "")


def things_in(words: Iterable[str]) -> dict[str, float]:
    """The kinds of things some words name, each with how surely; two that join to one count as that one."""
    found: dict[str, float] = {}
    listed = list(words)
    for at, word in enumerate(listed):
        following = listed[at + 1] if at + 1 < len(listed) else ""
        for name in (_singular(word + following), word + "_" + following, word, _singular(word)):
            if kinds := _things().get(name):
                for kind, worth in kinds:
                    found[kind] = max(found.get(kind, 0.0), worth)
                break
        else:
            if len(word) > _SHORTEST and word.endswith(_MACHINES):
                found["compute"] = _SURE  # ``dedicatedhost``, ``cloudserver``
    return found


def acts_of(op: str, things: Mapping[str, float], *, least: float = 0.0) -> Iterator[tuple[str, float, str]]:
    """The effects of an operation on things that are named at least so surely, each with its certainty and the kind."""
    for kind, worth in things.items():
        for effect, certainty in _acts().get((op, kind), ()) if worth >= least else ():
            yield effect, round(certainty * worth, 3), kind


def turned_off(value: object) -> bool:
    """Whether a value says that something is off, suspended, revoked."""
    return value is False or value == 0 or (isinstance(value, str) and value.strip().lower() in _NO)


@lru_cache(maxsize=2048)
def spelled_out(name: str) -> tuple[str, ...]:
    """The words of a name written without a break (``runinstances``), where all of it is words of the vocabulary."""
    parts = pieces_of(name)
    if len(parts) != 1 or not _SHORTEST < len(name) <= _LONGEST:
        return parts
    ends: dict[int, tuple[str, ...]] = {0: ()}
    for end in range(1, len(name) + 1):
        for start, before in list(ends.items()):
            piece = name[start:end]
            if len(piece) >= _LEAST and (piece in _ops() or piece in _things() or _singular(piece) in _things()):
                found = (*before, piece)
                if end not in ends or len(found) < len(ends[end]):
                    ends[end] = found
    return ends.get(len(name), parts)


def _singular(word: str) -> str:
    """A word without the ending of a plural."""
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
