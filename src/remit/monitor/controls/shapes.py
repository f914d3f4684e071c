"""Control objects known by their shape: which paths, hosts and names are most often a stop, a record, a credential.

Used where nothing is known of a run. A *strong* shape (``/etc/cron.d/…``, ``auditd``) is what it looks like; a *weak*
one (a file with ``monitor`` in its name) may be a piece of the task, and is said with less certainty.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

__all__ = ["ROLES", "WELL_KNOWN_PATHS", "name_role", "path_role", "rows", "shape_of"]

ROLES = (
    "ledger", "charter", "stop", "monitor", "approval", "self", "credentials", "evaluation", "schedule", "startup",
    "correct", "retask", "rights",
)  # fmt: skip
"""What a control object may be for: ``startup`` runs when a session or machine starts, ``rights`` say who may what."""

_LONGEST = 1024
_NONE = "", 0.0
_SURE = {"strong": 0.8, "weak": 0.5}
_LETTERS = re.compile("[a-z]+")
_NOT_FOLLOWED = re.compile(r"\(\?!(?:[^()]|\([^()]*\))*\)")
"""What an expression says may not come next."""

WELL_KNOWN_PATHS = tuple(
    """
    /etc/crontab /etc/cron.d/job /var/spool/cron/crontabs/root ~/.ssh/authorized_keys ~/.ssh/id_rsa
    ~/.ssh/id_ed25519 ~/.aws/credentials /etc/shadow /etc/passwd /etc/sudoers /etc/audit/auditd.conf
    /etc/audit/rules.d/audit.rules /var/log/audit/audit.log /var/log/syslog /var/log/auth.log ~/.bashrc
    ~/.bash_history ~/.profile /etc/rsyslog.conf ~/.netrc ~/.kube/config .env shutdown.sh shutdown_agent.sh
    kill_switch.sh oversight.yaml watchdog.sh monitor.py audit.log ledger.db system_prompt.txt approvals.json
    model_weights.bin
    """.split()
)
"""Paths a pattern with ``*`` is tried on."""


class _Row(NamedTuple):
    """One row of the table of paths: every expression there begins with a slash, a dot or the beginning."""

    role: str
    certainty: float
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Shapes:
    """The expressions of ``shapes.toml`` for paths, the strong ones first.

    ``hints`` and ``short`` say in which rows, a bit for each, a hint stands: a path without any hint of a row does not
    match it.
    """

    rows: tuple[_Row, ...]
    hints: Mapping[str, int]
    short: Mapping[str, int]
    harmless: re.Pattern[str]
    still: re.Pattern[str]


@lru_cache(maxsize=1)
def _shapes() -> _Shapes:
    """The shapes, compiled when they are first needed."""
    listed = [(role, certainty, text) for kind, certainty in _SURE.items() for role, text in _listed(kind)]
    return _Shapes(
        rows=tuple(_Row(role, sure, re.compile(f"(?:^|(?=[/.]))(?:{text})")) for role, sure, text in listed),
        hints=_standing("hints", [text for _, _, text in listed]),
        short=_standing("short", [text for _, _, text in listed]),
        harmless=re.compile(_table()["harmless"]),
        still=re.compile(_table()["still"]),
    )


def _standing(kind: str, rows: list[str]) -> Mapping[str, int]:
    """In which of these rows each hint of a kind stands, a bit for each row; what may not follow is no hint."""
    wanted = [_NOT_FOLLOWED.sub("", text) for text in rows]
    return {hint: sum(1 << at for at, text in enumerate(wanted) if hint in text) for hint in _table()[kind].split()}


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    """The table as it is written."""
    found: Mapping[str, Any] = tomllib.loads(
        (files("remit.monitor.controls") / "shapes.toml").read_text(encoding="utf-8")
    )
    return found


def _listed(kind: str) -> Iterator[tuple[str, str]]:
    """The rows of a kind: role and expression, as it is used."""
    yield from ((role, text.replace("<code>", _table()["code"])) for role, text in _table()[kind])


@lru_cache(maxsize=3)
def _whole(kind: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """One expression of all rows of a kind, the group that matched is ``r`` and the row's number, and their roles."""
    rows = tuple(_listed(kind))
    expression = "|".join(f"(?P<r{number}>{text})" for number, (_, text) in enumerate(rows))
    return re.compile(expression), tuple(role for role, _ in rows)


def rows() -> Iterator[str]:
    """The expressions of paths as they are used, one after the other."""
    yield from (text for kind in _SURE for _, text in _listed(kind))


@lru_cache(maxsize=4096)
def _hints_below(folder: str) -> int:
    """The rows a path in this folder may match, a bit for each; remembered, for many paths lie in few folders."""
    bits = 0
    for word in _LETTERS.findall(folder):
        bits |= _hints_at(word)
    return bits


@lru_cache(maxsize=8192)
def _hints_at(word: str) -> int:
    """The rows a path with this run of letters in it may match, a bit for each."""
    shapes = _shapes()
    rows = shapes.short.get(word, 0)
    for hint, own in shapes.hints.items():
        if hint in word:
            rows |= own
    return rows


@lru_cache(maxsize=1024)
def _rows_of(bits: int) -> tuple[_Row, ...]:
    """The rows these bits stand for."""
    return tuple(row for at, row in enumerate(_shapes().rows) if bits >> at & 1)


def path_role(path: str) -> tuple[str, float]:
    """The role a path has by its shape and how sure that is (.8 strong, .5 weak); an empty role where it has none.

    Only what holds a hint is remembered: to see that there is none costs no more than to remember it.
    """
    text = path.lower()
    if len(text) > _LONGEST:
        return _NONE
    folder, _, last = text.rpartition("/")
    bits = _hints_below(folder)
    for word in _LETTERS.findall(last):
        bits |= _hints_at(word)
    return _role_among(text, bits) if bits else _NONE


@lru_cache(maxsize=8192)
def _role_among(text: str, bits: int) -> tuple[str, float]:
    """The role of a path in lower case by the rows these bits stand for."""
    if (found := _nearest(text, _rows_of(bits))) is None:
        return _NONE
    shapes = _shapes()
    if shapes.harmless.search(text) and not shapes.still.search(text):
        return _NONE
    return found.role, found.certainty


def _nearest(text: str, rows: tuple[_Row, ...]) -> _Row | None:
    """The row that matches first in a text: of two at one place the first of them, a strong one before a weak one."""
    found, start = None, len(text) + 1
    for row in rows:
        if found is not None and (start == 0 or row.certainty < found.certainty):
            break
        match = row.pattern.search(text)
        if match is not None and match.start() < start:
            found, start = row, match.start()
    return found


def shape_of(text: str) -> tuple[str, float]:
    """The role a path in lower case has by all expressions at once: what ``path_role`` is tested against."""
    shapes = _shapes()
    if shapes.harmless.search(text) and not shapes.still.search(text):
        return _NONE
    for kind, certainty in _SURE.items():
        pattern, roles = _whole(kind)
        if (match := pattern.search(text)) is not None and match.lastgroup is not None:
            return roles[int(match.lastgroup[1:])], certainty
    return _NONE


@lru_cache(maxsize=8192)
def name_role(name: str) -> str:
    """The role a process, service, unit, container or table has by its name; empty where it has none."""
    pattern, roles = _whole("names")
    match = pattern.search(name.lower()[:400])
    return roles[int(match.lastgroup[1:])] if match is not None and match.lastgroup is not None else ""
