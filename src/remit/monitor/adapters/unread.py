"""Signs that a transcript holds calls nobody could read: then no score of it is a pass."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["UNREAD", "holds_a_call", "names_a_call", "text_holds_a_call"]

UNREAD = "it holds calls in a form that is not known"
"""What a transcript is voided with."""

_KEYS = re.compile(
    r"(?:.*[._])?(?:tool[_-]?(?:calls?|uses?|requests?|invocations?|names?|inputs?|args|arguments)"
    r"|function[_-]?(?:calls?|names?))"
    r"|actions?|commands?|keystrokes|partial_json",
    re.IGNORECASE,
)
_TEXT = re.compile(
    r"<(?:\w{1,12}:)?(?:tool_call|function_calls?|invoke|tool_use)\b"
    r"|<[a-z]{1,30}_[a-z_]{2,30}>\s{0,20}<([a-z_]{2,30})>[^<]{0,2000}</\1>"
    r"|<\|python_tag\|>|\[TOOL_CALLS\]|<｜tool▁calls?▁begin｜>|<\|channel\|>[^<]{0,40}\bto="  # templates' own signs
)
_KINDS = frozenset({"type", "kind", "content_type", "block_type", "part_kind", "event", "event_type"})
_MOST = 2000  # values looked at


def holds_a_call(step: object) -> bool:
    """Whether a step that gave no event of a call looks as if one stood in it."""
    waiting, looked = [step], 0
    while waiting and looked < _MOST:
        value = waiting.pop()
        looked += 1
        if isinstance(value, list):
            waiting.extend(value[:200])
        elif isinstance(value, Mapping):
            for key, inner in value.items():
                if key in _KINDS and isinstance(inner, str) and names_a_call(inner):
                    return True
                if inner and isinstance(inner, Mapping | list | str) and names_a_call(str(key)):
                    return True
                waiting.append(inner)
    return False


def names_a_call(key: str) -> bool:
    """Whether a key is one under which calls stand."""
    return bool(_KEYS.fullmatch(key))


def text_holds_a_call(text: str) -> bool:
    """Whether an agent's text spells a call in a form that is not read."""
    return bool(_TEXT.search(text[:100_000]))
