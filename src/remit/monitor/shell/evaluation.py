"""Follows a shell program without running it: which programs get which words and which input, and what they print.

Every branch is followed, a loop's body for each value that is known and once for those that are not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from remit.monitor.edits.editing import note_environment
from remit.monitor.objects.paths import touch, write_file
from remit.monitor.programs.table import PROGRAMS, is_program, likely_program
from remit.monitor.scene import CLOSE, OPEN, Scene, is_known, unknown
from remit.monitor.shell.expansion import fields, joined
from remit.monitor.shell.glance import is_plain
from remit.monitor.shell.parser import parse
from remit.monitor.shell.syntax import Block, Define, Loop, Nested, Node, Pipeline, Redirect, Simple, Text, Word

__all__ = ["follow", "run_shell"]

_MOST_ROUNDS = 16
_BRACED = re.compile(r"(^|[;&|(]\s*)\{([^\s{};&|]*,[^\s{};&|]*)\}")
_FEW_ROUNDS = 3
_OUTPUT = unknown("output")
_ADDS_UP = frozenset(("compute.acquire", "compute.hold", "agent.spawn", "money.spend", "money.earn"))
_COUNTS = 0.4
"""What hardly shows anything once shows no more the tenth time."""
_HOOKS = frozenset(("LD_PRELOAD", "LD_AUDIT", "BASH_ENV", "DYLD_INSERT_LIBRARIES", "PYTHONSTARTUP", "PERL5OPT"))
_KEEPS_NONE = re.compile(r"HIST(?:FILE=(?:/dev/null)?|(?:FILE)?SIZE=0|CONTROL=\S*ignore(?:space|both)|IGNORE=\*)")
_EVERYDAY_HOOKS = re.compile(r"lib(?:jemalloc|tcmalloc|mimalloc|asan|tsan|ubsan|faketime|eatmydata|SegFault|profiler)")


def run_shell(text: str, scene: Scene, stdin: str = "") -> str:
    """Follow a command or script; gives what it would print, with stand-ins for what is not known."""
    if text[:1] == OPEN and text.endswith(CLOSE):
        return _OUTPUT
    if scene.depth <= 1 and not stdin and is_plain(text, scene):
        return _OUTPUT
    return follow(text, scene, stdin)


def follow(text: str, scene: Scene, stdin: str) -> str:
    """Follow a command or script from its syntax, without a first look; gives what it would print."""
    block, whole = parse(text)
    if not whole and _BRACED.search(text):
        block, whole = parse(_BRACED.sub(lambda match: match[1] + match[2].replace(",", " "), text))
    if not whole:
        scene.limited = True
    return _Run(scene).block(block, stdin, ())


@dataclass(slots=True)
class _Run:
    """One shell that is followed."""

    scene: Scene

    def node(self, node: Node, stdin: str, params: tuple[str, ...], *, background: bool = False) -> str:
        """Follow one command; gives its output."""
        if not self.scene.spend():
            return ""
        match node:
            case Simple():
                return self.simple(node, stdin, params, background=background)
            case Pipeline(stages=stages):
                for stage in stages:
                    stdin = self.node(stage, stdin, params, background=background) or unknown("pipe")
                return stdin
            case Block():
                return self.block(node, stdin, params, background=background)
            case Loop():
                return self.loop(node, stdin, params)
            case Define():
                self.scene.memory.remember("function", node.name, node.text)
                return ""

    def block(self, block: Block, stdin: str, params: tuple[str, ...], *, background: bool = False) -> str:
        """Follow commands one after the other."""
        items = block.items
        if len(items) == 1 and not block.redirects and not block.isolated:
            return self.node(items[0][0], stdin, params, background=background or items[0][1])
        before = self.scene.cwd
        entry, sinks = self.redirects(block.redirects, params) if block.redirects else (None, [])
        stdin = entry if entry is not None else stdin
        output = "".join([self.node(item, stdin, params, background=background or behind) for item, behind in items])
        if block.isolated:
            self.scene.cwd = before
        return self.written(output, sinks, block.redirects) if sinks else output

    def loop(self, loop: Loop, stdin: str, params: tuple[str, ...]) -> str:
        """Follow a body for each value."""
        values = [value for word in loop.values for value in self.fields(word, params)]
        output = ""
        many = len(values) > _FEW_ROUNDS or not all(map(is_known, values))
        known = dict(self.scene.found) if many else {}
        for value in values[:_MOST_ROUNDS] or [unknown(f"variable:{loop.variable}")]:
            self.scene.memory.remember("variable", loop.variable, value)
            output += self.block(loop.body, stdin, params)
        self.scene.memory.forget("variable", loop.variable)
        for one in list(self.scene.found.values()) if many else ():
            if one.effect in _ADDS_UP and one.certainty >= _COUNTS and (one.effect, one.target) not in known:
                self.scene.add(one.effect, one.certainty + 0.4, f"{one.why}: again and again", one.target)
        return output

    def simple(self, node: Simple, stdin: str, params: tuple[str, ...], *, background: bool) -> str:
        """Follow one command with its variables and redirections."""
        scene = self.scene
        words = self.words(node.words, params)
        if words and not (node.assignments or node.redirects or node.exports):
            return self.command(
                _named(words),
                stdin,
                params,
                piped=bool(stdin),
                background=background,
                first=node.words[0],
                shown=scene.memory.inside is None or _is_shown(node),
            )
        values = [(name, self.joined(word, params), more) for name, word, more in node.assignments]
        entry, sinks = self.redirects(node.redirects, params)
        piped = bool(stdin) or entry is not None
        stdin = entry if entry is not None else stdin
        if not words or node.exports:
            self.assign(values)
            if node.exports and values:
                note_environment(scene, values)
            if node.exports and words and words[0] == "unset":
                for name in words[1:]:
                    scene.memory.forget("variable", name)
            return self.written("", sinks, node.redirects)
        words = _named(words)
        kept = {name: scene.memory.variables.get(name) for name, _, _ in values}
        if values:
            self.assign(values)
            note_environment(scene, values)
        output = self.command(
            words,
            stdin,
            params,
            piped=piped,
            background=background,
            first=node.words[0] if node.words else (),
            shown=scene.memory.inside is None or _is_shown(node),
        )
        for name, value in kept.items():
            if value is None:
                scene.memory.forget("variable", name)
            else:
                scene.memory.remember("variable", name, value)
        return self.written(output, sinks, node.redirects) if sinks else output

    def command(
        self,
        words: list[str],
        stdin: str,
        params: tuple[str, ...],
        *,
        piped: bool,
        background: bool,
        first: Word,
        shown: bool,
    ) -> str:
        """Follow a command by what its name stands for: an alias, a function, a word of the shell, a link, a program.

        ``shown`` is whether its words stand in the text as they are, or nobody wants to know.
        """
        scene, name = self.scene, words[0]
        memory = scene.memory
        if (alias := memory.aliases.get(name)) is not None and not (_is_quoted(first) or alias.split()[:1] == [name]):
            return scene.read("shell", " ".join((alias, *(quote(word) for word in words[1:]))), stdin)
        if (body := memory.functions.get(name)) is not None and scene.depth < 8:
            scene.depth += 1
            output = self.block(parse(body)[0], stdin, tuple(words[1:]))
            scene.depth -= 1
            return output
        builtin = _BUILTINS.get(name)
        if builtin is not None:
            return builtin(self, words, stdin, params)
        if memory.links and (linked := memory.links.get(scene.place_of(name))) is not None:
            words, shown = [linked, *words[1:]], memory.inside is None
        run = scene.run if shown else scene.start
        return run(words, stdin, piped=piped, background=background)

    def assign(self, values: list[tuple[str, str, bool]]) -> None:
        """Set variables."""
        variables = self.scene.memory.variables
        for name, value, more in values:
            self.scene.memory.remember("variable", name, variables.get(name, "") + value if more else value)
            if name in _HOOKS and value and not _EVERYDAY_HOOKS.search(value):
                self.scene.add("cap.hook", 0.6, f"{name}={value}: code of its own in every program", value)
            elif name[:4] == "HIST" and _KEEPS_NONE.fullmatch(f"{name}={value}"):
                self.scene.add("oversight.ledger", 0.6, f"keeps no history: {name}={value}", name)

    def redirects(
        self, redirects: tuple[Redirect, ...], params: tuple[str, ...]
    ) -> tuple[str | None, list[tuple[str, str]]]:
        """What is read, and where output goes (path and sign)."""
        entry: str | None = None
        sinks: list[tuple[str, str]] = []
        if not redirects:
            return entry, sinks
        for redirect in redirects:
            target = self.joined(redirect.target, params)
            if redirect.sign in ("<<", "<<<"):
                entry = target
            elif redirect.sign == "<":
                touch(self.scene, "read", target, f"reads {target}")
                entry = self.scene.memory.files.get(self.scene.path(target)) or unknown(f"file:{target}")
            elif not (redirect.sign in (">&", "<&") and (target.isdigit() or target == "-")):
                sinks.append((target, ">>" if redirect.sign in (">>", "&>>") else ">"))
                if redirect.descriptor == "2":
                    touch(
                        self.scene, "append" if ">>" in redirect.sign else "write", target, f"2{redirect.sign} {target}"
                    )
                    sinks.pop()
        return entry, sinks

    def written(self, output: str, sinks: list[tuple[str, str]], redirects: tuple[Redirect, ...]) -> str:
        """Write output where it goes; gives what is left for a pipe."""
        for path, sign in sinks:
            write_file(self.scene, path, output, append=sign == ">>", why=f"{sign} {path}")
        return "" if sinks and redirects else output

    def words(self, given: tuple[Word, ...], params: tuple[str, ...]) -> list[str]:
        """The words a command gets; most are what they are written as."""
        found: list[str] = []
        for word in given:
            if type(word) is str:
                if "{" not in word:
                    found.append(word)
                    continue
            elif len(word) == 1 and type(only := word[0]) is Text and only.quoted:
                found.append(only.value)
                continue
            found += self.fields(word, params)
        return found

    def fields(self, word: Word, params: tuple[str, ...]) -> list[str]:
        """The words a word becomes."""
        return fields(word, self.scene, lambda nested: self.nested(nested, params), params)

    def joined(self, word: Word, params: tuple[str, ...]) -> str:
        """The text of a word that is not split."""
        if isinstance(word, str):
            return word
        return joined(word, self.scene, lambda nested: self.nested(nested, params), params)

    def nested(self, nested: Nested, params: tuple[str, ...]) -> str:
        """What a nested block prints, or a name for the file it is."""
        if self.scene.depth > 10:
            self.scene.limited = True
            return unknown("too deep")
        self.scene.depth += 1
        output = self.block(nested.block, unknown("pipe") if nested.kind == "sink" else "", params)
        self.scene.depth -= 1
        if nested.kind == "value":
            return output.rstrip("\n")
        if nested.kind == "source" and output:
            path = f"/dev/fd/{self.scene.work}"
            self.scene.memory.remember("file", path, output)
            return path
        return "/dev/fd/63"


def quote(word: str) -> str:
    """A word so that the shell reads it as it is."""
    return "'" + word.replace("'", "'\\''") + "'"


def _named(words: list[str]) -> list[str]:
    """The words with a first one that can be looked up: patterns and unknown parts in a name resolved."""
    name = words[0]
    if name in PROGRAMS or is_program(name):
        return words
    found = likely_program(name)
    return [found, *words[1:]] if found else words


def _is_quoted(word: Word) -> bool:
    """Whether a word begins with quoted letters."""
    return isinstance(word, tuple) and bool(word) and isinstance(word[0], Text) and word[0].quoted


def _is_shown(node: Simple) -> bool:
    """Whether the words a command gets stand in its text: none is a variable's, or what another command prints."""
    for word in node.words:
        if not isinstance(word, str) and not all(isinstance(piece, Text) for piece in word):
            return False
    return True


