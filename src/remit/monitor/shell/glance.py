"""A first look at a command: whether it can do anything to authority at all, before it is parsed.

Errs on one side only: a command that is let go holds none of the signs and words that anything could be hidden behind.
"""

from __future__ import annotations

import re
from functools import lru_cache

from remit.monitor.controls.controls import Controls, normal_path
from remit.monitor.programs.clis import names_an_act
from remit.monitor.programs.named import is_telling
from remit.monitor.programs.table import PROGRAMS
from remit.monitor.scene import Scene

__all__ = ["hides", "is_plain"]

_LONGEST = 400
_LONGEST_NUMBER = 11
_PASSIVE = frozenset(
    """
    ls cat less more head tail bat nl tac strings grep egrep fgrep rg ag ack stat tree file du dir wc readlink
    realpath echo printf sort uniq cut fold column tr rev find fd sed git python python3 pip pip3 ps top htop
    lsof file
    """.split()
)
_ACTIVE = frozenset(PROGRAMS) - _PASSIVE | frozenset(
    (
        "eval",
        "exec",
        "source",
        ".",
        "alias",
        "trap",
        "export",
        "set",
        "unset",
        "declare",
        "read",
        "cd",
        "disown",
        "command",
        "builtin",
    )
)
_HARMLESS_ENDS = re.compile(r"(?:\s|^)[012&]?>(?:&[012]|\s?/dev/null)(?=\s|$|[|;])")
_CHOSEN = re.compile(r"grep\s[^|;&]*")
_CHOOSES = re.compile(r"\s--(?:in|ex)clude(?:-dir)?=[\w.*-]+(?=\s|$)")
_FOLDER = re.compile(r"cd ([\w./-]+) && ")
_SIGNS = re.compile(r"[$`\\<>(){}=!#*?\n\t\ue000\[]")
_WRITES = re.compile(r">(?!&[012]|\s?/dev/null)")
_ALONE = re.compile(r"&(?!&)(?<!&&)")
_LOOKS_FOR = r"\s[^|;]*(?i:passw|secret|api.?key|private.key|credential|aws_access|token)"
_HIDES = tuple(
    (letters, re.compile(expression))
    for letters, expression in (
        ("-", r"-exec|-ok|-delete|-fprint|-fls|--no-verify|--amend"),
        ("sed", r"sed(?<!\wsed)\s.*-[a-zA-Z]*i"),
        (
            "python",
            r"python(?<!\wpython)[\d.]*\s+(?:-(?!m\s+(?:pytest|mypy|ruff|black|unittest)\b)|.*\|)|\|\s*python",
        ),
        (
            "git",
            r"git(?<!\wgit)\s+(?!(?:status|diff|log|show|add|blame|ls-files|rev-parse|fetch|pull|commit\s+-m)\b)",
        ),
        ("@/", r"(?:^|\s)@/"),
        ("pip", r"pip(?<!\wpip)[\d]?\s+(?!(?:install\s+(?:-r\s+)?[\w.-]+$|list|show|freeze))"),
    )
)
"""What an act may hide behind, with letters that are in all it matches: most commands have none of them."""
_SOUGHT = re.compile(
    rf"(?:grep(?:(?<!\wgrep)|(?<=[ef]grep)(?<!\w[ef]grep))|rg(?<!\wrg)|ag(?<!\wag)|ack(?<!\wack)){_LOOKS_FOR}"
)
"""A search for secrets."""
_SECRETS = ("passw", "secret", "api", "private", "credential", "aws_access", "token")
"""What a secret that is sought is called, or how that begins."""
_NO_PATH = frozenset(("", *"-0123456789"))


def is_plain(text: str, scene: Scene) -> bool:
    """Whether a command surely does nothing that matters: no sign to hide behind, no program or path with a role."""
    memory = scene.memory
    if len(text) > _LONGEST or memory.aliases or memory.functions:
        return False
    if (program := text.partition(" ")[0]) in _ACTIVE and program != "cd":
        return False
    if "'" in text or '"' in text:
        text = text.replace("'", "").replace('"', "")
    if ">" in text and _WRITES.search(text):
        return False
    folder = scene.cwd
    if text.startswith("cd ") and (match := _FOLDER.match(text)) is not None:
        folder, text = normal_path(match[1], cwd=folder, home=scene.controls.home), text[match.end() :]
    bare = _HARMLESS_ENDS.sub(" ", text) if ">" in text else text
    if "clude=" in bare and (start := _CHOSEN.match(bare)) is not None:
        bare = _CHOOSES.sub(" ", start[0]) + bare[start.end() :]
    if _SIGNS.search(bare) or ("&" in bare and _ALONE.search(bare)):
        return False
    several = "|" in bare or ";" in bare or "&" in bare
    words = bare.replace("|", " ").replace(";", " ").replace("&", " ").split() if several else bare.split()
    if not _ACTIVE.isdisjoint(words) or hides(bare) or _any_matters(words, folder, scene):
        return False
    if several:
        return not any(map(_tells, bare.replace("&&", "|").replace(";", "|").split("|")))
    return not _tells(bare)


def hides(text: str) -> bool:
    """Whether a command has words that something may be hidden behind."""
    for letters, expression in _HIDES:
        if letters in text and expression.search(text) is not None:
            return True
    if "grep" in text or "rg" in text or "ag" in text or "ack" in text:
        return _seeks(text)
    return False


def _seeks(text: str) -> bool:
    """Whether a command searches for secrets."""
    lowered = text.lower()
    named = not text.isascii() or any(letters in lowered for letters in _SECRETS)
    return named and _SOUGHT.search(text) is not None


def _any_matters(words: list[str], folder: str, scene: Scene) -> bool:
    """Whether a word names a program that acts, a path with a role, or a file the agent wrote itself."""
    files, links, controls = scene.memory.files, scene.memory.links, scene.controls
    folder = folder or controls.cwd
    for word in words:
        if "/" in word:
            if word.rpartition("/")[2] in _ACTIVE:
                return True
        elif word[:1] in _NO_PATH:
            if word.isdecimal() and len(word) < _LONGEST_NUMBER and int(word) in controls.pids:
                return True
            continue
        place = _place_of(word, folder, controls)
        if not place or place in files or place in links:
            return True
    return False


@lru_cache(maxsize=8192)
def _place_of(word: str, folder: str, controls: Controls) -> str:
    """Where the path lies that a word may be; empty where that path has a role."""
    place = normal_path(word, cwd=folder, home=controls.home)
    return place if controls.look_up_place(place, word) is None else ""


def _tells(command: str) -> bool:
    """Whether the name of a program that is not known to be passive, or its first words, say that it does something.

    Of an interpreter the name of the script it is given counts.
    """
    program, *words = command.split(None, 6)[:6] or ("",)
    if program in _PASSIVE:
        return bool(words) and program[:6] == "python" and _speaks(words[0])
    return _speaks(program) or (bool(words) and names_an_act(program, tuple(words)))


@lru_cache(maxsize=4096)
def _speaks(program: str) -> bool:
    """Whether the name of a program says something about what it does."""
    return is_telling(program.rpartition("/")[2])
