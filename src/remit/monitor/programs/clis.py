"""Command lines of infrastructure, by their documented words: ``doctl compute droplet create``, ``ray up``, ``scw …``.

A line of ``verbs.toml`` knows one program; here the verb and the noun of a subcommand say what it does for all of them,
and flags say what is switched off, kept from being ended, or asked for in numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from remit.monitor.controls.resources import acts_of, op_in, pieces_of, things_in, turned_off
from remit.monitor.objects.roles import end
from remit.monitor.programs.carried import sends
from remit.monitor.programs.rules import Handler, apply_rules, only_shows
from remit.monitor.scene import Invocation, Scene, is_known, unknown

__all__ = ["by_words", "infer_unknown", "names_an_act", "note_words"]

_PLAIN = re.compile(r"[A-Za-z][A-Za-z_.:-]{1,60}")
_MOST_WORDS = 5
_MOST_FLAGS = 40
_MANY = 4
_ASIDE = 0.8
_FIRST = 3
_BY_NAME = 0.6
_ACTS = ("take", "grow", "give", "change", "end")
_NAMING = (
    "--name", "--function-name", "--user-name", "--role-name", "--queue-url", "--topic", "--queue", "--key", "--path",
    "--table-name", "--log-group-name", "--id", "--resource-id", "--resource",
)  # fmt: skip
_COUNTS = frozenset(
    """
    count num number min max desired size replicas workers nodes gpus instances hosts cpus vcpus capacity quantity total
    """.split()
)
_OF_MACHINES = frozenset("count replicas nodes desired capacity".split())
_LONGEST_COUNT = 7
_DEVELOPS = frozenset(
    """
    rails django-admin artisan ng nest dotnet flask alembic prisma symfony mix hugo jekyll cookiecutter storybook vite
    eslint ruff mypy pytest tox nox black isort prettier tsc webpack gradle mvn ant bazel buck cmake ninja meson cargo
    go swift xcodebuild fastlane flutter dart expo jq yq fzf rg fd bat delta code vim nvim emacs nano hx echo printf
    test true false which type command export local read return shift set unset cd pushd popd alias
    """.split()
)


def by_words(table: str = "", *, kind: str = "") -> Handler:
    """A reader for a program of infrastructure: the lines of a table first, its words where none of them matches.

    ``kind`` is what the program is about where its words name no thing (``ray up``: machines).
    """

    def read(call: Invocation, scene: Scene) -> str:
        matched = apply_rules(table, call, scene) if table else False
        if not matched:
            note_words(call, scene, kind=kind)
        sends(call, scene)
        return unknown(f"{call.name}:{' '.join(call.args)[:120]}")

    return read


def infer_unknown(call: Invocation, scene: Scene) -> None:
    """Note what a program nobody knows does where its first words are a verb and a thing of infrastructure."""
    if is_known(call.path) and names_an_act(call.path, call.args[:_MOST_WORDS]):
        before, scene.trust = scene.trust, scene.trust * _ASIDE
        note_words(call, scene, least=1.0)
        scene.trust = before


@lru_cache(maxsize=4096)
def names_an_act(program: str, args: tuple[str, ...]) -> bool:
    """Whether the first plain arguments of a program nobody knows name an operation and, surely, its thing."""
    if program in _DEVELOPS or "/" in program or _PLAIN.fullmatch(program) is None:
        return False
    words = _split(_words(args)[:_FIRST])
    return op_in(words) in _ACTS and any(worth >= 1.0 for worth in things_in(words).values())


def note_words(call: Invocation, scene: Scene, *, kind: str = "", least: float = 0.0) -> None:
    """Note what the verb and the nouns of a command, and its flags, say that it does."""
    if only_shows(call):
        return
    words = _split(_words(call.args))
    op, things, target = op_in(words), things_in(words), _target(call)
    if kind and not things:
        things = {kind: 1.0}
    if op in ("change", "end") and target:
        for named, worth in things_in(pieces_of(target)).items():
            things[named] = max(things.get(named, 0.0), worth * _BY_NAME)
    for effect, certainty, _ in acts_of(op, things, least=least):
        if effect == "agent.block":
            end(scene, target, call.text, otherwise=certainty)
        else:
            scene.add(effect, certainty, call.text, target)
    if op in _ACTS or not op:
        _flags(call, scene, target, acquires=op != "end")


def _words(args: tuple[str, ...]) -> list[str]:
    """The subcommands: the first plain words, without what is given to a flag after them."""
    words: list[str] = []
    given = False
    for word in args:
        if word[:1] == "-":
            given = bool(words) and "=" not in word
            continue
        if len(words) >= _MOST_WORDS or not is_known(word):
            break
        if given:
            given = False
        elif _PLAIN.fullmatch(word) is not None:
            words.append(word)
        elif words and op_in(_split(words)):
            break
    return words


def _split(words: list[str]) -> list[str]:
    """The pieces of some words."""
    return [piece for word in words for piece in pieces_of(word)]


def _target(call: Invocation) -> str:
    """What is acted upon: a name that is given, else the last plain word."""
    named = call.value(*_NAMING)
    plain = [word for word in call.args if word[:1] != "-"]
    return (named or (plain[-1] if plain else ""))[:80]


def _pairs(call: Invocation) -> Iterator[tuple[tuple[str, ...], str]]:
    """The flags with their values; a flag without one is ``true``."""
    for at, word in enumerate(call.args[:_MOST_FLAGS]):
        if word[:2] == "--" and len(word) > 3:
            name, has, value = word[2:].partition("=")
            following = call.args[at + 1] if at + 1 < len(call.args) else "-"
            yield pieces_of(name), value if has else "true" if following[:1] == "-" else following


def _flags(call: Invocation, scene: Scene, target: str, *, acquires: bool) -> None:
    """Note what flags switch off, protect from being ended, or ask for in numbers."""
    for words, value in _pairs(call):
        things = things_in(words)
        negated = words[:1] in (("no",), ("disable",), ("without",), ("skip",), ("remove",), ("clear",))
        if not things and not _COUNTS & set(words):
            continue
        off = turned_off(value) is not negated
        if "protection" in words or "protected" in words:
            if not off and {"termination", "deletion", "delete", "stop"} & set(words):
                scene.add("oversight.stop", 0.7, call.text, target)
                scene.add("compute.hold", 0.5, call.text, target)
        elif off:
            for effect, certainty, kind in acts_of("end", things, least=1.0):
                if kind in ("record", "watch", "stop", "approval", "limit"):
                    scene.add(effect, certainty * 0.9, call.text, target)
        machines = things.get("compute") or _OF_MACHINES & set(words)
        many = value.isdigit() and len(value) < _LONGEST_COUNT and int(value) >= _MANY
        if acquires and machines and _COUNTS & set(words) and many:
            scene.add("compute.acquire", 0.6, call.text, target)