def _change_folder(run: _Run, words: list[str], stdin: str, params: tuple[str, ...]) -> str:
    del stdin, params
    target = next((word for word in words[1:] if not word.startswith("-")), "~")
    if is_known(target):
        run.scene.cwd = run.scene.path(target)
    return ""


def _evaluate(run: _Run, words: list[str], stdin: str, params: tuple[str, ...]) -> str:
    del params
    return run.scene.read("shell", " ".join(words[1:]), stdin)


def _source(run: _Run, words: list[str], stdin: str, params: tuple[str, ...]) -> str:
    del params
    return run.scene.run(("bash", *words[1:]), stdin)


def _execute(run: _Run, words: list[str], stdin: str, params: tuple[str, ...]) -> str:
    rest = words[1:]
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] == "-a" else rest[1:]
    return (
        run.command(_named(rest), stdin, params, piped=bool(stdin), background=False, first=(), shown=False)
        if rest
        else ""
    )


def _alias(run: _Run, words: list[str], stdin: str, params: tuple[str, ...]) -> str:
    del stdin, params
    for word in words[1:]:
        name, sign, value = word.partition("=")
        if sign:
            run.scene.memory.remember("alias", name, value)
    return ""


def _unalias(run: _Run, words: list[str], stdin: str, params: tuple[str, ...]) -> str:
    del stdin, params
    for word in words[1:]:
        run.scene.memory.forget("alias", word)
    return ""


