"""What the name of a granted tool says it does not do: change anything, leave the machine, take any statement.

A name that says nothing counts as one that can do everything of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

__all__ = ["ABILITIES", "is_prepared", "only_reads", "stays_local"]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_READING = _set(
    "count describe diff download fetch find get head info inspect list log look lookup read recall search show stat "
    "status tail tree view"
)
_WRITING = _set(
    "add append apply archive assign book cancel change close commit copy create delete deploy draft drop edit execute "
    "forward insert install invite issue label merge mkdir move new open patch post publish push put remove rename "
    "reply reset restart run save scale send set silence submit update upload upsert write"
)
_LOCAL = _set("add blame branch checkout commit diff init log reset show stash status switch tag")
_BESIDE = _set("git staged unstaged repo create")
_STATEMENT = _set("exec execute query raw run sql statement")


def _words(tool: str) -> frozenset[str]:
    """The lower-case words of a tool's name."""
    return frozenset(re.findall(r"[a-z0-9*]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", tool).lower()))


def only_reads(tool: str) -> bool:
    """Whether a name says that the tool looks at things and changes none (``crm.read``, ``list_directory``)."""
    words = _words(tool)
    return bool(words & _READING) and not words & _WRITING


def stays_local(tool: str) -> bool:
    """Whether a name is that of a version control command that never leaves the working copy (``git_commit``)."""
    words = _words(tool)
    return bool(words & _LOCAL) and words <= _LOCAL | _BESIDE


def is_prepared(tool: str) -> bool:
    """Whether a name says what the tool does to the records, so that it takes no statement of the caller's own."""
    words = _words(tool)
    return bool(words & (_READING | _WRITING)) and not words & _STATEMENT


# context key -> the tool kind it speaks of, and what every tool of the kind must be for the safe value
ABILITIES: Mapping[str, tuple[str, Callable[[str], bool]]] = MappingProxyType(
    {
        "files_write": ("files", only_reads),
        "git_write": ("git", only_reads),
        "git_remote": ("git", stays_local),
        "cloud_write": ("cloud", only_reads),
        "containers_write": ("containers", only_reads),
        "http_write": ("http", only_reads),
        "email_write": ("email", only_reads),
        "chat_write": ("chat", only_reads),
        "database_write": ("database", only_reads),
        "database_raw": ("database", is_prepared),
        "monitoring_write": ("monitoring", only_reads),
    }
)
