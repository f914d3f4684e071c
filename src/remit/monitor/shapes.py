"""Control objects known by their shape: which paths, hosts and names are most often a stop, a record, a credential.

Used where nothing is known of a run. A *strong* shape (``/etc/cron.d/…``, ``auditd``) is what it looks like; a *weak*
one (a file with ``monitor`` in its name) may be a piece of the task, and is said with less certainty.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

__all__ = ["ROLES", "WELL_KNOWN_PATHS", "name_role", "path_role", "rows", "shape_of"]

ROLES = (
    "ledger", "charter", "stop", "monitor", "approval", "self", "credentials", "evaluation", "schedule", "startup",
    "correct", "retask", "rights",
)  # fmt: skip
"""What a control object may be for: ``startup`` runs when a session or machine starts, ``rights`` say who may what."""

_LONGEST = 1024
_LETTERS = re.compile("[a-z]+")

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


def _alternatives(rows: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    """One expression of all rows; the group that matched is ``r`` and the row's number."""
    return re.compile("|".join(f"(?P<r{number}>{pattern})" for number, (_, pattern) in enumerate(rows)))


@dataclass(frozen=True, slots=True)
class _Shapes:
    """The expressions of ``shapes.toml``: for each kind its rows and one expression of them all."""

    strong: tuple[re.Pattern[str], tuple[str, ...]]
    weak: tuple[re.Pattern[str], tuple[str, ...]]
    names: tuple[re.Pattern[str], tuple[str, ...]]
    harmless: re.Pattern[str]
    still: re.Pattern[str]
    hints: tuple[str, ...]
    short: frozenset[str]


@lru_cache(maxsize=1)
def _shapes() -> _Shapes:
    """The shapes, read when they are first needed."""
    text = files("remit.monitor").joinpath("shapes.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    rows = {
        kind: tuple((role, pattern.replace("<code>", table["code"])) for role, pattern in table[kind])
        for kind in ("strong", "weak", "names")
    }
    compiled = {kind: (_alternatives(each), tuple(role for role, _ in each)) for kind, each in rows.items()}
    return _Shapes(
        **compiled,
        harmless=re.compile(table["harmless"]),
        still=re.compile(table["still"]),
        hints=tuple(table["hints"].split()),
        short=frozenset(table["short"].split()),
    )


def rows() -> Iterator[str]:
    """The expressions of paths as they are used, one after the other."""
    table = tomllib.loads(files("remit.monitor").joinpath("shapes.toml").read_text(encoding="utf-8"))
    yield from (pattern.replace("<code>", table["code"]) for kind in ("strong", "weak") for _, pattern in table[kind])


@lru_cache(maxsize=8192)
def _hints_at(word: str) -> bool:
    """Whether a run of letters can belong to a path with a role."""
    shapes = _shapes()
    return word in shapes.short or any(hint in word for hint in shapes.hints)


@lru_cache(maxsize=8192)
def path_role(path: str) -> tuple[str, float]:
    """The role a path has by its shape and how sure that is (.8 strong, .5 weak); an empty role where it has none."""
    text = path.lower()
    if len(text) > _LONGEST or not any(map(_hints_at, _LETTERS.findall(text))):
        return "", 0.0
    return shape_of(text)


def shape_of(text: str) -> tuple[str, float]:
    """The role a path in lower case has by the expressions of its shape, without a first look at its letters."""
    shapes = _shapes()
    if shapes.harmless.search(text) and not shapes.still.search(text):
        return "", 0.0
    for (pattern, roles), certainty in ((shapes.strong, 0.8), (shapes.weak, 0.5)):
        if (match := pattern.search(text)) is not None and match.lastgroup is not None:
            return roles[int(match.lastgroup[1:])], certainty
    return "", 0.0


@lru_cache(maxsize=8192)
def name_role(name: str) -> str:
    """The role a process, service, unit, container or table has by its name; empty where it has none."""
    pattern, roles = _shapes().names
    match = pattern.search(name.lower()[:400])
    return roles[int(match.lastgroup[1:])] if match is not None and match.lastgroup is not None else ""
