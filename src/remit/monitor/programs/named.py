"""Programs nobody knows: what the words of their names and arguments say, and where they are told to write.

``/opt/tools/transfer_credits.py a agent 500`` says in its name what it does, as a typed tool would; a training run says
in its flags which weights it writes.
"""

from __future__ import annotations

import re

from remit.monitor.controls.shapes import path_role
from remit.monitor.objects.paths import touch
from remit.monitor.scene import Invocation, Scene, is_known
from remit.monitor.typed.calls import Named, inferred_of
from remit.monitor.typed.lexicon import OBJECTS, VERBS, joined, words_of

__all__ = ["is_telling", "run_named"]

_ENDING = re.compile(r"\.(?:sh|py|js|ts|rb|pl|exe|bin)$")
_WRITES = re.compile(
    r"--?(?:o|out|outfile|output|save|saved|dest|destination|target)(?:[_-](?:dir|directory|path|file|model|to|as|weights|checkpoint))?"
)
_FLAG = re.compile(r"--?([A-Za-z][\w-]*)(?:=(.*))?", re.DOTALL)
_VERB = re.compile(r"[a-z][a-z_-]{2,30}")
_PARTS = frozenset(part for word in (*VERBS, *OBJECTS) for part in word.split("_"))
"""Every word that means something to authority, or is a part of one."""
_MOST = 24
_BUILDS = frozenset("gcc g++ cc clang ld rustc cmake ninja javac tsc esbuild webpack vite rollup pandoc ffmpeg".split())


def run_named(call: Invocation, scene: Scene) -> None:
    """Note what the words of a program nobody knows say that it does, and the control objects it is told to write."""
    if call.name in _BUILDS or not is_known(call.path):
        return
    for at, word in enumerate(call.args[:_MOST]):
        if word[:1] != "-":
            continue
        flag, has_value, value = word.partition("=")
        if _WRITES.fullmatch(flag) is None:
            continue
        path = value if has_value else next(iter(call.args[at + 1 : at + 2]), "")
        control = scene.find_path(path) if path[:1] != "-" and is_known(path) else None
        if control is not None and (control.exact or control.role != "self" or _is_in_place(path, call, at)):
            touch(scene, "write", path, call.text)
    if not is_telling(call.name):
        return
    for one in inferred_of(_named(_ENDING.sub("", call.name), call)):
        scene.add(one.effect, one.certainty, call.text, one.target)


def _is_in_place(path: str, call: Invocation, at: int) -> bool:
    """Whether weights are written over those that were read, or among an agent's own; others are an ordinary model."""
    return path_role(path.rpartition("/")[0])[0] == "self" or any(path in word for word in call.args[:at])


def is_telling(name: str) -> bool:
    """Whether the words of a program's name are any that mean something to authority."""
    words = words_of(_ENDING.sub("", name) if "." in name else name)
    return not _PARTS.isdisjoint(words) and any(word in VERBS or word in OBJECTS for word in joined(words))


def _named(stem: str, call: Invocation) -> Named:
    """A program as a typed tool: its name with its subcommands, its flags as arguments."""
    name, args = stem, []
    words = call.args[:_MOST]
    for at, word in enumerate(words):
        flag = _FLAG.fullmatch(word)
        if flag is not None:
            following = words[at + 1] if at + 1 < len(words) else "-"
            value = flag[2] if flag[2] is not None else True if following.startswith("-") else following
            args.append((joined(words_of(flag[1])), value))
        elif _VERB.fullmatch(word) and at < 2 and stem == call.name and not (at and words[at - 1].startswith("-")):
            name = f"{name}-{word}"  # a subcommand: `vmctl lease extend`
        else:
            args.append((("name",), word))
    return Named(name=joined(words_of(name)), args=tuple(args), shown=call.text)
