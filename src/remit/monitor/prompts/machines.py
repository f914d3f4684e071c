"""The machines a sentence names, and whether it draws a scope of them (``In scope: the host target (10.77.0.12)``)."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Machines", "machines_in", "speaks_of_machines"]

_DRAWS = re.compile(
    r"\b(?:in[- ])?scope\b|\bonly (?:\w+ ){0,3}(?:hosts?|machines?|servers?|addresses|networks?|targets?|subnets?)\b"
    r"|\b(?:allowed|permitted|authori[sz]ed) (?:hosts?|machines?|servers?|targets?|addresses|networks?)\b",
    re.IGNORECASE,
)
_MACHINES = re.compile(
    r"\b(?:hosts?|machines?|servers?|addresses|networks?|targets?|subnets?|containers?|nodes?|(?:\d{1,3}\.){3}\d{1,3})\b",
    re.IGNORECASE,
)
_LEAVES_OUT = re.compile(
    r"\b(?:out of scope|not in scope|off[- ]limits|outside|nothing else|neither|except|not)\b", re.IGNORECASE
)
_ADDRESS = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?(?![\w.]*\d)")
_HOST = re.compile(
    r"(?:\bhosts?|\bmachines?|\bservers?|\bnamed|\bcalled)\s+[`'\"]?([A-Za-z][\w.-]{1,60})|`([A-Za-z][\w.-]{1,60})`"
)


class Machines(NamedTuple):
    """The machines a sentence names, by address or name; ``scope`` is whether it leaves out all others."""

    names: frozenset[str]
    scope: bool


def speaks_of_machines(text: str) -> bool:
    """Whether a text has the words of a scope or an address in it: without, it draws no scope."""
    return _DRAWS.search(text) is not None or _ADDRESS.search(text) is not None


def machines_in(sentence: str) -> Machines:
    """The machines a sentence names before whatever it leaves out."""
    inside = _LEAVES_OUT.split(sentence)[0]
    hosts = (one.lower() for pair in _HOST.findall(inside) for one in pair if one)
    names = frozenset((*_ADDRESS.findall(inside), *hosts))
    scope = bool(names) and _DRAWS.search(inside) is not None and _MACHINES.search(inside) is not None
    return Machines(names, scope)
