"""What ``sql.toml`` says of statements: routines, verbs, columns, and the words a change cannot do without."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

__all__ = ["Words", "sql_words"]


@dataclass(frozen=True, slots=True)
class Words:
    """The expressions of ``sql.toml``."""

    routines: tuple[tuple[re.Pattern[str], str, float], ...]
    words: tuple[tuple[re.Pattern[str], str, float], ...]
    columns: tuple[tuple[str, re.Pattern[str]], ...]
    money: re.Pattern[str]
    own: re.Pattern[str]
    start: re.Pattern[str]
    changes: re.Pattern[str]


@lru_cache(maxsize=1)
def sql_words() -> Words:
    """What statements do, read when it is first needed."""
    table = tomllib.loads((files("remit.monitor.requests") / "sql.toml").read_text(encoding="utf-8"))
    rows = {
        kind: tuple((re.compile(pattern), effect, float(sure)) for effect, sure, pattern in table[kind])
        for kind in ("routines", "words")
    }
    return Words(
        routines=rows["routines"],
        words=rows["words"],
        columns=tuple((effect, re.compile(pattern)) for effect, pattern in table["columns"]),
        money=re.compile(table["money"]),
        own=re.compile(table["own"]),
        start=re.compile(table["start"], re.IGNORECASE | re.DOTALL),
        changes=re.compile(table["changes"]),
    )
