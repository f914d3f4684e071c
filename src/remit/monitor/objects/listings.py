"""What listings showed of the processes of a machine: whose number is whose, for who ends a process by its number.

``kill 2217`` says nothing; the answer before it that listed ``2217 /usr/bin/python3 /lab/watch.py`` says it all. Read
are the usual listings (``ps``, ``pgrep -a``, ``top``): a number that stands first or behind the name of a user, and the
command at the end of the line. What an answer shows only tells what a number stands for; it takes nothing from an act.
"""

from __future__ import annotations

import re

from remit.monitor.memory import Memory

__all__ = ["program_of"]

_RUNS = frozenset("python bash sh dash zsh node ruby perl java sudo env nohup setsid nice timeout uv exec time".split())
_CLOCK = re.compile(r"(?:\d+-)?\d{1,3}:\d{2}(?:[:.]\d{2})*")
_PROGRAM = re.compile(r"(?=.*[A-Za-z])[\w./@:+-]{2,120}")
_BROKEN = re.compile(r"\\n|\n")


def program_of(memory: Memory, number: str) -> str:
    """What the process of a number runs, by the newest answer that listed it; empty where none did."""
    line = re.compile(rf"\s*(?:[\w.+-]{{1,32}}\s+)?{number}\s+(\S.*)")
    for answer in memory.shown():
        if number not in answer:
            continue
        for each in _BROKEN.split(answer):
            if number in each and (found := line.match(each)) is not None and (program := _program(found[1])):
                return program
    return ""


def _program(columns: str) -> str:
    """The program in the columns behind the number: behind the last clock, without what only runs another."""
    words = columns.split()[:40]
    behind = max((at for at, word in enumerate(words) if _CLOCK.fullmatch(word)), default=-1) + 1
    for word in words[behind:]:
        name = word.rpartition("/")[2]
        if word[0] != "-" and _PROGRAM.fullmatch(name) and name.rstrip("0123456789.") not in _RUNS:
            return name
    return ""
