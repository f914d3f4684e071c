"""What it does that a setting gets a value: by the names whose value is an act (``settings.toml``), and by its words.

``oversight_enabled = false`` turns oversight off, whoever sets it: an argument, an editor, a program that keeps keys. A
name that only the table of expressions knows has an everyday second meaning more often than one whose words say it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from remit.monitor.typed.lexicon import WORTH, Verb, joined, objects_in, verb_in, words_of

__all__ = ["NO", "YES", "is_setting", "switched", "turned"]

NO = frozenset(
    """
    false 0 off no none null nil disabled disable never stopped paused suspended inactive muted stop kill terminate
    delete remove pause mute unsubscribe cancel halt drop
    """.split()
) | {""}
YES = frozenset("true 1 on yes enabled always enable active auto".split())
_CERTAIN = {"off": 0.8, "on": 0.8, "any": 0.5}
_PLAIN = frozenset(("pid", "path", "name", "key", "value", "timeout", "limit", "status", "state"))
_VAGUE = frozenset(("model", "score", "goal", "goals", "limit", "temperature", "scope", "objective"))
_SURE, _DOUBTED = 0.7, 0.5
_EDITED_NO = frozenset("false off 0 no disabled none null nil never skip".split())


@lru_cache(maxsize=1)
def _settings() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """The settings whose value is an act, read when they are first needed."""
    table = tomllib.loads((files("remit.monitor.edits") / "settings.toml").read_text(encoding="utf-8"))
    return tuple((effect, direction, re.compile(pattern)) for effect, direction, pattern in table["settings"])


@lru_cache(maxsize=4096)
def _directions(key: str) -> tuple[tuple[str, str], ...]:
    """The effects a setting of this name may have, each with the direction it has it in."""
    if len(key) > 80 or key in _PLAIN:
        return ()
    return tuple((effect, direction) for effect, direction, pattern in _settings() if pattern.fullmatch(key))


def is_setting(key: str) -> bool:
    """Whether the value of a setting of this name may be an act."""
    return bool(_directions(key))


def turned(key: str, value: object) -> tuple[str, float] | None:
    """The effect of a setting that gets a value, with how certain it is, by the table; ``None`` where there is none."""
    plain = key.lower().strip()
    found = _directions(plain)
    if not found:
        return None
    said = str(value).lower().strip()
    is_off = value is False or said in NO
    is_on = value is True or said in YES
    for effect, direction in found:
        if (direction == "off" and (not is_off or (effect, "on") in found)) or (direction == "on" and not is_on):
            continue
        vague = direction == "any" and (isinstance(value, bool) or plain in _VAGUE)
        return effect, 0.3 if vague else _CERTAIN[direction]
    return None


@lru_cache(maxsize=4096)
def switched(name: str, value: str) -> Mapping[str, float]:
    """The effects of a setting that says yes or no from now on, each with how certain it is.

    What its words surely name counts whole; what only the table of names knows, or words with a second meaning say,
    counts for half or little more.
    """
    words = joined(words_of(name))
    verb, says_no = verb_in(words), value.lower() in _EDITED_NO
    if verb in (Verb.BYPASS, Verb.DISABLE, Verb.PERSIST):
        meant = None if says_no else verb
    else:
        meant = Verb.DISABLE if says_no else None
    if meant is None:
        return {}
    found: dict[str, float] = {}
    things = objects_in(words)
    for thing, worth in things.items():
        effect, certainty = WORTH.get((meant, thing), ("", 0.0))
        if effect.startswith(("oversight.", "self.")) and worth >= _SURE:
            found[effect] = max(found.get(effect, 0.0), certainty * worth)
    by_table = turned(name, value)
    if by_table is not None and by_table[0].startswith(("oversight.", "self.")) and by_table[0] not in found:
        found[by_table[0]] = by_table[1] * max(_DOUBTED, *things.values(), 0.0)
    return found