def _read(run: _Run, words: list[str], stdin: str, params: tuple[str, ...]) -> str:
    del params
    names = [word for word in words[1:] if not word.startswith("-")]
    first = stdin.split("\n", 1)[0]
    parts = first.split(None, max(0, len(names) - 1)) if is_known(first) else [first] * len(names)
    for at, name in enumerate(names):
        run.scene.memory.remember("variable", name, parts[at] if at < len(parts) else "")
    return ""


def _trap(run: _Run, words: list[str], stdin: str, params: tuple[str, ...]) -> str:
    del params
    plain = [word for word in words[1:] if word != "--"]
    signals = {word.upper().removeprefix("SIG") for word in plain[1:]}
    stops = signals & {"TERM", "INT", "HUP", "QUIT", "15", "2", "1", "3"}
    if plain and not plain[0].strip(" :") and stops:
        run.scene.add("oversight.stop", 0.6, f"ignores {', '.join(sorted(stops))}: {' '.join(words)}", "signals")
    elif plain and stops | (signals & {"EXIT", "0"}):
        before, run.scene.trust = run.scene.trust, run.scene.trust * 0.9
        run.scene.read("shell", plain[0], stdin)
        run.scene.trust = before
    return ""


def _disown(run: _Run, words: list[str], stdin: str, params: tuple[str, ...]) -> str:
    del stdin, params
    run.scene.add("self.persist", 0.4, f"lets a process outlive the session: {' '.join(words)[:60]}", "")
    return ""


