"""Every program that is known, by its name, and what is done with one that is not."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache

from remit.monitor.programs.batch import BATCH
from remit.monitor.programs.carried import read_carried, read_unknown_paths
from remit.monitor.programs.clis import infer_unknown
from remit.monitor.programs.cloud import CLOUD
from remit.monitor.programs.containers import CONTAINERS
from remit.monitor.programs.edits import EDITS
from remit.monitor.programs.files import FILES
from remit.monitor.programs.holding import HOLDING
from remit.monitor.programs.interpreters import INTERPRETERS, run_path
from remit.monitor.programs.named import run_named
from remit.monitor.programs.network import NETWORK
from remit.monitor.programs.pieces import PIECES
from remit.monitor.programs.processes import PROCESSES
from remit.monitor.programs.records import RECORDS
from remit.monitor.programs.rights import RIGHTS
from remit.monitor.programs.rules import Handler
from remit.monitor.programs.setters import SETTERS, is_setter, note_set_by_unknown, setting
from remit.monitor.programs.sources import SOURCES
from remit.monitor.programs.stores import STORES
from remit.monitor.programs.wrappers import WRAPPERS
from remit.monitor.scene import Invocation, Scene, is_known, unknown

__all__ = ["PROGRAMS", "is_program", "likely_program", "run_program"]

PROGRAMS: dict[str, Handler] = {
    **FILES,
    **WRAPPERS,
    **INTERPRETERS,
    **PROCESSES,
    **NETWORK,
    **CONTAINERS,
    **CLOUD,
    **BATCH,
    **SOURCES,
    **RIGHTS,
    **RECORDS,
    **STORES,
    **HOLDING,
    **PIECES,
    **EDITS,
    **SETTERS,
}
PROGRAMS |= {name: setting(handler) for name, handler in PROGRAMS.items() if is_setter(name)}
_LOOKS = (("--help",), ("--version",))
_READS_ITS_OWN = frozenset(
    "echo printf cat grep sed awk python python3 node perl ruby php bash sh git curl wget".split()
)
_STAND_IN = re.compile("\ue000[^\ue001]*\ue001")


def is_program(name: str) -> bool:
    """Whether a command's first word names a known program, with or without a folder."""
    return name.rpartition("/")[2] in PROGRAMS


@lru_cache(maxsize=1024)
def likely_program(name: str) -> str:
    """The program a word with a pattern or an unknown part in it most likely names, or an empty text."""
    bare = _STAND_IN.sub("", name) if not is_known(name) else name
    last = bare.rpartition("/")[2]
    if bare != name and last in PROGRAMS:
        return last
    if ("*" in last or "?" in last or "[" in last) and len(last) > 1 and ("/" in bare or "*" not in last):
        return next((known for known in sorted(PROGRAMS, key=len) if fnmatchcase(known, last)), "")
    lower = last.lower()
    return lower if lower != last and lower in PROGRAMS else ""


def run_program(call: Invocation, scene: Scene) -> str:
    """What a program does, into the scene; gives what it would print."""
    written = run_path(call, scene) if "/" in call.path else None
    if written is not None:
        return written
    handler = PROGRAMS.get(call.name)
    if handler is None or call.args in _LOOKS:
        if handler is None and call.args:
            run_named(call, scene)
            infer_unknown(call, scene)
            note_set_by_unknown(call, scene)
            read_unknown_paths(call, scene)
            read_carried(call, scene)
        return unknown(f"{call.name}:{' '.join(call.args)[:80]}")
    if call.background:
        scene.memory.remember("starting", "")
    if call.name not in _READS_ITS_OWN:
        read_carried(call, scene)
    return handler(call, scene)
