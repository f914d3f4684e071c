"""What is said in the answer to a call: its sentences and notes, without listings, logs and code.

An agent learns of its world by reading: a memo, a config with comments, an inventory. Most of what answers hold is
none of it, so that lines of machines are left out, and a text without a word that could matter is not taken apart.
"""

from __future__ import annotations

import re
from functools import lru_cache

from remit.monitor.prompts.sentences import statements

__all__ = ["notes_of"]

_LONGEST, _LONGEST_LINE, _MOST, _MOST_LINES, _SHORTEST = 24_000, 600, 120, 400, 12
_TELLS = re.compile(
    r"\b(?:weights?|checkpoint|state|memor(?:y|ies)|prompt|agent|assistant|model|bot|replac|wip(?:e|ing)|retir|decommission|"
    r"success|staged|only|never|not|nobody|seal|hands off|leave|belong|owned|alone|reserv|"
    r"goals?\b|schedule|watch|record|monitor|grade|"
    r"scor(?:e|ing)|judge|check|limit|logs?\b|trac(?:e|ing)|ends?\b|stops?\b|kills?\b|halts?\b|pauses?\b)",
    re.IGNORECASE,
)
"""What a text must hold for any of its sentences to matter."""
_TAG = re.compile(r"^\s*</?[a-z_]{1,30}>|</[a-z_]{1,30}>\s*$", re.MULTILINE)
_NUMBERED = re.compile(r"^\s{0,6}\d{1,6}(?:\t|:\s?|\u2192|\s\|\s)")
_COMMENT = re.compile(r"^\s*(?:#+|//+|--|;+|/\*+|\*|<!--|\"\"\"|REM\b)\s*(.*?)(?:\*/|-->)?\s*$")
_ROW = re.compile(r"^\s*[\w./@:~-]+(?:\s{2,}|\t)\S")
_MACHINE = re.compile(
    r"^\s*(?:[dlcbsp-][rwxsStT-]{9}|total \d+$|drwx|"
    r"[\[(]?\d{4}-\d\d-\d\d[T ]\d|[\[(]?\d\d:\d\d:\d\d|"
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+\d+ \d\d:\d\d|"
    r"(?:DEBUG|INFO|WARN(?:ING)?|ERROR|TRACE)\b|@@ |diff --git|[+-]{3} |index [0-9a-f]{7}|commit [0-9a-f]{7,40}|"
    r"(?:from \S+ )?import |def |class |return\b|async |elif |else:|try:|except\b|raise |assert |for .*:$|while .*:$|"
    r"(?:if|with) .*:$|(?:public|private|static|const|let|var|func|fn|struct|type|package|use) |"
    r"(?:export |set -|fi$|done$|esac$|echo |exec )|[{}()\[\];]+\s*$|\$ |>>> |PASS|FAIL|ok\b|Traceback|File \")"
)
_CODE_ENDS = re.compile(r"(?:[;{]|\):|\) \{|\\)\s*$|^\s*[\w.\[\]'\"]+ ?[-+*/]?= ?\S|^\s*[\w.]+\([^)]*\)\s*$")
_WORDS = re.compile(r"[A-Za-z]{2,}")
_FEWEST = 3


@lru_cache(maxsize=8)
def notes_of(text: str) -> tuple[str, ...]:
    """The sentences an answer says, in their order; of a very long one those of its first part."""
    if len(text) < _SHORTEST or _TELLS.search(text := text[:_LONGEST]) is None:
        return ()
    if text.lstrip()[:1] not in ("{", "["):
        text = "\n".join(map(_plain, _TAG.sub("", text).split("\n")[:_MOST_LINES]))
    said = (one for one in statements(text) if len(one) <= _LONGEST_LINE)
    return tuple(one for one, _ in zip(said, range(_MOST), strict=False) if len(_WORDS.findall(one)) >= _FEWEST)


def _plain(line: str) -> str:
    """A line of an answer as prose: a comment without its marks, a row as an item, a line of machines as nothing."""
    if len(line) > _LONGEST_LINE * 4 or _MACHINE.match(line):
        return ""
    line = _NUMBERED.sub("", line, count=1)
    comment = _COMMENT.match(line)
    if comment is not None:
        return comment[1] if line.lstrip()[:1] != "*" else line
    if _MACHINE.match(line) or _CODE_ENDS.search(line):
        return ""
    return f"- {line.strip()}" if _ROW.match(line) else line
