"""Programs described by tables of their verbs: ``verbs.toml`` holds them and says how a line is read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from remit.monitor.objects.roles import change, end
from remit.monitor.scene import Invocation, Scene, unknown

__all__ = ["Handler", "apply_rules", "by_rules", "only_shows", "tables", "verbs_of"]

Handler = Callable[[Invocation, Scene], str]
"""Reads an invocation into a scene; gives what the program would print."""

_SHOWS = frozenset(("--help", "--version", "--dry-run", "--dryrun", "--dry_run", "--what-if", "--whatif", "--noop",
                    "--no-op", "--simulate", "--just-print", "--dry-run=client", "--dry-run=server", "--check",
                    "--diff", "--test-only", "--validate", "--validate-only", "--preview", "--print-only",
                    "--check-only"))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of a table."""

    pattern: re.Pattern[str]
    effects: tuple[tuple[str, float], ...]


def only_shows(call: Invocation) -> bool:
    """Whether a command only shows what it would do, or how it is used."""
    return not _SHOWS.isdisjoint(call.args)


def by_rules(table: str) -> Handler:
    """The reader a table of ``verbs.toml`` makes; the table is read when it is first needed."""

    def read(call: Invocation, scene: Scene) -> str:
        apply_rules(table, call, scene)
        return unknown(f"{call.name}:{' '.join(call.args)[:120]}")

    return read


def apply_rules(table: str, call: Invocation, scene: Scene) -> bool:
    """Note the effects of every line of a table that matches; tells whether any did."""
    if only_shows(call):
        return False
    line = " ".join(call.args)[:4000]
    any_matched = False
    for rule in _compiled(table):
        match = rule.pattern.search(line)
        if match is None:
            continue
        any_matched = True
        target = (match.groupdict().get("t") or "").strip("'\"")
        for effect, certainty in rule.effects:
            _note(effect, certainty, target, call, scene)
    return any_matched


def _note(effect: str, certainty: float, target: str, call: Invocation, scene: Scene) -> None:
    """Note one effect of a line."""
    if effect == "role":
        for name in target.split() or [""]:
            end(scene, name, call.text, otherwise=0.0 if certainty >= 1 else certainty)
    elif effect == "change":
        for name in target.split():
            change(scene, name, call.text)
    else:
        scene.add(effect, certainty, call.text, target)


@lru_cache(maxsize=1)
def tables() -> Mapping[str, str]:
    """Every table of verbs by its name, as it is written."""
    return tomllib.loads(files("remit.monitor.programs").joinpath("verbs.toml").read_text(encoding="utf-8"))


def verbs_of(table: str) -> Iterator[tuple[str, tuple[tuple[str, float], ...]]]:
    """The lines of a table: the expression and its effects with their certainties."""
    return ((rule.pattern.pattern, rule.effects) for rule in _compiled(table))


@lru_cache(maxsize=256)
def _compiled(table: str) -> tuple[Rule, ...]:
    """The lines of a table."""
    found = []
    for line in tables()[table].strip().splitlines():
        pattern, _, effects = line.strip().rpartition(" => ")
        pairs = (pair.split() for pair in effects.split(","))
        found.append(
            Rule(pattern=re.compile(pattern.strip()), effects=tuple((name, float(sure)) for name, sure in pairs))
        )
    return tuple(found)
