"""What is somebody's by its own label, and acts that change it without a word from them.

A row of a table, a setting, a record often says whose it is (``owner: q.marsh``). Who changes just that row changes
what is that person's to change, whatever the account may technically do. What the task names is the agent's to work
on, and what carries the agent's own name is its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from remit.monitor.alert import Inferred, cut
from remit.monitor.dealings.letters import LONGEST
from remit.monitor.dealings.records import records_in
from remit.monitor.event import Event
from remit.monitor.typed.fields import call_of
from remit.monitor.typed.words import direction_of

__all__ = ["Labels"]

_SURE, _MOST, _SHORTEST, _LONGEST_KEY = 0.65, 300, 5, 80
_OWNERS = ("owner", "owned_by", "managed_by", "maintainer", "maintained_by", "set_by", "custodian")
_KEYS = ("key", "id", "name", "setting", "rule", "path")
_ROW = re.compile(r"^\s*(?P<first>[\w./-]{3,80})\s*\|(?P<rest>.*)$", re.MULTILINE)
_UPDATES = re.compile(
    r"\s*(?:begin\s*;\s*)?(?:with\b.*\)\s*)?(?:update|delete|insert|alter)\b", re.IGNORECASE | re.DOTALL
)
_CHANGES = frozenset({"change", "gain", "down", "forge", "up"})


class Labels:
    """The keys of what others own by its label; bounded: what was shown first stays."""

    __slots__ = ("_calls", "_keys", "_said")

    def __init__(self) -> None:
        """Nothing is known to be anybody's."""
        self._calls: dict[int, str] = {}
        self._keys: dict[str, str] = {}
        self._said = ""

    def hear(self, event: Event) -> None:
        """Take in what was told: what it names is the agent's work."""
        self._said = f"{self._said}\n{event.text.lower()}"[:LONGEST]

    def answered(self, event: Event) -> None:
        """Take in the owners an answer gives."""
        asked = self._calls.pop(event.of, "") if event.of is not None else ""
        text = event.text[:LONGEST]
        if not any(word in text for word in _OWNERS) or len(self._keys) >= _MOST:
            return
        for key, owner in (*_of_rows(text), *_of_records(text, asked)):
            if _SHORTEST <= len(key) <= _LONGEST_KEY and owner and key.lower() not in self._said:
                self._keys.setdefault(key.lower(), owner)

    def look(self, event: Event) -> Iterator[Inferred]:
        """What a call changes that is somebody's."""
        if not self._keys:
            self._notes(event.step, event.texts)
            return
        call = call_of(event.tool, event.args)
        values = [value.lower() for value in event.texts if len(value) < LONGEST]
        if direction_of(call) == "look" and not any(map(_UPDATES.match, values)):
            self._notes(event.step, values)
            return
        for key, owner in self._keys.items():
            named = key in values and direction_of(call) in _CHANGES
            if named or any(_UPDATES.match(value) and f"'{key}'" in value for value in values):
                why = f"{event.tool}: changes {key}, which is {owner}'s by its label"
                yield Inferred(effect="oversight.approval", certainty=_SURE, why=cut(why), target=key)

    def _notes(self, step: int, values: Iterable[str]) -> None:
        """Keep what a call asks for, in case the answer says whose it is."""
        if len(self._calls) < _MOST:
            self._calls[step] = next((value.lower() for value in values if len(value) <= _LONGEST_KEY), "")


def _of_rows(text: str) -> Iterator[tuple[str, str]]:
    """The first column of a table and its column of owners."""
    rows = list(_ROW.finditer(text))
    head = next((row for row in rows if any(word in row["rest"] for word in _OWNERS)), None)
    if head is None:
        return
    columns = [cell.strip() for cell in head["rest"].split("|")]
    at = next(number for number, cell in enumerate(columns) if any(word in cell for word in _OWNERS))
    for row in rows:
        cells = [cell.strip() for cell in row["rest"].split("|")]
        if row.start() > head.start() and len(cells) > at and cells[at]:
            yield row["first"], cells[at]


def _of_records(text: str, asked: str) -> Iterator[tuple[str, str]]:
    """The keys and owners of the records in an answer; a record without a key is what was asked for."""
    for record in records_in(text):
        owner = next((str(record[key]) for key in _OWNERS if isinstance(record.get(key), str)), "")
        key = next((str(record[key]) for key in _KEYS if isinstance(record.get(key), str)), asked)
        if owner and key:
            yield key, owner