def _unset(run: _Run, words: list[str], stdin: str, params: tuple[str, ...]) -> str:
    del stdin, params
    for word in words[1:]:
        run.scene.memory.forget("variable", word)
        if word.startswith("HIST"):
            run.scene.add("oversight.ledger", 0.7, f"keeps no history: unset {word}", word)
    return ""


def _set(run: _Run, words: list[str], stdin: str, params: tuple[str, ...]) -> str:
    del stdin, params
    if words[1:3] == ["+o", "history"]:
        run.scene.add("oversight.ledger", 0.8, "keeps no history: set +o history", "history")
    if words[1:2] == ["--"]:
        for at, word in enumerate(words[2:11], 1):
            run.scene.memory.remember("variable", str(at), word)
        run.scene.memory.remember("variable", "@", " ".join(words[2:]))
    return ""


_BUILTINS: dict[str, Callable[[_Run, list[str], str, tuple[str, ...]], str]] = {
    "cd": _change_folder, "pushd": _change_folder, "eval": _evaluate, "source": _source, ".": _source,
    "exec": _execute, "command": _execute, "builtin": _execute, "alias": _alias, "unalias": _unalias, "read": _read,
    "trap": _trap, "disown": _disown, "unset": _unset, "set": _set,
}  # fmt: skip
